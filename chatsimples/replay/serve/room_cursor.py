"""A position in the transcript from which the records of some rooms are read, as a dialect tells them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.dialects.base import Dialect
from chatsimples.transcript.reader import Line, TranscriptReader

BYTES_AT_ONCE = 65_536
"""How much of the transcript is looked through at a time."""

# Listeners who are equally far share what was parsed last; each that is behind holds a block of its own.
_BLOCK_BYTES = 32_768


class RoomCursor:
    """A cursor that gives what all members of its rooms were told.

    Private records are for those whom they name, and quiet ones were told to one connection alone: no
    listener is any of these.

    Args:
        reader: of the transcript.
        after: the seq after which to begin.
        dialect: in which it is told.
        rooms: their names by their keys; they may change on the way.
    """

    def __init__(self, reader: TranscriptReader, after: int, dialect: Dialect, rooms: dict[str, str]) -> None:
        self.rooms = rooms
        self._dialect = dialect
        self._cursor = reader.cursor(after)
        self._lines: Sequence[Line] = ()
        self._index = 0
        # What is equal of the last one that was given, in a dialect in which several are heard as one.
        self._last: Hashable | None = None

    def read(self, until: int, max_bytes: int = BYTES_AT_ONCE) -> bytes:
        """Give the next records up to a seq, or some of them.

        Args:
            until: the seq.
            max_bytes: how much of the transcript to look through.

        Raises:
            ChatSimplesError: the transcript can't be read.
        """
        told: list[bytes] = []
        seen = 0
        while seen < max_bytes and not self.has_reached(until):
            if self._index == len(self._lines):
                self._lines, self._index = self._cursor.read_block(_BLOCK_BYTES)
                if not self._lines:
                    # It was cut meanwhile: there is nothing to wait for.
                    self._cursor.seq = until
                continue
            record, line = self._lines[self._index]
            self._index += 1
            seen += len(line)
            if self._gives(record) and not self._is_known(record):
                told.append(self._dialect.render(record, line))
        return b"".join(told)

    def has_reached(self, until: int) -> bool:
        """Tell whether there is nothing left up to a seq."""
        if self._index < len(self._lines):
            return self._lines[self._index][0].seq > until
        return self._cursor.seq >= until

    def _is_known(self, record: Record) -> bool:
        """Tell whether it is heard as one with the one before."""
        if not self._dialect.merges:
            return False
        last, self._last = self._last, self._dialect.merge(record)
        return self._last is not None and self._last == last

    def _gives(self, record: Record) -> bool:
        return bool(record.room) and not record.quiet and name_key(record.room) in self.rooms
