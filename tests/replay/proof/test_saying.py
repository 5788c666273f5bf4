"""The commands behind what people say, and tell of themselves."""

from __future__ import annotations

from typing import Any

import pytest
from chat.chats import ChatUnderTest

from chatsimples.chat import commands
from chatsimples.chat.commands import MOST_LINES, OPERATOR, Line
from chatsimples.chat.records import Record
from chatsimples.chat.state import State
from chatsimples.replay.proof.saying import lines_size, saying_command, told_size
from chatsimples.replay.proof.verdict import UnruledError
from chatsimples.replay.proof.version2 import Version2Inference

AT = "2026-11-22T15:00:00.000000Z"
TAGS = {"+draft/react": "👍"}
LINES = (Line("a"), Line(""), Line("b", joined=True))

ASKED: list[commands.Command] = [
    commands.Say(1, "acena", "Sala", "", "a", "action"),
    commands.Say(1, "psiu", "", "bia", "b", "notice", TAGS),
    commands.Say(1, "", "Sala", "", "c", "", TAGS),
    commands.Say(1, "", "", "bia", "", "", TAGS),
    commands.Lines(1, LINES, "Sala", "", "d", "action", TAGS),
    commands.Lines(1, LINES, "", "bia"),
    commands.Away(1, "almoço", "e"),
    commands.Away(3, "almoço"),
    commands.SetName(1, "Ana Lima", "f"),
    commands.Announce(9, "já volto", "g"),
    commands.Announce(OPERATOR, "já volto"),
]


def chat() -> ChatUnderTest:
    chat = ChatUnderTest()
    chat.guest(1, "ana", "Sala", "x")
    chat.guest(2, "bia", "Sala")
    chat.guest(3, "caio")
    chat.account(9, "mod", ("Sala",), role="moderator")
    return chat


@pytest.mark.parametrize("command", ASKED, ids=repr)
def test_each_command_is_found_again_in_its_records(command: commands.Command) -> None:
    assert command == saying_command(chat().do(command))


def test_a_chat_of_all_of_these_is_made_again() -> None:
    told = chat()
    told.do(commands.Away(2, "longe"))
    for command in ASKED:
        told.do(command)
    told.do(commands.Away(1, ""))
    told.do(commands.Hello(20, "eva", ("Sala",), "s" * 16, dialect="json", user="e", realname="Eva"))
    told.do(commands.Stop(OPERATOR))
    inference = Version2Inference(State())
    taken = [*inference.feed(told.records), *inference.finish()]
    assert told.records == [record for each in taken for record in each.records]
    assert told.state.snapshot() == inference.state.snapshot()


@pytest.mark.parametrize("command", ASKED[4:7], ids=repr)
def test_what_was_cut_short_is_the_beginning_of_what_is_made(command: commands.Command) -> None:
    told = chat()
    before = len(told.records)
    group = told.do(command)
    for left in range(1, len(group)):
        inference = Version2Inference(State())
        records = told.records[: before + left]
        taken = [*inference.feed(records), *inference.finish()]
        assert records == [record for each in taken for record in each.records]


def test_lines_end_where_another_message_begins() -> None:
    told = chat()
    records = told.do(commands.Lines(1, LINES, "Sala")) + told.do(commands.Lines(1, LINES, "Sala"))
    assert [3, 1, 1, 3] == [lines_size(records, start) for start in range(4)]
    assert 1 == lines_size(told.do(commands.Say(1, "oi", "Sala")), 0)
    assert 1 == lines_size(records[:1] + told.do(commands.Lines(1, LINES, "x")), 0)


def test_a_second_time_away_begins_with_the_first_room_again() -> None:
    told = chat()
    records = told.do(commands.Away(1, "almoço")) + told.do(commands.Away(1, "almoço"))
    assert [2, 2] == [told_size(records, start) for start in (0, 2)]


def test_a_line_without_the_first_one_and_another_type_are_of_no_command() -> None:
    for fields in ({"part": 2, "parts": 2}, {"type": "wave"}):
        said: dict[str, Any] = {"type": "message", "room": "x", "text": "b", **fields}
        with pytest.raises(UnruledError):
            saying_command([Record(7, AT, conn=1, nick="ana", **said)])


def test_no_more_lines_are_made_up_than_a_message_has() -> None:
    first = Record(7, AT, "message", 1, "ana", room="x", text="a", part=1, parts=1 << 60)
    command = saying_command([first])
    assert isinstance(command, commands.Lines)
    assert MOST_LINES == len(command.lines)
