"""Lines for people: typed lines are read, and each record is a complete line."""

from __future__ import annotations

from typing import Any

import pytest

from chatsimples.chat.effects import Members
from chatsimples.chat.records import Record
from chatsimples.client.pipe.flat_lines import FlatLines
from chatsimples.client.pipe.line_format import InputLine
from chatsimples.client.protocol import events
from chatsimples.client.protocol.commands import Command
from chatsimples.client.protocol.replies import ServerLimits, Welcome
from chatsimples.client.rendering.renderer import Renderer
from chatsimples.client.requests import actions
from chatsimples.errors import Refusal

LINES = FlatLines(Renderer(str))
NO_LIMITS = ServerLimits()
SAID = Command("message", "own", room="geral", text="oi")


def test_a_line_is_read_as_a_person_types_it() -> None:
    assert InputLine(actions.Say("oi")) == LINES.read("oi", NO_LIMITS)
    assert InputLine(actions.Say('{"type":"bye"}')) == LINES.read('{"type":"bye"}', NO_LIMITS)
    assert InputLine(actions.Who("a")) == LINES.read("/quem a", NO_LIMITS)
    assert LINES.read("", NO_LIMITS) is None
    with pytest.raises(Refusal):
        LINES.read("/nada", NO_LIMITS)


def test_records_and_replies_are_complete_lines() -> None:
    record = Record(5, "2020-11-22T15:00:00.000000Z", "message", 1, "ana", room="dev", text="olá")
    event = events.RecordReceived(record, own=False, past=False, command=None)
    (line,) = LINES.record(event, "geral", "")
    assert line.startswith("2020-11-2")
    assert line.endswith(" #dev ana: olá")
    (line,) = LINES.record(event, "dev", "")
    assert line.endswith(":00 ana: olá")
    welcome = Welcome("ana", "01K", 5)
    assert ["* connected to here:1: you are ana in #geral, #dev"] == LINES.welcomed(
        events.Welcomed(welcome, again=False, gap=False), ["geral", "dev"], "here:1"
    )
    answer = events.ReplyReceived(Members("dev", ["ana", "bia"], 2))
    assert ["* #dev (2): ana, bia"] == LINES.reply(answer, "")


def test_an_own_text_is_written_if_its_record_does_not_come() -> None:
    assert ["ana: oi"] == LINES.already_recorded(
        events.AlreadyRecorded(SAID, 5, unseen=True), "ana", "geral", ""
    )
    assert [] == LINES.already_recorded(events.AlreadyRecorded(SAID, 5, unseen=False), "ana", "geral", "")


def test_problems_are_not_among_them() -> None:
    assert [] == LINES.refused(events.Refused("flood", "x", SAID), "")
    assert [] == LINES.invalid(Refusal("bad_utf8"), "x", 1, "")
    assert [] == LINES.connection("lost", "x")


def test_the_help_is_a_line_for_each_command() -> None:
    assert "* /apelido, /nick NAME: take another nick" in LINES.help()


def received(kind: str, room: str, *, seq: int = 5, **fields: Any) -> events.RecordReceived:
    at = f"2020-11-22T15:00:0{seq}.000000Z"
    record = Record(seq, at, kind, 1, "ana", room=room, **fields)
    return events.RecordReceived(record, own=False, past=False, command=None)


def test_a_change_of_nick_heard_in_several_rooms_is_one_line() -> None:
    lines = FlatLines(Renderer(str))
    told = [
        lines.record(received("nick", room, new="eva"), "geral", "") for room in ("geral", "turma", "dev")
    ]
    assert [1, 0, 0] == [len(each) for each in told]
    # Back to the nick and again to the same: that is another change, however alike.
    assert 1 == len(lines.record(received("nick", "geral", seq=6, new="eva"), "geral", ""))


def test_a_leave_names_its_room_and_is_a_line_for_each() -> None:
    lines = FlatLines(Renderer(str))
    told = [lines.record(received("leave", room, reason="quit"), "geral", "") for room in ("geral", "dev")]
    assert ["ana has left #geral", "ana has left #dev"] == [each[0].split("* ")[1] for each in told]


@pytest.mark.parametrize("kind", ["hello", "bye"])
def test_the_arrival_and_the_end_of_a_connection_are_no_lines(kind: str) -> None:
    assert [] == LINES.record(received(kind, ""), "geral", "")
