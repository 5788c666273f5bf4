"""As a recording, each record is an event when it is due, and shows what ``replay play`` shows."""

from __future__ import annotations

import io
import json
import random
import re

import msgspec
import pyte
import pytest
from replay.chats import random_records

from chatsimples.chat.records import Record, microseconds
from chatsimples.config.replay import ExportSettings
from chatsimples.replay.export.asciicast import write_asciicast
from chatsimples.replay.export.job import Job
from chatsimples.replay.export.target import Target

LOOKS = re.compile(r"\x1b\[[0-9;]*m")
HEADER = {"version": int, "width": int, "height": int, "timestamp": int, "title": str, "env": dict}


def at(second):
    return f"2026-11-22T15:{second // 60:02d}:{second % 60:02d}.500000Z"


def recording(records, **settings):
    """Give the header and the events, judged by the format's own rules."""
    file = io.BytesIO()
    job = Job(lambda: iter([(record, b"") for record in records]), ExportSettings(**settings), str)
    count = write_asciicast(job, Target(file))
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


def test_the_header_says_what_was_asked_for():
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
def test_events_come_when_they_are_due(settings, expected):
    assert expected == [time for time, _, _ in recording(CHAT, **settings)[1]]


def test_a_terminal_shows_who_said_what_in_colours():
    screen = pyte.Screen(80, 24)
    stream = pyte.Stream(screen)
    for _, _, text in recording(CHAT)[1]:
        stream.feed(text)
    shown = [line.rstrip() for line in screen.display]
    assert ["ana: um", "bia: dois", "ana: três"] == [line[9:] for line in shown[1:4]]
    colours = [screen.buffer[row][9].fg for row in (1, 2, 3)]
    assert colours[0] == colours[2] != colours[1]
    assert "default" not in colours


def test_there_is_an_event_for_each_record_of_any_chat():
    records = random_records(random.Random(11), 400)
    _, events = recording(records)
    assert len(records) == len(events)
    for record, (_, _, text) in zip(records, events, strict=True):
        assert record.text.split(" ")[0] in LOOKS.sub("", text)


def test_nothing_that_a_terminal_obeys_gets_through():
    evil = "\x1b[2J\x9b2J\x1b]0;title\x07\r\n\u202e\x00"
    records = [
        Record(1, at(0), kind, 1, evil, evil, evil, evil, 1, evil, evil, evil, server=evil, seqs=evil)
        for kind in ("message", "join", "nick", "leave", "start", "redaction", evil)
    ]
    header, events = recording([*records, msgspec.structs.replace(records[0], to="")], title=evil)
    assert header["title"].isprintable()
    for _, _, text in events:
        for line in text.split("\r\n")[:-1]:
            assert LOOKS.sub("", line).isprintable()
