"""The typed lines, kept between runs: one JSON string a line, the newest last."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
from prompt_toolkit.history import History

from chatsimples.client.storage.state_files import append, locked, read_end, replace

_KEPT = 1_000
_MOST = 2_000
_LONGEST = 64 << 10
_MOST_BYTES = 4 << 20

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(str).decode


class InputHistory(History):
    """The lines typed before, in this run and in earlier ones; the file is read at the first use.

    A file that can't be read is empty; an entry that can't be written is known in this run only. Entries over
    64 KiB and those that are no valid text are not written.

    Args:
        path: the file; it and its folder need not exist.
        kept: how many entries a trimmed file has.
        most: how many entries the file and the memory have at most; a longer file is trimmed when it is read.
    """

    def __init__(self, path: Path, kept: int = _KEPT, most: int = _MOST) -> None:
        super().__init__()
        self._path = path
        self._kept = kept
        self._most = most
        self._entries: deque[str] | None = None

    async def load(self) -> AsyncGenerator[str, None]:
        """Yield the entries, the newest first."""
        for entry in reversed(self.get_strings()):
            yield entry

    def get_strings(self) -> list[str]:
        """Return the entries, the oldest first."""
        return list(self._known())

    def append_string(self, string: str) -> None:
        """Add an entry, unless it is the same as the last one."""
        entries = self._known()
        if not entries or entries[-1] != string:
            entries.append(string)
            self.store_string(string)

    def load_history_strings(self) -> Iterable[str]:
        """Read the file's entries, the newest first, and trim the file if it has become long."""
        try:
            entries, long = self._read()
        except OSError:
            return []
        if long:
            self._trim()
        return entries[::-1]

    def store_string(self, string: str) -> None:
        """Append an entry to the file."""
        try:
            line = _encode(string)
        except UnicodeEncodeError:
            return
        if len(line) <= _LONGEST:
            with suppress(OSError), locked(self._path):
                append(self._path, line)

    def _known(self) -> deque[str]:
        # The base class fills its own list in `load` alone: an earlier entry would be lost.
        if self._entries is None:
            newest_first = list(self.load_history_strings())
            self._entries = deque(newest_first[::-1], self._most)
        return self._entries

    def _read(self) -> tuple[list[str], bool]:
        """Read the entries, oldest first, and whether the file is too long. Damaged lines are no entries."""
        data = read_end(self._path, _MOST_BYTES)
        lines = data.splitlines()
        entries = []
        for line in lines:
            # A line whose beginning the limit has cut off is damaged too.
            with suppress(ValueError):
                entries.append(_decode(line))
        return entries[-self._most :], len(lines) > self._most or len(data) == _MOST_BYTES

    def _trim(self) -> None:
        with suppress(OSError), locked(self._path) as alone:
            # Another client may be writing, or may have trimmed it.
            if alone:
                entries, long = self._read()
                if long:
                    replace(self._path, self._newest(entries))

    def _newest(self, entries: Sequence[str]) -> bytes:
        """Return the newest entries' lines: as many as are kept, and at most half the bytes that are read."""
        lines: deque[bytes] = deque()
        size = 0
        for entry in reversed(entries[-self._kept :]):
            line = _encode(entry) + b"\n"
            size += len(line)
            if size > _MOST_BYTES // 2:
                break
            lines.appendleft(line)
        return b"".join(lines)
