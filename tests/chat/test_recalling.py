"""Who may have which of what was said looked up: nobody is told what was not theirs."""

from __future__ import annotations

import pytest
from chat.chats import ChatUnderTest

from chatsimples.chat import commands, effects

T0 = "2026-01-01T00:00:00.000000Z"
T1 = "2026-01-02T00:00:00.000000Z"


@pytest.fixture
def chat() -> ChatUnderTest:
    """A chat with ana, who is logged in, on 1, and bia, a guest, on 2; both in Sala and geral."""
    chat = ChatUnderTest()
    chat.account(1, "ana", ("Sala",))
    chat.guest(2, "Bia")
    chat.do(commands.Join(2, "sala"))
    chat.do(commands.Join(1, "geral"))
    return chat


def looked_up(chat: ChatUnderTest, command: commands.Command) -> effects.Recall | effects.Survey:
    chat.do(command)
    (effect,) = chat.out
    assert isinstance(effect, effects.Recall | effects.Survey)
    return effect


def identity(chat: ChatUnderTest, conn: int) -> str:
    return chat.state.connections[conn].identity


def test_a_private_conversation_is_looked_up_by_what_whoever_asks_is_known_by(chat: ChatUnderTest) -> None:
    asked = commands.History(1, "", 0, 5, "h", after=2, until=T1, to="BIA", newest=True, mark=b"m")
    found = looked_up(chat, asked)
    assert isinstance(found, effects.Recall)
    assert ("", "Bia", (1, identity(chat, 1)), identity(chat, 2)) == (
        found.room,
        found.to,
        found.own,
        found.peer,
    )
    assert (5, "h", 2, T1, True, b"m") == (
        found.limit, found.id, found.after, found.until, found.newest, found.mark,
    )  # fmt: skip


def test_whom_one_asks_for_need_not_be_there(chat: ChatUnderTest) -> None:
    found = looked_up(chat, commands.History(2, "", 0, 5, to="Nobody"))
    assert isinstance(found, effects.Recall)
    assert ("Nobody", (2, identity(chat, 2)), "") == (found.to, found.own, found.peer)


def test_a_visitor_is_known_by_its_connection_alone(chat: ChatUnderTest) -> None:
    chat.do(commands.Open(9, "text", "", visitor=True))
    found = looked_up(chat, commands.History(9, "", 0, 5, to="ana"))
    assert isinstance(found, effects.Recall)
    assert (9,) == found.own


def test_who_asks_as_a_member_has_to_be_one(chat: ChatUnderTest) -> None:
    chat.guest(5, "eva")
    assert "not_in_room" == chat.refusal(commands.History(5, "sala", 0, 5, joined=True))
    assert "not_in_room" == chat.refusal(commands.History(5, "nowhere", 0, 5, joined=True))
    assert "Sala" == getattr(looked_up(chat, commands.History(2, "sala", 0, 5, joined=True)), "room", "")
    # All others are asked as ever.
    assert "Sala" == getattr(looked_up(chat, commands.History(5, "sala", 0, 5)), "room", "")


def test_conversations_are_those_of_ones_rooms_and_ones_own(chat: ChatUnderTest) -> None:
    found = looked_up(chat, commands.Conversations(1, T0, T1, 7, "c", b"m"))
    rooms, own = ("Sala", "geral"), (1, identity(chat, 1))
    assert effects.Survey(1, rooms, own, chat.state.seq + 1, 7, T0, T1, "c", b"m") == found


def marked(chat: ChatUnderTest, command: commands.MarkRead) -> effects.MarkRead:
    chat.do(command)
    (effect,) = chat.out
    assert isinstance(effect, effects.MarkRead)
    return effect


def test_a_read_marker_is_that_of_the_account_or_else_of_the_session(chat: ChatUnderTest) -> None:
    found = marked(chat, commands.MarkRead(1, "SALA", at=T0))
    assert effects.MarkRead(1, "account ana", "room sala", "Sala", "", T0) == found
    chat.do(commands.Open(7, "json", ""))
    secret = "another-secret-of-ana"
    chat.do(commands.Hello(7, "ana2", (), secret, account="ana", role="member"))
    assert (7,) == marked(chat, commands.MarkRead(1, to="BIA")).others
    own = marked(chat, commands.MarkRead(2, to="ANA"))
    assert (f"session {identity(chat, 2)}", "person ana", "ANA", ()) == (
        own.owner,
        own.target,
        own.to,
        own.others,
    )
    chat.do(commands.Open(9, "text", "", visitor=True))
    assert "session 9" == marked(chat, commands.MarkRead(9, "nowhere")).owner


def test_who_is_not_registered_is_told_nothing(chat: ChatUnderTest) -> None:
    chat.do(commands.Open(7, "json", ""))
    for asked in (commands.History(7, "", 0, 5, to="ana"), commands.Conversations(7, T0, T1, 7)):
        assert "not_registered" == chat.refusal(asked)
