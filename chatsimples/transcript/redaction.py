"""Redaction: a new log that is the old one, but for some of the texts that people wrote.

Nothing is edited in place. Each record is written again as it is, under the same seq, and of those that are
named only the text is another: `MARKER`, and so are the values of its tags. They are messages, reactions,
topics, and why somebody was removed, banned or muted. The bytes differ, so the seals do, and so does the
log's id: a position is a log and a seq, and what stands there is not the same any more. At the end a record
says what was done, and names the heads of both logs as they were then.

Nothing is written that was not checked: the copy is made of the records as the scanner gives them.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from chatsimples.chat.records import Record, timestamp, to_line, to_lines
from chatsimples.errors import TornEndError, UnfitSeqError, UnwritableError
from chatsimples.transcript.anchors import Anchor
from chatsimples.transcript.checkpoints import load_checkpoint, save_checkpoint
from chatsimples.transcript.disk import open_folder, sync
from chatsimples.transcript.scanner import Scanner
from chatsimples.transcript.seals import Chain
from chatsimples.transcript.segment_file import SegmentFile
from chatsimples.transcript.segments import GENESIS, Header
from chatsimples.transcript.writer import SEAL_AFTER

MARKER = "[redacted]"
"""What stands where a text was."""

TEXTS = frozenset({"message", "announcement", "topic", "leave", "bye", "ban", "mute"})
"""The types of records in which a text can stand that somebody wrote."""

TAGGED = "tags"
"""The type of the records that are tags without a text."""

_PART = re.compile(r"\s*([1-9][0-9]{0,15})(?:-([1-9][0-9]{0,15}))?\s*", re.ASCII)


class Redacted(msgspec.Struct, frozen=True):
    """What was done.

    Attributes:
        messages: how many texts were taken out.
        records: in the new log.
        log: the new log's id.
        head: the ``sha256`` of its last seal.
        old_head: what the record says of the old log.
    """

    messages: int
    records: int
    log: str
    head: str
    old_head: str


def parse_seqs(text: str) -> list[range]:
    """Read seqs that are written as ``12,40-43``: in order, no two that touch.

    Raises:
        ValueError: they are not written so; with the part that is not, or nothing.
    """
    parts = []
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None or int(match[1]) > int(match[2] or match[1]):
            raise ValueError(part.strip())
        parts.append(range(int(match[1]), int(match[2] or match[1]) + 1))
    merged: list[range] = []
    for each in sorted(parts, key=lambda part: part.start):
        if merged and each.start <= merged[-1].stop:
            merged[-1] = range(merged[-1].start, max(merged[-1].stop, each.stop))
        else:
            merged.append(each)
    return merged


def is_redacted(record: Record) -> bool:
    """Tell whether a record has lost its text or, where it has none, the values of its tags."""
    if record.type == TAGGED:
        return all(value == MARKER for value in (record.tags or {}).values())
    return record.text == MARKER and record.type in TEXTS


def format_seqs(seqs: Iterable[range]) -> str:
    """Write seqs in the way in which `parse_seqs` reads them."""
    return ",".join(f"{each.start}" if len(each) == 1 else f"{each.start}-{each.stop - 1}" for each in seqs)


def redact(
    paths: Sequence[Path],
    folder: Path,
    seqs: Sequence[range],
    *,
    reason: str,
    log: str,
    now: int,
    copied: Callable[[int], object],
) -> Redacted:
    """Write the new log.

    Args:
        paths: the old log's segments.
        folder: where to write; empty. Whatever is raised, it is the caller's to remove.
        seqs: of the records whose text is to go, as `parse_seqs` gives them; at least one.
        reason: fit to stand in a record.
        log: the new log's id.
        now: microseconds since 1970.
        copied: is told how many records were written, again and again.

    Raises:
        TranscriptDamagedError: the old log is damaged; with the place.
        TornEndError: its last line is not complete.
        UnfitSeqError: one of the seqs is not that of a record with a text.
        UnwritableError: the disk takes no more.
        StorageError: the disk failed.
        OSError: the old log can't be read.
    """
    copy = _Copy(folder, log, seqs)
    try:
        scanner = _copy_records(paths, copy, copied)
        copy.check_all_found()
        old_head = _head_of_all(scanner)
        copy.seal()
        record = Record(
            scanner.last_seq + 1,
            timestamp(now),
            "redaction",
            reason=reason,
            seqs=format_seqs(seqs),
            old_log=scanner.log,
            old_head=old_head,
            new_head=copy.head,
        )
        copy.write(to_line(record), 1)
        copy.finish()
    finally:
        copy.release()
    return Redacted(copy.messages, scanner.records + 1, log, copy.head, old_head)


def _copy_records(paths: Sequence[Path], copy: _Copy, copied: Callable[[int], object]) -> Scanner:
    scanner = Scanner()

    def take(records: list[Record]) -> None:
        copy.begin(scanner, paths[0])
        copy.add(records)
        copied(len(records))

    for _ in scanner.scan_each(paths, take):
        copy.begin(scanner, paths[0])
    if scanner.torn or not scanner.segments:
        raise TornEndError(scanner.path, scanner.torn)
    return scanner


def _head_of_all(scanner: Scanner) -> str:
    """Return the head that the log has, or would have if the records at its end were sealed too."""
    chain = scanner.chain.copy()
    if scanner.unsealed:
        chain.seal(scanner.last_seq)
    return chain.head


class _Copy:
    """The new log, as it is written.

    Args:
        folder: where.
        log: its id.
        seqs: of the records whose text is left out.
    """

    def __init__(self, folder: Path, log: str, seqs: Sequence[range]) -> None:
        self.messages = 0
        self._folder = folder
        self._log = log
        self._sought = deque(seqs)
        self._segment: SegmentFile | None = None
        self._chain = Chain(GENESIS)
        self._first_seq = self._last_seq = 0
        self._unsealed = 0

    @property
    def head(self) -> str:
        """The ``sha256`` of the last seal."""
        return self._chain.head

    def begin(self, old: Scanner, first_path: Path) -> None:
        """Begin a segment like the one that is read, if it is not begun yet.

        Args:
            old: reads the old log.
            first_path: the old log's first segment.
        """
        first_seq = old.first_seq
        if self._segment is not None and self._segment.first_seq == first_seq:
            return
        self._end_segment()
        header = Header(version=old.version, log=self._log, first_seq=first_seq, previous=self._chain.head)
        if not self._first_seq:
            self._first_seq, self._last_seq = first_seq, first_seq - 1
            if self._sought[0].start < first_seq:
                # It would be passed over in silence.
                raise UnfitSeqError(self._sought[0].start, first=first_seq)
            self._keep_checkpoint(header, first_path)
        try:
            self._segment = SegmentFile.create(self._folder, header)
        except OSError as error:
            raise _unwritable(error) from error
        self._chain = Chain(header.previous)
        self._chain.update(header.encode())

    def add(self, records: list[Record]) -> None:
        """Add the next records, without the texts that go."""
        first, last = records[0].seq, records[-1].seq
        while self._sought and self._sought[0].start <= last:
            part = self._sought[0]
            for seq in range(max(first, part.start), min(last + 1, part.stop)):
                records[seq - first] = self._without_text(records[seq - first])
            if part.stop > last + 1:
                break
            self._sought.popleft()
        self.write(to_lines(records), len(records))
        if self._unsealed >= SEAL_AFTER:
            self.seal()

    def write(self, lines: bytes, count: int) -> None:
        """Add the lines of so many records."""
        self._put(lines)
        self._chain.update(lines)
        self._last_seq += count
        self._unsealed += count

    def seal(self) -> None:
        """Seal what is not sealed yet."""
        if self._unsealed:
            self._put(self._chain.seal(self._last_seq))
            self._unsealed = 0

    def check_all_found(self) -> None:
        """Check that there was a record for each seq.

        Raises:
            UnfitSeqError: there was not.
        """
        if self._sought:
            missing = max(self._sought[0].start, self._last_seq + 1)
            raise UnfitSeqError(missing, first=self._first_seq, last=self._last_seq)

    def finish(self) -> None:
        """Seal, and wait until all is on the disk.

        Raises:
            StorageError: it did not get there.
        """
        self._end_segment()
        folder = open_folder(self._folder)
        try:
            sync(folder)
        finally:
            os.close(folder)

    def release(self) -> None:
        """Let go of the file that is being written, if one is."""
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    def _without_text(self, record: Record) -> Record:
        if record.type != TAGGED and (record.type not in TEXTS or not record.text):
            raise UnfitSeqError(record.seq, record.type)
        self.messages += 1
        text = MARKER if record.text else ""
        tags = dict.fromkeys(record.tags, MARKER) if record.tags else None
        return msgspec.structs.replace(record, text=text, tags=tags)

    def _keep_checkpoint(self, header: Header, first_path: Path) -> None:
        """Take over what was known before the first record, where the log's beginning is not there."""
        if header.first_seq == 1:
            return
        state = load_checkpoint(first_path.parent, Header.read(first_path))
        if state is not None:
            try:
                save_checkpoint(self._folder, Anchor.beginning(header), state)
            except OSError as error:
                raise _unwritable(error) from error

    def _put(self, data: bytes) -> None:
        if self._segment is None:
            raise ValueError("no segment is begun")
        try:
            self._segment.add(data)
        except OSError as error:
            raise _unwritable(error) from error

    def _end_segment(self) -> None:
        if self._segment is not None:
            self.seal()
            self._segment.sync()
            self.release()


def _unwritable(error: OSError) -> UnwritableError:
    return UnwritableError(error.strerror or str(error))
