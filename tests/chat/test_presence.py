"""What people tell of themselves: that they are away, their real names."""

from __future__ import annotations

import pytest
from chat.chats import ChatUnderTest

from chatsimples.chat import commands, effects
from chatsimples.chat.state import State


@pytest.fixture
def chat() -> ChatUnderTest:
    chat = ChatUnderTest(quiet_room=2)
    chat.guest(1, "ana", "x", "Sala")
    chat.guest(2, "bia", "Sala")
    return chat


def test_it_is_told_in_each_room_and_is_known_after_a_restart(chat: ChatUnderTest) -> None:
    chat.guest(3, "caio", "Sala")
    away = chat.do(commands.Away(1, "almoço", "i"))
    assert [("x", "almoço", "i", False), ("Sala", "almoço", "i", True)] == [
        (each.room, each.text, each.id, each.quiet) for each in away
    ]
    named = chat.do(commands.SetName(1, "Ana Lima"))
    assert [("setname", "x", "Ana Lima"), ("setname", "Sala", "Ana Lima")] == [
        (each.type, each.room, each.realname) for each in named
    ]
    again = State()
    again.restore(chat.state.snapshot())
    assert ("almoço", "Ana Lima") == (again.connections[1].away, again.connections[1].realname)
    assert "" == again.connections[2].away


def test_outside_of_all_rooms_it_is_on_record_once(chat: ChatUnderTest) -> None:
    chat.guest(3, "caio")
    (away,) = chat.do(commands.Away(3, "já volto"))
    assert ("away", 3, "caio", "", "já volto") == (away.type, away.conn, away.nick, away.room, away.text)


def test_whoever_is_back_says_so_once(chat: ChatUnderTest) -> None:
    assert "not_away" == chat.refusal(commands.Away(2, "", "i"))
    chat.do(commands.Away(2, "almoço"))
    chat.do(commands.Say(1, "oi", to="bia"))
    assert [effects.IsAway("bia", "almoço")] == chat.answers(1)
    (back,) = chat.do(commands.Away(2, ""))
    assert ("away", "") == (back.type, back.text)
    chat.do(commands.Say(1, "oi", to="bia"))
    assert [] == chat.answers(1)


def test_whoever_is_muted_tells_nothing_but_may_come_back(chat: ChatUnderTest) -> None:
    chat.do(commands.Away(2, "almoço"))
    chat.account(9, "mod", role="moderator")
    chat.do(commands.Mute(9, nick="bia"))
    assert "muted" == chat.refusal(commands.Away(2, "outra vez"))
    assert "muted" == chat.refusal(commands.SetName(2, "Bia"))
    assert ["away"] == [each.type for each in chat.do(commands.Away(2, ""))]


def test_a_hello_tells_what_its_client_says_of_the_person() -> None:
    chat = ChatUnderTest()
    chat.do(commands.Open(1, "json", "::1"))
    (hello,) = chat.do(commands.Hello(1, "ana", (), "s" * 16, user="a", realname="Ana Lima"))
    assert ("a", "Ana Lima") == (hello.user, hello.realname)
    again = State()
    again.restore(chat.state.snapshot())
    assert ("a", "Ana Lima") == (again.connections[1].user, again.connections[1].realname)
