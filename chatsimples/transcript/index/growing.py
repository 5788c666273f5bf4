"""The index of a segment while it is written, in memory: the keys in each of its blocks.

What a record costs is a look at its room, and 8 bytes for each key that its block did not have yet. So a
segment of 32 MiB costs some 10 kB where people talk in one room, and 2 MB where each record has its own key.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TypeAlias

import msgspec

from chatsimples.chat.records import Record
from chatsimples.transcript.index.keys import Keys, owner_keys, parted, spelling_key
from chatsimples.transcript.lines import BLOCK_BYTES, lines_within, records_in

BlockKeys: TypeAlias = "array[int]"
"""The keys in a block, rising."""

_RECORDS_AT_ONCE = 64
_TESTS_AT_ONCE = 1_024

_decode_lines = msgspec.json.Decoder(Record).decode_lines


class GrowingIndex:
    """The index of a segment that is being written, or of one whose index is being made.

    Args:
        path: the segment.
        size: its bytes so far. What stands in them is not known yet, the last block apart: see `learn`.
        block_bytes: of its blocks.

    Raises:
        OSError: the segment can't be read.
    """

    def __init__(self, path: Path, size: int, block_bytes: int = BLOCK_BYTES) -> None:
        self.path = path
        self._block_bytes = block_bytes
        # All but the last one; None where it is not known what stands in them.
        self._blocks: list[BlockKeys | None] = [None] * (size // block_bytes)
        self._to_learn = list(range(len(self._blocks)))
        # The keys in the last one, and rooms whose keys belong to them.
        self._keys: set[int] | None = set()
        self._rooms: set[str] = set()
        for keys in self._read(len(self._blocks), size):
            self._keys = keys

    @property
    def is_known(self) -> bool:
        """Whether there is nothing left to learn."""
        return not self._to_learn

    def note(self, start: int, size: int, records: Sequence[Record], lines: Sequence[bytes]) -> None:
        """Note records that were added to the segment.

        Args:
            start: the first byte of the first one's line.
            size: the bytes of their lines.
            records: as they stand there.
            lines: theirs, each with its newline.
        """
        if start // self._block_bytes == len(self._blocks) == (start + size - 1) // self._block_bytes:
            self._add(records)
            return
        places = list(accumulate(map(len, lines), initial=start))
        index = 0
        while index < len(records):
            number = places[index] // self._block_bytes
            self._begin(number)
            following = bisect_left(places, (number + 1) * self._block_bytes, index, len(records))
            self._add(records[index:following])
            index = following

    def learn(self) -> Iterator[None]:
        """Read, in short steps, what stands in the blocks of which that is not known; the newest first.

        What can't be understood stays unknown.

        Raises:
            OSError: the segment can't be read.
        """
        try:
            while self._to_learn:
                number = self._to_learn[-1]
                keys: set[int] | None = set()
                for keys in self._read(number, (number + 1) * self._block_bytes):  # noqa: B007 # the last of them counts
                    yield
                self._blocks[number] = _packed(keys)
                self._to_learn.pop()
        except OSError:
            self._to_learn.clear()
            raise

    def all_keys(self) -> Sequence[BlockKeys | None]:
        """Return the keys in each block, None where they are not known."""
        return [*self._blocks, _packed(self._settled())]

    def holding(self, keys: Keys) -> BlocksHolding:
        """Return the blocks in which there may be a record with one of some keys."""
        return BlocksHolding(self, keys)

    def holds(self, number: int, keys: Keys) -> bool:
        """Tell whether there may be a record with one of some keys in a block, as far as is known."""
        if number >= len(self._blocks):
            last = self._settled()
            return last is None or not keys.isdisjoint(last)
        block = self._blocks[number]
        if block is None:
            return True
        size = len(block)
        for key in keys:
            place = bisect_left(block, key)
            if place < size and block[place] == key:
                return True
        return False

    @property
    def last(self) -> int:
        """The number of the last block."""
        return len(self._blocks)

    def _begin(self, number: int) -> None:
        while len(self._blocks) < number:
            self._blocks.append(_packed(self._settled()))
            # In a block within a long line none begins.
            self._keys = set()

    def _add(self, records: Sequence[Record]) -> None:
        # Names are turned to keys once a block, or when they are looked for.
        rooms, others = parted(records)
        self._rooms |= rooms
        if others and self._keys is not None:
            self._keys |= owner_keys(others)

    def _settled(self) -> set[int] | None:
        if self._rooms and self._keys is not None:
            self._keys |= {spelling_key(room) for room in self._rooms}
        self._rooms.clear()
        return self._keys

    def _read(self, number: int, end: int) -> Iterator[set[int] | None]:
        """Yield the keys in a block, up to a byte: more of them each time, and at last all, or None."""
        _, block, _ = lines_within(self.path, number * self._block_bytes, end)
        keys: set[int] = set()
        try:
            records = _decode_lines(b"".join(records_in(block)))
        except (ValueError, RecursionError):
            yield None
            return
        for start in range(0, len(records), _RECORDS_AT_ONCE):
            some = records[start : start + _RECORDS_AT_ONCE]
            rooms, others = parted(some)
            keys |= owner_keys(others)
            keys |= {spelling_key(room) for room in rooms}
            yield keys
        yield keys


class BlocksHolding:
    """The blocks of a segment that is written in which there may be a record with one of some keys.

    A block costs a test for each key. After many tests in vain the next block counts as one of them, so that
    a search never takes long: whoever reads it goes on from there.

    Args:
        index: the segment's.
        keys: the keys.
    """

    def __init__(self, index: GrowingIndex, keys: Keys) -> None:
        self._index = index
        self._keys = keys
        self._at_once = _TESTS_AT_ONCE // max(1, len(keys))

    def first_from(self, number: int) -> int | None:
        """See `chatsimples.transcript.index.blocks.Blocks`."""
        return self._first(range(number, self._index.last + 1))

    def last_up_to(self, number: int) -> int | None:
        """See `chatsimples.transcript.index.blocks.Blocks`."""
        return self._first(range(min(number, self._index.last), -1, -1))

    def _first(self, numbers: range) -> int | None:
        for tests, number in enumerate(numbers):
            if tests >= self._at_once or self._index.holds(number, self._keys):
                return number
        return None


def _packed(keys: set[int] | None) -> BlockKeys | None:
    return None if keys is None else array("Q", sorted(keys))
