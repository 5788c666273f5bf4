"""The broadcaster's way into the transcript: appends batches, seals, begins segments, keeps checkpoints."""

from __future__ import annotations

import time
from collections.abc import Sequence

from chatsimples.chat.records import Record, to_lines
from chatsimples.errors import StorageFullError
from chatsimples.server.broadcaster.checkpointing import Checkpointing
from chatsimples.server.oplog.events import log
from chatsimples.transcript.index.log_index import LogIndex
from chatsimples.transcript.writer import TranscriptWriter

SEAL_AFTER = 1.0
"""Seconds without a record after which what is there is sealed."""

INDEX_SECONDS = 0.002
"""How long the indexes of segments may take at a time."""


class Journal:
    """Writes the transcript.

    Args:
        writer: of the transcript.
        checkpointing: writes the checkpoints.
        index: of the log; kept here.
    """

    def __init__(self, writer: TranscriptWriter, checkpointing: Checkpointing, index: LogIndex) -> None:
        self._writer = writer
        self._checkpointing = checkpointing
        self._index = index
        self._written_at = time.monotonic()

    @property
    def busy(self) -> bool:
        """Whether something is half done, so that `keep_house` should be called soon."""
        return self._checkpointing.busy or self._index.busy

    def append(self, records: Sequence[Record]) -> list[bytes]:
        """Append records, of which there may be none; return their lines.

        Raises:
            StorageFullError: nothing was written; call again later with the same records.
            StorageError: the disk failed, for good.
        """
        if not records:
            return []
        data = to_lines(records)
        start = self._writer.size
        self._writer.append(data, records[-1].seq, len(records))
        self._written_at = time.monotonic()
        # JSON escapes every line end that a text could hold: a line here is a record.
        lines = data.splitlines(keepends=True)
        self._index.note(self._writer.path, start, len(data), records, lines)
        return lines

    def keep_segments_small(self) -> None:
        """Begin a segment if the last one has become large."""
        if self._writer.should_roll:
            try:
                self._writer.roll()
            except StorageFullError as error:
                # The segment goes on a little longer; the next batch tries again.
                log.warning("no new segment could be begun", why=str(error))
            else:
                self._checkpointing.segment_begins()

    def keep_house(self, now: float) -> None:
        """Seal if nothing was written for a while, and go on with a checkpoint and the index."""
        self._seal_when_quiet(now)
        self._checkpointing.turn()
        self._keep_index()

    def _keep_index(self) -> None:
        until = time.monotonic() + INDEX_SECONDS
        try:
            while self._index.step() and time.monotonic() < until:
                pass
        except OSError as error:
            # It is missed only by those who look for what is far back.
            log.warning("no index of a segment could be written", why=str(error))

    def _seal_when_quiet(self, now: float) -> None:
        if self._writer.unsealed and now - self._written_at >= SEAL_AFTER:
            try:
                self._writer.seal()
            except StorageFullError as error:
                self._written_at = now
                log.warning("the transcript could not be sealed yet", why=str(error))

    def close(self) -> None:
        """Seal and close the transcript, with a checkpoint at its end: the next start has nothing to read."""
        try:
            self._checkpointing.finish()
        finally:
            self._close()

    def _close(self) -> None:
        try:
            self._writer.close()
        except StorageFullError as error:
            log.warning("the transcript could not be sealed at the end", why=str(error))
        log.info("the transcript is closed", seq=self._writer.last_seq)
