"""Serving outlets from the transcript: those that catch up, and those that ask for history.

Each has its turn, and a turn is bounded: no connection delays another.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import NamedTuple

from chatsimples.chat import effects
from chatsimples.errors import ChatSimplesError
from chatsimples.server.broadcaster.block_index import BlockIndexes, keys_heard
from chatsimples.server.broadcaster.conditions import Delivery
from chatsimples.server.broadcaster.meter import Meter
from chatsimples.server.broadcaster.outlet import Chunk, Outlet
from chatsimples.server.oplog.events import log
from chatsimples.transcript.conversations import ConversationSearch
from chatsimples.transcript.history import HistorySearch, search_for
from chatsimples.transcript.reader import Cursor, Line, TranscriptReader

STEP_SECONDS = 0.002
# Of a step, which one search may take.
_SEARCH_SHARE = 0.25


class _Search(NamedTuple):
    """What an outlet has asked for; there is no search yet before its first turn."""

    outlet: Outlet
    search: HistorySearch | ConversationSearch | None = None


class CatchUp:
    """The outlets that are served from the transcript.

    Args:
        reader: of the transcript.
        max_backlog: bytes that may wait in memory for one connection.
        follow_up: is told each outlet with which something was done.
        meter: counts what is delivered.
        step_seconds: how long a step may take.

    Attributes:
        head: seq of the last record that all who are in step have been sent.
    """

    def __init__(
        self,
        reader: TranscriptReader,
        max_backlog: int,
        follow_up: Callable[[Outlet], None],
        meter: Meter,
        step_seconds: float = STEP_SECONDS,
    ) -> None:
        self.head = 0
        self._reader = reader
        self._max_waiting = max_backlog // 2
        self._follow_up = follow_up
        self._meter = meter
        self._step_seconds = step_seconds
        self._indexes = BlockIndexes()
        # In turn. Taking the first one out of a plain dict costs more with each that was there before it.
        self._reading: OrderedDict[int, Outlet] = OrderedDict()
        self._searching: OrderedDict[int, _Search] = OrderedDict()
        # Of those whose dialect merges records, what is equal of the last one that they heard.
        self._heard_last: dict[int, Hashable | None] = {}

    def cursor(self, after_seq: int) -> Cursor:
        """Return a cursor to the records after a seq."""
        return self._reader.cursor(after_seq)

    def consider(self, outlet: Outlet) -> None:
        """Take an outlet up if it can be served now."""
        if outlet.cursor is not None:
            if not outlet.waiting:
                self._reading[outlet.conn] = outlet
            return
        # Only in step: what it is sent of the past must not come before what it has yet to receive live.
        waits = outlet.asked is not None and outlet.waiting <= self._max_waiting
        if waits and outlet.conn not in self._searching:
            self._searching[outlet.conn] = _Search(outlet)

    def forget(self, outlet: Outlet) -> None:
        """Serve an outlet no longer."""
        self._reading.pop(outlet.conn, None)
        self._heard_last.pop(outlet.conn, None)
        self._searching.pop(outlet.conn, None)

    @property
    def busy(self) -> bool:
        """Whether there is something to read right now."""
        return bool(self._reading or self._searching)

    def step(self) -> None:
        """Read for a few milliseconds, for each outlet in turn."""
        until = time.monotonic() + self._step_seconds
        while self.busy:
            if self._reading:
                self._read_on(self._reading.popitem(last=False)[1])
            if self._searching:
                self._search_on(self._searching.popitem(last=False)[1])
            if time.monotonic() >= until:
                return
        # Nobody needs again what was kept for those who catch up.
        self._indexes.clear()
        self._reader.forget()

    def _read_on(self, outlet: Outlet) -> None:
        cursor = outlet.cursor
        if cursor is None:
            return
        try:
            # What it hears may change while it catches up.
            found = cursor.read_for(keys_heard(outlet))
        except ChatSimplesError as error:
            # Without the transcript it can't be served; cut, it can come back and resume.
            log.warning("a reader is cut: the transcript can't be read", conn=outlet.conn, why=str(error))
            outlet.cut()
        else:
            if found is not None:
                lines, first = found
                dialect = outlet.dialect
                render = dialect.render
                heard = self._indexes.heard_by(outlet, lines, first) if lines else lines
                if dialect.merges:
                    heard = self._merged(outlet, heard)
                data = b"".join([render(record, line) for record, line in heard])
                if data:
                    framed = bytes(dialect.frame(data))
                    self._meter.delivered(len(heard), len(framed))
                    outlet.push(Chunk(framed, cursor.seq))
            elif cursor.seq < self.head:
                log.warning("a reader is cut: a part of the transcript is missing", conn=outlet.conn)
                outlet.cut()
            else:
                # All that is in the transcript has been delivered to everybody else: it is in step again.
                self._heard_last.pop(outlet.conn, None)
                outlet.go_live()
        self._follow_up(outlet)

    def _merged(self, outlet: Outlet, heard: list[Line]) -> list[Line]:
        """Leave out what is heard as one with the record before it, be it of an earlier step."""
        kept = []
        last = self._heard_last.get(outlet.conn)
        for line in heard:
            key = outlet.dialect.merge(line[0])
            if key is None or key != last:
                kept.append(line)
            last = key
        self._heard_last[outlet.conn] = last
        return kept

    def _search(self, request: effects.Recall | effects.Survey) -> HistorySearch | ConversationSearch:
        if isinstance(request, effects.Survey):
            return ConversationSearch(self._reader, request)
        # A search takes 0 for no bound.
        return search_for(self._reader, request, max(1, self._max_waiting))

    def _search_on(self, turn: _Search) -> None:
        outlet = turn.outlet
        request = outlet.asked
        if request is None:
            return
        search = turn.search or self._search(request)
        try:
            done = _search_a_while(search, self._step_seconds * _SEARCH_SHARE)
        except ChatSimplesError as error:
            log.warning("no history: the transcript can't be read", conn=outlet.conn, why=str(error))
            outlet.cut()
        if outlet.delivery is not Delivery.BROKEN:
            if not done:
                self._searching[outlet.conn] = _Search(outlet, search)
                return
            data = _told(outlet, search)
            outlet.answered()
            self._meter.delivered(0, len(data))
            outlet.push(Chunk(data, self.head))
        self._follow_up(outlet)


def _search_a_while(search: HistorySearch | ConversationSearch, seconds: float) -> bool:
    """Search on; tell whether it is done. Most are at their first turn: so few of thousands are half done."""
    until = time.monotonic() + seconds
    while not search.step():
        if time.monotonic() >= until:
            return False
    return True


def _told(outlet: Outlet, search: HistorySearch | ConversationSearch) -> bytes:
    """Write what was found for the request of an outlet that is answered next, framed."""
    dialect, asked = outlet.dialect, outlet.asked
    if asked is not None and asked.mark:
        return dialect.recalled(asked.mark, outlet.nick, search.found, search.end())
    data = b"".join([dialect.render(record, line) for record, line in search.found])
    return bytes(dialect.frame(data)) + dialect.reply(search.end(), outlet.nick)
