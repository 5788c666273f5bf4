"""Lines for people: what a person types is read, and what happens is written flat."""

from __future__ import annotations

import pytest

from chatsimples.chat.effects import Members
from chatsimples.chat.records import Record
from chatsimples.client.dialogue.display import Display
from chatsimples.client.pipe.line_format import Asked, FlatLines
from chatsimples.client.protocol import events
from chatsimples.client.protocol.replies import Welcome
from chatsimples.client.words import commands
from chatsimples.errors import Refusal

LINES = FlatLines(Display(str))
SAID = events.Command("message", "own", room="geral", text="oi")


def test_a_line_is_read_as_a_person_types_it() -> None:
    assert Asked(commands.Say("oi")) == LINES.read("oi")
    assert Asked(commands.Say('{"type":"bye"}')) == LINES.read('{"type":"bye"}')
    assert Asked(commands.Who("a")) == LINES.read("/quem a")
    assert LINES.read("") is None
    with pytest.raises(Refusal):
        LINES.read("/nada")


def test_what_happens_is_written_flat() -> None:
    record = Record(5, "2020-11-22T15:00:00.000000Z", "message", 1, "ana", room="dev", text="olá")
    event = events.Happened(record, own=False, past=False, command=None)
    (line,) = LINES.happened(event, "geral", "")
    assert line.startswith("2020-11-2")
    assert line.endswith(" #dev ana: olá")
    (line,) = LINES.happened(event, "dev", "")
    assert line.endswith(":00 ana: olá")
    welcome = Welcome("ana", "01K", 5)
    assert ["* connected to here:1: you are ana in #geral, #dev"] == LINES.welcomed(
        events.Welcomed(welcome, again=False, gap=False), ["geral", "dev"], "here:1"
    )
    answer = events.Answered(Members("dev", ["ana", "bia"], 2))
    assert ["* #dev (2): ana, bia"] == LINES.answered(answer, "")


def test_an_own_text_is_written_if_its_record_does_not_come() -> None:
    assert ["ana: oi"] == LINES.known(events.Known(SAID, 5, unseen=True), "ana", "geral", "")
    assert [] == LINES.known(events.Known(SAID, 5, unseen=False), "ana", "geral", "")


def test_what_goes_wrong_is_not_among_them() -> None:
    assert [] == LINES.refused(events.Refused("flood", "x", SAID), "")
    assert [] == LINES.wrong(Refusal("bad_utf8"), "x", 1, "")
    assert [] == LINES.connection("lost", "x")


def test_the_help_is_a_line_for_each_command() -> None:
    assert "* /apelido, /nick NAME: take another nick" in LINES.help()
