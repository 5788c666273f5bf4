"""Recovery: what a server does with the transcript that it finds when it starts.

It takes the folder's lock, checks the segments, cuts off a torn tail (and keeps it), tells the rules what has
happened, and opens the writer. Damage elsewhere than in the tail is reported and never repaired.

Reading begins at the newest checkpoint that can be used. Of what stands before it only that is checked which
is cheap: that each segment begins where the one before has ended, and ends with a seal. Whoever wants more
(`verify_all`) has all of it read.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from chatsimples.chat.records import Record
from chatsimples.errors import StartError
from chatsimples.transcript.anchors import Anchor
from chatsimples.transcript.checkpoints import (
    checkpoint_name,
    find_checkpoints,
    read_anchor,
    read_state,
    remove_file,
    remove_unfinished,
    save_checkpoint,
)
from chatsimples.transcript.disk import open_folder, sync
from chatsimples.transcript.folder_lock import lock_folder
from chatsimples.transcript.json_checkpoints import (
    json_checkpoint_name,
    json_checkpoint_seq,
    load_json_checkpoint,
)
from chatsimples.transcript.scanner import Scanner, without_torn_header
from chatsimples.transcript.seals import Chain
from chatsimples.transcript.segment_file import SegmentFile
from chatsimples.transcript.segments import GENESIS, VERSION, Header, first_seq_of, segment_name, segments
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
        """Return the state as a checkpoint tells it."""


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
        unread: the place before which nothing was read; None if all was.
        replayed: how many records the rules were told.
        checkpoint: that with which they began; None if they began with nothing.
        checkpoints: those that are there, the newest first, but for one that is more than a cache: the one at
            the beginning of the first segment, where the records before it are gone.
    """

    writer: TranscriptWriter
    log: str
    last_seq: int
    torn: Torn | None
    unread: Anchor | None
    replayed: int
    checkpoint: Path | None
    checkpoints: list[Path]


def recover(
    folder: Path,
    *,
    rules: RecordSink,
    new_log: Callable[[], str],
    durability: str,
    segment_size: int,
    verify_all: bool = False,
    lock_timeout: float = 2.0,
) -> Recovery:
    """Open the transcript in ``folder`` for writing; begin one if there is none.

    Args:
        folder: made if it is missing.
        rules: told the newest checkpoint that fits, if one does, and every record after it.
        new_log: gives the id of a new log (see `new_log_id`).
        durability: ``os`` or ``disk``.
        segment_size: bytes above which a segment should be followed by a new one.
        verify_all: check the seals of all segments, not only of what is replayed.
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
            remove_unfinished(folder)
            found = _read(folder, rules, verify_all=verify_all)
            scanner = found.scanner
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
            if 0 < scanner.version < VERSION:
                _change_version(folder, rules, writer)
            checkpoints = _caches(folder)
        except BaseException:
            os.close(lock)
            raise
    except OSError as error:
        where = error.filename or folder
        raise StartError(f"the transcript's folder can't be used: {where}: {error.strerror}") from error
    return Recovery(
        writer,
        scanner.log,
        scanner.last_seq,
        found.torn,
        None if verify_all else found.start.unread,
        found.replayed,
        found.start.checkpoint,
        checkpoints,
    )


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


class _Start(NamedTuple):
    """Where reading begins: in which segment, at which anchor of it, with the state of which checkpoint."""

    segment: int = 0
    anchor: Anchor | None = None
    checkpoint: Path | None = None

    @property
    def unread(self) -> Anchor | None:
        """The anchor, if anything stands before it."""
        stands_first = not self.segment and self.anchor is not None and self.anchor.is_beginning
        return None if stands_first else self.anchor


class _Found(NamedTuple):
    """What was found, as in `Recovery`."""

    scanner: Scanner
    torn: Torn | None
    start: _Start
    replayed: int


def _read(folder: Path, rules: RecordSink, *, verify_all: bool) -> _Found:
    torn = None
    paths, headless = without_torn_header(segments(folder))
    if headless is not None:
        torn = _set_aside(headless)
    scanner = Scanner()
    start = _restore(paths, find_checkpoints(folder), rules)
    replay = _Replay(rules, start.anchor.seq if start.anchor else 0)
    for index, path in enumerate(paths):
        last = index == len(paths) - 1
        if index > start.segment:
            scanner.scan(path, last=last, take=replay)
        elif index == start.segment:
            scanner.scan(path, last=last, take=replay, start=None if verify_all else start.anchor)
        elif verify_all:
            scanner.scan(path, last=False)
        else:
            scanner.skim(path)
    if scanner.torn:
        torn = _cut(scanner.path, scanner.size, scanner.torn)
    return _Found(scanner, torn, start, replay.count)


class _Replay:
    """Tells the rules of records, but not of those that a checkpoint has told them of."""

    def __init__(self, rules: RecordSink, known: int) -> None:
        self.count = 0
        self._replay = rules.replay
        self._known = known

    def __call__(self, records: list[Record]) -> None:
        if records[0].seq <= self._known:
            records = [record for record in records if record.seq > self._known]
        replay = self._replay
        for record in records:
            replay(record)
        self.count += len(records)


def _restore(paths: list[Path], checkpoints: list[Path], rules: RecordSink) -> _Start:
    """Restore the newest checkpoint that can be used; return where to go on from it."""
    indices = {first_seq_of(path.name): index for index, path in enumerate(paths)}
    for checkpoint in checkpoints:
        anchor = read_anchor(checkpoint) or _anchor_of_json(checkpoint)
        index = indices.get(anchor.first_seq) if anchor else None
        if anchor is None or index is None:
            continue
        try:
            # A header that is no header is found again by the scan, which tells its place.
            header = Header.read(paths[index])
            if header.version < VERSION and first_seq_of(paths[0].name) == 1:
                # Those of version 1 tell of connections that no record tells of. Where all records are
                # there, they alone count: so that whoever reads them knows the same.
                break
            if not anchor.holds(paths[index]):
                continue
            state = _state_of(checkpoint, header)
            if state is not None:
                rules.restore(state)
                return _Start(index, anchor, checkpoint)
        except ValueError:
            continue
    return _Start()


def _anchor_of_json(checkpoint: Path) -> Anchor | None:
    first_seq = json_checkpoint_seq(checkpoint.name)
    if first_seq is None:
        return None
    try:
        header = Header.read(checkpoint.with_name(segment_name(first_seq)))
    except (OSError, ValueError):
        return None
    return Anchor.beginning(header)


def _state_of(checkpoint: Path, header: Header) -> bytes | None:
    if json_checkpoint_seq(checkpoint.name) is not None:
        return load_json_checkpoint(checkpoint.parent, header)
    return read_state(checkpoint)


def _caches(folder: Path) -> list[Path]:
    """List the checkpoints that can be made again."""
    first_seq = first_seq_of(segments(folder)[0].name) or 1
    kept = {checkpoint_name(first_seq), json_checkpoint_name(first_seq)} if first_seq > 1 else set()
    return [path for path in find_checkpoints(folder) if path.name not in kept]


def _open_segment(
    folder: Path, rules: RecordSink, scanner: Scanner, new_log: Callable[[], str]
) -> SegmentFile:
    if scanner.segments and scanner.version < VERSION and scanner.last_seq < scanner.first_seq:
        # It holds nothing yet but its header, which then can as well be of this version.
        header = Header(log=scanner.log, first_seq=scanner.first_seq, previous=scanner.chain.head)
        scanner.chain = Chain(header.previous)
        scanner.chain.update(header.encode())
        scanner.version = VERSION
        save_checkpoint(folder, Anchor.beginning(header), rules.snapshot())
        # The checkpoint of version 1 beside it would count from now on, if this one were spoilt.
        remove_file(folder / json_checkpoint_name(header.first_seq))
        return SegmentFile.replace(scanner.path, header)
    if scanner.segments:
        return SegmentFile.open(scanner.path, scanner.first_seq, scanner.size)
    scanner.log = new_log()
    header = Header.decode(Header(log=scanner.log, first_seq=1, previous=GENESIS).encode())
    scanner.chain.update(header.encode())
    return SegmentFile.create(folder, header)


def _change_version(folder: Path, rules: RecordSink, writer: TranscriptWriter) -> None:
    """Begin a segment of this version: its records need one."""
    header = Header(log=writer.log, first_seq=writer.last_seq + 1, previous=writer.anchor().head)
    # Where the first records are gone, what was known is nowhere else: it is there before the segment is.
    save_checkpoint(folder, Anchor.beginning(header), rules.snapshot())
    writer.roll()


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
            fd = os.open(kept_at, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
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
