"""The index of a complete segment: what it tells, how little is read of it, and when it is not used."""

from __future__ import annotations

import os
import random
from array import array
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript.logs import file_size_limit, make_log

from chatsimples.transcript.index.closed import (
    ClosedIndex,
    has_index,
    index_name,
    index_path,
    remove,
    write_index,
)
from chatsimples.transcript.index.growing import BlockKeys
from chatsimples.transcript.index.keys import Keys
from chatsimples.transcript.segments import segments

SIZE = 1_000


def packed(blocks: list[set[int]]) -> list[BlockKeys]:
    return [array("Q", sorted(keys)) for keys in blocks]


def write(segment: Path, blocks: list[set[int]]) -> int:
    """Write an index; return in how many steps."""
    return sum(1 for _ in write_index(segment, packed(blocks), SIZE))


def found(segment: Path, keys: Keys) -> list[int]:
    """Return all the blocks that an index tells."""
    index = ClosedIndex.of(segment, SIZE)
    assert index is not None
    blocks = index.holding(keys)
    numbers = []
    number = blocks.first_from(0)
    while number is not None:
        numbers.append(number)
        number = blocks.first_from(number + 1)
    return numbers


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    make_log(tmp_path, 20)
    return segments(tmp_path)[0]


@pytest.fixture(scope="module")
def many() -> list[set[int]]:
    """Give blocks that make thousands of pairs, among them keys at both ends."""
    chance = random.Random(7)
    keys = [0, 1, (1 << 64) - 1, *(chance.getrandbits(64) for _ in range(3_000))]
    return [set(chance.sample(keys, 400)) for _ in range(30)]


def test_it_stands_beside_its_segment(tmp_path: Path) -> None:
    assert "index-000000000007.bin" == index_name("transcript-000000000007.jsonl")
    assert tmp_path / "index-000000000007.bin" == index_path(tmp_path / "transcript-000000000007.jsonl")


def test_each_key_is_found_in_its_blocks_and_in_no_other(segment: Path, many: list[set[int]]) -> None:
    assert write(segment, many) >= 64
    for key in [*sorted(set().union(*many))[::10], 0, 1, 2, 3, (1 << 64) - 2, (1 << 64) - 1]:
        assert [number for number, keys in enumerate(many) if key in keys] == found(segment, frozenset([key]))


def test_several_keys_are_found_in_the_blocks_of_all(segment: Path) -> None:
    write(segment, [{5}, set(), {6, 1 << 63}, {5, 6}])
    assert [0, 3] == found(segment, frozenset([5]))
    assert [0, 2, 3] == found(segment, frozenset([5, 1 << 63]))
    assert [] == found(segment, frozenset([7]))
    assert [] == found(segment, frozenset())


@settings(max_examples=40, deadline=None)
@given(blocks=st.lists(st.sets(st.integers(0, (1 << 64) - 1), max_size=80), max_size=12))
def test_what_was_written_is_what_is_found(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[set[int]]
) -> None:
    folder = tmp_path_factory.mktemp("log")
    make_log(folder, 2)
    [segment] = segments(folder)
    write(segment, blocks)
    for key in set().union(*blocks):
        assert [number for number, keys in enumerate(blocks) if key in keys] == found(
            segment, frozenset([key])
        )


def test_little_is_read_of_it(segment: Path, many: list[set[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    write(segment, many)
    index = ClosedIndex.of(segment, SIZE)
    assert index is not None
    read: list[int] = []
    pread = os.pread

    def noted(fd: int, count: int, at: int) -> bytes:
        read.append(count)
        return pread(fd, count, at)

    monkeypatch.setattr(os, "pread", noted)
    index.holding(frozenset([max(many[0])]))
    assert 2 == len(read)
    assert sum(read) < 4_000 < index_path(segment).stat().st_size / 10


def test_rooms_that_are_few_are_listed_and_others_not_looked_for(
    segment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(segment, [{1, 5, 8}, {7, 8}])
    index = ClosedIndex.of(segment, SIZE)
    assert index is not None
    assert [1, 5, 7] == list(index.rooms or ())
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", None)
        assert index.holding(frozenset([3, 9])).first_from(0) is None
    assert 1 == index.holding(frozenset([3, 7])).first_from(0)
    # A connection may be there.
    assert 0 == index.holding(frozenset([3, 8])).first_from(0)


@pytest.mark.parametrize("count", [512, 513])
def test_rooms_that_are_many_are_not_listed(segment: Path, count: int) -> None:
    rooms = set(range(1, 2 * count, 2))
    write(segment, [rooms, rooms, {3}])
    index = ClosedIndex.of(segment, SIZE)
    assert index is not None
    assert (sorted(rooms) if count <= 512 else None) == (index.rooms and list(index.rooms))
    assert [0, 1, 2] == found(segment, frozenset([3]))


def test_a_segment_without_one_has_none(segment: Path) -> None:
    assert ClosedIndex.of(segment, SIZE) is None
    assert not has_index(segment, SIZE)
    write(segment, [{5}])
    assert has_index(segment, SIZE)


def test_one_of_another_segment_or_with_other_blocks_is_not_used(tmp_path: Path) -> None:
    make_log(tmp_path, 20, 20)
    make_log(tmp_path / "other", 20, 20, text="as long")
    make_log(tmp_path / "third", 20, 20, text="ás long")
    first, second = segments(tmp_path)
    write(first, [{5}])
    assert not has_index(first, SIZE + 1)
    index_path(first).rename(index_path(second))
    assert not has_index(second, SIZE)
    theirs = segments(tmp_path / "other")[0]
    write(theirs, [{5}])
    for folder in (tmp_path, tmp_path / "third"):
        index_path(segments(folder)[0]).write_bytes(index_path(theirs).read_bytes())
        assert not has_index(segments(folder)[0], SIZE)


def test_a_segment_that_has_changed_since_has_none(segment: Path) -> None:
    write(segment, [{5}])
    data = segment.read_bytes()
    segment.write_bytes(data[:-10] + bytes([data[-10] ^ 1]) + data[-9:])
    assert not has_index(segment, SIZE)
    segment.write_bytes(data + data[data.rindex(b"{") :])
    assert not has_index(segment, SIZE)
    segment.write_bytes(data)
    assert has_index(segment, SIZE)


def test_a_segment_that_is_not_complete_gets_none(tmp_path: Path) -> None:
    make_log(tmp_path, 20, unsealed=1)
    [segment] = segments(tmp_path)
    with pytest.raises(ValueError, match="does not end with a seal"):
        write(segment, [{5}])
    assert not index_path(segment).exists()


def is_told_or_right(segment: Path, keys: Keys, expected: list[int]) -> bool:
    """Tell whether a spoiled index is known for one, be it at once or in the search; it must not mislead."""
    try:
        assert expected == found(segment, keys)
    except ValueError:
        return True
    return False


def test_a_changed_byte_anywhere_is_found_where_it_could_mislead(segment: Path) -> None:
    blocks = [{5, 1 << 60}, {1 << 62}, {5, 1 << 63}]
    write(segment, blocks)
    path = index_path(segment)
    data = path.read_bytes()
    told = 0
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        told += is_told_or_right(segment, frozenset([5]), [0, 2])
    # There is one bucket: every byte counts.
    assert len(data) == told


def test_zeros_in_place_of_any_part_are_found(segment: Path, many: list[set[int]]) -> None:
    write(segment, many)
    path = index_path(segment)
    data = path.read_bytes()
    expected = {key: [n for n, keys in enumerate(many) if key in keys] for key in sorted(many[0])[::40]}
    told = 0
    for start in range(0, len(data), 2_048):
        part = min(2_048, len(data) - start)
        path.write_bytes(data[:start] + bytes(part) + data[start + part :])
        told += sum(is_told_or_right(segment, frozenset([key]), blocks) for key, blocks in expected.items())
    assert told > len(expected)


def test_one_that_is_cut_anywhere_is_not_used(segment: Path) -> None:
    write(segment, [{5, 6}, {7}])
    path = index_path(segment)
    data = path.read_bytes()
    for size in range(len(data)):
        path.write_bytes(data[:size])
        assert not has_index(segment, SIZE)


def test_one_that_is_still_written_is_not_used(segment: Path, many: list[set[int]]) -> None:
    for _ in write_index(segment, packed(many), SIZE):
        assert not has_index(segment, SIZE)
    assert has_index(segment, SIZE)


def test_one_that_finds_no_room_leaves_nothing(segment: Path, many: list[set[int]]) -> None:
    with file_size_limit(20_000), pytest.raises(OSError, match="File too large"):
        write(segment, many)
    assert not index_path(segment).exists()


def test_it_takes_the_place_of_what_is_there(segment: Path) -> None:
    index_path(segment).write_bytes(b"half of one")
    write(segment, [{5}])
    assert [0] == found(segment, frozenset([5]))


def test_removing_what_is_not_there_is_no_error(segment: Path) -> None:
    write(segment, [{5}])
    for _ in range(2):
        remove(index_path(segment))
        assert not has_index(segment, SIZE)
