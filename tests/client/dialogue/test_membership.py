"""Joins, leaves and changes of nick are followed, and shown where they are news."""

from __future__ import annotations

from typing import Any

import pytest

from chatsimples.chat.records import Record
from chatsimples.client.dialogue.conversations import Conversation
from chatsimples.client.dialogue.membership import SMALL_ROOM, SPOKE_LATELY, Membership
from chatsimples.client.requests.request import Destination


class Room:
    """A room with some people, and whether its joins and leaves are shown."""

    def __init__(self, joins: str = "quiet", people: int = 2) -> None:
        self.now = 10_000.0
        self.conversation = Conversation(Destination(room="geral"))
        self.conversation.people.replace([f"p{number}" for number in range(people)], people)
        self.membership = Membership(joins, lambda: self.now)

    def sees(self, kind: str, nick: str, *, own: bool = False, mine: bool = False, **fields: Any) -> bool:
        record = Record(seq=1, at="", type=kind, conn=1, nick=nick, room="geral", **fields)
        return self.membership.follow(self.conversation, record, own=own, mine=mine)

    @property
    def nicks(self) -> set[str]:
        return set(self.conversation.people.nicks())


@pytest.mark.parametrize("joins", ["quiet", "all", "off"])
@pytest.mark.parametrize("people", [2, SMALL_ROOM + 5])
def test_the_preference_decides_what_is_shown(joins: str, people: int) -> None:
    room = Room(joins, people)
    expected = joins == "all" or (joins == "quiet" and people == 2)
    assert expected == room.sees("join", "bia")
    assert expected == room.sees("nick", "bia", new="beatriz")
    assert expected == room.sees("leave", "beatriz", reason="quit")


def test_it_is_followed_whether_it_is_shown_or_not() -> None:
    room = Room("off")
    room.sees("join", "bia")
    room.sees("nick", "bia", new="beatriz")
    assert {"p0", "p1", "beatriz"} == room.nicks
    room.sees("leave", "beatriz", reason="crash")
    assert {"p0", "p1"} == room.nicks


def test_in_a_large_room_those_who_spoke_lately_are_shown() -> None:
    room = Room(people=SMALL_ROOM + 5)
    room.conversation.people.spoke("p1", room.now)
    assert room.sees("leave", "p1", reason="quit")
    assert not room.sees("leave", "p2", reason="quit")
    room.conversation.people.spoke("p3", room.now)
    room.now += SPOKE_LATELY
    assert not room.sees("leave", "p3", reason="quit")


@pytest.mark.parametrize("reason", ["crash", "shutdown"])
def test_a_restart_of_the_server_is_no_news(reason: str) -> None:
    room = Room("all")
    assert not room.sees("leave", "p0", reason=reason)
    assert not room.sees("join", "p0")
    assert room.sees("leave", "p0", reason="quit")
    assert room.sees("join", "p0")


def test_the_end_of_ones_own_earlier_connection_is_no_news() -> None:
    room = Room("all")
    assert not room.sees("leave", "p0", mine=True, reason="closed")
    assert room.sees("leave", "p0", own=True, mine=True, reason="left")


def test_ones_own_new_nick_is_always_shown() -> None:
    assert Room("off").sees("nick", "p0", own=True, mine=True, new="eva")
