"""A disk in memory: what a transcript asks of one, and what can go wrong with it.

A write may be short or find no room, the process may die in the middle of any call, and a loss of power takes
what was not synced. Nothing here touches a file: a `Disk` stands in for `os` in the modules of
`chatsimples.transcript`, and `Disk.path` for `pathlib.Path`.
"""

from __future__ import annotations

import errno
import io
import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from chatsimples.transcript import checkpoints, disk, lines, recovery, segment_file, segment_list, writer
from chatsimples.transcript.index import closed


class Killed(BaseException):
    """The process dies here. Nothing in the product may catch it."""


@dataclass
class File:
    """Bytes on the disk; ``kept`` of them, and the name if ``listed``, survive a loss of power."""

    data: bytearray = field(default_factory=bytearray)
    kept: int = 0
    listed: bool = False


class Disk:
    """See the module.

    Args:
        chance: decides which writes are short, and what of an interrupted call happens.

    Attributes:
        room: bytes that it still takes.
        short_writes: how often a write takes only a part.
        dies: asked at each call that changes something, whether the process dies in it.
        path: the class of its paths.
    """

    def __init__(self, chance: random.Random) -> None:
        self.files: dict[str, File] = {}
        self.room = 1 << 40
        self.short_writes = 0.0
        self.dies: Callable[[], bool] = lambda: False
        self.path: type[SimulatedPath] = type("DiskPath", (SimulatedPath,), {"disk": self})
        self._chance = chance
        self._handles: dict[int, File | None] = {}

    # What the world does to it.

    def end_of_process(self) -> None:
        """Close what a dead process had open."""
        self._handles.clear()

    def lose_power(self) -> None:
        """Lose some of what was not synced: the ends of files, and whole files whose name was not."""
        for name, file in list(self.files.items()):
            if not file.listed and self._chance.random() < 0.5:
                del self.files[name]
                continue
            del file.data[self._chance.randint(file.kept, len(file.data)) :]
            file.kept, file.listed = len(file.data), True

    # What the modules of the transcript use of `os`.

    def open(self, path: object, flags: int, mode: int = 0) -> int:
        name = str(path)
        if flags & os.O_CREAT:
            self._risk()
            if flags & os.O_EXCL and name in self.files:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
            if flags & os.O_TRUNC or name not in self.files:
                self.files[name] = File()
        folder = bool(flags & os.O_DIRECTORY)
        fd = 1_000 + len(self._handles)
        self._handles[fd] = None if folder else self.file(name)
        return fd

    def close(self, fd: int) -> None:
        """Keep the number from being given again: a late use of it is then an error."""

    def write(self, fd: int, data: bytes | memoryview) -> int:
        file = self._of(fd)
        taken = bytes(data)[: self.room]
        if not taken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.dies():
            file.data += taken[: self._chance.randint(0, len(taken))]
            raise Killed
        if self._chance.random() < self.short_writes:
            taken = taken[: self._chance.randint(1, len(taken))]
        file.data += taken
        self.room -= len(taken)
        return len(taken)

    def pread(self, fd: int, size: int, offset: int) -> bytes:
        return bytes(self._of(fd).data[offset : offset + size])

    def fstat(self, fd: int) -> Any:
        return SimpleNamespace(st_size=len(self._of(fd).data))

    def listdir(self, path: object) -> list[str]:
        return [PurePosixPath(name).name for name in self.files if PurePosixPath(name).parent == path]

    def ftruncate(self, fd: int, size: int) -> None:
        self._cut(self._of(fd), size)

    def truncate(self, path: object, size: int) -> None:
        self._cut(self.file(str(path)), size)

    def fdopen(self, fd: int, mode: str) -> Any:
        return _Writing(self, fd)

    def sync(self, fd: int) -> None:
        """Keep a file's bytes, or, of the folder, all names, through a loss of power."""
        self._risk()
        file = self._handles[fd]
        if file is not None:
            file.kept = len(file.data)
        else:
            for each in self.files.values():
                each.listed = True

    def __getattr__(self, name: str) -> Any:
        # Constants and texts are the real ones; nothing else of `os` may be called.
        if name.startswith("O_") or name in ("strerror", "getpid"):
            return getattr(os, name)
        raise AttributeError(name)

    # What both it and its paths use.

    def file(self, name: str) -> File:
        try:
            return self.files[name]
        except KeyError:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name) from None

    def rename(self, name: str, new: str) -> None:
        self._risk()
        file = self.files.pop(name)
        file.listed = False
        self.files[new] = file

    def unlink(self, name: str) -> None:
        self._risk()
        self.room += len(self.file(name).data)
        del self.files[name]

    def _of(self, fd: int) -> File:
        file = self._handles[fd]
        if file is None:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        return file

    def _cut(self, file: File, size: int) -> None:
        self._risk()
        self.room += len(file.data) - size
        del file.data[size:]
        file.kept = min(file.kept, size)

    def _risk(self) -> None:
        if self.dies():
            raise Killed


class SimulatedPath(PurePosixPath):
    """A path on a `Disk`, with as much of `pathlib.Path` as transcripts need. There is one folder."""

    disk: Disk

    def open(self, mode: str = "r", buffering: int = -1) -> io.BytesIO:
        assert mode == "rb"
        return io.BytesIO(self.read_bytes())

    def read_bytes(self) -> bytes:
        return bytes(self.disk.file(str(self)).data)

    def write_bytes(self, data: bytes) -> None:
        self.disk.files[str(self)] = File(bytearray(data), len(data), listed=True)

    def iterdir(self) -> Iterator[SimulatedPath]:
        names = [name for name in self.disk.files if PurePosixPath(name).parent == PurePosixPath(self)]
        return iter([type(self)(name) for name in names])

    def is_dir(self) -> bool:
        return str(self) not in self.disk.files

    def exists(self) -> bool:
        return str(self) in self.disk.files

    def mkdir(self, *, parents: bool, exist_ok: bool) -> None:
        """Be there already."""

    def stat(self) -> Any:
        if self.is_dir():
            # It changes with the names in it.
            return SimpleNamespace(st_mtime_ns=hash(tuple(self.disk.files)))
        return SimpleNamespace(st_size=len(self.disk.file(str(self)).data))

    def replace(self, target: SimulatedPath) -> None:
        self.disk.rename(str(self), str(target))

    def unlink(self) -> None:
        self.disk.unlink(str(self))


@contextmanager
def standing_in(storage: Disk) -> Iterator[None]:
    """Let the modules of the transcript have this disk and no other."""

    def lock(folder: object, timeout: float) -> int:
        return storage.open(folder, storage.O_DIRECTORY)

    with ExitStack() as stack:
        for module in (checkpoints, closed, disk, lines, recovery, segment_file, segment_list, writer):
            stack.enter_context(patch.object(module, "os", storage))
        stack.enter_context(patch.object(disk, "_sync", storage.sync))
        stack.enter_context(patch.object(recovery, "lock_folder", lock))
        yield


class _Writing:
    """A file object for writing, as `os.fdopen` gives it."""

    def __init__(self, disk: Disk, fd: int) -> None:
        self._disk = disk
        self._fd = fd

    def write(self, data: bytes) -> int:
        left = memoryview(data)
        while left:
            left = left[self._disk.write(self._fd, left) :]
        return len(data)

    def flush(self) -> None:
        """Have nothing to flush."""

    def fileno(self) -> int:
        return self._fd

    def __enter__(self) -> _Writing:
        return self

    def __exit__(self, *_: object) -> None:
        self._disk.close(self._fd)
