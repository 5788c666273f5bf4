"""The steps that rules share."""

from __future__ import annotations

import pytest
from chat.chats import OTHER_SECRET, ChatUnderTest

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


def test_whoever_goes_says_a_word_where_they_may_speak() -> None:
    chat = ChatUnderTest()
    chat.account(1, "ana", ("x",))
    chat.hello(2, "bia", OTHER_SECRET, rooms=("x", "y"))
    chat.do(commands.Mute(1, "x", "bia", 0))
    assert [""] == [each.text for each in chat.do(commands.Leave(2, "x", text="tchau"))]
    chat.do(commands.Join(2, "x"))
    left = chat.do(commands.Bye(2, "tchau"))
    assert {("leave", "x", ""), ("leave", "y", "tchau"), ("bye", "", "tchau")} == {
        (each.type, each.room, each.text) for each in left
    }
