"""What the client keeps between runs, in the user's state folder: private, bounded, and never in the way.

Nothing here may disturb the chat: what can't be read counts as not there, and what can't be written is not
kept. Several clients may run at once, so a file is replaced or appended to as a whole, under its lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import msgspec

from chatsimples.chat.names import name_key

# Others hold it for a millisecond or two.
_LOCK_TRIES = 150
_LOCK_PAUSE = 0.002

_KEPT = 1_000
_VERSION = 1
_MOST_BYTES = 4 << 20
_GREATEST_SEQ = (1 << 63) - 1
# Names and time of a mark: with this, so many marks always fit into the file's bytes.
_LONGEST = 500


def state_folder() -> Path:
    """Give the folder of what the client keeps; it is made when something is kept first."""
    import platformdirs  # noqa: PLC0415 - tests and pipes, which name a folder or keep nothing, do without

    return platformdirs.user_state_path("chatsimples", appauthor=False)


class Mark(msgspec.Struct, frozen=True):
    """Where somebody stopped reading.

    Attributes:
        seq: the last record that was read.
        at: that record's time, RFC 3339.
    """

    seq: int
    at: str


class _Entry(msgspec.Struct, frozen=True):
    """A mark as it stands in the file; ``nick`` and ``room`` are keys, ``written`` is in seconds."""

    log: str
    nick: str
    room: str
    seq: Annotated[int, msgspec.Meta(ge=0, le=_GREATEST_SEQ)]
    at: str
    written: float

    @property
    def key(self) -> tuple[str, str, str]:
        return self.log, self.nick, self.room

    @property
    def can_be_kept(self) -> bool:
        # A server can say anything.
        fits = len(self.log) + len(self.nick) + len(self.room) + len(self.at) <= _LONGEST
        return fits and 0 <= self.seq <= _GREATEST_SEQ


class _File(msgspec.Struct, frozen=True):
    version: int
    marks: list[_Entry]


_Entries = dict[tuple[str, str, str], _Entry]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_File).decode


class Marks:
    """Where reading stopped, for each log, nick and room. A mark never goes backwards.

    One thread may save, which can take its time on a slow disk, while another gets and puts.

    Args:
        path: the file; it and its folder need not exist.
        kept: marks that are kept, the newest by the time of writing.
        clock: seconds since the epoch.
    """

    def __init__(self, path: Path, kept: int = _KEPT, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._kept = kept
        self._clock = clock
        self._known: _Entries | None = None
        self._unsaved: _Entries = {}
        self._changing = threading.Lock()

    def get(self, log: str, nick: str, room: str) -> Mark | None:
        """Tell where ``nick`` stopped reading ``room`` of the server's ``log``; None if that is not known."""
        with self._changing:
            entry = self._entry(_key(log, nick, room))
        return Mark(entry.seq, entry.at) if entry else None

    def put(self, log: str, nick: str, room: str, seq: int, at: str) -> None:
        """Note that ``nick`` has read ``room`` up to and with the record ``seq`` of time ``at``.

        Names and times of hundreds of characters are not noted, nor is a ``seq`` over 63 bits.
        """
        entry = _Entry(*_key(log, nick, room), seq, at, self._clock())
        with self._changing:
            known = self._entry(entry.key)
            if entry.can_be_kept and (known is None or known.seq < seq):
                self._unsaved[entry.key] = entry

    def save(self) -> None:
        """Write what was put since the last time, together with what other clients have written.

        If that fails, it stays with what the next call writes.
        """
        with self._changing:
            unsaved = dict(self._unsaved)
        if not unsaved:
            return
        with suppress(OSError), locked(self._path):
            entries = _read(self._path)
            for key, entry in unsaved.items():
                if key not in entries or entries[key].seq < entry.seq:
                    entries[key] = entry
            newest = sorted(entries.values(), key=lambda entry: entry.written)[-self._kept :]
            replace(self._path, _encode(_File(_VERSION, newest)))
            with self._changing:
                self._known = {entry.key: entry for entry in newest}
                # What was put meanwhile is for the next time.
                self._unsaved = {
                    key: entry for key, entry in self._unsaved.items() if entry is not unsaved.get(key)
                }

    def _entry(self, key: tuple[str, str, str]) -> _Entry | None:
        return self._unsaved.get(key) or self._read_once().get(key)

    def _read_once(self) -> _Entries:
        if self._known is None:
            try:
                self._known = _read(self._path)
            except OSError:
                self._known = {}
        return self._known


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Lock a file against other clients, and make its folder if it is missing; give whether that worked.

    It did not if the lock does not come within some 0.3 s (its holder was stopped in the middle), or if the
    file system knows no locks.

    Raises:
        OSError: the folder can't be made or written to.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The lock is a file of its own, as the other one is replaced; closing it gives the lock back.
    with _regular(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT) as descriptor:
        yield _lock(descriptor)


def read_end(path: Path, most: int) -> bytes:
    """Give the last ``most`` bytes of a file, or all if there are fewer.

    Raises:
        OSError: it can't be read, or is no ordinary file.
    """
    with _regular(path, os.O_RDONLY) as descriptor, os.fdopen(descriptor, "rb", closefd=False) as file:
        file.seek(max(0, os.fstat(descriptor).st_size - most))
        return file.read(most)


def append(path: Path, line: bytes) -> None:
    """Add a line to a file, which is made if it is missing. A line before it that was torn stays its own.

    Raises:
        OSError: it can't be written, or is no ordinary file.
    """
    with _regular(path, os.O_RDWR | os.O_APPEND | os.O_CREAT) as descriptor:
        size = os.fstat(descriptor).st_size
        torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, (b"\n" if torn else b"") + line + b"\n")


def replace(path: Path, data: bytes) -> None:
    """Put ``data`` in a file's place, so that a reader sees all of the old or all of the new.

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
    # Opened so, a pipe in the file's place can't make the client wait.
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


def _read(path: Path) -> _Entries:
    """Read the marks of a file; a damaged one has none, nor has one of another version.

    Raises:
        OSError: it is there and can't be read, so it must not be replaced either.
    """
    try:
        found = _decode(read_end(path, _MOST_BYTES))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return {entry.key: entry for entry in found.marks} if found.version == _VERSION else {}


def _key(log: str, nick: str, room: str) -> tuple[str, str, str]:
    return log, _name(nick), _name(room)


def _name(name: str) -> str:
    try:
        return name_key(name)
    except ValueError:
        # No name that the rules allow: a server that makes up names. It can be written down, at least.
        return name.encode("utf-8", "backslashreplace").decode()
