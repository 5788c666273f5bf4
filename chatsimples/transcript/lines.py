"""Finding and reading whole lines in a segment, by position.

Every record's line begins with its seq and the seqs only rise, so a segment can be searched by halving. A
line break is only ever the end of a line, as JSON writes those in texts as escapes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from chatsimples.transcript.seals import SEAL_START
from chatsimples.transcript.segments import HEADER_START

BLOCK_BYTES = 65_536
"""Segments are cut into blocks of so many bytes; a line belongs to the block in which it begins."""

WINDOW = 8_192
"""Bytes within which a search by halving ends and one by reading begins."""

_PROBE = 4_096
_LAST_LINE = 256
_RECORD_START = b'\n{"seq":'
_START = re.compile(rb'\{"seq":([0-9]+),"at":"([0-9A-Z:.-]*)"')
_LONGEST_START = 96


class RecordStart(NamedTuple):
    """Where a record's line begins, and the record's ``seq`` and time."""

    offset: int
    seq: int
    at: str


def lines_from(path: Path, offset: int, size: int) -> bytes:
    """Return the complete lines from an offset on.

    Args:
        path: the segment.
        offset: the beginning of a line.
        size: bytes to read at most; more only if the first line is longer.

    Raises:
        OSError: the file can't be read.
    """
    with _opened(path) as fd:
        return _lines_from(fd, offset, size)


def lines_before(path: Path, end: int, size: int) -> tuple[int, bytes]:
    """Return the complete lines before an offset, and where they begin.

    Args:
        path: the segment.
        end: the end of a line, above 0.
        size: bytes to read at most; more only if the last line is longer.

    Raises:
        OSError: the file can't be read.
    """
    with _opened(path) as fd:
        while True:
            start = max(0, end - size)
            block = os.pread(fd, end - start, start)
            if not start:
                return 0, block
            first = block.find(b"\n") + 1
            if first < len(block):
                return start + first, block[first:]
            size *= 2


def lines_within(path: Path, start: int, end: int) -> tuple[int, bytes, bool]:
    """Return the complete lines that begin within a part of a segment.

    Args:
        path: the segment.
        start: the part's first byte.
        end: the byte after its last.

    Returns:
        Where the first of them begins, the lines, and whether all are there that ever will be: otherwise
        the file ends before the part does, or in its last line.

    Raises:
        OSError: the file can't be read.
    """
    # The byte before tells whether a line begins with the part.
    base = max(0, start - 1)
    size = end - base + _PROBE
    with _opened(path) as fd:
        while True:
            data = os.pread(fd, size, base)
            first = data.find(b"\n", 0, end - 1 - base) + 1 if start else 0
            if start and not first:
                return start, b"", base + len(data) >= end
            last = data.find(b"\n", end - 1 - base) + 1
            if last or len(data) < size:
                whole = last > 0
                return base + first, data[first : last or data.rfind(b"\n") + 1], whole
            size *= 2


def end_of(path: Path) -> tuple[int, bytes]:
    """Return where the complete lines of a file end, and the last of them.

    Raises:
        OSError: the file can't be read.
    """
    with _opened(path) as fd:
        size = os.fstat(fd).st_size
        length = _LAST_LINE
        while True:
            start = max(0, size - length)
            data = os.pread(fd, size - start, start)
            end = data.rfind(b"\n") + 1
            last = data.rfind(b"\n", 0, max(0, end - 1)) + 1
            if last or not start:
                return start + end, data[last:end]
            length *= 2


def records_in(block: bytes) -> list[bytes]:
    """Return those of a block's lines that are records."""
    lines = block.splitlines(keepends=True)
    if b'\n{"type"' in block or block.startswith(b'{"type"'):
        lines = [line for line in lines if not line.startswith((SEAL_START, HEADER_START))]
    return lines


def near(path: Path, seq: int) -> int:
    """Return where a line begins that is not behind the record ``seq``, and not much before its end.

    It is the line of a record, or the first line.

    Raises:
        OSError: the file can't be read.
    """
    with _opened(path) as fd:
        return _near(fd, lambda start: start.seq > seq)


def first_record(path: Path) -> RecordStart | None:
    """Return where the first record of a segment begins; None if there is none yet.

    Raises:
        OSError: the file can't be read.
    """
    with _opened(path) as fd:
        return _record_from(fd, 0, os.fstat(fd).st_size)


def first_since(path: Path, at: str) -> int | None:
    """Return the seq of a record from which on it is a time or later; None if that is after the last one.

    The record before it, if there is one in the segment, is older. Where the times rise, it is the first one
    that is not older; where a clock was set back, several may be like that, and it is one of them.

    Raises:
        OSError: the file can't be read.
    """
    with _opened(path) as fd:
        offset = _near(fd, lambda start: start.at >= at)
        while block := _lines_from(fd, offset, WINDOW):
            for line in block.splitlines(keepends=True):
                start = _start(line, offset)
                if start is not None and start.at >= at:
                    return start.seq
                offset += len(line)
    return None


def offset_of(path: Path, seq: int) -> int:
    """Return where the first record with at least ``seq`` begins, else where the complete lines end.

    Raises:
        OSError: the file can't be read.
    """
    with _opened(path) as fd:
        offset = _near(fd, lambda start: start.seq >= seq)
        while block := _lines_from(fd, offset, WINDOW):
            for line in block.splitlines(keepends=True):
                start = _start(line, offset)
                if start is not None and start.seq >= seq:
                    return offset
                offset += len(line)
        return offset


def has_line(path: Path) -> bool:
    """Tell whether the file is there and holds a complete first line."""
    try:
        with _opened(path) as fd:
            return b"\n" in os.pread(fd, 1_024, 0)
    except FileNotFoundError:
        return False


def count_lines(path: Path, end: int) -> int:
    """Count the lines before the byte ``end``.

    Raises:
        OSError: the file can't be read.
    """
    count = 0
    with _opened(path) as fd:
        for offset in range(0, end, WINDOW):
            count += os.pread(fd, min(WINDOW, end - offset), offset).count(b"\n")
    return count


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


def _lines_from(fd: int, offset: int, size: int) -> bytes:
    while True:
        block = os.pread(fd, size, offset)
        end = block.rfind(b"\n") + 1
        if end or len(block) < size:
            return block[:end]
        size *= 2


def _near(fd: int, is_behind: Callable[[RecordStart], bool]) -> int:
    """Return where a line begins not much before the first record that is behind something.

    It is the line of a record that is not, or the first line.
    """
    low, high = 0, os.fstat(fd).st_size
    while high - low > WINDOW:
        middle = (low + high) // 2
        found = _record_from(fd, middle, high)
        if found is None or is_behind(found):
            high = middle
        else:
            low = found.offset
    return low


def _record_from(fd: int, start: int, end: int) -> RecordStart | None:
    """Return where the first record's line that begins after ``start`` begins."""
    while start < end:
        found = os.pread(fd, _PROBE, start).find(_RECORD_START)
        if found >= 0:
            offset = start + found + 1
            return _start(os.pread(fd, _LONGEST_START, offset), offset) if offset < end else None
        start += _PROBE - len(_RECORD_START) + 1
    return None


def _start(line: bytes, offset: int) -> RecordStart | None:
    found = _START.match(line)
    return RecordStart(offset, int(found[1]), found[2].decode()) if found else None
