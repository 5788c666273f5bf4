"""Read markers: where somebody stopped reading each room, kept between runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec

from chatsimples.chat.names import name_key
from chatsimples.client.storage.state_files import locked, read_end, replace

_KEPT = 1_000
_VERSION = 1
_MOST_BYTES = 4 << 20
_GREATEST_SEQ = (1 << 63) - 1
# Characters of a marker's names and time: with this, all markers that are kept fit into the file's bytes.
_LONGEST = 500


class ReadMarker(msgspec.Struct, frozen=True):
    """Where somebody stopped reading a room.

    Attributes:
        seq: of the last record that was read.
        at: its time, RFC 3339.
    """

    seq: int
    at: str


class _Entry(msgspec.Struct, frozen=True):
    """A marker in the file; ``nick`` and ``room`` are keys, ``written`` is in seconds."""

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
        # A server can send anything.
        fits = len(self.log) + len(self.nick) + len(self.room) + len(self.at) <= _LONGEST
        return fits and 0 <= self.seq <= _GREATEST_SEQ


class _File(msgspec.Struct, frozen=True):
    version: int
    marks: list[_Entry]


_Entries = dict[tuple[str, str, str], _Entry]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_File).decode


class ReadMarkers:
    """The read markers of each log, nick and room. A marker never goes backwards.

    One thread may save, which can take its time on a slow disk, while another gets and puts.

    Args:
        path: of the file; it and its folder need not exist.
        kept: how many markers are kept, the newest by the time of writing.
        clock: seconds since the epoch.
    """

    def __init__(self, path: Path, kept: int = _KEPT, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._kept = kept
        self._clock = clock
        self._known: _Entries | None = None
        self._unsaved: _Entries = {}
        self._changing = threading.Lock()

    def get(self, log: str, nick: str, room: str) -> ReadMarker | None:
        """Return where ``nick`` stopped reading ``room`` of the server's ``log``; None if it is not known."""
        with self._changing:
            entry = self._entry(_key(log, nick, room))
        return ReadMarker(entry.seq, entry.at) if entry else None

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
        """Write the markers put since the last time, together with those that other clients have written.

        If that fails, they are written by the next call.
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
                # Markers that were put meanwhile are for the next time.
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


def _read(path: Path) -> _Entries:
    """Read a file's markers; a damaged file has none, nor has one of another version.

    Raises:
        OSError: the file is there and can't be read, so it must not be replaced either.
    """
    try:
        found = _decode(read_end(path, _MOST_BYTES))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return {entry.key: entry for entry in found.marks} if found.version == _VERSION else {}


def _key(log: str, nick: str, room: str) -> tuple[str, str, str]:
    return log, _name(nick), _name(room)


def _name(name: str) -> str:
    # A server that makes up names may send what can't be written to a file.
    return name_key(name).encode("utf-8", "backslashreplace").decode()
