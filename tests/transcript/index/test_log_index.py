"""The index of a log: never a record is missed, wherever an index is missing, late or spoiled."""

from __future__ import annotations

import errno
import os
import random
from pathlib import Path

import pytest
from transcript.index.logs_with_rooms import ROOMS, any_record, append, identity, keys_of, write_log
from transcript.logs import file_size_limit, message, open_log

from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record, to_line
from chatsimples.transcript.index.closed import has_index, index_path
from chatsimples.transcript.index.keys import owner_key, room_key
from chatsimples.transcript.index.log_index import LogIndex
from chatsimples.transcript.segments import segments

SIZE = 700
SOME_KEYS = [
    *(frozenset([room_key(name_key(room))]) for room in ROOMS),
    frozenset([owner_key(2), owner_key(identity(7))]),
    frozenset([room_key("nowhere")]),
]


def work_off(index: LogIndex) -> None:
    while index.step():
        pass


def check(folder: Path, index: LogIndex, records: list[Record], *, known: bool = True) -> None:
    """Check that all blocks with a record of some keys are found, and if it is known, only these."""
    for path in segments(folder):
        data = path.read_bytes()
        last = len(data) // SIZE
        for keys in SOME_KEYS:
            expected = {
                data.index(to_line(record)) // SIZE
                for record in records
                if keys & keys_of(record) and to_line(record) in data
            }
            blocks = index.find(path, keys)
            if blocks is None:
                assert not known
                continue
            found = set()
            number = blocks.first_from(0)
            while number is not None:
                found.add(number)
                number = blocks.first_from(number + 1)
            assert expected <= found <= set(range(last + 1))
            assert not known or expected == found


@pytest.fixture
def chance() -> random.Random:
    return random.Random(11)


def test_every_segment_is_known_while_it_is_written_and_after(tmp_path: Path, chance: random.Random) -> None:
    index = LogIndex(SIZE)
    records = write_log(tmp_path, chance, index)
    # None has been written to a file yet.
    check(tmp_path, index, records)
    while index.step():
        check(tmp_path, index, records)
    assert [True, True, True, False] == [has_index(path, SIZE) for path in segments(tmp_path)]
    check(tmp_path, index, records)


def test_another_process_knows_the_complete_segments(tmp_path: Path, chance: random.Random) -> None:
    index = LogIndex(SIZE)
    records = write_log(tmp_path, chance, index)
    work_off(index)
    check(tmp_path, LogIndex(SIZE), records, known=False)
    blocks = LogIndex(SIZE).find(segments(tmp_path)[0], frozenset([room_key("nowhere")]))
    assert blocks is not None
    assert blocks.first_from(0) is None


def test_an_index_that_is_taken_away_or_spoiled_is_missed_and_no_more(
    tmp_path: Path, chance: random.Random
) -> None:
    index = LogIndex(SIZE)
    records = write_log(tmp_path, chance, index)
    work_off(index)
    first, second, third, _ = segments(tmp_path)
    index_path(first).unlink()
    index_path(second).write_bytes(bytes(index_path(second).stat().st_size))
    for each in (index, LogIndex(SIZE)):
        assert each.find(first, SOME_KEYS[0]) is None
        assert each.find(second, SOME_KEYS[0]) is None
        assert each.find(third, SOME_KEYS[0]) is not None
        check(tmp_path, each, records, known=False)
    # Whoever writes the log makes what was missed; whoever only reads it writes nothing.
    work_off(index)
    check(tmp_path, index, records)
    assert [True, True, True, False] == [has_index(path, SIZE) for path in segments(tmp_path)]


def test_an_index_that_cannot_be_made_is_not_tried_again(tmp_path: Path, chance: random.Random) -> None:
    index = LogIndex(SIZE)
    records = write_log(tmp_path, chance, index)
    work_off(index)
    first, second, *_ = segments(tmp_path)
    data = first.read_bytes()
    first.write_bytes(data.replace(b'"seq":9,', b'"seq":\x00,'))
    index_path(second).unlink()
    for _ in range(2):
        index_path(first).unlink(missing_ok=True)
        assert index.find(first, SOME_KEYS[0]) is None
        assert index.find(second, SOME_KEYS[0]) is None or has_index(second, SIZE)
        work_off(index)
    first.write_bytes(data)
    assert not has_index(first, SIZE)
    assert has_index(second, SIZE)
    check(tmp_path, index, records, known=False)


def test_begun_in_the_middle_of_a_segment_it_learns_the_rest_in_steps(
    tmp_path: Path, chance: random.Random
) -> None:
    records = write_log(tmp_path, chance, None, segments=1)
    index = LogIndex(SIZE)
    writer = open_log(tmp_path).writer
    new = [any_record(chance, seq) for seq in range(61, 70)]
    append(writer, index, new)
    check(tmp_path, index, [*records, *new], known=False)
    steps = 0
    while index.step():
        steps += 1
        check(tmp_path, index, [*records, *new], known=False)
    assert steps > 5
    check(tmp_path, index, [*records, *new])
    assert not has_index(writer.path, SIZE)
    writer.roll()
    append(writer, index, [message(70)])
    work_off(index)
    check(tmp_path, index, [*records, *new, message(70)])
    assert has_index(segments(tmp_path)[0], SIZE)
    writer.close()


def test_a_segment_that_ends_while_it_is_learnt_is_learnt_and_written(
    tmp_path: Path, chance: random.Random
) -> None:
    records = write_log(tmp_path, chance, None, segments=1)
    index = LogIndex(SIZE)
    writer = open_log(tmp_path).writer
    append(writer, index, [message(61)])
    assert index.step()
    writer.roll()
    append(writer, index, [message(62)])
    work_off(index)
    check(tmp_path, index, [*records, message(61), message(62)])
    assert has_index(segments(tmp_path)[0], SIZE)
    writer.close()


def test_a_segment_left_without_one_gets_it(tmp_path: Path, chance: random.Random) -> None:
    records = write_log(tmp_path, chance, None, segments=3)
    index = LogIndex(SIZE)
    index.mend([*segments(tmp_path)[:-1], tmp_path / "transcript-000000000999.jsonl"])
    check(tmp_path, index, records, known=False)
    work_off(index)
    assert [True, True, False] == [has_index(path, SIZE) for path in segments(tmp_path)]
    check(tmp_path, index, records, known=False)


def test_without_room_an_index_is_told_once_and_left_out(tmp_path: Path, chance: random.Random) -> None:
    index = LogIndex(SIZE)
    records = write_log(tmp_path, chance, index, segments=3)
    with file_size_limit(100), pytest.raises(OSError, match="File too large"):
        work_off(index)
    work_off(index)
    assert [False, True, False] == [has_index(path, SIZE) for path in segments(tmp_path)]
    check(tmp_path, index, records, known=False)


def test_a_segment_that_cannot_be_read_is_noted_from_a_later_batch_on(
    tmp_path: Path, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = LogIndex(SIZE)
    writer = open_log(tmp_path).writer
    records = [any_record(chance, seq) for seq in range(1, 31)]
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", _no_files)
        append(writer, index, records[:10])
    check(tmp_path, index, records, known=False)
    append(writer, index, records[10:])
    check(tmp_path, index, records, known=False)
    work_off(index)
    check(tmp_path, index, records)
    writer.close()


def _no_files(*_: object) -> None:
    raise OSError(errno.EMFILE, "Too many open files")


def test_no_more_than_a_few_segments_wait_to_be_written(tmp_path: Path, chance: random.Random) -> None:
    index = LogIndex(SIZE)
    records = write_log(tmp_path, chance, index, segments=30, each=3)
    check(tmp_path, index, records, known=False)
    work_off(index)
    assert [True] * 8 + [False] * 22 == [has_index(path, SIZE) for path in segments(tmp_path)]
