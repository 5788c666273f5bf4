"""When checkpoints are written, so that a start has little to read; and how, so that nobody waits for them.

A checkpoint is begun between two batches, right behind a seal, and written one piece a turn of the loop while
the chat goes on. A start has to read only what stands behind the newest one.

What it costs, in time and on the disk, is in proportion to the state, of which nothing may be left out. So a
large state is told less often: only when the transcript has grown by half as many bytes as the last
checkpoint has, or `LONGEST_SECONDS` have passed. At the bounds of the state that is some 30,000 records.
Apart from that there is one at the beginning of each segment, if the transcript has grown by as much as the
last checkpoint has since the last of those: with it, a part of the log that begins there can be understood by
itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from chatsimples.errors import StorageFullError
from chatsimples.server.oplog.events import log
from chatsimples.transcript.checkpoints import CheckpointFile, is_at_beginning, remove_file, size_of
from chatsimples.transcript.recovery import Recovery

RECORDS = 20_000
"""Records that are worth a checkpoint: to read so many takes a start some 0.1 s."""

LONGEST_SECONDS = 300.0
"""Seconds after which `RECORDS` records are enough, however large the state is."""

KEPT = 2
"""How many of the newest are kept, and how many of the newest at a segment's beginning."""

_ROWS_A_TURN = 100
_RETRY_AFTER = 30.0


class Capture(Protocol):
    """A state as it was at a moment, told in pieces while it goes on to change."""

    @property
    def seq(self) -> int:
        """Seq of the last record that it knows."""

    def piece(self, rows: int) -> bytes:
        """Return the next piece, of about so many rows; nothing once all is told."""

    def abandon(self) -> None:
        """Let it be: nothing more of it is asked for."""


class Capturable(Protocol):
    """A state that can be told so."""

    @property
    def seq(self) -> int:
        """Seq of the last record that it knows."""

    def capture(self) -> Capture:
        """Begin to tell it as it is now."""


class _Writing(NamedTuple):
    """A checkpoint that is being written, and what there was when it was begun."""

    capture: Capture
    file: CheckpointFile
    is_beginning: bool
    last_seq: int
    written: int


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
        # What was read at this start would be read again at the next one.
        self._last_seq = recovery.last_seq - recovery.replayed
        self._has_read_much = recovery.replayed >= RECORDS // 2
        self._written = self._written_at_beginning = 0
        self._size = size_of(recovery.checkpoint) if recovery.checkpoint is not None else 0
        self._began_at = clock()
        self._retry_at = 0.0
        self._files: list[tuple[Path, bool]] = []
        for path in reversed(recovery.checkpoints):
            self._keep(path, is_beginning=is_at_beginning(path))

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
        if self._writing is None and grown >= self._size and self._clock() >= self._retry_at:
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
            or self._writer.written - self._written >= self._size // 2
            or now - self._began_at >= LONGEST_SECONDS
        )

    def _begin(self) -> None:
        writer = self._writer
        if self._state.seq != writer.last_seq:
            # What was decided and could not be written yet is not to be told.
            return
        try:
            anchor = writer.anchor()
            file = CheckpointFile(writer.path.parent, anchor)
        except (StorageFullError, OSError) as error:
            self._put_off(error)
            return
        self._began_at = self._clock()
        self._writing = _Writing(self._state.capture(), file, anchor.is_beginning, anchor.seq, writer.written)

    def _go_on(self, writing: _Writing) -> None:
        piece = writing.capture.piece(_ROWS_A_TURN)
        try:
            if piece:
                writing.file.add(piece)
                return
            writing.file.finish()
        except OSError as error:
            self._writing = None
            writing.capture.abandon()
            self._put_off(error)
            return
        self._writing = None
        self._has_read_much = False
        self._last_seq, self._written, self._size = writing.last_seq, writing.written, writing.file.size
        if writing.is_beginning:
            self._written_at_beginning = writing.written
        self._keep(writing.file.path, is_beginning=writing.is_beginning)

    def _put_off(self, error: Exception) -> None:
        # It is a cache: nothing else suffers.
        self._retry_at = self._clock() + _RETRY_AFTER
        log.warning("no checkpoint could be written", why=str(error))

    def _keep(self, path: Path, *, is_beginning: bool) -> None:
        files = [(path, is_beginning), *(each for each in self._files if each[0] != path)]
        beginnings = [each for each in files if each[1]]
        self._files = [each for each in files if each in files[:KEPT] or each in beginnings[:KEPT]]
        for other, _ in files:
            if all(other != kept for kept, _ in self._files):
                remove_file(other)
