"""A worker thread: reads from its clients, turns bytes into commands, and queues them in batches.

It alone reads from its sockets; it never writes to them. What it puts on the Queue it puts in the order in
which it was received, connection by connection. A full Queue stops it, and so the clients, from sending more.
"""

from __future__ import annotations

import heapq
import itertools
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import msgspec

from chatsimples.chat import commands
from chatsimples.dialects.base import PAUSE_ENDS_MESSAGE, Dialect, Parser
from chatsimples.dialects.negotiation import SILENCE_DECIDES, Negotiation
from chatsimples.server.oplog import log

_READ_BYTES = 65_536
_COMMANDS_PER_BATCH = 2_048
_COMMANDS_PER_READ = 65_536
_LONGEST_WAIT = 1.0
_UNHEARD_BYTES = 1_048_576


class Pace(msgspec.Struct, frozen=True):
    """What a client may do in which time; 0 switches a bound off. Commands a second, commands, seconds."""

    message_rate: float
    message_burst: int
    flood_timeout: float
    registration_timeout: float
    ping_interval: float
    ping_timeout: float


class _Client:
    """A connection as its worker sees it."""

    __slots__ = (
        "address", "allowance", "allowed_at", "conn", "deaf", "flooding_since", "heard", "negotiation",
        "parser", "pause_at", "pinged", "registered", "sock", "throttled", "unheard", "waited_for",
    )  # fmt: skip

    def __init__(self, conn: int, sock: socket.socket, address: str, now: float, burst: float) -> None:
        self.conn = conn
        self.sock = sock
        self.address = address
        self.negotiation: Negotiation | None = None
        self.parser: Parser | None = None
        self.waited_for = False
        self.deaf = False
        self.unheard = 0
        self.registered = False
        self.heard = now
        self.pinged = False
        self.pause_at = 0.0
        self.allowance = burst
        self.allowed_at = now
        self.throttled = False
        self.flooding_since = 0.0


Timer = Callable[[_Client, float], None]


class Worker(threading.Thread):
    """Reads from the clients that it is given.

    Args:
        name: the thread's.
        dialects: by name.
        pace: what clients may do in which time.
        put: queues a batch; blocks while the Queue is full.
        gone: is told the address of each client that has gone.
    """

    def __init__(
        self,
        name: str,
        dialects: dict[str, Dialect],
        pace: Pace,
        put: Callable[[bytes], None],
        gone: Callable[[str], None],
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._dialects = dialects
        self._pace = pace
        self._burst = max(float(pace.message_burst), 1.0)
        self._put = put
        self._gone = gone
        self._given: deque[tuple[int, socket.socket, str]] = deque()
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = socket.socketpair()
        self._woken.setblocking(False)
        self._wake.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._clients: dict[int, _Client] = {}
        self._timers: list[tuple[float, int, int, Timer]] = []
        self._order = itertools.count()
        self._batch: list[commands.Command] = []

    def give(self, conn: int, sock: socket.socket, address: str) -> None:
        """Hand over a client; from any thread."""
        self._given.append((conn, sock, address))
        self._awake()

    def stop(self) -> None:
        """Read once more what has come, then end; from any thread."""
        self._stopping = True
        self._awake()

    def run(self) -> None:
        """Read, note what time has brought, queue: until stopped.

        A fault of the program ends the process: half an acceptor would leave clients unheard, a dead one is
        replaced.
        """
        try:
            while not self._stopping:
                self._turn(self._patience())
            self._turn(0)
        except Exception:
            try:
                log.exception("a worker has failed")
            finally:
                os._exit(1)

    def _turn(self, patience: float) -> None:
        events = self._selector.select(patience)
        now = time.monotonic()
        for key, _ in events:
            if key.data is None:
                self._welcome_given(now)
            else:
                self._read(key.data, now)
                if len(self._batch) >= _COMMANDS_PER_BATCH:
                    self._queue()
        self._run_timers(now)
        self._queue()

    def _queue(self) -> None:
        if self._batch:
            self._put(commands.pack(self._batch))
            self._batch.clear()

    def _awake(self) -> None:
        # A full pipe means that it has been woken already.
        with suppress(BlockingIOError):
            self._wake.send(b"\0")

    def _welcome_given(self, now: float) -> None:
        with suppress(BlockingIOError):
            while self._woken.recv(4096):
                pass
        while self._given:
            conn, sock, address = self._given.popleft()
            client = self._clients[conn] = _Client(conn, sock, address, now, self._burst)
            client.negotiation = Negotiation(self._dialects, conn)
            self._selector.register(sock, selectors.EVENT_READ, client)
            self._await_dialect(client, now)

    def _read(self, client: _Client, now: float) -> None:
        try:
            data = client.sock.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(client, "timeout" if isinstance(error, TimeoutError) else "closed")
            return
        if not data:
            if client.negotiation is not None:
                self._negotiated(client, client.negotiation, begins=client.negotiation.end())
            if client.parser is not None and not client.deaf:
                self._take(client, now)
                self._batch += client.parser.end()
            self._end(client, "closed")
            return
        client.heard = now
        client.pinged = False
        if client.deaf:
            client.unheard += len(data)
            if client.unheard > _UNHEARD_BYTES:
                self._end(client, "closed")
            return
        if client.negotiation is not None:
            self._negotiated(client, client.negotiation, begins=client.negotiation.feed(data))
        elif client.parser is not None:
            client.parser.feed(data)
        if client.negotiation is not None:
            self._await_dialect(client, now)
        else:
            self._take(client, now)
            self._await_pause(client, now)

    # Which dialect.

    def _negotiated(self, client: _Client, negotiation: Negotiation, *, begins: bool) -> bool:
        client.parser = negotiation.parser
        if begins and negotiation.dialect is not None:
            self._speak(client, negotiation.dialect)
        if negotiation.settled:
            client.negotiation = None
        return negotiation.settled

    def _await_dialect(self, client: _Client, now: float) -> None:
        if not client.waited_for:
            client.waited_for = True
            self._at(now + SILENCE_DECIDES, client, self._silence_decides)

    def _silence_decides(self, client: _Client, now: float) -> None:
        client.waited_for = False
        if client.negotiation is None:
            return
        if now - client.heard < SILENCE_DECIDES:
            client.waited_for = True
            self._at(client.heard + SILENCE_DECIDES, client, self._silence_decides)
            return
        if self._negotiated(client, client.negotiation, begins=client.negotiation.pause()):
            self._take(client, now)
            self._await_pause(client, now)

    def _speak(self, client: _Client, dialect: Dialect) -> None:
        visitor = not dialect.registers
        self._batch.append(commands.Open(client.conn, dialect.name, client.address, visitor))
        if dialect.registers and self._pace.registration_timeout:
            self._at(time.monotonic() + self._pace.registration_timeout, client, self._unregistered)
        if dialect.is_pinged and self._pace.ping_interval:
            self._at(time.monotonic() + self._pace.ping_interval, client, self._silent)

    # What a client says, at its pace.

    def _take(self, client: _Client, now: float) -> None:
        if client.parser is None:
            return
        limit = self._allowed(client, now)
        taken = client.parser.take(limit)
        self._batch += taken
        if taken and isinstance(taken[-1], commands.Fault) and taken[-1].fatal:
            self._deafen(client)
            return
        if not client.registered and any(isinstance(each, commands.Hello) for each in taken):
            client.registered = True
        if self._pace.message_rate:
            client.allowance -= len(taken)
            self._throttle(client, now, throttled=len(taken) >= limit)

    def _allowed(self, client: _Client, now: float) -> int:
        if not self._pace.message_rate or not self._pace.message_burst:
            return _COMMANDS_PER_READ
        earned = (now - client.allowed_at) * self._pace.message_rate
        client.allowance = min(self._burst, client.allowance + earned)
        client.allowed_at = now
        return int(client.allowance)

    def _throttle(self, client: _Client, now: float, *, throttled: bool) -> None:
        if not throttled:
            client.flooding_since = 0.0
        elif not client.flooding_since:
            client.flooding_since = now
        if throttled != client.throttled:
            client.throttled = throttled
            if throttled:
                self._selector.unregister(client.sock)
            else:
                self._selector.register(client.sock, selectors.EVENT_READ, client)
        if throttled:
            wait = (1.0 - min(client.allowance, 1.0)) / self._pace.message_rate
            self._at(now + max(wait, 0.001), client, self._unthrottle)

    def _unthrottle(self, client: _Client, now: float) -> None:
        if client.deaf:
            return
        client.heard = now
        since = client.flooding_since
        if since and 0 < self._pace.flood_timeout < now - since:
            detail = {"rate": f"{self._pace.message_rate:g}"}
            self._batch.append(commands.Fault(client.conn, "flood", detail, fatal=True))
            self._deafen(client)
            return
        self._take(client, now)
        self._await_pause(client, now)

    def _await_pause(self, client: _Client, now: float) -> None:
        if client.parser is not None and client.parser.awaits_pause:
            if not client.pause_at:
                self._at(now + PAUSE_ENDS_MESSAGE, client, self._paused)
            client.pause_at = now + PAUSE_ENDS_MESSAGE

    def _paused(self, client: _Client, now: float) -> None:
        if client.parser is None or client.deaf:
            return
        if now < client.pause_at:
            self._at(client.pause_at, client, self._paused)
            return
        client.pause_at = 0.0
        taken = client.parser.pause()
        self._batch += taken
        if self._pace.message_rate and self._pace.message_burst:
            self._allowed(client, now)
            client.allowance -= len(taken)
            if client.allowance < 1 and not client.throttled:
                self._throttle(client, now, throttled=True)
        self._await_pause(client, now)

    # Silence and the end.

    def _unregistered(self, client: _Client, _: float) -> None:
        if not client.registered and not client.deaf:
            detail = {"seconds": f"{self._pace.registration_timeout:g}"}
            self._batch.append(commands.Fault(client.conn, "registration_timeout", detail, fatal=True))
            self._deafen(client)

    def _silent(self, client: _Client, now: float) -> None:
        silence = now - client.heard
        if silence < self._pace.ping_interval:
            self._at(client.heard + self._pace.ping_interval, client, self._silent)
            return
        self._batch.append(commands.Silent(client.conn, int(silence), client.pinged))
        client.pinged = bool(self._pace.ping_timeout)
        self._at(now + (self._pace.ping_timeout or self._pace.ping_interval), client, self._silent)

    def _deafen(self, client: _Client) -> None:
        """Read on, so that the end is seen, but understand nothing any more."""
        client.deaf = True
        if client.throttled:
            client.throttled = False
            self._selector.register(client.sock, selectors.EVENT_READ, client)

    def _end(self, client: _Client, reason: str) -> None:
        self._batch.append(commands.Close(client.conn, reason))
        if not client.throttled:
            self._selector.unregister(client.sock)
        client.sock.close()
        del self._clients[client.conn]
        self._gone(client.address)

    # Timers.

    def _at(self, when: float, client: _Client, what: Timer) -> None:
        heapq.heappush(self._timers, (when, next(self._order), client.conn, what))

    def _patience(self) -> float:
        if not self._timers:
            return _LONGEST_WAIT
        return min(_LONGEST_WAIT, max(0.0, self._timers[0][0] - time.monotonic()))

    def _run_timers(self, now: float) -> None:
        while self._timers and self._timers[0][0] <= now:
            _, _, conn, what = heapq.heappop(self._timers)
            client = self._clients.get(conn)
            if client is not None:
                what(client, now)
