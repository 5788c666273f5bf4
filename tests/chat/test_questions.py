"""Questions about who and what is there: what is answered, and to whom it is not."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from chat.chats import ChatUnderTest

from chatsimples.chat import commands, effects, questions
from chatsimples.chat.effects import (
    Counts,
    Gone,
    Held,
    People,
    RoomModes,
    Seen,
    Someone,
    Watched,
    Whois,
    Whowas,
)
from chatsimples.chat.records import timestamp
from chatsimples.chat.room_settings import RoomSettings, SettingsAsked


@pytest.fixture
def chat() -> ChatUnderTest:
    """Make a chat in which ana owns x, which is secret, and bia is a guest; gil governs the server."""
    chat = ChatUnderTest()
    chat.account(1, "ana", ("x", "geral"))
    chat.do(commands.Hello(2, "bia", ("geral",), "a-secret-of-bia", user="b", realname="Bia Lima"))
    chat.account(3, "gil", (), "moderator")
    chat.do(commands.Set(1, "x", SettingsAsked(secret=True)))
    return chat


def answer(chat: ChatUnderTest, command: commands.Command) -> effects.Answer:
    assert [] == chat.do(command)
    (only,) = chat.answers(command.conn)
    return only


def nicks(told: effects.Answer) -> list[str]:
    assert isinstance(told, People)
    return [each.nick for each in told.people]


ANA = Someone("ana", 1, account="ana")
BIA = Someone("bia", 2, "b", "Bia Lima")


def test_somebody_is_told_of_and_where_they_are_as_far_as_one_may_see(chat: ChatUnderTest) -> None:
    assert Whois(ANA, {"x": "owner", "geral": ""}, "i") == answer(chat, commands.Whois(1, "ANA", "i"))
    assert Whois(ANA, {"geral": ""}) == answer(chat, commands.Whois(2, "ana"))
    assert Whois(BIA, {"geral": ""}) == answer(chat, commands.Whois(1, "bia"))
    assert Whois(Someone("gil", 3, account="gil", role="moderator"), {}) == answer(
        chat, commands.Whois(1, "gil")
    )
    assert "no_such_nick" == chat.refusal(commands.Whois(1, "rui"))


def test_rooms_that_are_for_members_alone_are_told_to_these(chat: ChatUnderTest) -> None:
    chat.do(commands.Set(1, "x", SettingsAsked(secret=False, members_only_history=True)))
    assert Whois(ANA, {"geral": ""}) == answer(chat, commands.Whois(2, "ana"))
    chat.do(commands.Join(2, "x"))
    assert Whois(ANA, {"x": "owner", "geral": ""}) == answer(chat, commands.Whois(2, "ana"))


def test_those_who_have_gone_are_told_the_last_one_first(chat: ChatUnderTest) -> None:
    chat.do(commands.Rename(2, "beatriz"))
    chat.do(commands.Bye(1))
    chat.hello(4, "bia", "another-secret-of-somebody")
    chat.do(commands.Close(4, "closed"))
    at = timestamp(chat.now)
    told = [Gone("bia", 4, at), Gone("bia", 2, at, "b", "Bia Lima")]
    assert Whowas("Bia", told) == answer(chat, commands.Whowas(2, "Bia"))
    assert Whowas("bia", told[:1], "i") == answer(chat, commands.Whowas(2, "bia", 1, "i"))
    assert Whowas("ana", [Gone("ana", 1, at, account="ana")]) == answer(chat, commands.Whowas(2, "ana"))
    assert Whowas("rui", []) == answer(chat, commands.Whowas(2, "rui"))


def test_a_change_of_case_is_no_going(chat: ChatUnderTest) -> None:
    chat.do(commands.Monitor(1, ("bia",)))
    chat.do(commands.Rename(2, "Bia"))
    assert [] == chat.answers(1)
    assert Whowas("bia", []) == answer(chat, commands.Whowas(2, "bia"))


def test_people_of_a_room_come_in_pages_with_their_roles(chat: ChatUnderTest) -> None:
    chat.do(commands.Join(2, "x"))
    first = answer(chat, commands.WhoList(2, "X", limit=1, id="i"))
    owner = msgspec.structs.replace(ANA, room_role="owner")
    assert People("x", [owner], "ana", "i") == first
    assert People("x", [BIA]) == answer(chat, commands.WhoList(2, "x", after="ana", limit=1))


def test_of_rooms_that_one_may_not_see_nobody_is_told(chat: ChatUnderTest) -> None:
    assert People("x", []) == answer(chat, commands.WhoList(2, "x"))
    chat.do(commands.Set(1, "x", SettingsAsked(secret=False, invite_only=True)))
    assert "room_closed" == chat.refusal(commands.WhoList(2, "x"))


def test_a_mask_tells_of_those_whom_one_may_see_in_some_room(chat: ChatUnderTest) -> None:
    chat.guest(4, "rui", "x")
    assert ["ana", "bia"] == nicks(answer(chat, commands.WhoList(2, nick="*")))
    assert ["ana", "bia", "rui"] == nicks(answer(chat, commands.WhoList(1, nick="*")))
    assert ["ana"] == nicks(answer(chat, commands.WhoList(2, nick="?N*")))
    assert ["rui"] == nicks(answer(chat, commands.WhoList(2, nick="Rui"))), "who is named is told of"
    assert [] == nicks(answer(chat, commands.WhoList(2, nick="ninguem")))
    assert ["gil"] == nicks(answer(chat, commands.WhoList(3, nick="*", moderators=True)))


def test_a_mask_is_looked_for_among_so_many(chat: ChatUnderTest) -> None:
    with patch.object(questions, "LOOKED_AT", 1):
        assert ["ana"] == nicks(answer(chat, commands.WhoList(2, nick="*")))


def test_how_many_there_are_is_counted(chat: ChatUnderTest) -> None:
    assert Counts(3, 3, 1, 1, "i") == answer(chat, commands.Count(1, "i"))
    chat.do(commands.AccountChanged(commands.OPERATOR, "gil", "member"))
    chat.do(commands.Bye(2))
    assert Counts(2, 3, 0, 1) == answer(chat, commands.Count(1))


def test_who_is_watched_is_told_of_when_they_come_and_go(chat: ChatUnderTest) -> None:
    assert Seen([BIA], ["rui"], "i") == answer(chat, commands.Monitor(1, ("bia", "rui"), id="i"))
    chat.do(commands.Rename(2, "rui"))
    renamed = msgspec.structs.replace(BIA, nick="rui")
    assert [Seen([], ["bia"]), Seen([renamed])] == chat.answers(1)
    chat.do(commands.Close(2, "closed"))
    assert [Seen([], ["rui"])] == chat.answers(1)
    chat.guest(4, "BIA")
    assert [Seen([Someone("BIA", 4)])] == chat.answers(1)
    assert Watched(["bia", "rui"], "i") == answer(chat, commands.Monitor(1, tell="list", id="i"))
    assert Seen([Someone("BIA", 4)], ["rui"]) == answer(chat, commands.Monitor(1, tell="status"))
    chat.do(commands.Monitor(1, remove=("bia",)))
    assert Watched(["rui"]) == answer(chat, commands.Monitor(1, tell="list"))
    assert Watched([]) == answer(chat, commands.Monitor(1, clear=True, tell="list"))


def test_more_than_can_be_watched_are_refused_and_named(chat: ChatUnderTest) -> None:
    chat.do(commands.Monitor(1, tuple(f"n{number}" for number in range(99))))
    assert [] == chat.do(commands.Monitor(1, ("rui", "eva", "leo")))
    seen, refused = chat.answers(1)
    assert Seen([], ["rui"]) == seen
    assert isinstance(refused, effects.Error)
    assert ("too_many_watched", {"limit": "100", "name": "eva,leo"}) == (refused.code, refused.detail)


def test_who_goes_watches_nobody(chat: ChatUnderTest) -> None:
    chat.do(commands.Monitor(2, ("rui",)))
    chat.do(commands.Close(2, "closed"))
    chat.guest(4, "rui")
    assert [] == chat.answers(2)


def test_several_can_be_asked_for_at_once(chat: ChatUnderTest) -> None:
    assert Seen([ANA], ["rui", "eva"], "i") == answer(chat, commands.Presence(2, ("ANA", "rui", "eva"), "i"))


def lists(told: effects.Answer) -> dict[str, Any]:
    assert isinstance(told, RoomModes)
    return {name: getattr(told, name) for name in ("bans", "mutes", "exempt", "welcome")}


def test_how_a_room_is_set_is_told_and_its_lists_to_those_in_it(chat: ChatUnderTest) -> None:
    chat.do(commands.Set(1, "x", SettingsAsked(secret=False, limit=5, key="p" * 32)))
    chat.do(commands.Ban(1, "x", "r*"))
    chat.do(commands.Ban(1, "x", account="eva"))
    chat.do(commands.Mute(1, "x", "leo", ahead=True))
    chat.do(commands.Exempt(1, "x", "rita"))
    chat.do(commands.Exempt(1, "x", account="lia", welcome=True))
    at = timestamp(chat.now)
    told = RoomModes("x", RoomSettings(limit=5), keyed=True, made_at=at, id="i")
    assert told == answer(chat, commands.Modes(2, "X", id="i"))
    assert told == answer(chat, commands.Modes(2, "x", lists=True, id="i"))
    held = {
        "bans": [Held("r*", "ana", at=at), Held("eva", "ana", at=at, account=True)],
        "mutes": [Held("leo", "ana", at=at)],
        "exempt": [Held("rita", "ana", at=at)],
        "welcome": [Held("lia", "ana", at=at, account=True)],
    }
    assert held == lists(answer(chat, commands.Modes(1, "x", lists=True)))
    assert held == lists(answer(chat, commands.Modes(3, "x", lists=True)))


def test_rooms_that_are_not_there_for_one_have_no_modes(chat: ChatUnderTest) -> None:
    assert RoomModes("geral") == answer(chat, commands.Modes(2, "Geral", lists=True))
    assert "no_such_room" == chat.refusal(commands.Modes(2, "x"))
    assert "no_such_room" == chat.refusal(commands.Modes(2, "y"))
