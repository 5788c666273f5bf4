"""When checkpoints are written, so that a start has little to read; and how, so that nobody waits for them.

A checkpoint is begun between two batches, right behind a seal, and written one piece a turn of the loop while
the chat goes on. A start has to read only what stands behind the newest one.

What it costs, in time and on the disk, is in proportion to what is written. Most of a large state are the
sessions that are cut, of which few change. So a checkpoint has a whole one as its base, and tells of these
sessions what has changed since; once that would be more than half of a whole one, the next is whole. What has
much to tell nevertheless, as where thousands are connected, comes less often: only when the transcript has
grown by half as many bytes, or `LONGEST_SECONDS` have passed.

Apart from that there is a whole one at the beginning of each segment, if the transcript has grown by as much
as a whole one has since the last of those: with it, a part of the log that begins there can be understood by
itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from chatsimples.errors import StorageFullError
from chatsimples.server.oplog.events import log
from chatsimples.transcript.checkpoints import (
    Base,
    CheckpointFile,
    base_of,
    is_at_beginning,
    remove_file,
    size_of,
)
from chatsimples.transcript.recovery import Recovery

RECORDS = 20_000
"""Records that are worth a checkpoint: to read so many takes a start some 0.1 s."""

LONGEST_SECONDS = 300.0
"""Seconds after which `RECORDS` records are enough, however large the state is."""

KEPT = 2
"""How many of the newest are kept, and how many of the newest at a segment's beginning; and their bases."""

_ROWS_A_TURN = 100
_RETRY_AFTER = 30.0


class Capture(Protocol):
    """A state as it was at a moment, told in pieces while it goes on to change."""

    @property
    def seq(self) -> int:
        """Seq of the last record that it knows."""

    @property
    def kept_size(self) -> int:
        """Bytes of what it has told that one with a base tells but for what has changed."""

    def piece(self, rows: int) -> bytes:
        """Return the next piece, of about so many rows; nothing once all is told."""

    def abandon(self) -> None:
        """Let it be: nothing more of it is asked for."""


class Capturable(Protocol):
    """A state that can be told so."""

    @property
    def seq(self) -> int:
        """Seq of the last record that it knows."""

    @property
    def changes_size(self) -> int | None:
        """Bytes of what has changed since the last whole capture; None if that is not known."""

    def capture(self, *, whole: bool) -> Capture:
        """Begin to tell it as it is now, whole or by what has changed."""


class _Writing(NamedTuple):
    """A checkpoint that is being written, and what there was when it was begun."""

    capture: Capture
    file: CheckpointFile
    is_whole: bool
    is_beginning: bool
    last_seq: int
    written: int


class _Whole(NamedTuple):
    """A whole checkpoint: the base of those that follow, its bytes, and how many of these they have too."""

    base: Base
    path: Path
    size: int
    told_again: int


class _File(NamedTuple):
    """A checkpoint that is there."""

    path: Path
    is_beginning: bool
    base: Path | None


class Checkpointing:
    """Writes checkpoints.

    Args:
        recovery: what the transcript goes on from.
        state: what is told.
        clock: seconds that only go forward.
    """

    def __init__(
        self, recovery: Recovery, state: Capturable, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._writer = recovery.writer
        self._state = state
        self._clock = clock
        self._writing: _Writing | None = None
        self._whole: _Whole | None = None
        # What was read at this start would be read again at the next one.
        self._last_seq = recovery.last_seq - recovery.replayed
        self._has_read_much = recovery.replayed >= RECORDS // 2
        self._written = self._written_at_beginning = 0
        self._size = size_of(recovery.checkpoint) if recovery.checkpoint is not None else 0
        self._began_at = clock()
        self._retry_at = 0.0
        self._files = [_File(path, is_at_beginning(path), base_of(path)) for path in recovery.checkpoints]
        self._remove_others()

    @property
    def busy(self) -> bool:
        """Whether one is being written: then `turn` should be called soon."""
        return self._writing is not None

    def turn(self) -> None:
        """Do the next little piece of what is due, if anything is.

        Raises:
            StorageError: the disk failed, for good.
        """
        if self._writing is not None:
            self._go_on(self._writing)
        elif self._is_due():
            self._begin()

    def segment_begins(self) -> None:
        """Note that a segment was begun, and nothing has been written to it yet.

        Raises:
            StorageError: the disk failed, for good.
        """
        grown = self._writer.written - self._written_at_beginning
        size = self._whole.size if self._whole is not None else self._size
        if self._writing is None and grown >= size and self._clock() >= self._retry_at:
            self._begin()

    def finish(self) -> None:
        """Write a whole one at the end, if there is anything that the last one does not know.

        Raises:
            StorageError: the disk failed, for good.
        """
        if self._writing is not None:
            self._writing.file.abandon()
            self._writing.capture.abandon()
            self._writing = None
        if self._writer.last_seq > self._last_seq:
            self._begin()
        while self.busy:
            self.turn()

    def _is_due(self) -> bool:
        records = self._writer.last_seq - self._last_seq
        if records < RECORDS and not self._has_read_much:
            return False
        now = self._clock()
        return now >= self._retry_at and (
            self._has_read_much
            or self._writer.written - self._written >= self._next_size() // 2
            or now - self._began_at >= LONGEST_SECONDS
        )

    def _next_size(self) -> int:
        """Return about how many bytes the next one will have."""
        changes = self._state.changes_size
        if self._whole is None or changes is None:
            return self._size
        return min(self._whole.told_again + changes, self._whole.size)

    def _next_base(self, *, is_beginning: bool) -> Base | None:
        """Return the base of the next one, None if that is to be whole."""
        whole = self._whole
        if whole is None or is_beginning or self._state.changes_size is None:
            return None
        return whole.base if self._next_size() <= whole.size // 2 else None

    def _begin(self) -> None:
        writer = self._writer
        if self._state.seq != writer.last_seq:
            # What was decided and could not be written yet is not to be told.
            return
        try:
            anchor = writer.anchor()
            base = self._next_base(is_beginning=anchor.is_beginning)
            file = CheckpointFile(writer.path.parent, anchor, base)
        except (StorageFullError, OSError) as error:
            self._put_off(error)
            return
        self._began_at = self._clock()
        is_whole = base is None
        if is_whole:
            # From here on changes are counted anew.
            self._whole = None
        self._writing = _Writing(
            self._state.capture(whole=is_whole),
            file,
            is_whole,
            anchor.is_beginning,
            anchor.seq,
            writer.written,
        )

    def _go_on(self, writing: _Writing) -> None:
        piece = writing.capture.piece(_ROWS_A_TURN)
        try:
            if piece:
                writing.file.add(piece)
                return
            made = writing.file.finish()
        except OSError as error:
            self._writing = None
            writing.capture.abandon()
            self._put_off(error)
            return
        self._writing = None
        self._has_read_much = False
        path, size = writing.file.path, writing.file.size
        base = self._whole.path if self._whole is not None else None
        if writing.is_whole:
            self._whole = _Whole(made, path, size, size - writing.capture.kept_size)
        self._last_seq, self._written, self._size = writing.last_seq, writing.written, size
        if writing.is_beginning:
            self._written_at_beginning = writing.written
        file = _File(path, writing.is_beginning, base)
        self._files = [file, *(each for each in self._files if each.path != path)]
        self._remove_others()

    def _put_off(self, error: Exception) -> None:
        # It is a cache: nothing else suffers.
        self._retry_at = self._clock() + _RETRY_AFTER
        log.warning("no checkpoint could be written", why=str(error))

    def _remove_others(self) -> None:
        """Remove those that are not to be kept."""
        beginnings = [each for each in self._files if each.is_beginning]
        used = [*self._files[:KEPT], *beginnings[:KEPT]]
        paths = {each.path for each in used} | {each.base for each in used}
        for each in self._files:
            if each.path not in paths:
                remove_file(each.path)
        self._files = [each for each in self._files if each.path in paths]
