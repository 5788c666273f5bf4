"""Reading a transcript from any position, onwards or backwards, while it is being written.

A reader keeps no index and no open file: where a record is follows from the names of the segments and from
the order in them. It reads what is there and does not verify it. While a transcript is being written, only
the writer's own thread may read it: another could see lines of a write that fails and is taken back.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

import msgspec

from chatsimples.chat.names import printable
from chatsimples.chat.records import Record, from_line
from chatsimples.errors import ChatSimplesError, TranscriptDamagedError
from chatsimples.transcript.lines import count_lines, has_line, lines_before, lines_from, near, offset_of
from chatsimples.transcript.seals import SEAL_START
from chatsimples.transcript.segments import HEADER_START, first_seq_of, segment_name, segments

Line = tuple[Record, bytes]
"""A record and its exact line, newline included."""

_decode_lines = msgspec.json.Decoder(Record).decode_lines


class UnreadableError(ChatSimplesError):
    """A transcript can't be read now: a file is gone, or there are no descriptors left."""


class TranscriptReader:
    """Gives the records of a transcript.

    Args:
        path: the folder, or a single segment.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

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

    def segments(self) -> list[Path]:
        """List the segments, oldest first.

        Raises:
            UnreadableError: the folder can't be read.
        """
        try:
            return segments(self.path) if self.path.is_dir() else [self.path]
        except OSError as error:
            raise _unreadable(self.path, error) from error


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

    def read(self, max_bytes: int) -> list[Line]:
        """Return the next records; none at the end of what has been written.

        Args:
            max_bytes: how much to read at most; more only where a line is longer.

        Raises:
            UnreadableError: a file can't be read.
            TranscriptDamagedError: a line is no record.
        """
        try:
            while True:
                path = self._path or self._find()
                if path is None:
                    return []
                block = lines_from(path, self._offset, max_bytes)
                if not block:
                    if not self._go_to_next(path):
                        return []
                    continue
                lines = _parse(path, self._offset, block)
                self._offset += len(block)
                if not lines:
                    continue
                self._passed = lines[-1][0].seq
                if lines[0][0].seq <= self.seq:
                    lines = [line for line in lines if line[0].seq > self.seq]
                if lines:
                    self.seq = self._passed
                    return lines
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

    def _go_to_next(self, path: Path) -> bool:
        following = path.with_name(segment_name(self._passed + 1))
        if path in (self._reader.path, following) or not has_line(following):
            return False
        self._path, self._offset = following, 0
        return True


def _first_seq(path: Path) -> int:
    return first_seq_of(path.name) or 1


def _up_to(seq: int, paths: list[Path]) -> list[Path]:
    """Return the segments up to the one in which ``seq`` is or will be."""
    return paths[: bisect_right(paths, seq, key=_first_seq)]


def _parse(path: Path, offset: int, block: bytes) -> list[Line]:
    lines = block.splitlines(keepends=True)
    records = block
    if b'\n{"type"' in block or block.startswith(b'{"type"'):
        lines = [line for line in lines if not line.startswith((SEAL_START, HEADER_START))]
        records = b"".join(lines)
    try:
        return list(zip(_decode_lines(records), lines, strict=True))
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
