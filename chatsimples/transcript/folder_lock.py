"""The lock on a transcript's folder: one writer at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

from chatsimples.chat.names import printable
from chatsimples.errors import StartError

LOCK_NAME = "transcript.lock"

_POLL = 0.02


def lock_folder(folder: Path, timeout: float) -> int:
    """Take the lock and write this process's id into it.

    The file stays when the lock is given back: to remove it would let two take two different locks.

    Args:
        folder: the transcript's.
        timeout: seconds to wait for another holder to end.

    Returns:
        The descriptor that holds the lock until it is closed.

    Raises:
        StartError: another process holds it.
        OSError: the lock can't be made.
    """
    fd = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait(fd, folder, int(timeout / _POLL))
        _tell_holder(fd)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _wait(fd: int, folder: Path, polls: int) -> None:
    while not _locked(fd):
        if not polls:
            holder = printable(os.pread(fd, 32, 0).decode("ascii", "replace").strip())
            raise StartError(f"another server is writing in this folder: {folder} (process {holder})")
        polls -= 1
        time.sleep(_POLL)


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _tell_holder(fd: int) -> None:
    # The id is for people only: a full disk is no reason not to start.
    with contextlib.suppress(OSError):
        os.ftruncate(fd, 0)
        os.pwrite(fd, b"%d\n" % os.getpid(), 0)
