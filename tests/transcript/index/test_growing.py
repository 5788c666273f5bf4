"""The index of a segment that is written: what is noted, what is learnt later, and what is not known."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from transcript.index.logs_with_rooms import any_record, append, identity, keys_of
from transcript.logs import message, open_log

from chatsimples.chat.records import Record, to_line
from chatsimples.transcript.index.growing import GrowingIndex
from chatsimples.transcript.index.keys import Keys, owner_key, room_key
from chatsimples.transcript.lines import lines_within

SIZE = 1_000


def note(index: GrowingIndex, start: int, records: list[Record]) -> None:
    """Note records in an index, as they stand in the segment from a byte on."""
    lines = [to_line(record) for record in records]
    index.note(start, sum(map(len, lines)), records, lines)


def blocks_by_hand(path: Path, records: list[Record]) -> list[set[int]]:
    """Return the keys in each block of a segment, by where each line begins."""
    data = path.read_bytes()
    blocks: list[set[int]] = [set() for _ in range(len(data) // SIZE + 1)]
    for record in records:
        blocks[data.index(to_line(record)) // SIZE] |= keys_of(record)
    return blocks


def as_sets(index: GrowingIndex) -> list[set[int] | None]:
    return [None if keys is None else set(keys) for keys in index.all_keys()]


@pytest.fixture
def chance() -> random.Random:
    return random.Random(5)


def written(folder: Path, chance: random.Random, count: int = 80) -> tuple[Path, list[Record], GrowingIndex]:
    """Write a segment in batches, and note them from the first one on."""
    writer = open_log(folder).writer
    index = GrowingIndex(writer.path, writer.size, SIZE)
    records: list[Record] = []
    while len(records) < count:
        first = len(records) + 1
        batch = [any_record(chance, seq) for seq in range(first, first + chance.choice([1, 3, 40]))]
        start = writer.size
        append(writer, None, batch)
        note(index, start, batch)
        records += batch
    writer.close()
    return writer.path, records, index


def test_what_is_noted_is_in_the_block_where_its_line_begins(tmp_path: Path, chance: random.Random) -> None:
    path, records, index = written(tmp_path, chance)
    expected = blocks_by_hand(path, records)
    got = as_sets(index)
    assert len(expected) > 10
    # The last seal may begin a block of its own.
    assert expected[: len(got)] == got
    assert not any(expected[len(got) :])


def test_what_is_learnt_from_the_segment_is_the_same_as_what_was_noted(
    tmp_path: Path, chance: random.Random
) -> None:
    path, records, _ = written(tmp_path, chance)
    index = GrowingIndex(path, path.stat().st_size, SIZE)
    known = [index.is_known for _ in index.learn()]
    assert [False, True] == [known[0], index.is_known]
    assert blocks_by_hand(path, records) == as_sets(index)


def test_an_index_begun_within_a_segment_knows_nothing_before_its_block(
    tmp_path: Path, chance: random.Random
) -> None:
    writer = open_log(tmp_path).writer
    records = [any_record(chance, seq) for seq in range(1, 41)]
    append(writer, None, records[:30])
    index = GrowingIndex(writer.path, writer.size, SIZE)
    start = writer.size
    append(writer, None, records[30:])
    note(index, start, records[30:])
    expected = blocks_by_hand(writer.path, records)
    unknown = start // SIZE
    assert [None] * unknown == as_sets(index)[:unknown]
    assert expected[unknown:] == as_sets(index)[unknown:]
    assert all(index.holds(number, frozenset([1])) for number in range(unknown))
    for _ in index.learn():
        pass
    assert expected == as_sets(index)
    writer.close()


def test_a_block_that_is_damaged_stays_unknown(tmp_path: Path, chance: random.Random) -> None:
    path, _, _ = written(tmp_path, chance)
    data = bytearray(path.read_bytes())
    data[3 * SIZE + 500] = 0
    path.write_bytes(data)
    index = GrowingIndex(path, len(data), SIZE)
    for _ in index.learn():
        pass
    assert [3] == [number for number, keys in enumerate(as_sets(index)) if keys is None]
    assert index.holds(3, frozenset([1]))


def test_a_segment_that_cannot_be_read_is_told_once(tmp_path: Path, chance: random.Random) -> None:
    path, _, _ = written(tmp_path, chance)
    index = GrowingIndex(path, path.stat().st_size, SIZE)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        next(index.learn())
    assert index.is_known
    assert index.holds(2, frozenset([1]))


def test_a_line_longer_than_blocks_leaves_those_within_it_empty(tmp_path: Path) -> None:
    writer = open_log(tmp_path).writer
    index = GrowingIndex(writer.path, writer.size, SIZE)
    for record in (message(1), message(2, "x" * 5 * SIZE), message(3)):
        start = writer.size
        append(writer, None, [record])
        note(index, start, [record])
    geral = {room_key("geral")}
    assert [geral, set(), set(), set(), set(), geral] == as_sets(index)
    writer.close()


@pytest.mark.parametrize(
    "keys", [frozenset([room_key("geral")]), frozenset([owner_key(3), owner_key(identity(8))])]
)
def test_the_next_block_with_a_key_is_found_both_ways(
    tmp_path: Path, chance: random.Random, keys: Keys
) -> None:
    path, records, index = written(tmp_path, chance)
    blocks = index.holding(keys)
    holds = [bool(keys & found) for found in blocks_by_hand(path, records)]
    for number in range(len(holds) + 2):
        after = [each for each in range(number, len(holds)) if holds[each]]
        before = [each for each in range(min(number + 1, len(holds))) if holds[each]]
        assert (after[0] if after else None) == blocks.first_from(number)
        assert (before[-1] if before else None) == blocks.last_up_to(number)


def test_a_search_for_much_ends_early_at_a_block_that_may_hold_nothing(
    tmp_path: Path, chance: random.Random
) -> None:
    _, _, index = written(tmp_path, chance)
    blocks = index.holding(frozenset(range(1 << 20, (1 << 20) + 200)))
    assert 5 == blocks.first_from(0)
    assert index.last - 5 == blocks.last_up_to(index.last)


def test_a_long_segment_is_learnt_in_many_short_steps(tmp_path: Path) -> None:
    writer = open_log(tmp_path).writer
    append(writer, None, [message(seq) for seq in range(1, 3_001)])
    writer.close()
    index = GrowingIndex(writer.path, writer.size)
    assert sum(1 for _ in index.learn()) > 20
    assert [{room_key("geral")}] * (writer.size // 65_536 + 1) == as_sets(index)


def test_blocks_are_those_of_the_reader(tmp_path: Path, chance: random.Random) -> None:
    path, records, index = written(tmp_path, chance)
    for number, keys in enumerate(as_sets(index)):
        _, block, _ = lines_within(path, number * SIZE, (number + 1) * SIZE)
        here = [record for record in records if to_line(record) in block]
        assert keys == set().union(*map(keys_of, here))


def test_it_holds_a_key_once_a_block_however_many_records_have_it(tmp_path: Path) -> None:
    writer = open_log(tmp_path).writer
    index = GrowingIndex(writer.path, writer.size)
    for first in range(1, 3_001, 100):
        start = writer.size
        records = [message(seq) for seq in range(first, first + 100)]
        append(writer, None, records)
        note(index, start, records)
    writer.close()
    assert [1] * (writer.size // 65_536 + 1) == [len(keys or ()) for keys in index.all_keys()]
