"""The log's file: every process appends to it, whichever finds it too large rotates it, an outsider may too.

Lines are written under a lock on the folder, in one write, and a part of a line that a full disk has taken is
cut off again. So no line is torn by another, and none goes to a file that has been rotated away meanwhile.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_LOCK_PATIENCE = 1.0
_ASK_AGAIN = 0.002


class LogFile:
    """Appends lines to a file, ``server.jsonl``, whose older parts are ``server.jsonl.1`` and so on.

    It is used by one thread at a time. Before each write it looks whether the file is still the one that has
    the name, as another process, or a tool such as logrotate, may have renamed it.

    Args:
        path: the file, in a folder that exists.
        size: bytes from which on it is rotated; 0: never.
        count: how many rotated files are kept.

    Raises:
        OSError: it can't be opened.
    """

    def __init__(self, path: Path, size: int, count: int) -> None:
        self._path = path
        self._size = size
        self._count = count
        self._file = _open(path)
        try:
            self._folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            os.close(self._file)
            raise
        with self._lock() as alone:
            if alone:
                self._end_line()

    def write(self, lines: Sequence[bytes]) -> int:
        """Append lines, each with its end; return how many of them could not be written.

        Neither a full disk nor a folder that is gone may end the server.
        """
        with self._lock() as alone:
            self.follow()
            lost = self._append(b"".join(lines), alone=alone)
            if alone:
                self._rotate_if_large()
        return lost

    def follow(self) -> None:
        """Open the file that has the name now, if that is another one; make it if there is none."""
        with suppress(OSError):
            if os.path.samestat(self._path.stat(), os.fstat(self._file)):
                return
        # Where none can be opened, the old one takes the lines.
        with suppress(OSError):
            new = _open(self._path)
            os.close(self._file)
            self._file = new

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
        os.close(self._folder)

    def _append(self, data: bytes, *, alone: bool) -> int:
        try:
            before = os.fstat(self._file).st_size
            written = os.write(self._file, data)
        except OSError:
            return data.count(b"\n")
        if written == len(data):
            return 0
        whole = data.rfind(b"\n", 0, written) + 1
        if alone:
            with suppress(OSError):
                os.ftruncate(self._file, before + whole)
        return data.count(b"\n", whole)

    def _end_line(self) -> None:
        # A process that was killed, or a machine that was, may have left half a line.
        with suppress(OSError):
            size = os.fstat(self._file).st_size
            if size and os.pread(self._file, 1, size - 1) != b"\n":
                os.write(self._file, b"\n")

    def _rotate_if_large(self) -> None:
        with suppress(OSError):
            if self._size and os.fstat(self._file).st_size >= self._size:
                self._rotate()

    def _rotate(self) -> None:
        if self._count:
            # Where a number is missing, those above it can stay: a rotation that fails half-way and is tried
            # again pushes none of them out.
            last = next((n for n in range(1, self._count) if not self._old(n).exists()), self._count)
            for number in range(last, 1, -1):
                self._old(number - 1).replace(self._old(number))
            self._path.replace(self._old(1))
        else:
            self._path.unlink()
        self.follow()
        # It may have been more of them.
        with suppress(FileNotFoundError):
            for number in range(self._count + 1, self._count + 10_000):
                self._old(number).unlink()

    def _old(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    @contextmanager
    def _lock(self) -> Iterator[bool]:
        """Hold the lock, and yield whether it is held.

        Whoever has it gives it back at once; but a process can be stopped just then, and some file systems
        have no locks. Then lines are appended without it, and the file is not rotated.
        """
        held = self._locked()
        try:
            yield held
        finally:
            if held:
                fcntl.flock(self._folder, fcntl.LOCK_UN)

    def _locked(self) -> bool:
        until = time.monotonic() + _LOCK_PATIENCE
        while True:
            try:
                fcntl.flock(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    return False
                time.sleep(_ASK_AGAIN)
            except OSError:
                return False
            else:
                return True


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
