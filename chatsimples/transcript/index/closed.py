"""The index of a complete segment: a file beside it, in which a key is found without reading much.

The file holds pairs of a key and a block in which it stands. They are sorted, and parted into buckets by the
first bits of the key; behind them a directory tells where each bucket stands. A search reads one entry of it
and one bucket, some 2 kB, whatever the file's size. A segment with few rooms has a list of them there too. It
is kept in memory, and most looks for a room end in it.

It is a cache: never synced, and known by its checksums where a loss of power spoils it. Its end names the
segment by size and last seal, so that one of another segment is not used.
"""

from __future__ import annotations

import contextlib
import os
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from struct import Struct
from zlib import crc32

from chatsimples.transcript.disk import write_all
from chatsimples.transcript.index.blocks import ListedBlocks
from chatsimples.transcript.index.growing import BlockKeys
from chatsimples.transcript.index.keys import Keys, is_room
from chatsimples.transcript.lines import end_of
from chatsimples.transcript.seals import SEAL_START
from chatsimples.transcript.segments import first_seq_of

_PAIRS_IN_A_BUCKET = 128
_ROOMS_LISTED = 512
_NOT_LISTED = (1 << 32) - 1
_MOST_BUCKETS = 1 << 16
_BUCKETS_AT_ONCE = 32
_WRITTEN_AT_ONCE = 65_536

_KEY_BITS = 64
_KEY_BYTES = 8
_PAIR_BYTES = 12
# In the machine's own order of bytes, as arrays are: elsewhere the mark is another, and the file not used.
_MARK = 0x43534958_30303033
_ENTRY = Struct("=QII")
_END = Struct("=QIIQ64sI")
_CHECKSUM = Struct("=I")
_SEAL = re.compile(re.escape(SEAL_START) + rb',"seq":[0-9]+,"sha256":"([0-9a-f]{64})"}\n')


def index_name(segment: str) -> str:
    """Name the index of a segment by the segment's name."""
    return f"index-{first_seq_of(segment) or 0:012d}.bin"


def index_path(segment: Path) -> Path:
    """Return where the index of a segment stands."""
    return segment.with_name(index_name(segment.name))


class ClosedIndex:
    """A segment's index, as its end describes it.

    Args:
        path: the index.
        buckets: how many it has, a power of two.
        directory: where its directory begins.
        mark: a checksum of its end, with which the checksums of its buckets begin.

    Attributes:
        rooms: the keys of all its rooms, rising; None if that is not known.
    """

    __slots__ = ("_buckets", "_directory", "_mark", "_path", "rooms")

    def __init__(self, path: Path, buckets: int, directory: int, mark: int) -> None:
        self.rooms: BlockKeys | None = None
        self._path = path
        self._buckets = buckets
        self._directory = directory
        self._mark = mark

    @classmethod
    def of(cls, segment: Path, block_bytes: int) -> ClosedIndex | None:
        """Return a segment's index, if it has one.

        Raises:
            ValueError: there is one, but not of this segment as it is, or it is spoiled.
            OSError: a file can't be read.
        """
        path = index_path(segment)
        try:
            fd = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            start = os.fstat(fd).st_size - _END.size
            end = os.pread(fd, _END.size, max(0, start))
            size, head = _identity(segment)
            buckets = _buckets_in(end)
            if end != _end(block_bytes, size, head, buckets):
                raise ValueError(f"{path} is not the index of {segment.name} as it is")
            index = cls(path, buckets, start - (buckets + 1) * _ENTRY.size, crc32(end))
            index.rooms = index._read_rooms(fd)
        finally:
            os.close(fd)
        return index

    def holding(self, keys: Keys) -> ListedBlocks:
        """Return the blocks in which there may be a record with one of some keys.

        Raises:
            ValueError: it is spoiled.
            OSError: it can't be read.
        """
        numbers: set[int] = set()
        wanted = [key for key in keys if self._may_have(key)]
        if not wanted:
            return ListedBlocks(())
        fd = os.open(self._path, os.O_RDONLY)
        try:
            for key in wanted:
                numbers.update(self._look_up(fd, key))
        finally:
            os.close(fd)
        return ListedBlocks(sorted(numbers))

    def _may_have(self, key: int) -> bool:
        rooms = self.rooms
        if rooms is None or not is_room(key):
            return True
        place = bisect_left(rooms, key)
        return place < len(rooms) and rooms[place] == key

    def _read_rooms(self, fd: int) -> BlockKeys | None:
        count, data = self._part(fd, self._buckets, _KEY_BYTES)
        return None if count == _NOT_LISTED else array("Q", data)

    def _look_up(self, fd: int, key: int) -> Sequence[int]:
        count, data = self._part(fd, _bucket_of(key, self._buckets), _PAIR_BYTES)
        keys = array("Q", data[: count * _KEY_BYTES])
        first = bisect_left(keys, key)
        last = bisect_right(keys, key, first)
        blocks = array("I", data[count * _KEY_BYTES :])
        return blocks[first:last]

    def _part(self, fd: int, number: int, each: int) -> tuple[int, bytes]:
        """Return what a part tells that an entry of the directory stands for: how many things, and these."""
        entry = os.pread(fd, _ENTRY.size, self._directory + number * _ENTRY.size)
        if len(entry) < _ENTRY.size:
            raise ValueError(f"{self._path} is too short")
        offset, count, checksum = _ENTRY.unpack(entry)
        data = b"" if count == _NOT_LISTED else os.pread(fd, count * each, offset)
        if checksum != _checksum(self._mark, number, offset, count, data):
            raise ValueError(f"a checksum in {self._path} does not fit")
        return count, data


def has_index(segment: Path, block_bytes: int) -> bool:
    """Tell whether there is an index of a complete segment, as it is.

    Raises:
        OSError: a file can't be read.
    """
    try:
        return ClosedIndex.of(segment, block_bytes) is not None
    except ValueError:
        return False


def write_index(segment: Path, blocks: Sequence[BlockKeys], block_bytes: int) -> Iterator[None]:
    """Write the index of a complete segment, in short steps.

    Its end is written last: one that is not complete is not used.

    Args:
        segment: the segment.
        blocks: the keys in each of its blocks.
        block_bytes: of a block.

    Raises:
        OSError: it can't be written; then nothing of it stays.
        ValueError: the segment does not end with a seal.
    """
    path = index_path(segment)
    buckets = 1
    while buckets < _MOST_BUCKETS and buckets * _PAIRS_IN_A_BUCKET < sum(map(len, blocks)):
        buckets *= 2
    end = _end(block_bytes, *_identity(segment), buckets)
    mark = crc32(end)
    directory = bytearray()
    rooms: list[int] = []
    unwritten = bytearray()
    offset = 0
    remove(path)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        for number, (keys, numbers) in enumerate(_in_buckets(blocks, buckets)):
            if len(rooms) <= _ROOMS_LISTED:
                rooms += sorted({key for key in keys if is_room(key)})
            data = array("Q", keys).tobytes() + array("I", numbers).tobytes()
            directory += _ENTRY.pack(offset, len(keys), _checksum(mark, number, offset, len(keys), data))
            offset += len(data)
            unwritten += data
            if len(unwritten) >= _WRITTEN_AT_ONCE:
                write_all(fd, bytes(unwritten))
                unwritten.clear()
            yield
        listed = len(rooms) <= _ROOMS_LISTED
        data = array("Q", rooms).tobytes() if listed else b""
        count = len(rooms) if listed else _NOT_LISTED
        directory += _ENTRY.pack(offset, count, _checksum(mark, buckets, offset, count, data))
        write_all(fd, bytes(unwritten + data + directory + end))
    except OSError:
        remove(path)
        raise
    finally:
        os.close(fd)


def remove(path: Path) -> None:
    """Remove an index, or what there is of one, if it can be removed: one that stays does no harm."""
    with contextlib.suppress(OSError):
        path.unlink()


def _in_buckets(blocks: Sequence[BlockKeys], buckets: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield of each bucket its keys, rising, and for each of them the number of a block."""
    places = [0] * len(blocks)
    shift = _shift(buckets)
    for first in range(0, buckets, _BUCKETS_AT_ONCE):
        coming = range(first, min(first + _BUCKETS_AT_ONCE, buckets))
        found = array("Q")
        found_in: list[int] = []
        for number, keys in enumerate(blocks):
            place = places[number]
            end = bisect_left(keys, coming.stop << shift, place)
            if end > place:
                places[number] = end
                found += keys[place:end]
                found_in += [number] * (end - place)
        # Of like keys the first block comes first, as the order is kept.
        order = sorted(range(len(found)), key=found.__getitem__)
        rising, numbers = [found[each] for each in order], [found_in[each] for each in order]
        start = 0
        for bucket in coming:
            end = bisect_left(rising, bucket + 1 << shift, start)
            yield rising[start:end], numbers[start:end]
            start = end


def _shift(buckets: int) -> int:
    return _KEY_BITS - buckets.bit_length() + 1


def _bucket_of(key: int, buckets: int) -> int:
    return key >> _shift(buckets)


def _checksum(mark: int, number: int, offset: int, count: int, data: bytes) -> int:
    return crc32(data, crc32(_ENTRY.pack(offset, count, number), mark))


def _identity(segment: Path) -> tuple[int, bytes]:
    """Return a complete segment's size and the hash in its last seal.

    Raises:
        ValueError: it does not end with one.
        OSError: it can't be read.
    """
    size, line = end_of(segment)
    seal = _SEAL.fullmatch(line)
    if seal is None:
        raise ValueError(f"{segment} does not end with a seal")
    return size, seal[1]


def _end(block_bytes: int, size: int, head: bytes, buckets: int) -> bytes:
    end = _END.pack(_MARK, block_bytes, buckets, size, head, 0)
    return end[: -_CHECKSUM.size] + _CHECKSUM.pack(crc32(end))


def _buckets_in(end: bytes) -> int:
    buckets: int = _END.unpack(end)[2] if len(end) == _END.size else 0
    return buckets
