"""One segment opened for writing, into which a write goes whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from chatsimples.errors import StorageError
from chatsimples.transcript.disk import sync, write_all
from chatsimples.transcript.segments import Header, segment_name


class SegmentFile:
    """A segment to which bytes are added, and nobody else adds any.

    Args:
        path: the segment.
        fd: its descriptor, opened with ``O_APPEND``; owned from here on.
        first_seq: the seq of its first record.
        size: its bytes, all of them complete lines.
    """

    def __init__(self, path: Path, fd: int, first_seq: int, size: int) -> None:
        self.path = path
        self.first_seq = first_seq
        self.size = size
        self._fd = fd

    @classmethod
    def create(cls, folder: Path, header: Header) -> SegmentFile:
        """Make a new segment that holds its header.

        Raises:
            OSError: it can't be made; then it is not there.
            StorageError: it is there already, or what is there of it can't be removed.
        """
        path = folder / segment_name(header.first_seq)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise StorageError(f"{path} is there already: who made it?") from None
        line = header.encode()
        try:
            write_all(fd, line)
        except OSError:
            os.close(fd)
            _remove(path)
            raise
        return cls(path, fd, header.first_seq, len(line))

    @classmethod
    def replace(cls, path: Path, header: Header) -> SegmentFile:
        """Put a new segment in the place of one that holds no record.

        Raises:
            OSError: it can't be made; then the old one is there.
        """
        unfinished = path.with_name(f"{path.name}.tmp")
        line = header.encode()
        fd = os.open(unfinished, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            write_all(fd, line)
            unfinished.replace(path)
        except OSError:
            os.close(fd)
            _remove(unfinished)
            raise
        return cls(path, fd, header.first_seq, len(line))

    @classmethod
    def open(cls, path: Path, first_seq: int, size: int) -> SegmentFile:
        """Go on in a segment that is there.

        Raises:
            OSError: it can't be opened.
        """
        return cls(path, os.open(path, os.O_WRONLY | os.O_APPEND), first_seq, size)

    def add(self, data: bytes) -> None:
        """Add complete lines at the end.

        Raises:
            OSError: the disk does not take them; the file is as before.
            StorageError: it does not take them, and the part that it took can't be removed.
        """
        try:
            write_all(self._fd, data)
        except OSError as error:
            self._cut(error)
            raise
        self.size += len(data)

    def sync(self) -> None:
        """Wait until all is on the disk.

        Raises:
            StorageError: it did not get there.
        """
        sync(self._fd)

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _cut(self, cause: OSError) -> None:
        try:
            os.ftruncate(self._fd, self.size)
        except OSError:
            raise StorageError(f"{self.path} can't be cut after a write that failed: {cause}") from cause


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise StorageError(f"{path} can't be removed after a write that failed: {error}") from error
