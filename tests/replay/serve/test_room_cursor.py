"""What is read of some rooms, up to a seq, as a dialect tells it."""

from __future__ import annotations

from pathlib import Path

import pytest
from dialects.wire import DEFAULT_LIMITS
from replay.playing import record_chat
from replay.serving import a_chat, say

from chatsimples.chat.records import to_line
from chatsimples.dialects.jsonl import JsonDialect
from chatsimples.dialects.text import TextDialect
from chatsimples.replay.serve.room_cursor import RoomCursor
from chatsimples.transcript.reader import TranscriptReader

JSON = JsonDialect(DEFAULT_LIMITS, str, str)
TEXT = TextDialect(DEFAULT_LIMITS, str)


@pytest.fixture
def reader(tmp_path: Path) -> TranscriptReader:
    return TranscriptReader(record_chat(tmp_path, a_chat()), blocks_kept=4)


def lines_of(*seqs: int) -> bytes:
    return b"".join(to_line(record) for record in a_chat() if record.seq in seqs)


@pytest.mark.parametrize(
    ("rooms", "seqs"),
    [
        ([], []),
        (["geral"], [2, 3, 5, 9, 10, 11]),
        (["turma"], [4, 7, 12]),
        (["geral", "turma"], [2, 3, 4, 5, 7, 9, 10, 11, 12]),
        (["nowhere"], []),
    ],
)
def test_the_records_of_its_rooms_are_heard_byte_for_byte(
    reader: TranscriptReader, rooms: list[str], seqs: list[int]
) -> None:
    cursor = RoomCursor(reader, 0, JSON, {room: room for room in rooms})
    assert lines_of(*seqs) == cursor.read(12)
    assert cursor.has_reached(12)


def test_private_and_quiet_records_and_the_servers_own_are_heard_by_nobody(reader: TranscriptReader) -> None:
    heard = RoomCursor(reader, 0, JSON, {"geral": "geral", "turma": "turma"}).read(12)
    assert not any(part in heard for part in (b"ti", b"quiet", b"start"))


def test_nothing_is_heard_before_it_has_happened(reader: TranscriptReader) -> None:
    cursor = RoomCursor(reader, 2, JSON, {"geral": "geral"})
    heard = []
    for until in range(2, 13):
        assert cursor.has_reached(until) == (until == 2)
        heard.append(cursor.read(until))
        assert cursor.has_reached(until)
    assert lines_of(3, 5, 9, 10, 11) == b"".join(heard)
    assert [lines_of(3), b"", lines_of(5)] == heard[1:4]


def test_plain_text_is_the_dialects_rendering(reader: TranscriptReader) -> None:
    cursor = RoomCursor(reader, 0, TEXT, {"geral": "geral"})
    expected = "* ana has entered geral\n* bia has entered geral\nana: um\n* ana is now ana2\nana: três\n"
    assert expected == cursor.read(10).decode()


def test_rooms_can_change_on_the_way(reader: TranscriptReader) -> None:
    cursor = RoomCursor(reader, 0, JSON, {"geral": "geral"})
    cursor.read(5)
    cursor.rooms["turma"] = "turma"
    del cursor.rooms["geral"]
    assert lines_of(7, 12) == cursor.read(12)


def test_a_long_way_is_gone_in_steps(tmp_path: Path) -> None:
    records = [say(seq, "x" * 100, "geral" if seq % 7 else "turma") for seq in range(1, 200)]
    cursor = RoomCursor(TranscriptReader(record_chat(tmp_path, records)), 0, JSON, {"turma": "turma"})
    steps = []
    while not cursor.has_reached(199):
        steps.append(cursor.read(199, max_bytes=1_000))
    assert len(steps) > 30
    assert b"".join(to_line(record) for record in records if record.room == "turma") == b"".join(steps)


def test_a_transcript_that_was_cut_meanwhile_is_waited_for_by_nobody(reader: TranscriptReader) -> None:
    cursor = RoomCursor(reader, 0, JSON, {"geral": "geral"})
    cursor.read(99)
    assert cursor.has_reached(99)
