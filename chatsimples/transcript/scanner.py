"""The one reading of a transcript that checks it, for recovery and for ``verify``.

Segments are read in blocks of complete lines. Of a section of records between two seals, the hash is always
taken, which finds every change of a sealed byte, and quickly. Whether each line also is what it should be is
checked where the records are asked for. Only once something is wrong, the lines since the last good seal are
read again one by one, to tell the exact place. In memory there is a block, and a line if it is longer.

Reading may begin at an anchor, as the chain does. Of a segment that is not read at all, what is cheap can be
checked: that it begins where the one before has ended, and ends with a seal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from os import SEEK_END
from pathlib import Path
from typing import NoReturn

from chatsimples.chat.names import printable
from chatsimples.chat.records import Record
from chatsimples.errors import TranscriptDamagedError
from chatsimples.transcript.anchors import LONGEST_SEAL, Anchor, last_seal
from chatsimples.transcript.checks import read_records
from chatsimples.transcript.lines import count_lines
from chatsimples.transcript.seals import SEAL_START, Chain
from chatsimples.transcript.segments import GENESIS, LONGEST_HEADER, Header, first_seq_of, segment_name

BLOCK_BYTES = 1 << 20

Take = Callable[[list[Record]], object]
Pause = Callable[[int], object]


class Scanner:
    """Checks segments that follow each other, and adds up what is in them.

    Attributes:
        log: the log's id; empty before the first segment.
        version: of the last segment; 0 before the first one.
        last_seq: of the last record.
        segments, records, seals: how many there were.
        unsealed: records after the last seal.
        chain: the chain of seals after the last complete line.
        path: the last segment.
        first_seq: of the last segment.
        size: bytes of the last segment that are complete lines.
        torn: bytes after them.
        sealed_lines: of the last segment, those up to its last seal, from where it was read.
        sought_seq: of the seal that is the head ``sought``; -1 before it was found.

    Args:
        sought: the ``sha256`` of a seal to look out for, in hex; `GENESIS` is before all of them.
        pause: called after each block that was read, with its bytes.
    """

    def __init__(self, sought: str = "", pause: Pause | None = None) -> None:
        self.log = ""
        self.version = 0
        self.last_seq = 0
        self.segments = 0
        self.records = 0
        self.seals = 0
        self.unsealed = 0
        self.chain = Chain(GENESIS)
        self.path = Path()
        self.first_seq = 1
        self.size = 0
        self.torn = 0
        self.sought_seq = 0 if sought == GENESIS else -1
        self._sought = sought
        self._pause = pause
        self._take: Take | None = None
        self._begin = 0
        self._lines = 0
        self._sealed_size = 0
        self.sealed_lines = 0

    def scan(
        self, path: Path, *, last: bool, take: Take | None = None, start: Anchor | None = None, end: int = 0
    ) -> None:
        """Check the next segment.

        Args:
            path: the segment.
            last: nothing follows, so that it may end without a seal, and with a torn line.
            take: called with the records in order, block by block, after each line was checked. Without
                it only the seals are checked in full.
            start: where in the segment to begin, an anchor that it holds.
            end: the byte before which to end; 0 for the end of the file.

        Raises:
            TranscriptDamagedError: at the first damage.
            OSError: the file can't be read.
        """
        self._take_up(path)
        self._take = take
        with path.open("rb", buffering=0) as file:
            if start is not None and start.offset:
                self._read_header(file.read(LONGEST_HEADER).partition(b"\n")[0] + b"\n")
                self._go_to(start)
                file.seek(start.offset)
            parts: list[bytes] = []
            left = end - self.size if end else -1
            while part := file.read(BLOCK_BYTES if left < 0 else min(left, BLOCK_BYTES)):
                left -= len(part) if end else 0
                parts.append(part)
                if b"\n" in part:
                    block = b"".join(parts)
                    complete = block.rfind(b"\n") + 1
                    self._read_lines(block[:complete])
                    parts = [block[complete:]]
                if self._pause is not None:
                    self._pause(len(part))
            self.torn = sum(map(len, parts))
        self.segments += 1
        if not self.size:
            raise TranscriptDamagedError(path, 1, 0, "its header is not there or not complete")
        if not last:
            self._check_end()

    def skim(self, path: Path) -> None:
        """Check of the next segment, which is not the last, that it begins and ends as it should.

        It is read only if it does not, to tell the place.

        Raises:
            TranscriptDamagedError, OSError: as `scan`.
        """
        with path.open("rb", buffering=0) as file:
            header = file.read(LONGEST_HEADER)
            size = file.seek(0, SEEK_END)
            file.seek(max(0, size - LONGEST_SEAL))
            seal = last_seal(file.read(LONGEST_SEAL))
        if seal is None or b"\n" not in header:
            self.scan(path, last=False)
            return
        self._take_up(path)
        self._read_header(header[: header.index(b"\n") + 1])
        self.last_seq, head = seal
        self.chain = Chain(head)
        self.size = self._sealed_size = size
        self.segments += 1

    def scan_each(self, paths: Sequence[Path], take: Take | None = None) -> Iterator[Path]:
        """Check all segments of a transcript; yield each when it was checked.

        A last one that a crash left without a complete header is not scanned: at the end ``path`` names it,
        and its bytes are counted as ``torn``.

        Raises:
            TranscriptDamagedError, OSError: as `scan`.
        """
        whole, headless = without_torn_header(list(paths))
        for path in whole:
            self.scan(path, last=path is whole[-1], take=take)
            yield path
        if headless is not None:
            self.path = headless
            self.torn += headless.stat().st_size

    def _take_up(self, path: Path) -> None:
        self.path = path
        self.size = self.torn = self._begin = 0
        self._lines = self._sealed_size = self.sealed_lines = 0

    def _go_to(self, anchor: Anchor) -> None:
        self.last_seq = anchor.seq
        self.chain = Chain(anchor.head)
        self.size = self._begin = self._sealed_size = anchor.offset
        self._lines = 0

    def _line(self, number: int) -> int:
        """Return a line's number in the segment, from its number where the reading began."""
        return number + (count_lines(self.path, self._begin) if self._begin else 0)

    def _read_lines(self, lines: bytes) -> None:
        start = 0
        if not self.size:
            start = lines.index(b"\n") + 1
            self._read_header(lines[:start])
        while start < len(lines):
            if lines.startswith(SEAL_START, start):
                end = lines.index(b"\n", start) + 1
                self._read_seal(lines[start:end])
            else:
                end = lines.find(b"\n" + SEAL_START, start) + 1 or len(lines)
                self._read_section(lines[start:end])
            start = end

    def _read_header(self, line: bytes) -> None:
        try:
            header = Header.decode(line)
            self._check_header(header)
        except ValueError as error:
            reason = f"its header is not right: {printable(str(error), 200)}"
            raise TranscriptDamagedError(self.path, 1, 0, reason) from None
        self.log = header.log
        self.version = header.version
        self.first_seq = header.first_seq
        self.last_seq = header.first_seq - 1
        self.chain = Chain(header.previous)
        self._go_on(line, 1)

    def _check_header(self, header: Header) -> None:
        named = first_seq_of(self.path.name)
        if named is not None and self.path.name != segment_name(header.first_seq):
            raise ValueError(f"first_seq is {header.first_seq}, not as in the name")
        if header.first_seq == 1 and header.previous != GENESIS:
            raise ValueError("previous is not the 64 zeros of a first segment")
        if not self.segments:
            return
        if header.log != self.log:
            raise ValueError(f"the log is {header.log}, in the segment before {self.log}")
        if header.version < self.version:
            raise ValueError(f"the version is {header.version}, in the segment before {self.version}")
        if header.first_seq != self.last_seq + 1:
            raise ValueError(f"first_seq is {header.first_seq} where {self.last_seq + 1} was due")
        if header.previous != self.chain.head:
            raise ValueError("previous is not the sha256 of the last seal in the segment before")

    def _read_section(self, lines: bytes) -> None:
        count = lines.count(b"\n")
        if self._take is not None:
            try:
                records = read_records(lines, self.last_seq + 1, self.version)
            except ValueError:
                self._find_damage(self.size + len(lines))
                self._unstable()
            self._take(records)
        self.last_seq += count
        self.records += count
        self.unsealed += count
        self._go_on(lines, count)

    def _read_seal(self, line: bytes) -> None:
        covered = self.chain.pending
        if line != self.chain.seal(self.last_seq):
            self._find_damage(self.size)
            first, last = self._line(self.sealed_lines + 1), self._line(self._lines)
            reason = (
                f"the seal does not fit: it, or something in lines {first} to {last}"
                f" (bytes {self.size - covered} to {self.size - 1}), is not what was written"
            )
            raise TranscriptDamagedError(self.path, last + 1, self.size, reason)
        self.size += len(line)
        self._lines += 1
        self._sealed_size, self.sealed_lines = self.size, self._lines
        self.seals += 1
        self.unsealed = 0
        if self.chain.head == self._sought:
            self.sought_seq = self.last_seq

    def _go_on(self, lines: bytes, count: int) -> None:
        self.chain.update(lines)
        self.size += len(lines)
        self._lines += count

    def _check_end(self) -> None:
        if self.torn or self.unsealed:
            self._find_damage(self.size)
            what = "its last line is not complete" if self.torn else "its last seal is missing"
            reason = f"{what}, though another segment follows"
            raise TranscriptDamagedError(self.path, self._line(self._lines + 1), self.size, reason)

    def _find_damage(self, end: int) -> None:
        """Check the lines since the last seal one by one, up to the byte ``end``."""
        offset, number = self._sealed_size, self.sealed_lines
        seq = self.last_seq - self.unsealed
        with self.path.open("rb") as file:
            file.seek(offset)
            while offset < end:
                line = file.readline()
                if not line:
                    self._unstable()
                number += 1
                if offset:
                    seq += 1
                    self._check_line(line, number, offset, seq)
                offset += len(line)

    def _check_line(self, line: bytes, number: int, offset: int, seq: int) -> None:
        try:
            read_records(line, seq, self.version)
        except ValueError as error:
            reason = f"this is not the record that it should be: {printable(str(error), 200)}"
            raise TranscriptDamagedError(self.path, self._line(number), offset, reason) from None

    def _unstable(self) -> NoReturn:
        reason = "from here on it reads differently each time: the disk or the memory may be failing"
        raise TranscriptDamagedError(self.path, self._line(self.sealed_lines + 1), self._sealed_size, reason)


def without_torn_header(paths: list[Path]) -> tuple[list[Path], Path | None]:
    """Part the segments from a last one that a crash left without a complete header.

    Such a file holds no record yet. A longer file without a newline is not taken for one: its records
    have been there, and were destroyed.

    Raises:
        OSError: a file can't be read.
    """
    if not paths:
        return paths, None
    last = paths[-1]
    longest = len(Header(log="0" * 26, first_seq=first_seq_of(last.name) or 1, previous=GENESIS).encode())
    with last.open("rb") as file:
        start = file.read(longest + 1)
    if len(start) > longest or b"\n" in start:
        return paths, None
    return paths[:-1], last
