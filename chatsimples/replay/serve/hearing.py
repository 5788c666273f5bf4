"""What one listener hears: the records of its rooms, read from the transcript at its own speed."""

from __future__ import annotations

from collections.abc import Sequence

from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.dialects.base import Dialect
from chatsimples.transcript.reader import Line, TranscriptReader

MOST_AT_ONCE = 65_536
"""Bytes of the transcript that are looked through in one go."""

# Listeners who are equally far share what was parsed last; each that is behind holds a piece of its own.
_PIECE_BYTES = 32_768


class Hearing:
    """A position in the transcript, and the rooms that are heard from there on.

    Private records are for those whom they name, and quiet ones were told to one connection alone: no
    listener is any of these.

    Args:
        reader: of the transcript.
        after: the seq after which to begin.
        dialect: in which it is told.
        rooms: their names by their keys.
    """

    def __init__(self, reader: TranscriptReader, after: int, dialect: Dialect, rooms: dict[str, str]) -> None:
        self.rooms = rooms
        self._dialect = dialect
        self._cursor = reader.cursor(after)
        self._lines: Sequence[Line] = ()
        self._index = 0

    def take(self, until: int) -> bytes:
        """Give the next records of these rooms, up to a seq, or some of them.

        Raises:
            ChatSimplesError: the transcript can't be read.
        """
        told: list[bytes] = []
        seen = 0
        while seen < MOST_AT_ONCE and not self.has_heard(until):
            if self._index == len(self._lines):
                self._lines, self._index = self._cursor.read_block(_PIECE_BYTES)
                if not self._lines:
                    # It was cut meanwhile: there is nothing to wait for.
                    self._cursor.seq = until
                continue
            record, line = self._lines[self._index]
            self._index += 1
            seen += len(line)
            if self._hears(record):
                told.append(self._dialect.render(record, line))
        return b"".join(told)

    def has_heard(self, until: int) -> bool:
        """Tell whether there is nothing left up to a seq."""
        if self._index < len(self._lines):
            return self._lines[self._index][0].seq > until
        return self._cursor.seq >= until

    def _hears(self, record: Record) -> bool:
        return bool(record.room) and not record.quiet and name_key(record.room) in self.rooms
