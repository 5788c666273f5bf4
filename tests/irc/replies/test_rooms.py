"""What is told of rooms."""

from __future__ import annotations

from irc.writers import lines, record, writer

from chatsimples.chat.effects import About, Answer, Error, Members
from chatsimples.chat.moderation import IS_IN
from chatsimples.chat.records import Record
from chatsimples.chat.room_settings import RoomSettings
from chatsimples.irc.capabilities import USERHOST_IN_NAMES
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies import rooms

THREE = Members("x", ["ana", "bia", "rui"], 3, roles={"ana": "owner", "rui": "voice"})


def test_who_is_told_of_a_part_of_the_members_hears_of_how_many() -> None:
    told = writer()
    rooms.members(told, Members("x", ["ana"], 10_000))
    assert "366 ana #x :End of /NAMES list (1 of 10000)" == lines(told)[-1]


def test_members_are_told_with_their_roles() -> None:
    told = writer()
    rooms.members(told, THREE)
    assert ["353 ana = #x :~ana bia +rui", "366 ana #x :End of /NAMES list"] == lines(told)
    told = writer(style=USERHOST_IN_NAMES)
    rooms.members(told, Members("x", ["ana"], 1, settings=RoomSettings(secret=True), conns=[7]))
    assert "353 ana @ #x :ana!u@c7" == lines(told)[0]


def test_of_rooms_that_were_entered_all_is_told_and_of_others_why_not() -> None:
    told = writer()
    parts: list[Record | Answer] = [
        record("join"), About("x", "of it"), THREE, Error("bad_key", {"room": "y"}), Members("y", [], 0),
        Error("already_in_room", {"room": "z"}), Members("z", ["ana"], 1),
    ]  # fmt: skip
    rooms.joined(told, Mark("JOIN", ("#x,#y,#z",)), parts)
    assert [":bia!u@c7", "332", "353", "366", "475"] == [line.split(" ")[0] for line in lines(told)]


def test_who_is_in_rooms_is_told_and_of_those_that_are_none_the_end() -> None:
    told = writer()
    rooms.named(told, Mark("NAMES", ("#X,#y",)), [THREE, Error("room_closed", {"room": "y", "why": "z"})])
    assert ["353", "366", "366"] == [line.split(" ")[0] for line in lines(told)]
    assert "366 ana #y :End of /NAMES list" == lines(told)[-1]
    told = writer()
    rooms.named(told, Mark("NAMES"), [])
    assert ["366 ana * :End of /NAMES list"] == lines(told)


def test_a_topic_is_told_or_that_there_is_none_or_that_it_is_another_one() -> None:
    topic = record("topic", text="new", by="ana", by_conn=3)
    for part, line in (
        (Members("x", [], 1, topic="of it"), "332 ana #x :of it"),
        (Members("x", [], 1), "331 ana #x :No topic is set"),
        (Members("x", [], 0), "403 ana #x :No such channel"),
        (topic, ":ana!u@c3 TOPIC #x :new"),
        (Error("not_in_room", {"room": "x"}), "442 ana #x :you are not in x"),
    ):
        told = writer()
        rooms.topic(told, Mark("TOPIC", ("#x",)), [part])
        assert [line] == lines(told)


def test_whoever_invites_is_told_that_it_was_done() -> None:
    told = writer()
    rooms.invited(told, Mark("INVITE"), [record("invite", by="ana"), Error("no_such_nick", {"nick": "z"})])
    assert ["341 ana bia #x", "401 ana z :nobody here is called z"] == lines(told)


def test_who_is_in_the_room_already_is_told_by_a_number_of_its_own() -> None:
    told = writer()
    refused = Error("not_permitted", {"why": IS_IN, "nick": "bia", "room": "x"})
    rooms.invited(told, Mark("INVITE", ("bia", "#x")), [refused])
    rooms.invited(told, Mark("INVITE", ("bia", "#x")), [Error("not_permitted", {"why": "", "room": "x"})])
    assert ["443 ana bia #x", "482 ana #x"] == [line.partition(" :")[0] for line in lines(told)]
