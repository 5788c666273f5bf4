"""One connection's way out: what it hears, what waits for it, and its socket.

The broadcaster alone writes to the socket; the worker thread that reads from it holds a duplicate. How the
bytes get there, and how the connection ends, are state machines: see `conditions`.
"""

from __future__ import annotations

import socket
from collections import deque
from contextlib import suppress
from typing import NamedTuple

from chatsimples.chat.audience import SAID, is_for_everybody, is_of_server
from chatsimples.chat.effects import Recall, Survey
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.dialects.base import Dialect
from chatsimples.server.broadcaster.conditions import (
    DELIVERIES,
    DELIVERING,
    LIFECYCLES,
    Delivery,
    DeliveryEvent,
    Lifecycle,
    LifecycleEvent,
    after,
)
from chatsimples.transcript.index.keys import EVERYBODY, MODERATORS
from chatsimples.transcript.reader import Cursor

_BUFFERS_PER_WRITE = 256
_CHUNKS_HELD = 4_096
_REPLIES_HELD = 1_048_576
_REQUESTS_HELD = 256


class Chunk(NamedTuple):
    """Bytes on their way, shared by all outlets that get the same; ``seq`` is how far they reach."""

    data: bytes
    seq: int


class Interval:
    """The seqs from ``first``, up to and with ``last`` once it has an end."""

    __slots__ = ("first", "last")

    def __init__(self, first: int) -> None:
        self.first = first
        self.last: int | None = None

    def covers(self, seq: int) -> bool:
        """Tell whether a seq is within it."""
        return self.first <= seq and (self.last is None or seq <= self.last)


class Outlet:
    """The way out to connection ``conn``.

    Args:
        conn: the connection's number.
        sock: its socket, non-blocking.
        dialect: the one in which it is written to as long as its own is not known.
        max_backlog: bytes that may wait in memory.

    Attributes:
        send: the socket's.
        echoes: whether it gets back what its own connection says.
        nick: how its client is called; empty before it is registered.
        address: that of its client, once it has opened.
        identity: its session's, once it has said hello; visitors have none.
        subscriptions: the rooms that it hears, by key, each with the interval from which on.
        former: the rooms that it has left since it was last in step, each with its interval.
        delivery, lifecycle: its conditions.
        cursor: how far it has been served from the transcript, while it catches up.
        position: the seq that what waits in memory reaches.
        waiting: how many bytes wait in memory.
        taken: how many of the bytes that waited its socket has taken, ever.
        goodbye: what is to be written when all else has been.
    """

    # Most of ten thousand have left no room, wait for nothing and ask for nothing: None costs nothing.
    __slots__ = (
        "_allowed", "_earlier", "_governed", "_offset", "_own", "_queue", "_requests", "_session",
        "_taken_before_ping", "address", "conn", "cursor", "delivery", "dialect", "echoes", "former",
        "goodbye", "identity", "lifecycle", "max_backlog", "nick", "position", "send", "sock",
        "subscriptions", "taken", "waiting",
    )  # fmt: skip

    def __init__(self, conn: int, sock: socket.socket, dialect: Dialect, max_backlog: int) -> None:
        self.conn = conn
        self.sock = sock
        self.send = sock.send
        self.dialect = dialect
        self.echoes = dialect.echoes
        self.nick = ""
        self.address = ""
        self.identity = ""
        self.max_backlog = max_backlog
        self.subscriptions: dict[str, Interval] = {}
        self.former: list[tuple[str, Interval]] | None = None
        self.delivery = Delivery.IN_STEP
        self.lifecycle = Lifecycle.OPEN
        self.cursor: Cursor | None = None
        self.position = 0
        self.waiting = 0
        self.taken = 0
        self.goodbye = b""
        self._taken_before_ping = 0
        self._allowed = max_backlog
        self._own: Interval | None = None
        self._governed: tuple[Interval, ...] = ()
        self._session: Interval | None = None
        self._earlier: tuple[int, ...] = ()
        self._requests: tuple[Recall | Survey, ...] = ()
        self._queue: deque[Chunk] | None = None
        self._offset = 0

    # What it hears.

    def arrive(self, identity: str, seq: int) -> None:
        """Note its hello: from there on it hears what is for this connection alone."""
        self.identity = identity
        self._own = Interval(seq)
        self._session = self._session or self._own

    def depart(self, seq: int) -> None:
        """Note its bye, the last record that it hears."""
        for interval in (self._own, self._session):
            if interval is not None:
                interval.last = seq
        self.govern(seq, moderates=False)

    def govern(self, seq: int, *, moderates: bool) -> None:
        """Hear from a seq on what is done to people on the whole server, or no longer than up to it."""
        governs = bool(self._governed) and self._governed[-1].last is None
        if moderates and not governs:
            self._governed += (Interval(seq),)
        elif governs and not moderates:
            self._governed[-1].last = seq

    def speak(self, dialect: Dialect) -> None:
        """Be written to in a dialect, or in another style of it, from here on."""
        self.dialect = dialect
        self.echoes = dialect.echoes

    def begin_anew(self, dialect: Dialect) -> None:
        """Speak another dialect, as somebody else: of what it heard until now it is told nothing more."""
        self.speak(dialect)
        self.nick = self.identity = ""
        self._own = self._session = None
        self._governed = self._earlier = ()
        self.go_live()

    def subscribe(self, key: str, seq: int) -> None:
        """Hear a room from a seq on."""
        if key not in self.subscriptions:
            self.subscriptions[key] = Interval(seq)

    def unsubscribe(self, key: str, seq: int) -> None:
        """Hear a room no longer than up to a seq."""
        interval = self.subscriptions.pop(key, None)
        if interval is not None:
            interval.last = seq
            if self.former is None:
                self.former = []
            self.former.append((key, interval))

    @property
    def owners(self) -> tuple[int | str, ...]:
        """Whose records it hears: connections' (numbers), its session's (identity), moderators', all's."""
        session = (self.identity,) if self.identity else ()
        moderators = (MODERATORS,) if self._governed else ()
        return self.conn, EVERYBODY, *self._earlier, *session, *moderators

    @property
    def rooms_heard(self) -> set[str]:
        """The rooms of which it hears some part: all others it does not hear at all."""
        return {*self.subscriptions, *(key for key, _ in self.former or ())}

    @property
    def intervals(self) -> list[tuple[str, Interval]]:
        """The rooms of which it hears some part, each with the seqs between which."""
        return [*self.subscriptions.items(), *(self.former or ())]

    def hears(self, record: Record) -> bool:
        """Tell whether a record is for this connection: the one rule of who receives what."""
        if record.conn == self.conn and record.type in SAID and not self._hears_itself(record):
            return False
        if record.quiet or not record.room:
            return self._is_for_it_alone(record)
        key = name_key(record.room)
        interval = self.subscriptions.get(key)
        if interval is not None and interval.covers(record.seq):
            return True
        return any(key == room and former.covers(record.seq) for room, former in self.former or ())

    def _hears_itself(self, record: Record) -> bool:
        return self.echoes or (record.to_conn == self.conn and self.dialect.tells_oneself)

    def _is_for_it_alone(self, record: Record) -> bool:
        if self.conn in (record.conn, record.to_conn, record.by_conn):
            return self._own is not None and self._own.covers(record.seq)
        if self._governed and is_of_server(record):
            return any(interval.covers(record.seq) for interval in self._governed)
        if is_for_everybody(record):
            return self._session is not None and self._session.covers(record.seq)
        if not record.to or self._session is None or not self._session.covers(record.seq):
            return False
        if self._own is not None and record.seq >= self._own.first:
            # What is for it names its connection. Logged in since, it may have left its session to another.
            return False
        # Who it was then and who it is now have no connection in common, but the session.
        if self.identity and self.identity in (record.identity, record.to_identity):
            return True
        return record.conn in self._earlier or record.to_conn in self._earlier

    # Requests for history.

    def ask(self, request: Recall | Survey) -> None:
        """Note that it wants history; see `oversteps` for one that wants too much."""
        if len(self._requests) <= _REQUESTS_HELD and self.delivery is not Delivery.BROKEN:
            self._requests += (request,)

    @property
    def asked(self) -> Recall | Survey | None:
        """Its first request for history that has not been answered."""
        return self._requests[0] if self._requests else None

    def answered(self) -> None:
        """Note that its first request has been answered."""
        self._requests = self._requests[1:]

    # How bytes get to its socket.

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do for it."""
        return not self.waiting and self.cursor is None and not self._requests

    @property
    def backlog_full(self) -> bool:
        """Whether more waits than memory is to hold."""
        return self.waiting > self.max_backlog or len(self._queue or ()) > _CHUNKS_HELD

    @property
    def oversteps(self) -> bool:
        """Whether so many replies wait unread, or so many requests unanswered, that it must be cut off."""
        return self.waiting > self._allowed + _REPLIES_HELD or len(self._requests) > _REQUESTS_HELD

    def push(self, chunk: Chunk) -> None:
        """Deliver a chunk; what the socket does not take waits."""
        sent = 0
        if not self._queue and self.delivery is not Delivery.BROKEN:
            try:
                sent = self.send(chunk.data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.fail()
        if sent != len(chunk.data):
            self.hold(chunk, sent)

    def hold(self, chunk: Chunk, sent: int) -> None:
        """Let a chunk wait of which the socket has taken ``sent`` bytes."""
        if self.delivery is Delivery.BROKEN:
            return
        if self._queue is None:
            self._queue = deque()
            self._offset = sent
            self._become(DeliveryEvent.BLOCKED)
        self._queue.append(chunk)
        self.waiting += len(chunk.data) - sent
        self.position = chunk.seq

    def flush(self) -> None:
        """Write what waits, as far as the socket takes it, in gathered writes."""
        while self._queue:
            buffers: list[bytes | memoryview] = [memoryview(self._queue[0].data)[self._offset :]]
            offered = len(buffers[0])
            for index in range(1, min(len(self._queue), _BUFFERS_PER_WRITE)):
                buffers.append(self._queue[index].data)
                offered += len(self._queue[index].data)
            try:
                sent = self.sock.sendmsg(buffers)
            except BlockingIOError:
                return
            except OSError:
                self.fail()
                return
            self.taken += sent
            self.waiting -= sent
            self._drop_sent(sent)
            if sent < offered:
                return
        if self._queue is not None:
            self._queue = None
            self._allowed = self.max_backlog
            self._become(DeliveryEvent.DRAINED)

    def resume(
        self, cursor: Cursor, rooms: tuple[str, ...], earlier: tuple[int, ...] = (), identity: str = ""
    ) -> None:
        """Serve it from the transcript: the records of rooms, and the private ones of its session.

        Args:
            cursor: its position.
            rooms: their keys.
            earlier: the connections that the session had in version 1 of the transcript.
            identity: the session's.
        """
        self.identity = identity
        self._earlier = earlier
        self._session = Interval(cursor.seq + 1)
        for key in rooms:
            self.subscriptions[key] = Interval(cursor.seq + 1)
        self._rewind(cursor)

    def fall_back(self, cursor: Cursor) -> None:
        """Serve it from the transcript from here on; what waits, be it one large batch, still goes out."""
        self._allowed = max(self.max_backlog, self.waiting)
        self._rewind(cursor)

    def go_live(self) -> None:
        """Serve it from the transcript no longer, and forget what it heard of the rooms that it has left."""
        self.cursor = None
        self.former = None
        self._become(DeliveryEvent.LIVE)
        if self._queue is None and self.delivery is Delivery.BEHIND:
            self._become(DeliveryEvent.DRAINED)

    def fail(self) -> None:
        """Give up on a socket that takes nothing more; its worker will tell of its end."""
        self.cursor = None
        self._requests = ()
        self._queue = None
        self.waiting = self._offset = 0
        self._become(DeliveryEvent.FAILED)
        self.happens(LifecycleEvent.PEER_GONE)

    def say_goodbye(self) -> None:
        """Write the last that its client is to hear, if that is due and anything is."""
        if self.goodbye and self.lifecycle in DELIVERING and self.idle:
            data, self.goodbye = self.goodbye, b""
            self.push(Chunk(data, self.position))

    def finish(self) -> None:
        """Note that all is delivered to a connection that has ended, and tell its client if it is there."""
        self.happens(LifecycleEvent.DELIVERED)
        if self.lifecycle is Lifecycle.LINGERING:
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError:
                self.fail()

    def cut(self) -> None:
        """End the connection at once, for its worker too, whose duplicate would keep it open."""
        self.fail()
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    # Signs of life, and the end.

    def note_ping(self) -> None:
        """Note that its client is asked for a sign of life."""
        self._taken_before_ping = self.taken

    @property
    def reads(self) -> bool:
        """Whether its client has taken anything that waited since it was last asked for a sign of life."""
        return self.taken > self._taken_before_ping

    def happens(self, event: LifecycleEvent) -> None:
        """Note what happens to the connection."""
        self.lifecycle = after(LIFECYCLES, self.lifecycle, event)

    def _become(self, event: DeliveryEvent) -> None:
        self.delivery = after(DELIVERIES, self.delivery, event)

    def _rewind(self, cursor: Cursor) -> None:
        self._become(DeliveryEvent.REWOUND)
        if self.delivery is Delivery.CATCHING_UP:
            self.cursor = cursor
            self.position = cursor.seq

    def _drop_sent(self, sent: int) -> None:
        sent += self._offset
        while self._queue and sent >= len(self._queue[0].data):
            sent -= len(self._queue.popleft().data)
        self._offset = sent
