"""The writer: adds records to a transcript, seals them, and begins new segments.

What it promises where the program meets the disk:

1. When `TranscriptWriter.append` has returned, the records are in the file; with durability ``disk``, on the
   disk.
2. After a `StorageFullError`, file and writer are as they were before the call, and it can be made again.
3. After a `StorageError` nothing can be promised. Nothing is written any more; every call raises it again.
4. Whenever and however the process ends, `recovery.recover` finds all that was promised.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from chatsimples.errors import StorageError, StorageFullError
from chatsimples.transcript.anchors import Anchor
from chatsimples.transcript.disk import open_folder, sync
from chatsimples.transcript.seals import Chain
from chatsimples.transcript.segment_file import SegmentFile
from chatsimples.transcript.segments import Header

SEAL_AFTER = 1_000
"""Unsealed records at which `TranscriptWriter.append` adds a seal."""


class TranscriptWriter:
    """The one writer of a transcript, made by `recovery.recover`.

    Args:
        segment: the last segment; owned from here on.
        lock: the descriptor that holds the folder's lock; owned from here on.
        log: the log's id.
        last_seq: seq of the last record in the log, 0 if there is none.
        unsealed: records after the last seal.
        chain: the chain of seals at the end of the segment.
        durability: ``os`` or ``disk``.
        segment_size: bytes above which a segment should be followed by a new one.

    Attributes:
        written: bytes that it has added to the log.
    """

    def __init__(
        self,
        segment: SegmentFile,
        lock: int,
        *,
        log: str,
        last_seq: int,
        unsealed: int,
        chain: Chain,
        durability: str,
        segment_size: int,
    ) -> None:
        self.log = log
        self.last_seq = last_seq
        self.unsealed = unsealed
        self.written = 0
        self._segment = segment
        self._lock = lock
        self._chain = chain
        self._durable = durability == "disk"
        self._segment_size = segment_size
        self._failure = ""
        self._guard = _Guard(segment.path.parent, self._fail)
        self._closed = False

    @property
    def path(self) -> Path:
        """The segment that is written."""
        return self._segment.path

    @property
    def size(self) -> int:
        """The segment's bytes."""
        return self._segment.size

    @property
    def should_roll(self) -> bool:
        """Whether the segment is larger than it should be."""
        return self._segment.size > self._segment_size and self.last_seq >= self._segment.first_seq

    def append(self, data: bytes, last_seq: int, count: int) -> None:
        """Add records, and a seal once many are unsealed.

        Args:
            data: their lines, each with its newline.
            last_seq: seq of the last of them.
            count: how many they are, at least 1.

        Raises:
            StorageFullError: nothing was written; call again later with the same data.
            StorageError: the disk failed, for good.
            ValueError: the records are not those that come next.
        """
        if count < 1 or last_seq != self.last_seq + count or not data.endswith(b"\n"):
            raise ValueError(f"{count} records up to {last_seq} do not follow {self.last_seq}")
        chain = self._chain.copy()
        chain.update(data)
        unsealed = self.unsealed + count
        if unsealed >= SEAL_AFTER:
            data += chain.seal(last_seq)
            unsealed = 0
        with self._guarded():
            self._segment.add(data)
            self._chain, self.last_seq, self.unsealed = chain, last_seq, unsealed
            self.written += len(data)
            if self._durable:
                self._segment.sync()

    def seal(self) -> None:
        """Seal the records that are not sealed yet, if there are any. The seal is synced with what follows.

        Raises:
            StorageFullError: nothing was written; call again later.
            StorageError: the disk failed, for good.
        """
        if not self.unsealed:
            return
        chain = self._chain.copy()
        with self._guarded():
            self._segment.add(chain.seal(self.last_seq))
            self._chain, self.unsealed = chain, 0

    def anchor(self) -> Anchor:
        """Seal what is there, and return the place behind it, at which reading can begin.

        Raises:
            StorageFullError, StorageError: as `seal`.
        """
        self.seal()
        segment = self._segment
        offset = segment.size if self.last_seq >= segment.first_seq else 0
        return Anchor(self.log, segment.first_seq, offset, self.last_seq, self._chain.head)

    def roll(self) -> None:
        """Seal the segment and begin the next one; do nothing if there is no record in it yet.

        Raises:
            StorageFullError: the old segment, perhaps sealed now, goes on; call again later.
            StorageError: the disk failed, for good.
        """
        if self.last_seq < self._segment.first_seq:
            return
        self.seal()
        header = Header(log=self.log, first_seq=self.last_seq + 1, previous=self._chain.head)
        with self._guarded():
            if self._durable:
                self._segment.sync()
            folder = open_folder(self.path.parent)
            try:
                self._begin(header)
                if self._durable:
                    self._segment.sync()
                    sync(folder)
            finally:
                os.close(folder)

    def close(self) -> None:
        """Seal, wait for the disk, and let go of the folder. A second call does nothing.

        Raises:
            StorageFullError: there is no room for the seal. The records are there, and all is closed.
            StorageError: the disk failed. All is closed.
        """
        if self._closed:
            return
        try:
            try:
                self.seal()
            finally:
                with self._guarded():
                    self._segment.sync()
        finally:
            self._closed = True
            self._failure = self._failure or "the transcript is closed"
            self._segment.close()
            os.close(self._lock)

    def _begin(self, header: Header) -> None:
        segment = SegmentFile.create(self.path.parent, header)
        self._segment.close()
        self._segment = segment
        self._chain = Chain(header.previous)
        self._chain.update(header.encode())

    def _guarded(self) -> _Guard:
        if self._failure:
            raise StorageError(self._failure)
        return self._guard

    def _fail(self, error: StorageError) -> None:
        self._failure = str(error)


class _Guard:
    """Lets a full disk be told as one, and notes a failed one. Made once: a batch may be one message."""

    def __init__(self, folder: Path, failed: Callable[[StorageError], None]) -> None:
        self._folder = folder
        self._failed = failed

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            raise StorageFullError(f"{self._folder}: {error.strerror}") from error
        if isinstance(error, StorageError):
            self._failed(error)
