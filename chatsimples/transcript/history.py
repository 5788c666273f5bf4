"""The history of a room: some of its records before or after a position, or from a time on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Protocol

from chatsimples.chat.effects import HistoryEnd, Recall
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.transcript.index.keys import room_key
from chatsimples.transcript.reader import Cursor, Line, TranscriptReader
from chatsimples.transcript.times import TimeSearch


class HistorySearch(Protocol):
    """A search for records of a room, in steps of bounded length.

    Attributes:
        found: the records so far; in order of seq when the search is done.
    """

    found: list[Line]

    def step(self) -> bool:
        """Look a step further; tell whether the search is done.

        Raises:
            ChatSimplesError: the transcript can't be read.
        """

    def end(self) -> HistoryEnd:
        """Return the end of the answer, once the search is done."""


def search_for(reader: TranscriptReader, asked: Recall, max_bytes: int = 0) -> HistorySearch:
    """Return the search for what is asked for.

    Args:
        reader: of the transcript.
        asked: what is asked for.
        max_bytes: nothing more is added once the lines are longer than this together; 0 for no bound.
    """
    if asked.at or asked.after >= 0:
        return _Onwards(reader, asked, max_bytes)
    return _Backwards(reader, asked, max_bytes)


class _Answer:
    """The records of an answer: what belongs in it, and how much.

    Attributes:
        found: those that are in it.
        complete: whether there was room for all.
    """

    def __init__(self, asked: Recall, max_bytes: int) -> None:
        self.found: list[Line] = []
        self.complete = True
        self._asked = asked
        self._key = name_key(asked.room)
        self._max_bytes = max_bytes
        self._size = 0

    def _take(self, record: Record, line: bytes) -> None:
        if self._belongs(record):
            # One more than is given shows that there is more.
            if len(self.found) >= self._asked.limit or 0 < self._max_bytes < self._size:
                self.complete = False
                return
            self.found.append((record, line))
            self._size += len(line)

    def _belongs(self, record: Record) -> bool:
        if record.type != "message" and (record.quiet or not self._asked.all):
            return False
        return bool(record.room) and name_key(record.room) == self._key


class _Backwards(_Answer):
    """The last records before a seq, looked for from the newest back."""

    def __init__(self, reader: TranscriptReader, asked: Recall, max_bytes: int) -> None:
        super().__init__(asked, max_bytes)
        keys = frozenset([room_key(self._key)])
        self._older: Iterator[list[Line]] = reader.backwards_for(asked.before, keys)

    def step(self) -> bool:
        chunk = next(self._older, None)
        for record, line in reversed(chunk or ()):
            self._take(record, line)
            if not self.complete:
                break
        if chunk is not None and self.complete:
            return False
        self.found.reverse()
        return True

    def end(self) -> HistoryEnd:
        asked = self._asked
        before = self.found[0][0].seq if self.found else asked.before
        return HistoryEnd(asked.room, self.complete, 0 if self.complete else before, asked.id)


class _Onwards(_Answer):
    """The first records after a seq or from a time on, the oldest first."""

    def __init__(self, reader: TranscriptReader, asked: Recall, max_bytes: int) -> None:
        super().__init__(asked, max_bytes)
        self._reader = reader
        self._keys = frozenset([room_key(self._key)])
        self._time = TimeSearch(reader, asked.at, asked.before) if asked.at else None
        self._after = asked.after
        self._cursor: Cursor | None = None

    def step(self) -> bool:
        if self._cursor is None:
            return self._begin()
        found = self._cursor.read_for(self._keys)
        if found is None:
            return True
        lines, first = found
        for record, line in islice(lines, first, None):
            if record.seq >= self._asked.before:
                return True
            self._take(record, line)
            if not self.complete:
                return True
        return self._cursor.seq >= self._asked.before - 1

    def end(self) -> HistoryEnd:
        asked = self._asked
        before = self.found[0][0].seq if asked.at and self.found else 0
        after = self.found[-1][0].seq if self.found else self._after
        return HistoryEnd(asked.room, self.complete, before, asked.id, 0 if self.complete else after)

    def _begin(self) -> bool:
        """Find where to begin; tell whether there can be nothing from there on."""
        if self._time is not None:
            if not self._time.step():
                return False
            self._after = self._time.seq - 1
        self._cursor = self._reader.cursor(self._after)
        return self._after >= self._asked.before - 1
