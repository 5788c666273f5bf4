"""When checkpoints are written, how little at a time, and which are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from server.broadcaster.told import Told
from transcript.logs import Sink, add, file_size_limit, open_log

from chatsimples.server.broadcaster.checkpointing import (
    KEPT,
    LONGEST_SECONDS,
    RECORDS,
    Checkpointing,
)
from chatsimples.transcript.checkpoints import find_checkpoints, read_anchor, read_state, size_of
from chatsimples.transcript.recovery import Recovery
from chatsimples.transcript.segments import segments
from chatsimples.transcript.writer import TranscriptWriter


class Anything(Sink):
    """Takes any state for one that it understands."""

    def restore(self, checkpoint: bytes) -> None:
        self.restored += 1


class House:
    """A transcript with what writes its checkpoints, and a clock that stands still."""

    def __init__(self, folder: Path, pieces: int = 3, size: int = 10, **options: Any) -> None:
        self.folder = folder
        self.now = 1_000.0
        self.recovery: Recovery = open_log(folder, Anything(), **options)
        self.writer: TranscriptWriter = self.recovery.writer
        self.state = Told(self.writer, pieces, size)
        self.checkpointing = Checkpointing(self.recovery, self.state, lambda: self.now)

    def rest(self) -> int:
        """Go on until nothing is due; return how many turns that took."""
        turns = 0
        self.checkpointing.turn()
        while self.checkpointing.busy:
            turns += 1
            self.checkpointing.turn()
        return turns

    @property
    def told(self) -> list[int]:
        """The seqs that the checkpoints tell, the newest first."""
        return [anchor.seq for path in find_checkpoints(self.folder) if (anchor := read_anchor(path))]


def test_it_is_due_after_so_many_records_and_written_a_piece_a_turn(tmp_path: Path) -> None:
    house = House(tmp_path, pieces=7)
    add(house.writer, RECORDS - 1)
    assert (0, []) == (house.rest(), house.told)
    add(house.writer)
    assert (8, [RECORDS]) == (house.rest(), house.told)
    assert (0, 1) == (house.rest(), len(house.state.captures))
    add(house.writer, RECORDS)
    assert (8, [2 * RECORDS, RECORDS]) == (house.rest(), house.told)
    house.writer.close()


def test_it_tells_what_was_when_it_began_however_much_is_written_meanwhile(tmp_path: Path) -> None:
    house = House(tmp_path)
    add(house.writer, RECORDS)
    house.checkpointing.turn()
    while house.checkpointing.busy:
        add(house.writer, 3)
        house.writer.roll()
        house.checkpointing.turn()
    path = find_checkpoints(tmp_path)[0]
    anchor = read_anchor(path)
    assert anchor is not None
    assert (1, RECORDS) == (anchor.first_seq, anchor.seq)
    assert anchor.holds(segments(tmp_path)[0])
    assert b"%010d" % RECORDS * 3 == read_state(path)
    house.writer.close()


def test_a_large_state_is_told_when_the_transcript_has_grown_by_half_as_much(tmp_path: Path) -> None:
    house = House(tmp_path, pieces=1, size=6_000_000)
    add(house.writer, RECORDS)
    house.rest()
    written = house.writer.written
    while RECORDS in house.told[:1]:
        add(house.writer, RECORDS // 2)
        house.rest()
    assert 3_000_000 <= house.writer.written - written < 3_000_000 + RECORDS * 100
    house.writer.close()


def test_a_large_state_is_also_told_after_a_long_time(tmp_path: Path) -> None:
    house = House(tmp_path, pieces=1, size=6_000_000)
    add(house.writer, RECORDS)
    house.rest()
    add(house.writer, RECORDS)
    house.now += LONGEST_SECONDS - 1
    assert 0 == house.rest()
    house.now += 1
    house.rest()
    assert [2 * RECORDS, RECORDS] == house.told
    house.now += LONGEST_SECONDS * 10
    assert 0 == house.rest()
    house.writer.close()


def test_the_beginning_of_a_segment_gets_one(tmp_path: Path) -> None:
    house = House(tmp_path)
    for _ in range(KEPT + 2):
        add(house.writer, 100)
        house.writer.roll()
        house.checkpointing.segment_begins()
        house.rest()
    assert [400, 300] == house.told
    assert all(anchor.is_beginning for path in find_checkpoints(tmp_path) if (anchor := read_anchor(path)))
    house.writer.close()


def test_the_newest_are_kept_and_the_newest_at_a_beginning(tmp_path: Path) -> None:
    house = House(tmp_path)
    beginnings = []
    for _ in range(3):
        add(house.writer, 100)
        house.writer.roll()
        house.checkpointing.segment_begins()
        house.rest()
        beginnings.append(house.writer.last_seq)
    for _ in range(3):
        add(house.writer, RECORDS)
        house.rest()
    last = house.writer.last_seq
    assert [last, last - RECORDS, *beginnings[:0:-1]] == house.told
    house.writer.close()
    # The next server keeps to the same, with what it finds.
    again = House(tmp_path)
    assert [last, last - RECORDS, *beginnings[:0:-1]] == again.told
    add(again.writer, RECORDS)
    again.rest()
    assert [last + RECORDS, last, *beginnings[:0:-1]] == again.told
    again.writer.close()


def test_a_small_segment_of_a_large_state_gets_none(tmp_path: Path) -> None:
    house = House(tmp_path, pieces=1, size=100_000)
    for _ in range(3):
        add(house.writer, 100)
        house.writer.roll()
        house.checkpointing.segment_begins()
        house.rest()
    assert [100] == house.told
    house.writer.close()


def large(folder: Path, **options: Any) -> House:
    """Return a house whose state is large, and most of it seldom changes; a whole one was written."""
    house = House(folder, pieces=1, size=6_000_000, **options)
    house.state.kept_size = 5_990_000
    add(house.writer, RECORDS)
    house.rest()
    house.state.changes_size = 100_000
    return house


def test_of_a_large_state_that_seldom_changes_the_changes_are_told(tmp_path: Path) -> None:
    house = large(tmp_path)
    whole = find_checkpoints(tmp_path)[0]
    state = read_state(whole)
    assert state is not None
    for number in range(2, 6):
        add(house.writer, RECORDS)
        house.rest()
        newest = find_checkpoints(tmp_path)[0]
        assert size_of(newest) < 200_000
        assert b"%010d" % (number * RECORDS) * 11_000 + state == read_state(newest)
    # Their base stays as long as they do.
    assert [5 * RECORDS, 4 * RECORDS, RECORDS] == house.told
    house.writer.close()
    again = House(tmp_path)
    assert (0, [5 * RECORDS, 4 * RECORDS, RECORDS]) == (again.recovery.replayed, again.told)
    for _ in range(2):
        add(again.writer, RECORDS)
        again.rest()
    assert [7 * RECORDS, 6 * RECORDS] == again.told
    again.writer.close()


@pytest.mark.parametrize("changes", [2_990_000, None], ids=["half of it", "not known"])
def test_with_many_changes_the_next_one_is_whole(tmp_path: Path, changes: int | None) -> None:
    house = large(tmp_path)
    house.state.changes_size = changes
    while len(house.state.captures) < 2:
        add(house.writer, RECORDS)
        house.rest()
    assert [True, True] == [each.whole for each in house.state.captures]
    house.writer.close()


def test_at_the_beginning_of_a_segment_it_is_whole_at_the_end_of_all_it_need_not_be(tmp_path: Path) -> None:
    house = large(tmp_path)
    while house.writer.written < 7_000_000:
        add(house.writer, RECORDS)
    house.writer.roll()
    house.checkpointing.segment_begins()
    house.rest()
    add(house.writer)
    house.checkpointing.finish()
    assert [True, True, False] == [each.whole for each in house.state.captures]
    house.writer.close()


def test_after_a_whole_one_that_could_not_be_written_the_next_is_whole(tmp_path: Path) -> None:
    house = large(tmp_path)
    house.state.changes_size = None
    house.state.size = 60_000_000
    while len(house.state.captures) < 2:
        add(house.writer, RECORDS)
        with file_size_limit(house.writer.written + 10_000):
            house.rest()
    house.state.changes_size = 0
    house.now += 60
    house.rest()
    assert [True] * 3 == [each.whole for each in house.state.captures]
    assert [False, True, False] == [each.abandoned for each in house.state.captures]
    house.writer.close()


@pytest.mark.parametrize(("count", "expected"), [(RECORDS // 2 - 1, False), (RECORDS // 2, True)])
def test_a_start_that_had_to_read_much_is_followed_by_one(tmp_path: Path, count: int, expected: bool) -> None:
    first = House(tmp_path)
    add(first.writer, count)
    first.writer.close()
    again = House(tmp_path)
    assert count == again.recovery.replayed
    again.rest()
    assert ([count] if expected else []) == again.told
    again.writer.close()
    last = House(tmp_path)
    assert (0 if expected else count) == last.recovery.replayed
    last.writer.close()


def test_what_a_start_has_read_counts_for_the_next_one(tmp_path: Path) -> None:
    first = House(tmp_path)
    add(first.writer, 5_000)
    first.writer.close()
    again = House(tmp_path)
    add(again.writer, RECORDS - 5_000)
    again.rest()
    assert [RECORDS] == again.told
    again.writer.close()


def test_what_is_decided_and_not_written_yet_is_not_told(tmp_path: Path) -> None:
    house = House(tmp_path)
    add(house.writer, RECORDS)
    house.state.behind = 1
    assert (0, []) == (house.rest(), house.state.captures)
    house.state.behind = 0
    house.rest()
    assert [RECORDS] == house.told
    house.writer.close()


def test_without_room_it_is_dropped_and_tried_again_later(tmp_path: Path) -> None:
    house = House(tmp_path, size=10_000_000)
    add(house.writer, RECORDS)
    with file_size_limit(house.writer.written + 1_000):
        house.rest()
        names = [path.name for path in tmp_path.iterdir() if path.name.startswith("checkpoint-")]
        assert [True] == [capture.abandoned for capture in house.state.captures]
        assert [] == names
        assert 0 == house.rest()
    assert 0 == house.rest()
    house.now += 60
    house.rest()
    assert [RECORDS] == house.told
    house.writer.close()


def test_without_room_for_the_seal_it_is_put_off(tmp_path: Path) -> None:
    house = House(tmp_path)
    add(house.writer, RECORDS + 1)
    with file_size_limit(10):
        assert 0 == house.rest()
    house.now += 60
    house.rest()
    assert [RECORDS + 1] == house.told
    house.writer.close()


def test_at_the_end_there_is_one_and_the_next_start_reads_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    add(house.writer, RECORDS)
    house.checkpointing.turn()
    house.checkpointing.turn()
    add(house.writer, 5)
    house.checkpointing.finish()
    assert [RECORDS + 5] == house.told
    assert [True, False] == [capture.abandoned for capture in house.state.captures]
    house.writer.close()
    again = House(tmp_path)
    assert (0, RECORDS + 5) == (again.recovery.replayed, again.recovery.last_seq)
    again.checkpointing.finish()
    assert [] == again.state.captures
    again.writer.close()
