"""Readers that are not like the others: slow ones, and ones that come and go.

They make trouble for the server, and are checked one by one: each receives something else.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Protocol as Shape

import msgspec

from chatsimples.loadtest.connections import check_connected, connect, new_socket
from chatsimples.loadtest.ledger import Ledger
from chatsimples.loadtest.orders import LAST_MARK
from chatsimples.loadtest.poller import Poller
from chatsimples.loadtest.protocols import VISITOR, Protocol
from chatsimples.loadtest.texts import mark

_STAY = 1.0
_TRICKLE_EVERY = 0.1
_READ_BYTES = 65_536
_LATE = 15.0


class Visited(msgspec.Struct):
    """What was wrong with what visitors received, and how many texts slow ones had not read."""

    lost: int = 0
    duplicated: int = 0
    reordered: int = 0
    damaged: int = 0
    ended: int = 0
    first: str = ""
    behind: int = 0
    reconnected: int = 0


class VisitorsTask(Shape):
    """What visitors need to know; see `chatsimples.loadtest.readers.ReadersTask`."""

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
            if visitor.sock.fileno() in self._visitors:
                self._poller.remove(visitor.sock.fileno())
                del self._visitors[visitor.sock.fileno()]

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
                self._read(visitor, max(1, int(self._task.slow_bytes * _TRICKLE_EVERY)))
            if self._coming:
                self._let_go(now)

    def stay(self) -> None:
        """Come and go no more until the next load: what is said of it would never end."""
        self._coming = False

    def finish(self, sent: Sequence[Mapping[bytes, int]]) -> Visited:
        """Tell what was wrong; they leave with their process, when nobody listens any more."""
        found = self.found
        for visitor in self._slow:
            has = sum(visitor.ledger.received.values()) if visitor.ledger is not None else 0
            found.behind += max(0, sum(sent[visitor.room].values()) - has)
        for visitor in {*self._slow, *self._visitors.values()}:
            self._sum_up(visitor)
        return found

    def _open(self, *, slow: bool) -> _Visitor:
        visitor = _Visitor(next(self._next_room), next(self._numbers), self._task.host, slow=slow)
        try:
            connect(visitor.sock, self._task.host, self._task.port)
        except ConnectionError as error:
            self._fault(visitor, str(error))
            return visitor
        self._visitors[visitor.sock.fileno()] = visitor
        self._poller.add(visitor.sock.fileno(), write=True)
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
        if not visitor.in_room:
            visitor.in_room = self._protocol.welcome in data
            if visitor.in_room and not visitor.slow:
                visitor.ledger = Ledger(midway=True)
                data = data[data.index(self._protocol.welcome) :]
        if visitor.ledger is None and visitor.in_room and visitor.slow:
            found = self._mark.search(data)
            if found is not None:
                visitor.ledger = Ledger()
                data = data[found.end() :]
        if visitor.ledger is None:
            visitor.held = data
            return
        complete = self._protocol.complete(data)
        heads = self._protocol.said.findall(data[:complete])
        if heads:
            visitor.ledger.take(heads)
        visitor.held = data[complete:]

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
        descriptor = visitor.sock.fileno()
        if self._visitors.pop(descriptor, None) is not None:
            self._poller.remove(descriptor)
        self._sum_up(visitor)
        visitor.sock.close()

    def _sum_up(self, visitor: _Visitor) -> None:
        ledger, visitor.ledger = visitor.ledger, None
        if ledger is not None:
            self.found.lost += ledger.lost
            self.found.duplicated += ledger.duplicated
            self.found.reordered += ledger.reordered
            self.found.first = self.found.first or ledger.first_fault
