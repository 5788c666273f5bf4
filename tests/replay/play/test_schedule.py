"""A schedule gives each record the moment at which it is due, and reads no more than it needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from replay.playing import at, chat, record_chat, said

from chatsimples.chat.records import Record, microseconds
from chatsimples.errors import ChatSimplesError
from chatsimples.replay.play.excerpt import Excerpt
from chatsimples.replay.play.schedule import Schedule, read_time
from chatsimples.replay.recording.selection import selection


def schedule(folder: Path, records: list[Record], seq: int = 1, max_idle: float = 0.0) -> Schedule:
    excerpt = Excerpt(record_chat(folder / "chat", records), selection("", "", "", "", str))
    return Schedule(excerpt, seq, max_idle, str)


def drain(found: Schedule) -> list[tuple[float, int]]:
    """Take all records; return when each was due, and its seq."""
    taken = []
    while not found.ended:
        if found.find_next() and found.next is not None:
            taken.append((found.next[0], found.take().seq))
    return taken


def test_records_are_due_so_long_after_the_first_one(tmp_path: Path) -> None:
    assert [(0.0, 1), (1.5, 2), (60.0, 3)] == drain(schedule(tmp_path, chat([0, 1.5, 60])))


def test_it_may_begin_anywhere_and_cut_silences(tmp_path: Path) -> None:
    found = schedule(tmp_path, chat([0, 1, 2, 100]), seq=2, max_idle=5.0)
    assert [(0.0, 2), (1.0, 3), (6.0, 4)] == drain(found)


def test_the_next_record_stays_the_next_one_until_it_is_taken(tmp_path: Path) -> None:
    found = schedule(tmp_path, chat([0, 1]))
    assert found.find_next()
    assert found.find_next()
    assert 1 == found.take().seq
    with pytest.raises(RuntimeError, match="not known"):
        found.take()


def test_one_block_at_most_is_read_at_a_time(tmp_path: Path) -> None:
    hidden = [Record(seq, at(seq), "hello", 1, "x" * 1_000) for seq in range(1, 1_001)]
    found = schedule(tmp_path, [*hidden, said(1_001, 1_001, "here")])
    turns = 0
    while not found.find_next():
        assert not found.ended
        turns += 1
    assert turns > 2
    assert 1_001 == found.take().seq


@pytest.mark.parametrize("time", ["", "never", "1969-12-31T23:59:59.000000Z", "9999-12-31T00:00:00.000000Z"])
def test_a_time_that_is_none_is_an_error_that_names_the_record(tmp_path: Path, time: str) -> None:
    found = schedule(tmp_path, [Record(7, time, "message", 1, "ana", room="geral", text="x")], seq=7)
    with pytest.raises(ChatSimplesError, match=r"record 7: .* is no time"):
        found.find_next()


def test_a_time_is_read_in_microseconds() -> None:
    assert microseconds(at(1.5)) == read_time(at(1.5), 1, str)
