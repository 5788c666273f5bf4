"""What is told of how rooms are set, and of those that are listed."""

from __future__ import annotations

import pytest
from irc.writers import lines, record, writer

from chatsimples.chat.effects import Answer, Error, Held, RoomList, RoomModes, RoomSize
from chatsimples.chat.records import Record
from chatsimples.chat.room_settings import RoomSettings, SettingsChange
from chatsimples.irc.capabilities import NO_WALLOPS
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies import settings

AT = "2026-11-22T15:00:00.123456Z"
HELD = [Held("b*", "ana", at=AT), Held("rui", "ana", account=True)]


def told(params: tuple[str, ...], *parts: Record | Answer, style: int = 0) -> list[str]:
    answer = writer(style=style)
    settings.mode(answer, Mark("MODE", params), parts)
    return lines(answer)


def test_how_a_room_is_set_and_when_it_was_made() -> None:
    assert ["324 ana #x +nst", "329 ana #x 1795359600"] == told(
        ("#x",), RoomModes("x", RoomSettings(secret=True), made_at=AT)
    )
    assert ["324 ana #x +nt"] == told(("#x",), RoomModes("x"))


def test_lists_are_told_each_once_and_bans_with_mutes() -> None:
    answer = RoomModes("x", bans=HELD, mutes=[Held("eva", "ana", at=AT)], exempt=HELD[:1], welcome=HELD[1:])
    assert [
        "367 ana #x b*!*@* ana 1795359600",
        "367 ana #x a:rui ana 0",
        "367 ana #x m:eva!*@* ana 1795359600",
        "368 ana #x :End of channel ban list",
    ] == told(("#x", "bb"), answer)
    assert ["348", "349", "346", "347"] == [line.split(" ")[0] for line in told(("#x", "eI"), answer)]


def test_what_was_changed_is_told_and_what_could_not_be() -> None:
    change = record("set", settings=SettingsChange(moderated=True), by="ana", by_conn=3)
    refused = Error("not_permitted", {"room": "x", "why": "no"})
    assert [
        "472 ana Z :is unknown mode char to me for #x",
        "696 ana #x k * :You must give a parameter for this mode",
        ":ana!u@c3 MODE #x +m",
        "482 ana #x :you may not do this: no",
    ] == told(("#x", "+Zkm"), RoomModes("x"), change, refused, refused)


def test_of_a_room_that_is_none_nothing_else_is_told() -> None:
    assert ["403 ana #x :there is no room x"] == told(
        ("#x", "+m"), Error("no_such_room", {"room": "x"}), Error("not_in_room", {"room": "x"})
    )


@pytest.mark.parametrize(
    ("params", "style", "lines_told"),
    [
        (("ana",), 0, ["221 ana +w"]),
        (("ANA",), NO_WALLOPS, ["221 ana +"]),
        (("ana", "-w"), NO_WALLOPS, [":ana MODE ana -w"]),
        (("ana", "+wZ"), 0, ["501 ana :Unknown MODE flag", ":ana MODE ana +w"]),
        (("bia",), 0, ["502 ana :Can't change or see the modes of others"]),
    ],
)
def test_a_user_is_told_of_themselves(params: tuple[str, ...], style: int, lines_told: list[str]) -> None:
    assert [line.removeprefix(":irc.test ") for line in lines_told] == told(params, style=style)


ROOMS = [RoomSize("abc", 1, "of it"), RoomSize("b", 5), RoomSize("bcd", 9)]


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ((), ["#abc", "#b", "#bcd"]),
        (("#b",), ["#b"]),
        (("#abc,#b,#none",), ["#abc", "#b"]),
        (("*b*",), ["#abc", "#b", "#bcd"]),
        (("!#b*",), ["#abc"]),
        ((">1,<9",), ["#b"]),
        (("<2",), ["#abc"]),
    ],
)
def test_those_rooms_are_listed_that_were_asked_for(condition: tuple[str, ...], names: list[str]) -> None:
    answer = writer()
    settings.rooms(answer, Mark("LIST", condition), [RoomList(ROOMS, 3)])
    first, *told_of, last = lines(answer)
    assert "321 ana Channel :Users  Name" == first
    assert names == [line.split(" ")[2] for line in told_of]
    assert "323 ana :End of /LIST" == last
    assert "#abc" not in names or "322 ana #abc 1 :of it" == told_of[0]
