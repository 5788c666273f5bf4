"""One connection's way out: what it hears, what waits for it, and its socket.

An outlet is in one of three conditions:

* *in step*: nothing waits; what is delivered goes straight to the socket;
* *behind*: the socket is full; references to what it has not taken wait in a queue, bounded by bytes;
* *catching up*: it was too far behind, or came back after a cut, and is served from the transcript, from a
  cursor; when it reaches the end of the transcript it is in step again.

The broadcaster alone writes to the socket. The worker thread that reads from it holds a duplicate.
"""

from __future__ import annotations

import socket
from collections import deque
from contextlib import suppress
from typing import NamedTuple

from chatsimples.chat.effects import Recall
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.dialects.base import Dialect
from chatsimples.transcript.reader import Cursor

_BUFFERS_PER_WRITE = 256
_CHUNKS_HELD = 4_096
_REPLIES_HELD = 1_048_576
_RECALLS_HELD = 256


class Chunk(NamedTuple):
    """Bytes on their way, shared by all outlets that get the same; ``seq`` is how far they reach."""

    data: bytes
    seq: int


class Span:
    """Which part of a room's records an outlet hears: from ``first``, up to and with ``last``."""

    __slots__ = ("first", "last")

    def __init__(self, first: int) -> None:
        self.first = first
        self.last: int | None = None

    def covers(self, seq: int) -> bool:
        """Tell whether the record with this seq is heard."""
        return self.first <= seq and (self.last is None or seq <= self.last)


class Outlet:
    """The way out to connection ``conn``.

    Args:
        conn: the connection's number.
        sock: its socket, non-blocking.
        dialect: what it speaks as long as it has not said so.
        max_backlog: bytes that may wait in memory.
    """

    __slots__ = (
        "_allowed",
        "_earlier",
        "_identity",
        "_offset",
        "_queue",
        "_queued",
        "_recalls",
        "address",
        "broken",
        "conn",
        "cursor",
        "deadline",
        "dialect",
        "ended",
        "max_backlog",
        "moved",
        "past",
        "peer_gone",
        "position",
        "recalling",
        "send",
        "sock",
        "spans",
    )  # fmt: skip

    def __init__(self, conn: int, sock: socket.socket, dialect: Dialect, max_backlog: int) -> None:
        self.conn = conn
        self.sock = sock
        self.send = sock.send
        self.dialect = dialect
        self.max_backlog = max_backlog
        self._allowed = max_backlog
        self.spans: dict[str, Span] = {}
        # Of ten thousand most have neither a past nor a queue nor a request: what is empty costs nothing.
        self.past: list[tuple[str, Span]] | None = None
        self.cursor: Cursor | None = None
        self.position = 0
        self.moved = False
        self.broken = False
        self.ended = False
        self.peer_gone = False
        self.deadline = 0.0
        self.recalling = False
        self._recalls: tuple[Recall, ...] = ()
        self._earlier: tuple[int, ...] = ()
        self._identity = ""
        self.address = ""
        self._queue: deque[Chunk] | None = None
        self._offset = 0
        self._queued = 0

    @property
    def waiting(self) -> int:
        """How many bytes wait in memory; 0 for an outlet that is in step."""
        return self._queued

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do for it."""
        return not self._queue and self.cursor is None and not self._recalls

    def feed(self, cursor: Cursor, rooms: tuple[str, ...], own: tuple[int, ...], identity: str) -> None:
        """Serve it from the transcript: the records of ``rooms``, and the private ones of its session."""
        self.cursor = cursor
        self.position = cursor.seq
        self._earlier = own
        self._identity = identity
        for key in rooms:
            self.spans[key] = Span(cursor.seq + 1)

    def enter(self, key: str, seq: int) -> None:
        """Hear a room from a seq on."""
        if key not in self.spans:
            self.spans[key] = Span(seq)

    def leave(self, key: str, seq: int) -> None:
        """Hear a room up to a seq."""
        span = self.spans.pop(key, None)
        if span is not None:
            span.last = seq
            if self.past is None:
                self.past = []
            self.past.append((key, span))

    def ask(self, recall: Recall) -> None:
        """Note that it wants history; more than it may ask for makes it `deaf`."""
        if len(self._recalls) <= _RECALLS_HELD:
            self._recalls += (recall,)

    @property
    def asked(self) -> Recall | None:
        """Its first request for history that has not been answered."""
        return self._recalls[0] if self._recalls else None

    def answered(self) -> None:
        """Note that its first request has been answered."""
        self._recalls = self._recalls[1:]

    @property
    def owners(self) -> tuple[int | str, ...]:
        """The connections and the session whose own records it hears wherever they are."""
        session = (self._identity,) if self._identity else ()
        return self.conn, *self._earlier, *session

    @property
    def rooms_heard(self) -> set[str]:
        """The rooms of which it hears some part: all others it does not hear at all."""
        return {*self.spans, *(key for key, _ in self.past or ())}

    def _is_own(self, conn: int) -> bool:
        return conn == self.conn or conn in self._earlier

    def hears(self, record: Record) -> bool:
        """Tell whether a record is for this connection: the one rule of who receives what."""
        if record.type == "message":
            if not self.dialect.echoes and self._is_own(record.conn):
                return False
            if record.to:
                return self._is_ours(record)
        elif record.quiet or not record.room:
            return record.conn == self.conn
        key = name_key(record.room)
        span = self.spans.get(key)
        if span is not None and span.covers(record.seq):
            return True
        return any(key == room and past.covers(record.seq) for room, past in self.past or ())

    def _is_ours(self, record: Record) -> bool:
        """Tell whether a private message is from or to its session."""
        identity = self._identity
        if identity and identity in (record.identity, record.to_identity):
            return True
        return self._is_own(record.conn) or self._is_own(record.to_conn)

    def push(self, chunk: Chunk, sent: int = 0) -> None:
        """Deliver a chunk of which ``sent`` bytes have gone already; what the socket does not take waits."""
        if self.broken:
            return
        if not self._queue:
            sent = sent or self._try_send(chunk.data)
            if sent == len(chunk.data) or self.broken:
                return
            self._offset = sent
        if self._queue is None:
            self._queue = deque()
        self._queue.append(chunk)
        self._queued += len(chunk.data) - sent
        self.position = chunk.seq

    @property
    def overfull(self) -> bool:
        """Whether more waits than memory is to hold."""
        return self._queued > self.max_backlog or len(self._queue or ()) > _CHUNKS_HELD

    @property
    def deaf(self) -> bool:
        """Whether it has so many unread replies that it must be cut."""
        return self._queued > self._allowed + _REPLIES_HELD or len(self._recalls) > _RECALLS_HELD

    def catch_up(self, cursor: Cursor) -> None:
        """Be served from the transcript from here on; what waits, be it one large batch, still goes out."""
        self.cursor = cursor
        self._allowed = max(self.max_backlog, self._queued)

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
                self.drop()
                return
            self.moved = True
            self._queued -= sent
            self._take_off(sent)
            if sent < offered:
                return
        self._queue = None
        self._allowed = self.max_backlog

    def drop(self) -> None:
        """Give up on a socket that is gone; its worker will tell of its end."""
        self.broken = True
        self.cursor = None
        self._recalls = ()
        self._queue = None
        self._queued = self._offset = 0

    def cut(self) -> None:
        """End the connection at once, for its worker too, whose duplicate would keep it open."""
        self.drop()
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def _try_send(self, data: bytes) -> int:
        try:
            return self.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.drop()
            return 0

    def _take_off(self, sent: int) -> None:
        sent += self._offset
        while self._queue and sent >= len(self._queue[0].data):
            sent -= len(self._queue.popleft().data)
        self._offset = sent
