"""What is asked of the operating system: all bytes written, or on the disk for good."""

from __future__ import annotations

import errno
import fcntl
import os
import sys

from chatsimples.errors import StorageError


def write_all(fd: int, data: bytes) -> None:
    """Write every byte, in one call unless the system takes fewer.

    Raises:
        OSError: it takes no more; some of the bytes may be in the file.
    """
    written = os.write(fd, data)
    while written < len(data):
        taken = os.write(fd, memoryview(data)[written:])
        if not taken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written += taken


def sync(fd: int) -> None:
    """Wait until what was written to a file, or the names in a folder, are on the disk.

    Raises:
        StorageError: it did not get there. What was written before may be lost, and a retry may
            succeed falsely: there must be none.
    """
    try:
        _sync(fd)
    except OSError as error:
        raise StorageError(f"the disk failed to keep what was written: {error.strerror}") from error


def open_folder(folder: str | os.PathLike[str]) -> int:
    """Open a folder for `sync`.

    Raises:
        OSError: it can't be opened.
    """
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)


if sys.platform == "darwin":

    def _sync(fd: int) -> None:
        # On macOS, fsync leaves the data in the drive's cache; some file systems know nothing better.
        try:
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                raise
            os.fsync(fd)
else:

    def _sync(fd: int) -> None:
        os.fdatasync(fd)
