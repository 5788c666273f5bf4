"""The broadcaster's way into the transcript: appends batches, seals when it is quiet, begins segments."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from chatsimples.chat.records import Record, to_lines
from chatsimples.errors import StorageFullError
from chatsimples.server.oplog.events import log
from chatsimples.transcript.writer import TranscriptWriter

SEAL_AFTER = 1.0
"""Seconds without a record after which what is there is sealed."""


class Journal:
    """Writes the transcript.

    Args:
        writer: of the transcript.
        snapshot: gives what the rules know now, for a checkpoint.
    """

    def __init__(self, writer: TranscriptWriter, snapshot: Callable[[], bytes]) -> None:
        self._writer = writer
        self._snapshot = snapshot
        self._written_at = time.monotonic()

    def append(self, records: Sequence[Record]) -> list[bytes]:
        """Append records, of which there may be none; return their lines.

        Raises:
            StorageFullError: nothing was written; call again later with the same records.
            StorageError: the disk failed, for good.
        """
        if not records:
            return []
        data = to_lines(records)
        self._writer.append(data, records[-1].seq, len(records))
        self._written_at = time.monotonic()
        # JSON escapes every line end that a text could hold: a line here is a record.
        return data.splitlines(keepends=True)

    def keep_segments_small(self) -> None:
        """Begin a segment if the last one has become large."""
        if self._writer.should_roll:
            try:
                self._writer.roll(self._snapshot())
            except StorageFullError as error:
                # The segment goes on a little longer; the next batch tries again.
                log.warning("no new segment could be begun", why=str(error))

    def seal_when_quiet(self, now: float) -> None:
        """Seal what is not sealed if nothing was written for a while."""
        if self._writer.unsealed and now - self._written_at >= SEAL_AFTER:
            try:
                self._writer.seal()
            except StorageFullError as error:
                self._written_at = now
                log.warning("the transcript could not be sealed yet", why=str(error))

    def close(self) -> None:
        """Seal and close the transcript."""
        try:
            self._writer.close()
        except StorageFullError as error:
            log.warning("the transcript could not be sealed at the end", why=str(error))
        log.info("the transcript is closed", seq=self._writer.last_seq)
