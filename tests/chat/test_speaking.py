"""What is said: kinds of messages, tags, several lines, signals."""

from __future__ import annotations

from typing import Any

import pytest
from chat.chats import NOW, ChatUnderTest

from chatsimples.chat import commands, effects
from chatsimples.chat.commands import Line
from chatsimples.chat.records import Record, to_line

TAGS = {"+draft/react": "👍", "+draft/reply": "LOG/3"}
TYPING = {"+typing": "active"}


@pytest.fixture
def chat() -> ChatUnderTest:
    chat = ChatUnderTest(quiet_room=3)
    chat.guest(1, "ana", "Sala", "x")
    chat.guest(2, "bia", "Sala")
    return chat


def fields(record: Record, *names: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def test_what_is_just_said_is_the_bytes_that_it_always_was(chat: ChatUnderTest) -> None:
    (said,) = chat.do(commands.Say(1, "oi", room="sala", id="a"))
    assert (
        b'{"seq":%d,"at":"2026-11-22T15:00:00.000000Z","type":"message","conn":1,"nick":"ana","room":"Sala",'
        b'"text":"oi","id":"a"}\n' % said.seq
    ) == to_line(said)


def test_a_kind_and_tags_stand_behind_all_else(chat: ChatUnderTest) -> None:
    (said,) = chat.do(commands.Say(1, "acena", room="sala", kind="action", tags=TAGS))
    line = to_line(said).decode()
    assert line.endswith(
        '"room":"Sala","text":"acena","kind":"action","tags":{"+draft/react":"👍","+draft/reply":"LOG/3"}}\n'
    )


def test_tags_without_a_text_are_a_record_of_their_own(chat: ChatUnderTest) -> None:
    (react,) = chat.do(commands.Say(1, "", room="sala", id="a", tags=TAGS))
    assert ("tags", "Sala", "", "a", TAGS) == (react.type, react.room, react.text, react.id, react.tags)
    assert [] == chat.do(commands.Say(1, "", room="sala", id="a", tags=TAGS))
    assert [effects.Duplicate("a", react.seq)] == chat.answers(1)
    (private,) = chat.do(commands.Say(1, "", to="bia", tags=TAGS))
    assert ("tags", "bia", 2) == (private.type, private.to, private.to_conn)
    assert private.identity
    assert private.to_identity


@pytest.mark.parametrize(("kind", "is_told"), [("", True), ("action", True), ("notice", False)])
def test_of_somebody_who_is_away_whoever_speaks_to_them_is_told(
    chat: ChatUnderTest, kind: str, is_told: bool
) -> None:
    chat.do(commands.Away(2, "almoço"))
    away = [effects.IsAway("bia", "almoço")] if is_told else []
    chat.do(commands.Say(1, "oi", to="bia", kind=kind))
    assert away == chat.answers(1)
    chat.do(commands.Lines(1, (Line("a"), Line("b")), to="bia", kind=kind))
    assert away == chat.answers(1)
    chat.do(commands.Say(1, "", to="bia", tags=TAGS))
    assert [] == chat.answers(1)


def test_lines_are_neighbours_and_the_last_one_has_the_id(chat: ChatUnderTest) -> None:
    lines = (Line("a"), Line(""), Line("b", joined=True))
    said = chat.do(commands.Lines(1, lines, "sala", id="a", kind="action", tags=TAGS))
    assert [("a", 1, 3, False, "", TAGS), ("", 2, 3, False, "", None), ("b", 3, 3, True, "a", None)] == [
        (each.text, each.part, each.parts, each.joined, each.id, each.tags) for each in said
    ]
    assert {("message", "Sala", "action")} == {(each.type, each.room, each.kind) for each in said}
    assert [] == chat.do(commands.Lines(1, lines, "sala", id="a"))
    assert [effects.Duplicate("a", said[-1].seq)] == chat.answers(1)


@pytest.mark.parametrize(
    "command",
    [
        commands.Say(1, "oi", room="y", kind="action"),
        commands.Say(1, "", room="y", tags=TAGS),
        commands.Lines(1, (Line("a"), Line("b")), "y"),
        commands.Signal(1, TYPING, "y"),
    ],
)
def test_whoever_says_something_in_a_room_is_in_it(chat: ChatUnderTest, command: commands.Command) -> None:
    assert "not_in_room" == chat.refusal(command)


@pytest.mark.parametrize("where", [{"room": "sala"}, {"to": "bia"}])
def test_whoever_is_muted_says_nothing_of_any_kind(chat: ChatUnderTest, where: dict[str, Any]) -> None:
    chat.account(9, "mod", role="moderator")
    chat.do(commands.Mute(9, nick="ana"))
    for command in (
        commands.Say(1, "oi", kind="notice", **where),
        commands.Say(1, "", tags=TAGS, **where),
        commands.Lines(1, (Line("a"), Line("b")), **where),
        commands.Signal(1, TYPING, **where),
    ):
        assert "muted" == chat.refusal(command)


# Signals.


def signals(chat: ChatUnderTest, command: commands.Signal) -> list[Record]:
    """Give a signal, which is on no record and changes nothing; return those that are passed on."""
    before = chat.state.snapshot()
    assert [] == chat.do(command)
    assert before == chat.state.snapshot()
    assert [] == chat.answers(command.conn)
    return [each.record for each in chat.out if isinstance(each, effects.Signal)]


def test_a_signal_tells_its_room_or_person(chat: ChatUnderTest) -> None:
    (signal,) = signals(chat, commands.Signal(1, TYPING, "sala"))
    seen = fields(signal, "seq", "type", "conn", "nick", "room", "to", "tags")
    expected = {"type": "signal", "conn": 1, "nick": "ana", "room": "Sala", "to": "", "tags": TYPING}
    assert {"seq": chat.state.seq, **expected} == seen
    (signal,) = signals(chat, commands.Signal(1, TYPING, to="BIA"))
    assert ("", "bia", 2) == (signal.room, signal.to, signal.to_conn)


def test_in_a_second_there_is_one_signal_a_connection_and_place(chat: ChatUnderTest) -> None:
    assert 1 == len(signals(chat, commands.Signal(1, TYPING, "sala")))
    chat.now = NOW + 999_999
    assert [] == signals(chat, commands.Signal(1, {"+typing": "done"}, "Sala"))
    assert 1 == len(signals(chat, commands.Signal(1, TYPING, "x")))
    assert 1 == len(signals(chat, commands.Signal(1, TYPING, to="bia")))
    assert 1 == len(signals(chat, commands.Signal(2, TYPING, "sala")))
    chat.now = NOW + 1_000_000
    assert 1 == len(signals(chat, commands.Signal(1, {"+typing": "done"}, "sala")))


def test_in_a_large_room_no_signal_is_passed_on(chat: ChatUnderTest) -> None:
    chat.guest(3, "caio", "Sala")
    assert 1 == len(signals(chat, commands.Signal(1, TYPING, "sala")))
    chat.guest(4, "duda", "Sala")
    chat.now = NOW + 1_000_000
    assert [] == signals(chat, commands.Signal(1, TYPING, "sala"))
    assert 1 == len(signals(chat, commands.Signal(1, TYPING, to="bia")))
