"""Reading a transcript from any position, onwards or backwards, while it is being written.

A reader keeps no open file: where a record is follows from the names of the segments and from
the order in them. It reads what is there and does not verify it. While a transcript is being written, only
the writer's own thread may read it: another could see lines of a write that fails and is taken back.

Who looks for a room or a connection need not read what is there for others: an index (see
`chatsimples.transcript.index.log_index`) tells in which blocks of a segment there may be something.

When a thousand come back at once, all read the same: so cursors cut a segment at the same places wherever
they began, and a reader may keep what it has parsed last. The same bytes are not parsed a second time.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import msgspec

from chatsimples.chat.names import printable
from chatsimples.chat.records import Record, from_line
from chatsimples.errors import TranscriptDamagedError, UnreadableError
from chatsimples.transcript.index.blocks import Blocks, ListedBlocks
from chatsimples.transcript.index.keys import Keys
from chatsimples.transcript.index.log_index import LogIndex
from chatsimples.transcript.lines import (
    count_lines,
    end_of,
    has_line,
    lines_before,
    lines_from,
    lines_within,
    near,
    offset_of,
    records_in,
)
from chatsimples.transcript.seals import SEAL_START
from chatsimples.transcript.segment_list import SegmentList
from chatsimples.transcript.segments import HEADER_START, first_seq_of, segment_name

Line = tuple[Record, bytes]
"""A record and its exact line, newline included."""

_BEYOND = 1 << 60
_PASSED_AT_ONCE = 8
_SEQ = re.compile(rb'\{(?:"type":"seal",)?"seq":([0-9]+)')

_decode_lines = msgspec.json.Decoder(Record).decode_lines


class TranscriptReader:
    """Gives the records of a transcript.

    Args:
        path: the folder, or a single segment.
        blocks_kept: how many of the blocks that were read last are kept parsed.
        index: of the log. That of a transcript that nobody writes here need not be given.
    """

    def __init__(self, path: Path, blocks_kept: int = 0, index: LogIndex | None = None) -> None:
        self.path = path
        self.index = index or LogIndex()
        self._segments = SegmentList(path)
        self._blocks_kept = blocks_kept
        self._kept: OrderedDict[tuple[Path, int], tuple[bytes, list[Line]]] = OrderedDict()

    def cursor(self, after_seq: int) -> Cursor:
        """Return a cursor to the records after ``after_seq``, be they there yet or not."""
        return Cursor(self, after_seq)

    def backwards(self, before_seq: int, chunk_bytes: int = 65_536) -> Iterator[list[Line]]:
        """Yield the records before ``before_seq`` in chunks: the newest chunk first, each in order of seq.

        Args:
            before_seq: the first record that is not wanted any more.
            chunk_bytes: how much to read at a time; more only where a line is longer.

        Raises:
            UnreadableError: a file can't be read.
            TranscriptDamagedError: a line is no record.
        """
        for path in reversed(_up_to(before_seq - 1, self.segments())):
            try:
                end = offset_of(path, before_seq)
                while end:
                    start, block = lines_before(path, end, chunk_bytes)
                    lines = _parse(path, start, block)
                    if lines:
                        yield lines
                    end = start
            except OSError as error:
                raise _unreadable(path, error) from error

    def backwards_for(self, before_seq: int, keys: Keys) -> Iterator[list[Line]]:
        """Yield the records before ``before_seq`` among which there may be some with one of the keys.

        They come in blocks: the newest one first, each in order of seq. A block may be empty, so that what
        is done between two of them is little, however many segments are passed over.

        Raises:
            UnreadableError, TranscriptDamagedError: as `backwards`.
        """
        for passed, path in enumerate(reversed(_up_to(before_seq - 1, self.segments())), 1):
            blocks = self.index.find(path, keys)
            try:
                number = _last_block(blocks, path, before_seq, self.index.block_bytes)
                while number is not None:
                    yield self._before(path, number, before_seq)
                    number = _block_before(blocks, number)
            except FileNotFoundError as error:
                # The oldest segments may be taken away at any time: what is older is gone with it.
                if any(_first_seq(each) <= _first_seq(path) for each in self.segments()):
                    raise _unreadable(path, error) from error
                return
            except OSError as error:
                raise _unreadable(path, error) from error
            if passed % _PASSED_AT_ONCE == 0:
                yield []

    def forget(self) -> None:
        """Let go of what is kept parsed."""
        self._kept.clear()

    def parse(self, path: Path, offset: int, block: bytes) -> list[Line]:
        """Return the records in a block of lines: the same list for the same block, if it is kept.

        Raises:
            TranscriptDamagedError: a line is no record.
        """
        place = path, offset
        kept = self._kept.get(place)
        if kept is not None and kept[0] == block:
            self._kept.move_to_end(place)
            return kept[1]
        lines = _parse(path, offset, block)
        if self._blocks_kept:
            self._kept[place] = block, lines
            self._kept.move_to_end(place)
            if len(self._kept) > self._blocks_kept:
                self._kept.popitem(last=False)
        return lines

    def place(self, seq: int) -> tuple[Path, int, int]:
        """Return where a record stands or would stand: its segment, its line from 1, its first byte from 0.

        Raises:
            UnreadableError: a file can't be read, or there is none.
        """
        paths = self.segments()
        try:
            path = (_up_to(seq, paths) or paths[:1] or [self.path])[-1]
            offset = offset_of(path, seq)
            return path, count_lines(path, offset) + 1, offset
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def segments(self) -> list[Path]:
        """List the segments, oldest first.

        Raises:
            UnreadableError: the folder can't be read.
        """
        try:
            return self._segments.paths()
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def _before(self, path: Path, number: int, before_seq: int) -> list[Line]:
        """Return the records before a seq in a block."""
        size = self.index.block_bytes
        offset, block, _ = lines_within(path, number * size, (number + 1) * size)
        lines = self.parse(path, offset, block)
        if lines and lines[-1][0].seq >= before_seq:
            return lines[: bisect_left(lines, before_seq, key=_seq)]
        return lines


class Cursor:
    """A position in a transcript that moves on by reading. It costs nothing to keep.

    Where the oldest segments were taken away, it goes on with the first record that is there.

    Attributes:
        seq: of the last record read; at first, that after which to begin.
    """

    def __init__(self, reader: TranscriptReader, after_seq: int) -> None:
        self.seq = after_seq
        self._reader = reader
        self._path: Path | None = None
        self._offset = 0
        self._passed = 0
        self._looked_up: tuple[Path, Keys, ListedBlocks] | None = None

    def read(self, max_bytes: int) -> list[Line]:
        """Return the next records; none at the end of what has been written.

        Args:
            max_bytes: how much to read at most; more only where a line is longer.

        Raises:
            UnreadableError: a file can't be read.
            TranscriptDamagedError: a line is no record.
        """
        lines, first = self.read_block(max_bytes)
        return lines[first:]

    def read_block(self, max_bytes: int) -> tuple[list[Line], int]:
        """Do as `read`, but return a list with the next records from an index on.

        It is not to be changed: the others who read the same may be given the same one.
        """
        try:
            while (path := self._path or self._find()) is not None:
                block = lines_from(path, self._offset, _size(self._offset, max_bytes))
                if block:
                    lines = self._reader.parse(path, self._offset, block)
                    self._offset += len(block)
                    first = self._advance(lines)
                    if first < len(lines):
                        return lines, first
                elif not self._go_to_next(path):
                    break
        except OSError as error:
            raise _unreadable(self._path or self._reader.path, error) from error
        return [], 0

    def read_for(self, keys: Keys) -> tuple[list[Line], int] | None:
        """Do as `read_block` for the records with one of some keys, and pass over blocks that hold none.

        There are other records among them. A call may give none, so that it takes little time, however much
        is passed over. The keys may be others at each call. A cursor is read in this way alone, or never.

        Returns:
            None at the end of what has been written.

        Raises:
            UnreadableError, TranscriptDamagedError: as `read`.
        """
        try:
            if self._path is None and self._find() is not None:
                # All who begin in a block read it from its beginning, and so the same.
                self._offset -= self._offset % self._reader.index.block_bytes
            return None if self._path is None else self._read_block(self._path, keys)
        except OSError as error:
            raise _unreadable(self._path or self._reader.path, error) from error

    def _find(self) -> Path | None:
        paths = self._reader.segments()
        if not paths:
            return None
        self._path = (_up_to(self.seq + 1, paths) or paths[:1])[-1]
        self._offset = near(self._path, self.seq)
        self._passed = _first_seq(self._path) - 1
        return self._path

    def _read_block(self, path: Path, keys: Keys) -> tuple[list[Line], int] | None:
        size = self._reader.index.block_bytes
        number = self._offset // size
        blocks = self._blocks_for(path, keys)
        if blocks is not None:
            found = blocks.first_from(number)
            if found is None:
                return self._pass(path)
            self._offset = max(self._offset, found * size)
            number = found
        end = (number + 1) * size
        offset, block, whole = lines_within(path, self._offset, end)
        self._offset = max(offset + len(block), end if whole else 0)
        if block:
            lines = self._reader.parse(path, offset, block)
            return lines, self._advance(lines)
        if not whole and not self._go_to_next(path):
            return None
        return [], 0

    def _blocks_for(self, path: Path, keys: Keys) -> Blocks | None:
        """Return the blocks to read in a segment. Those of a complete one are looked up once."""
        if self._looked_up is not None and self._looked_up[:2] == (path, keys):
            return self._looked_up[2]
        blocks = self._reader.index.find(path, keys)
        self._looked_up = (path, keys, blocks) if isinstance(blocks, ListedBlocks) else None
        return blocks

    def _pass(self, path: Path) -> tuple[list[Line], int] | None:
        """Pass over the rest of a segment."""
        self._offset, line = end_of(path)
        found = _SEQ.match(line)
        if found:
            self._passed = int(found[1])
            self.seq = max(self.seq, self._passed)
        return ([], 0) if self._go_to_next(path) else None

    def _advance(self, lines: list[Line]) -> int:
        """Go behind records that were read; return the index of the first one that is new."""
        if not lines:
            return 0
        self._passed = lines[-1][0].seq
        first = bisect_right(lines, self.seq, key=_seq) if lines[0][0].seq <= self.seq else 0
        self.seq = max(self.seq, self._passed)
        return first

    def _go_to_next(self, path: Path) -> bool:
        following = path.with_name(segment_name(self._passed + 1))
        # Where files were exchanged, what seems to follow may lie behind: only going onwards comes to an end.
        onwards = _first_seq(path) < _first_seq(following)
        if path == self._reader.path or not onwards or not has_line(following):
            return False
        self._path, self._offset = following, 0
        return True


def _seq(line: Line) -> int:
    return line[0].seq


def _size(offset: int, max_bytes: int) -> int:
    """Return how much to read, so that the next cut is at a place that does not depend on the offset."""
    grid = max(1, max_bytes // 2)
    return (offset + max_bytes) // grid * grid - offset


def _last_block(blocks: Blocks | None, path: Path, before_seq: int, size: int) -> int | None:
    """Return the last block of a segment in which records before a seq are to be looked for."""
    if blocks is not None and blocks.last_up_to(_BEYOND) is None:
        return None
    number = offset_of(path, before_seq) // size
    return number if blocks is None else blocks.last_up_to(number)


def _block_before(blocks: Blocks | None, number: int) -> int | None:
    if blocks is not None:
        return blocks.last_up_to(number - 1)
    return number - 1 if number else None


def _first_seq(path: Path) -> int:
    return first_seq_of(path.name) or 1


def _up_to(seq: int, paths: list[Path]) -> list[Path]:
    """Return the segments up to the one in which ``seq`` is or will be."""
    return paths[: bisect_right(paths, seq, key=_first_seq)]


def _parse(path: Path, offset: int, block: bytes) -> list[Line]:
    lines = records_in(block)
    try:
        return list(zip(_decode_lines(b"".join(lines)), lines, strict=True))
    except (ValueError, RecursionError):
        raise _damage(path, offset, block) from None


def _damage(path: Path, offset: int, block: bytes) -> TranscriptDamagedError:
    number = count_lines(path, offset) + 1
    reason = "something in the lines from here on is no record"
    for line in block.splitlines(keepends=True):
        try:
            if not line.startswith((SEAL_START, HEADER_START)):
                from_line(line)
        except ValueError as error:
            reason = f"this is no record: {printable(str(error), 200)}"
            break
        number += 1
        offset += len(line)
    return TranscriptDamagedError(path, number, offset, reason)


def _unreadable(path: Path, error: OSError) -> UnreadableError:
    return UnreadableError(f"{error.filename or path} can't be read: {error.strerror}")
