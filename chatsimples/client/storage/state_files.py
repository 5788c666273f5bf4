"""Files in the user's state folder: private, bounded, and never in the way.

Nothing here may disturb the chat: what can't be read counts as missing, and what can't be written is not
kept. Several clients may run at once, so a file is replaced or appended to as a whole, under its lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Another client holds the lock for a millisecond or two.
_LOCK_TRIES = 150
_LOCK_PAUSE = 0.002


def state_folder() -> Path:
    """Return the folder of the state files; it is made when something is first kept."""
    import platformdirs  # noqa: PLC0415 - tests and pipes, which name a folder or keep nothing, do without

    return platformdirs.user_state_path("chatsimples", appauthor=False)


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Lock a file against other clients, and make its folder if it is missing; yield whether that worked.

    It does not if another client holds the lock for more than some 0.3 s (it may have been stopped), or if
    the file system has no locks.

    Raises:
        OSError: the folder can't be made or written to.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The lock is a file of its own, as the other one is replaced; closing it releases the lock.
    with _regular(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT) as descriptor:
        yield _lock(descriptor)


def read_end(path: Path, most: int) -> bytes:
    """Return the last ``most`` bytes of a file, or all if there are fewer.

    Raises:
        OSError: it can't be read, or is no ordinary file.
    """
    with _regular(path, os.O_RDONLY) as descriptor, os.fdopen(descriptor, "rb", closefd=False) as file:
        file.seek(max(0, os.fstat(descriptor).st_size - most))
        return file.read(most)


def append(path: Path, line: bytes) -> None:
    """Append a line to a file, which is made if it is missing. A torn line before it stays apart.

    Raises:
        OSError: it can't be written, or is no ordinary file.
    """
    with _regular(path, os.O_RDWR | os.O_APPEND | os.O_CREAT) as descriptor:
        size = os.fstat(descriptor).st_size
        torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, (b"\n" if torn else b"") + line + b"\n")


def replace(path: Path, data: bytes) -> None:
    """Replace a file, so that a reader sees all of the old content or all of the new.

    It does not wait for the disk: after a power cut the file may be damaged, which costs a convenience.

    Raises:
        OSError: it can't be written; the old file stays.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


@contextmanager
def _regular(path: Path, flags: int) -> Iterator[int]:
    # Non-blocking, as a pipe in the file's place must not make the client wait.
    descriptor = os.open(path, flags | os.O_NONBLOCK, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "no ordinary file", str(path))
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_PAUSE)
        except OSError:
            return False
        else:
            return True
    return False
