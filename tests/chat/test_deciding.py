"""The steps that rules share."""

from __future__ import annotations

import pytest
from chat.chats import ChatUnderTest

from chatsimples.chat import commands


@pytest.mark.parametrize(("quiet_room", "quiet"), [(0, False), (1, True), (2, False)])
def test_whoever_is_removed_from_a_large_room_is_so_quietly(quiet_room: int, quiet: bool) -> None:
    chat = ChatUnderTest(quiet_room=quiet_room)
    chat.account(1, "ana", ("Sala",))
    chat.guest(2, "eva", "Sala")
    (leave,) = chat.do(commands.Kick(1, "eva", "Sala"))
    assert quiet == leave.quiet


def test_without_a_room_it_is_the_first_that_one_is_in() -> None:
    chat = ChatUnderTest()
    chat.guest(1, "ana", "x", "y")
    assert "x" == chat.do(commands.Say(1, "oi"))[0].room
    chat.do(commands.Leave(1, "x"))
    assert "y" == chat.do(commands.Say(1, "oi"))[0].room
