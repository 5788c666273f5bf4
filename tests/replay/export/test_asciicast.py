"""A recording has an event for each record when it is due, and shows what ``replay play`` shows."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Iterable
from typing import Any

import msgspec
import pyte
import pytest
from replay.chats import random_records

from chatsimples.chat.records import Record, microseconds
from chatsimples.config.replay import ExportSettings
from chatsimples.replay.export.asciicast import write_asciicast
from chatsimples.replay.export.job import ExportJob
from chatsimples.replay.export.output import OutputFile
from chatsimples.replay.narration.descriptions import is_conversation

STYLES = re.compile(r"\x1b\[[0-9;]*m")
HEADER = {"version": int, "width": int, "height": int, "timestamp": int, "title": str, "env": dict}


def at(second: int) -> str:
    return f"2026-11-22T15:{second // 60:02d}:{second % 60:02d}.500000Z"


def recording(records: Iterable[Record], **settings: Any) -> tuple[dict[str, Any], list[Any]]:
    """Return the header and the events, judged by the format's own rules."""
    file = io.BytesIO()
    job = ExportJob(lambda: iter([(record, b"") for record in records]), ExportSettings(**settings), str)
    count = write_asciicast(job, OutputFile(file))
    first, *lines = file.getvalue().decode().splitlines()
    header, events = json.loads(first), [json.loads(line) for line in lines]
    assert {name: type(value) for name, value in header.items()} == HEADER
    assert 2 == header["version"]
    assert all(isinstance(value, str) for value in header["env"].values())
    for time, kind, text in events:
        assert isinstance(time, int | float)
        assert "o" == kind
        assert text.endswith("\r\n")
    times = [time for time, _, _ in events]
    assert times == sorted(times)
    assert count == len(events)
    return header, events


CHAT = [
    Record(1, at(0), "message", 1, "ana", room="geral", text="um"),
    Record(2, at(1), "message", 2, "bia", room="geral", text="dois"),
    Record(3, at(61), "message", 1, "ana", room="geral", text="três"),
]


def test_the_header_holds_the_settings() -> None:
    header, _ = recording(CHAT, width=100, height=30, title="a aula")
    assert (100, 30, "a aula") == (header["width"], header["height"], header["title"])
    assert microseconds(at(0)) // 1_000_000 == header["timestamp"]
    assert "#geral" == recording(CHAT)[0]["title"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [0, 1, 61]),
        ({"max_idle": 2.0}, [0, 1, 3]),
        ({"speed": 4.0}, [0, 0.25, 15.25]),
        ({"speed": 4.0, "max_idle": 2.0}, [0, 0.25, 0.75]),
    ],
)
def test_events_come_when_they_are_due(settings: dict[str, float], expected: list[float]) -> None:
    assert expected == [time for time, _, _ in recording(CHAT, **settings)[1]]


def test_a_terminal_shows_who_said_what_in_colours() -> None:
    screen = pyte.Screen(80, 24)
    stream = pyte.Stream(screen)
    for _, _, text in recording(CHAT)[1]:
        stream.feed(text)
    shown = [line.rstrip() for line in screen.display]
    assert ["ana: um", "bia: dois", "ana: três"] == [line[9:] for line in shown[1:4]]
    colours = [screen.buffer[row][9].fg for row in (1, 2, 3)]
    assert colours[0] == colours[2] != colours[1]
    assert "default" not in colours


def test_there_is_an_event_for_each_record_of_any_chat() -> None:
    records = random_records(random.Random(11), 400)
    _, events = recording(records)
    shown = [record for record in records if is_conversation(record)]
    assert len(shown) == len(events)
    for record, (_, _, text) in zip(shown, events, strict=True):
        assert record.text.split(" ")[0] in STYLES.sub("", text)


def test_no_escape_sequence_of_others_gets_through() -> None:
    evil = "\x1b[2J\x9b2J\x1b]0;title\x07\r\n\u202e\x00"
    records = [
        Record(1, at(0), kind, 1, evil, evil, evil, evil, 1, evil, evil, evil, server=evil, seqs=evil)
        for kind in ("message", "join", "nick", "leave", "start", "redaction", evil)
    ]
    header, events = recording([*records, msgspec.structs.replace(records[0], to="")], title=evil)
    assert header["title"].isprintable()
    for _, _, text in events:
        for line in text.split("\r\n")[:-1]:
            assert STYLES.sub("", line).isprintable()
