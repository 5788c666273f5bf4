"""Readers that are not like the others: slow ones, and ones that come and go.

They make trouble for the server, and are checked one by one: each receives something else. When the load is
over, slow ones read on: only then can be told what they were not sent.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Protocol as Shape

import msgspec

from chatsimples.loadtest.checking.ledger import Ledger
from chatsimples.loadtest.checking.stream import RoomStream
from chatsimples.loadtest.generator.orders import LAST_MARK
from chatsimples.loadtest.wire.connections import check_connected, connect, new_socket
from chatsimples.loadtest.wire.poller import Poller
from chatsimples.loadtest.wire.protocols import VISITOR, Protocol
from chatsimples.loadtest.wire.texts import mark

_STAY = 1.0
_TRICKLE_EVERY = 0.1
_READ_BYTES = 65_536
_LATE = 15.0
_CATCH_UP_BYTES = 262_144
_SILENT = 5.0
"""Seconds without anything new, after which slow readers wait no longer for the rest."""
_CATCH_UP = 50.0
"""Seconds for that in all: the load test waits 60 for what its reader processes have found."""
_LONGEST_UNIT = 1 << 20


class Visited(msgspec.Struct):
    """What was wrong with what visitors received.

    Attributes:
        ended: connections that the server ended, or did not let in.
        first: the first fault, in words.
        behind: texts that slow ones had not read when the load ended.
        reconnected: how many came, and went.
    """

    lost: int = 0
    duplicated: int = 0
    reordered: int = 0
    damaged: int = 0
    ended: int = 0
    first: str = ""
    behind: int = 0
    reconnected: int = 0


class VisitorsTask(Shape):
    """What visitors need to know; see `chatsimples.loadtest.generator.readers.ReadersTask`."""

    host: str
    port: int
    marks_tag: int
    rooms: list[int]
    first: int
    slow: int
    slow_bytes: int
    churn: float


class _Visitor:
    """One of them: in its room once it was welcomed."""

    def __init__(self, room: int, number: int, host: str, *, slow: bool) -> None:
        self.room = room
        self.number = number
        self.slow = slow
        self.sock = new_socket(host)
        self.connected = False
        self.registered = False
        self.in_room = False
        self.began = time.monotonic()
        self.held = b""
        # A slow one begins at the mark, like everybody; one that comes later, with whatever comes.
        self.ledger: Ledger | None = None
        self._poller: Poller | None = None

    @property
    def gone(self) -> bool:
        """Whether its connection is closed."""
        return self.sock.fileno() < 0

    def watch(self, poller: Poller | None, *, write: bool = False) -> None:
        """Be watched by a poller, or by none, instead of the one before."""
        if self._poller is not None:
            self._poller.remove(self.sock.fileno())
        if poller is not None:
            poller.add(self.sock.fileno(), write=write)
        self._poller = poller

    def come(self, sent: Mapping[bytes, int]) -> int:
        """Count what has come of what was sent; -1 before its ledger has begun."""
        return -1 if self.ledger is None else self.ledger.come(sent) - self.ledger.lost


class Visitors:
    """All slow readers of a process, and those that come and go.

    Args:
        task: what to do.
        protocol: how the server speaks.
        poller: told which sockets to watch; `ready` is called with what it says of them.
    """

    def __init__(self, task: VisitorsTask, protocol: Protocol, poller: Poller) -> None:
        self._task = task
        self._protocol = protocol
        self._poller = poller
        # Each goes its own way; how that is counted does not depend on the room.
        self._units = RoomStream(0, protocol, lambda _stream, _piece: None)
        self._mark = protocol.mark(mark(LAST_MARK, task.marks_tag))
        self._visitors: dict[int, _Visitor] = {}
        self._slow: list[_Visitor] = []
        self._numbers = itertools.count(task.first)
        self._next_room = itertools.cycle(sorted(set(task.rooms)) or [0])
        self._begun = False
        self._coming = False
        self._next_visit = 0.0
        self._trickle_at = 0.0
        self.found = Visited()

    def connect(self) -> None:
        """Bring the slow ones in."""
        for _ in range(self._task.slow):
            self._slow.append(self._open(slow=True))

    @property
    def all_in(self) -> bool:
        """Whether all slow ones are in their rooms."""
        return len(self._slow) == self._task.slow and all(visitor.in_room for visitor in self._slow)

    def begin(self) -> None:
        """Be slow from now on, and come and go."""
        self._begun = self._coming = True
        self._next_visit = time.monotonic()
        for visitor in self._slow:
            if self._visitors.pop(visitor.sock.fileno(), None) is not None:
                visitor.watch(None)

    def ready(self, descriptor: int) -> None:
        """Go on with one of them."""
        visitor = self._visitors.get(descriptor)
        if visitor is None:
            return
        if not visitor.connected:
            self._greet(visitor)
            return
        self._read(visitor, _READ_BYTES)

    def keep_house(self, now: float) -> None:
        """Let those come and go, and read a little, whose time it is."""
        if not self._begun:
            return
        if self._coming and self._task.churn and now >= self._next_visit:
            self._next_visit = max(self._next_visit + 1 / self._task.churn, now - 1)
            self._open(slow=False)
        if now >= self._trickle_at:
            self._trickle_at = now + _TRICKLE_EVERY
            for visitor in self._slow if self._task.slow_bytes else ():
                if not visitor.gone:
                    self._read(visitor, max(1, int(self._task.slow_bytes * _TRICKLE_EVERY)))
            if self._coming:
                self._let_go(now)

    def stay(self) -> None:
        """Come and go no more until the next load: what is said of it would never end."""
        self._coming = False

    def finish(self, sent: Sequence[Mapping[bytes, int]]) -> Visited:
        """Let slow ones read the rest, and tell what was wrong; all leave with their process.

        Args:
            sent: for each room, how many texts each sender said.
        """
        for visitor in self._slow:
            has = sum(visitor.ledger.received.values()) if visitor.ledger is not None else 0
            self.found.behind += max(0, sum(sent[visitor.room].values()) - has)
        self._catch_up(sent)
        for visitor in self._slow:
            visitor.ledger = visitor.ledger or Ledger()
            visitor.ledger.miss(sent[visitor.room])
        for visitor in {*self._slow, *self._visitors.values()}:
            self._sum_up(visitor)
        return self.found

    def _catch_up(self, sent: Sequence[Mapping[bytes, int]]) -> None:
        """Read what slow ones have not read, until they have everything or nothing new comes."""
        poller = Poller()
        waiting: dict[int, _Visitor] = {}
        for visitor in self._slow:
            if not visitor.gone and visitor.come(sent[visitor.room]) < sum(sent[visitor.room].values()):
                visitor.watch(poller)
                waiting[visitor.sock.fileno()] = visitor
        now = time.monotonic()
        end, silent_at = now + _CATCH_UP, now + _SILENT
        while waiting and now < min(end, silent_at):
            for descriptor in poller.wait(min(end, silent_at) - now):
                visitor = waiting[descriptor]
                room = sent[visitor.room]
                before = visitor.come(room)
                self._read(visitor, _CATCH_UP_BYTES)
                come = visitor.come(room)
                # Only what is due counts: whoever repeats itself would be waited for until the end.
                if come != before:
                    silent_at = time.monotonic() + _SILENT
                if visitor.gone or come >= sum(room.values()):
                    visitor.watch(None)
                    del waiting[descriptor]
            now = time.monotonic()
        for visitor in waiting.values():
            visitor.watch(None)
        poller.close()

    def _open(self, *, slow: bool) -> _Visitor:
        visitor = _Visitor(next(self._next_room), next(self._numbers), self._task.host, slow=slow)
        try:
            connect(visitor.sock, self._task.host, self._task.port)
        except ConnectionError as error:
            self._fault(visitor, str(error))
            return visitor
        self._visitors[visitor.sock.fileno()] = visitor
        visitor.watch(self._poller, write=True)
        return visitor

    def _greet(self, visitor: _Visitor) -> None:
        descriptor = visitor.sock.fileno()
        try:
            check_connected(visitor.sock, self._task.host, self._task.port)
        except ConnectionError as error:
            self._fault(visitor, str(error))
            return
        visitor.connected = True
        self._poller.change(descriptor, write=False)
        with suppress(BlockingIOError):
            visitor.sock.send(self._protocol.greeting(f"{VISITOR}{visitor.number}", visitor.room))
        visitor.registered = not self._protocol.registered
        visitor.in_room = not self._protocol.welcome
        if visitor.in_room and not visitor.slow:
            visitor.ledger = Ledger(midway=True)

    def _read(self, visitor: _Visitor, most: int) -> None:
        try:
            data = visitor.sock.recv(most)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._fault(visitor, "the server ended a connection that came and went, or was slow")
            return
        self._take(visitor, visitor.held + data)

    def _take(self, visitor: _Visitor, data: bytes) -> None:
        if not visitor.registered and self._protocol.registered in data:
            visitor.registered = True
            with suppress(OSError):
                visitor.sock.send(self._protocol.entering(visitor.room))
        visitor.in_room = visitor.in_room or self._protocol.welcome in data
        if visitor.in_room and visitor.ledger is None:
            data = self._begin_ledger(visitor, data)
        if visitor.ledger is None:
            visitor.held = data
            return
        complete = self._protocol.complete(data)
        if complete:
            self.found.damaged += self._units.take_alone(visitor.ledger, data[:complete])[1]
        visitor.held = data[complete:]
        if len(visitor.held) > _LONGEST_UNIT:
            self._damage(visitor)

    def _begin_ledger(self, visitor: _Visitor, data: bytes) -> bytes:
        """Begin a ledger if it can be; give what is still to be looked at."""
        if visitor.slow:
            found = self._mark.search(data)
            if found is None:
                return data[self._protocol.complete(data) :]
            visitor.ledger = Ledger()
            return data[found.end() :]
        # The welcome may be within a line; the rest of it is no unit.
        welcome = self._protocol.welcome
        line_end = data.find(b"\n", data.index(welcome) + len(welcome) - 1)
        if line_end < 0:
            return data
        visitor.ledger = Ledger(midway=True)
        return data[line_end + 1 :]

    def _damage(self, visitor: _Visitor) -> None:
        self.found.damaged += 1
        self.found.first = self.found.first or f"a reader got {visitor.held[:80]!r}"
        visitor.held = b""

    def _let_go(self, now: float) -> None:
        for visitor in list(self._visitors.values()):
            if visitor.slow or now - visitor.began < _STAY:
                continue
            if visitor.in_room:
                self.found.reconnected += 1
                self._remove(visitor)
            elif now - visitor.began > _LATE:
                self._fault(visitor, f"a visitor was not in its room after {_LATE:g} s")

    def _fault(self, visitor: _Visitor, why: str) -> None:
        if not self._begun:
            raise ConnectionError(why)
        self.found.ended += 1
        self.found.first = self.found.first or why
        self._remove(visitor)

    def _remove(self, visitor: _Visitor) -> None:
        self._visitors.pop(visitor.sock.fileno(), None)
        visitor.watch(None)
        visitor.sock.close()
        if not visitor.slow:
            # What a slow one lacks is known when the load is over.
            self._sum_up(visitor)

    def _sum_up(self, visitor: _Visitor) -> None:
        ledger, visitor.ledger = visitor.ledger, None
        if ledger is None:
            return
        start = self._protocol.start
        if b"\n" in visitor.held and not (visitor.held.startswith(start) or start.startswith(visitor.held)):
            self._damage(visitor)
        self.found.lost += ledger.lost
        self.found.duplicated += ledger.duplicated
        self.found.reordered += ledger.reordered
        self.found.first = self.found.first or ledger.first_fault
