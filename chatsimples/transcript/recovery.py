"""Recovery: what a server does with the transcript that it finds when it starts.

It takes the folder's lock, checks the segments, cuts off a torn tail (and keeps it), tells the rules what has
happened, and opens the writer. Damage elsewhere than in the tail is reported and never repaired.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec

from chatsimples.chat.records import Record
from chatsimples.errors import StartError
from chatsimples.transcript.checkpoints import load_checkpoint, save_checkpoint
from chatsimples.transcript.disk import open_folder, sync
from chatsimples.transcript.folder_lock import lock_folder
from chatsimples.transcript.scanner import Scanner, without_torn_header
from chatsimples.transcript.seals import Chain
from chatsimples.transcript.segment_file import SegmentFile
from chatsimples.transcript.segments import GENESIS, VERSION, Header, first_seq_of, segments
from chatsimples.transcript.writer import TranscriptWriter

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BYTES = 10


class RecordSink(Protocol):
    """Who is told what is on record: the rules' state."""

    def restore(self, checkpoint: bytes) -> None:
        """Begin with the state that a checkpoint tells.

        Raises:
            ValueError: it is none that can be understood; nothing has changed.
        """

    def replay(self, record: Record) -> None:
        """Add the next record."""

    def snapshot(self) -> bytes:
        """Write the state as a checkpoint tells it."""


class Torn(msgspec.Struct, frozen=True):
    """A torn tail that was cut off.

    Attributes:
        path: the segment that it was in.
        offset: where in the segment it began.
        size: its bytes.
        kept_at: the file that holds them now.
    """

    path: Path
    offset: int
    size: int
    kept_at: Path


class Recovery(msgspec.Struct, frozen=True):
    """A transcript ready to go on.

    Attributes:
        writer: open at the end of the log.
        log: the log's id.
        last_seq: seq of the last record, 0 in a new log.
        torn: what was cut off, if anything was.
    """

    writer: TranscriptWriter
    log: str
    last_seq: int
    torn: Torn | None


def recover(
    folder: Path,
    *,
    rules: RecordSink,
    new_log: Callable[[], str],
    durability: str,
    segment_size: int,
    verify_all: bool = True,
    lock_timeout: float = 2.0,
) -> Recovery:
    """Open the transcript in ``folder`` for writing; begin one if there is none.

    Args:
        folder: made if it is missing.
        rules: told the newest checkpoint that fits, if one does, and every record after it.
        new_log: gives the id of a new log (see `new_log_id`).
        durability: ``os`` or ``disk``.
        segment_size: bytes above which a segment should be followed by a new one.
        verify_all: check the seals of all segments, not only of those that are replayed.
        lock_timeout: seconds to wait for another server in the same folder to end.

    Raises:
        TranscriptDamagedError: with the place of the first damage.
        StartError: the folder can't be used, or another server uses it.
        StorageError: the disk fails.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = lock_folder(folder, lock_timeout)
        try:
            scanner, torn = _read(folder, rules, verify_all=verify_all)
            segment = _open_segment(folder, rules, scanner, new_log)
            if durability == "disk":
                _sync_all(folder, segment)
            writer = TranscriptWriter(
                segment,
                lock,
                log=scanner.log,
                last_seq=scanner.last_seq,
                unsealed=scanner.unsealed,
                chain=scanner.chain,
                durability=durability,
                segment_size=segment_size,
            )
            if scanner.version < VERSION:
                # Records of this version need a segment of this version; a log without records has one.
                writer.roll(rules.snapshot())
        except BaseException:
            os.close(lock)
            raise
    except OSError as error:
        where = error.filename or folder
        raise StartError(f"the transcript's folder can't be used: {where}: {error.strerror}") from error
    return Recovery(writer, scanner.log, scanner.last_seq, torn)


def new_log_id(milliseconds: int, randomness: bytes) -> str:
    """Make the id of a log, a ULID.

    Args:
        milliseconds: since 1970.
        randomness: 10 random bytes.

    Raises:
        ValueError: there are more or fewer of them, or the time does not fit into 48 bits.
    """
    if len(randomness) != _RANDOM_BYTES or not 0 <= milliseconds < 1 << 48:
        raise ValueError("a ULID is made of 48 bits of time and 10 random bytes")
    number = milliseconds << 8 * _RANDOM_BYTES | int.from_bytes(randomness)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def _read(folder: Path, rules: RecordSink, *, verify_all: bool) -> tuple[Scanner, Torn | None]:
    torn = None
    paths, headless = without_torn_header(segments(folder))
    if headless is not None:
        torn = _set_aside(headless)
    scanner = Scanner()
    start = _restore(folder, paths, rules)
    replay = partial(_replay, rules)
    for index in range(0 if verify_all else start, len(paths)):
        take = replay if index >= start else None
        scanner.scan(paths[index], last=index == len(paths) - 1, take=take)
    if scanner.torn:
        torn = _cut(scanner.path, scanner.size, scanner.torn)
    return scanner, torn


def _restore(folder: Path, paths: list[Path], rules: RecordSink) -> int:
    """Restore the newest checkpoint that can be used; return the index of its segment, else 0."""
    for index in range(len(paths) - 1, -1, -1):
        try:
            header = Header.read(paths[index])
            if header.version < VERSION and first_seq_of(paths[0].name) == 1:
                # Those of version 1 tell of connections that no record tells of. Where all records are
                # there, they alone count: so that whoever reads them knows the same.
                return 0
            state = load_checkpoint(folder, header)
            if state is not None:
                rules.restore(state)
                return index
        except ValueError:
            # A header that is no header is found again by the scan, which tells its place.
            continue
    return 0


def _replay(rules: RecordSink, records: list[Record]) -> None:
    for record in records:
        rules.replay(record)


def _open_segment(
    folder: Path, rules: RecordSink, scanner: Scanner, new_log: Callable[[], str]
) -> SegmentFile:
    if scanner.segments and scanner.version < VERSION and scanner.last_seq < scanner.first_seq:
        # It holds nothing yet but its header, which then can as well be of this version.
        header = Header(log=scanner.log, first_seq=scanner.first_seq, previous=scanner.chain.head)
        scanner.chain = Chain(header.previous)
        scanner.chain.update(header.encode())
        # The checkpoint beside it is of version 1, and would count from now on.
        save_checkpoint(folder, header, rules.snapshot())
        return SegmentFile.replace(scanner.path, header)
    if scanner.segments:
        return SegmentFile.open(scanner.path, scanner.first_seq, scanner.size)
    scanner.log = new_log()
    header = Header.decode(Header(log=scanner.log, first_seq=1, previous=GENESIS).encode())
    scanner.chain.update(header.encode())
    return SegmentFile.create(folder, header)


def _set_aside(path: Path) -> Torn | None:
    """Take away a segment that never got its whole header."""
    size = path.stat().st_size
    kept_at = _keep(path, 0) if size else path
    path.unlink()
    return Torn(path, 0, size, kept_at) if size else None


def _cut(path: Path, offset: int, size: int) -> Torn:
    kept_at = _keep(path, offset)
    os.truncate(path, offset)
    return Torn(path, offset, size, kept_at)


def _keep(path: Path, offset: int) -> Path:
    """Copy what is in a file from ``offset`` on to a new file beside it."""
    number = 1
    while True:
        again = f".{number}" if number > 1 else ""
        kept_at = path.with_name(f"{path.name}.{offset}{again}.broken")
        try:
            fd = os.open(kept_at, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
            break
        except FileExistsError:
            number += 1
    with path.open("rb") as source, os.fdopen(fd, "wb") as target:
        source.seek(offset)
        shutil.copyfileobj(source, target)
        target.flush()
        sync(target.fileno())
    return kept_at


def _sync_all(folder: Path, segment: SegmentFile) -> None:
    # What a killed process had written but not synced is about to count: it must be on the disk too.
    segment.sync()
    fd = open_folder(folder)
    try:
        sync(fd)
    finally:
        os.close(fd)
