"""What was said in a room, or between two people: records before or after a position, or within a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Protocol

from msgspec import structs

from chatsimples.chat.effects import HistoryEnd, Recall, Survey
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.transcript.index.keys import Keys, owner_key, room_key
from chatsimples.transcript.reader import Cursor, Line, TranscriptReader
from chatsimples.transcript.times import TimeSearch

Belongs = Callable[[Record], bool]


class HistorySearch(Protocol):
    """A search for records, in steps of bounded length.

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
    if asked.around:
        return _Around(reader, asked, max_bytes)
    if asked.newest or not (asked.at or asked.after >= 0):
        return _Backwards(reader, asked, max_bytes)
    return _Onwards(reader, asked, max_bytes)


def private_parties(own: frozenset[int | str], record: Record) -> tuple[str, str]:
    """Return the nick and the session of whoever somebody spoke with in a record; "" if it is not theirs.

    Args:
        own: by what somebody is known: connections by their numbers, a session by its identity.
        record: any.
    """
    if not record.to:
        return "", ""
    if record.conn in own or record.identity in own:
        return record.to, record.to_identity
    if record.to_conn in own or record.to_identity in own:
        return record.nick, record.identity
    return "", ""


class SeqRange:
    """Between which seqs is looked, both not among them: times are looked up first, in steps.

    Args:
        reader: of the transcript.
        asked: what is asked for.
    """

    def __init__(self, reader: TranscriptReader, asked: Recall | Survey) -> None:
        self.before = asked.before
        self.after = asked.after if isinstance(asked, Recall) else -1
        self._since = TimeSearch(reader, asked.at, asked.before) if asked.at else None
        self._until = TimeSearch(reader, asked.until, asked.before) if asked.until else None

    def step(self) -> bool:
        """Look a step further; tell whether it is known."""
        if self._since is not None:
            if self._since.step():
                self.after = max(self.after, self._since.seq - 1)
                self._since = None
        elif self._until is not None and self._until.step():
            self.before = min(self.before, self._until.seq)
            self._until = None
        return self._since is None and self._until is None


class _Answer:
    """The records of an answer: what belongs in it, and how much.

    Attributes:
        found: those that are in it.
        complete: whether there was room for all.
    """

    def __init__(self, reader: TranscriptReader, asked: Recall, max_bytes: int) -> None:
        self.found: list[Line] = []
        self.complete = True
        self._reader = reader
        self._asked = asked
        self._belongs, self._keys = _of_people(asked) if asked.to else _of_room(asked)
        self._max_bytes = max_bytes
        self._size = 0
        self._range = SeqRange(reader, asked)
        self._is_ranged = False

    def step(self) -> bool:
        """Look a step further; tell whether the search is done."""
        if not self._is_ranged:
            self._is_ranged = self._range.step()
            if not self._is_ranged:
                return False
            if self._range.after >= self._range.before - 1:
                return True
        return self._look()

    def _look(self) -> bool:
        raise NotImplementedError

    def _take(self, record: Record, line: bytes) -> None:
        if self._belongs(record):
            # One more than is given shows that there is more.
            if len(self.found) >= self._asked.limit or 0 < self._max_bytes < self._size:
                self.complete = False
                return
            self.found.append((record, line))
            self._size += len(line)


class _Backwards(_Answer):
    """The last records of a range, looked for from the newest back."""

    def __init__(self, reader: TranscriptReader, asked: Recall, max_bytes: int) -> None:
        super().__init__(reader, asked, max_bytes)
        self._older: Iterator[list[Line]] | None = None

    def _look(self) -> bool:
        if self._older is None:
            self._older = self._reader.backwards_for(self._range.before, self._keys)
        chunk = next(self._older, None)
        if chunk is not None and not self._take_all(chunk):
            return False
        self.found.reverse()
        return True

    def _take_all(self, chunk: list[Line]) -> bool:
        """Take what belongs in the answer, the newest first; tell whether nothing older does."""
        for record, line in reversed(chunk):
            if record.seq <= self._range.after:
                return True
            self._take(record, line)
            if not self.complete:
                return True
        return False

    def end(self) -> HistoryEnd:
        asked = self._asked
        before = self.found[0][0].seq if self.found else asked.before
        return HistoryEnd(asked.room, self.complete, 0 if self.complete else before, asked.id, to=asked.to)


class _Onwards(_Answer):
    """The first records of a range, the oldest first."""

    def __init__(self, reader: TranscriptReader, asked: Recall, max_bytes: int) -> None:
        super().__init__(reader, asked, max_bytes)
        self._cursor: Cursor | None = None

    def _look(self) -> bool:
        if self._cursor is None:
            self._cursor = self._reader.cursor(self._range.after)
            return False
        found = self._cursor.read_for(self._keys)
        if found is None:
            return True
        lines, first = found
        for record, line in islice(lines, first, None):
            if record.seq >= self._range.before:
                return True
            self._take(record, line)
            if not self.complete:
                return True
        return self._cursor.seq >= self._range.before - 1

    def end(self) -> HistoryEnd:
        asked = self._asked
        before = self.found[0][0].seq if asked.at and self.found else 0
        after = 0 if self.complete else self.found[-1][0].seq if self.found else self._range.after
        return HistoryEnd(asked.room, self.complete, before, asked.id, after, asked.to)


class _Around:
    """The records on both sides of a seq or a time: half of them before it."""

    def __init__(self, reader: TranscriptReader, asked: Recall, max_bytes: int) -> None:
        self.found: list[Line] = []
        self._reader = reader
        self._asked = asked
        self._max_bytes = max_bytes
        self._range = SeqRange(reader, asked)
        self._searches: list[_Backwards | _Onwards] = []
        self._done = 0

    def step(self) -> bool:
        """Look a step further; tell whether the search is done."""
        if not self._searches:
            if self._range.step():
                self._searches = self._halves()
            return False
        if not self._searches[self._done].step():
            return False
        self.found += self._searches[self._done].found
        self._done += 1
        return self._done == len(self._searches)

    def _halves(self) -> list[_Backwards | _Onwards]:
        asked, range_ = self._asked, self._range
        # A time comes before the record that it finds; a seq is that of a record.
        middle = range_.after + 1 if asked.at else max(0, range_.after)
        older = structs.replace(
            asked, before=min(middle, range_.before), limit=asked.limit // 2, at="", until="", after=-1
        )
        newer = structs.replace(
            asked,
            before=range_.before,
            limit=asked.limit - asked.limit // 2,
            at="",
            until="",
            after=middle - 1,
        )
        return [
            _Backwards(self._reader, older, self._max_bytes // 2),
            _Onwards(self._reader, newer, self._max_bytes // 2),
        ]

    def end(self) -> HistoryEnd:
        asked = self._asked
        first, last = (self.found[0][0].seq, self.found[-1][0].seq) if self.found else (0, 0)
        older, newer = (each.complete for each in self._searches)
        return HistoryEnd(
            asked.room, older and newer, 0 if older else first, asked.id, 0 if newer else last, asked.to
        )


def _of_room(asked: Recall) -> tuple[Belongs, Keys]:
    key, every = name_key(asked.room), asked.all

    def belongs(record: Record) -> bool:
        if record.type != "message" and (record.quiet or not every):
            return False
        return bool(record.room) and name_key(record.room) == key

    return belongs, frozenset([room_key(key)])


def _of_people(asked: Recall) -> tuple[Belongs, Keys]:
    own, key, peer, every = frozenset(asked.own), name_key(asked.to), asked.peer, asked.all

    def belongs(record: Record) -> bool:
        if record.type != "message" and not every:
            return False
        nick, identity = private_parties(own, record)
        return bool(nick) and (name_key(nick) == key or (bool(peer) and identity == peer))

    return belongs, frozenset(owner_key(each) for each in asked.own)
