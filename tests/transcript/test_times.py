"""Finding the record from which on it is a time or later."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from transcript.logs import OTHER_LOG, open_log

from chatsimples.chat.records import Record, timestamp, to_line
from chatsimples.errors import UnreadableError
from chatsimples.transcript.reader import TranscriptReader
from chatsimples.transcript.times import TimeSearch


def at(second: int) -> str:
    return timestamp(1_795_359_600_000_000 + second * 1_000_000)


def recorded(folder: Path, seconds: list[int], rolls: set[int], text: str = "oi") -> TranscriptReader:
    """Return a log whose records come at these seconds; a segment begins before each index in ``rolls``."""
    writer = open_log(folder).writer
    for index, second in enumerate(seconds):
        if index in rolls:
            writer.roll()
        line = to_line(Record(index + 1, at(second), "message", 1, "ana", room="geral", text=text))
        writer.append(line, index + 1, 1)
    writer.close()
    return TranscriptReader(folder)


def found(reader: TranscriptReader, time: str, beyond: int) -> tuple[int, int]:
    """Return the seq that is found, and in how many steps."""
    search = TimeSearch(reader, time, beyond)
    steps = 1
    while not search.step():
        steps += 1
    return search.seq, steps


@pytest.mark.parametrize("rolls", [set(), {0}, {1}, {3}, {1, 2, 3, 4, 5}])
def test_the_first_record_that_is_not_older_is_found(tmp_path: Path, rolls: set[int]) -> None:
    reader = recorded(tmp_path, [10, 20, 20, 20, 30, 40], rolls - {0})
    sought = {0: 1, 10: 1, 11: 2, 20: 2, 21: 5, 30: 5, 31: 6, 40: 6, 41: 7}
    assert sought == {second: found(reader, at(second), 7)[0] for second in sought}


def test_nothing_behind_the_bound_is_found(tmp_path: Path) -> None:
    assert 2 == found(recorded(tmp_path, [10, 20, 30], {1}), at(30), 2)[0]


def test_in_a_log_without_records_nothing_is_found(tmp_path: Path) -> None:
    open_log(tmp_path).writer.close()
    assert 1 == found(TranscriptReader(tmp_path), at(0), 1)[0]


def test_a_segment_that_has_only_begun_is_behind_every_time(tmp_path: Path) -> None:
    recorded(tmp_path, [10, 20], set())
    writer = open_log(tmp_path).writer
    writer.roll()
    writer.close()
    reader = TranscriptReader(tmp_path)
    assert [1, 2, 3] == [found(reader, at(second), 3)[0] for second in (5, 15, 25)]


def test_a_file_alone_is_searched_too(tmp_path: Path) -> None:
    (path,) = recorded(tmp_path, [10, 20, 30], set()).segments()
    assert 2 == found(TranscriptReader(path.rename(tmp_path / "aula.jsonl")), at(15), 4)[0]


def test_long_lines_do_not_hide_what_is_behind_them(tmp_path: Path) -> None:
    seconds = list(range(0, 400, 2))
    reader = recorded(tmp_path, seconds, {70}, "x" * 9_000)
    for second in (0, 1, 139, 140, 141, 397, 398, 399):
        assert (second + 1) // 2 + 1 == found(reader, at(second), len(seconds) + 1)[0]


def test_steps_grow_with_the_logarithm_of_the_segments(tmp_path: Path) -> None:
    reader = recorded(tmp_path, list(range(64)), set(range(1, 64)))
    assert 8 >= max(found(reader, at(second), 65)[1] for second in range(65))


def test_where_the_clock_was_set_back_a_place_is_found_at_which_the_time_comes(
    tmp_path: Path, chance: random.Random
) -> None:
    seconds = [0]
    for _ in range(300):
        seconds.append(max(0, seconds[-1] + chance.choice((0, 1, 1, 1, 5, -40))))
    reader = recorded(tmp_path, seconds, {index for index in range(1, 300) if chance.random() < 0.1})
    for second in range(max(seconds) + 2):
        seq = found(reader, at(second), len(seconds) + 1)[0]
        assert seq > len(seconds) or seconds[seq - 1] >= second
        assert seq == 1 or seconds[seq - 2] < second


@pytest.mark.parametrize(("second", "steps"), [(5, 0), (5, 2), (15, 3)])
def test_a_segment_that_is_taken_away_meanwhile_counts_as_old(
    tmp_path: Path, second: int, steps: int
) -> None:
    reader = recorded(tmp_path, [10, 20, 30, 40], {1, 2, 3})
    search = TimeSearch(reader, at(second), 5)
    first = reader.segments()[0]
    assert [False] * steps == [search.step() for _ in range(steps)]
    first.unlink()
    while not search.step():
        pass
    assert 2 == search.seq


def test_a_log_that_is_gone_can_not_be_searched(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        TimeSearch(TranscriptReader(tmp_path / OTHER_LOG), at(0), 1).step()
    (path,) = recorded(tmp_path, [10], set()).segments()
    path.unlink()
    path.mkdir()
    with pytest.raises(UnreadableError):
        found(TranscriptReader(tmp_path), at(0), 1)
