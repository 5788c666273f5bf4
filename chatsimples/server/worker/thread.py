"""A worker thread: reads from its clients, turns bytes into commands, and queues them in batches.

It alone reads from its sockets; it never writes to them. What it puts on the Queue it puts in the order in
which it was received, connection by connection. A full Queue stops it, and so the clients, from sending more.
"""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from chatsimples.chat import commands
from chatsimples.dialects.base import Dialect
from chatsimples.net.peers import Peer
from chatsimples.net.selector import quick_selector
from chatsimples.net.tuning import has_hung_up, was_closed
from chatsimples.server.oplog.events import log
from chatsimples.server.worker.conditions import READ, UNREAD, Condition, Timer
from chatsimples.server.worker.connection import WorkerConnection
from chatsimples.server.worker.context import Context
from chatsimples.server.worker.gate import OPEN, Gate, Verdict
from chatsimples.server.worker.ledger import Ledger
from chatsimples.server.worker.requests import Requests
from chatsimples.server.worker.timers import Timers

_READ_BYTES = 65_536
_COMMANDS_PER_BATCH = 2_048
_BYTES_PER_BATCH = 262_144
_LONGEST_WAIT = 1.0
_GATHERING = 0.0002
_LOOKS_PER_TURN = 128
_SPEAKING = Condition.SPEAKING

PassOn = Callable[[socket.socket, Peer, bytes], bool]
"""Passes a connection on with what was read of it, and tells whether there was room.

Raises OSError if nobody takes it.
"""


class Worker(threading.Thread):
    """Reads from the clients that it is given.

    Args:
        name: the thread's.
        dialects: by name.
        ledger: what clients may do in which time; the workers of a server have one together.
        put: queues a batch; blocks while the Queue is full. Tells whether its reader is busy.
        gone: is told the network of each client that has gone.
        gate: knows who may come.
        requests: decides what becomes of HTTP requests; None if they are refused.
        pass_on: takes those that are for the web process.
        clock: tells the time, in seconds that never go back.
        hung_up: tells whether a client sends nothing any more, while something of it is unread.
    """

    def __init__(
        self,
        name: str,
        dialects: Mapping[str, Dialect],
        ledger: Ledger,
        put: Callable[[bytes], bool | None],
        gone: Callable[[str], None],
        *,
        gate: Gate = OPEN,
        requests: Requests | None = None,
        pass_on: PassOn = lambda _sock, _peer, _data: False,
        clock: Callable[[], float] = time.monotonic,
        hung_up: Callable[[socket.socket], bool] = has_hung_up,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._has_hung_up = hung_up
        self._pass_on = pass_on
        self._put = put
        self._gone = gone
        self._clock = clock
        self._given: deque[tuple[int, socket.socket, Peer]] = deque()
        self._stopping = False
        self._selector = quick_selector()
        self._woken, self._wake = socket.socketpair()
        self._woken.setblocking(False)
        self._wake.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._batch: list[commands.Command] = []
        self._batch_bytes = 0
        self._reader_is_busy = False
        self._timers = Timers()
        self._gate = gate
        self._logins: list[tuple[str, int]] = []
        self._answers: deque[tuple[int, Verdict]] = deque()
        self._context = Context(
            dialects, ledger, self._timers, self._batch, _warn, gate, self.answer, self._logins, requests
        )
        self._clients: dict[int, tuple[WorkerConnection, socket.socket]] = {}
        self._unread: set[int] = set()
        self._looking_again = False
        self._doubtful: deque[int] = deque()
        self._doubted: list[int] = []
        self._look_at = 0.0

    def give(self, conn: int, sock: socket.socket, peer: Peer) -> None:
        """Hand over a client; from any thread."""
        self._given.append((conn, sock, peer))
        self._awake()

    def answer(self, conn: int, verdict: Verdict) -> None:
        """Bring back what became of a client's attempt; from any thread."""
        self._answers.append((conn, verdict))
        self._awake()

    def look_again(self) -> None:
        """End the connections of those whose addresses are banned now; from any thread."""
        self._looking_again = True
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
                self.turn(0 if self._doubtful else self._timers.wait(self._clock(), _LONGEST_WAIT))
                if self._reader_is_busy:
                    # Something waits there that comes before all that is read now: let more of it gather. A
                    # wake-up for each message would cost more than the message.
                    self._reader_is_busy = False
                    time.sleep(_GATHERING)
            self.turn(0)
        except Exception:
            try:
                log.exception("a worker has failed")
            finally:
                os._exit(1)

    def turn(self, patience: float) -> None:
        """Wait at most so many seconds, then read what is there and queue what it means."""
        events = self._selector.select(patience)
        now = self._clock()
        for key, _ in events:
            if key.data is None:
                self._welcome_given(now)
            else:
                connection, sock = key.data
                self._read(connection, sock, now)
                if len(self._batch) >= _COMMANDS_PER_BATCH or self._batch_bytes >= _BYTES_PER_BATCH:
                    self._queue()
        for conn, timer in self._timers.due(now):
            client = self._clients.get(conn)
            if client is not None:
                connection, sock = client
                if timer is Timer.PACE:
                    self._note_hang_up(connection, sock, now)
                connection.elapsed(timer, now)
                self._follow(connection, sock)
        if self._doubtful or self._doubted:
            self._look_at_doubtful(now)
        self._queue()

    def _queue(self) -> None:
        if self._batch:
            self._reader_is_busy = bool(self._put(commands.pack(self._batch)))
            self._batch.clear()
            self._batch_bytes = 0
            if self._logins:
                self._check_logins()

    def _check_logins(self) -> None:
        """Look whether an account has changed while somebody was being logged in as it.

        The gate knows of a change before it queues what that ends. So either it queues that after what was
        just queued here, or the change is known now.
        """
        for account, epoch in self._logins:
            if self._gate.epoch(account) != epoch:
                self._gate.tell_again(account)
        self._logins.clear()

    def _awake(self) -> None:
        # A full pipe means that it has been woken already.
        with suppress(BlockingIOError):
            self._wake.send(b"\0")

    def _welcome_given(self, now: float) -> None:
        with suppress(BlockingIOError):
            while self._woken.recv(4096):
                pass
        while self._given:
            conn, sock, peer = self._given.popleft()
            connection = WorkerConnection(conn, peer, self._context, now)
            client = self._clients[conn] = (connection, sock)
            self._selector.register(sock, selectors.EVENT_READ, client)
        while self._answers:
            conn, verdict = self._answers.popleft()
            if conn in self._clients:
                connection, sock = self._clients[conn]
                connection.answered(verdict, now)
                self._follow(connection, sock)

        if self._looking_again:
            self._looking_again = False
            self._doubted.clear()
            self._doubtful = deque(self._clients)

    def _look_at_doubtful(self, now: float) -> None:
        """Look whether the addresses of some connections are banned: not of all at once, as others wait."""
        if not self._doubtful:
            if now < self._look_at:
                return
            # These could not be ended before.
            self._look_at = now + _LONGEST_WAIT / 2
            self._doubtful.extend(self._doubted)
            self._doubted.clear()
        for _ in range(min(len(self._doubtful), _LOOKS_PER_TURN)):
            conn = self._doubtful.popleft()
            if conn not in self._clients:
                continue
            connection, sock = self._clients[conn]
            why = self._gate.why_banned(connection.peer.address)
            if why is None:
                continue
            if connection.banish(why):
                log.info("a connection was ended", conn=conn, address=connection.peer.address, code="banned")
                self._follow(connection, sock)
            else:
                self._doubted.append(conn)

    def _read(self, connection: WorkerConnection, sock: socket.socket, now: float) -> None:
        try:
            data = sock.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            connection.fail("timeout" if isinstance(error, TimeoutError) else "closed", now)
        else:
            if data:
                self._batch_bytes += len(data)
                connection.receive(data, now)
            elif connection.peer.tls is not None and was_closed(sock):
                # It was cut: what is unfinished is not what was meant.
                connection.fail("closed", now)
            else:
                connection.finish(now)
        if connection.condition is not _SPEAKING:
            self._follow(connection, sock)

    def _note_hang_up(self, connection: WorkerConnection, sock: socket.socket, now: float) -> None:
        """Find out of one that is not read from whether its client has hung up."""
        if connection.condition is Condition.THROTTLED and self._has_hung_up(sock):
            connection.hang_up(now)

    def _follow(self, connection: WorkerConnection, sock: socket.socket) -> None:
        """Read from a connection as its condition says, or let go of it."""
        conn = connection.conn
        reading = conn not in self._unread
        if connection.condition in READ:
            if not reading:
                self._unread.discard(conn)
                self._selector.register(sock, selectors.EVENT_READ, self._clients[conn])
            return
        if reading:
            self._selector.unregister(sock)
        if connection.condition is Condition.PASSING:
            self._try_to_pass(connection, sock)
        if connection.condition in UNREAD:
            self._unread.add(conn)
            return
        self._unread.discard(conn)
        sock.close()
        del self._clients[conn]
        self._gone(connection.peer.network)

    def _try_to_pass(self, connection: WorkerConnection, sock: socket.socket) -> None:
        """Give a connection to the web process, which alone reads from it and writes to it from then on."""
        try:
            has_room = self._pass_on(sock, connection.peer, connection.request)
        except OSError:
            connection.abandon(self._clock())
            return
        if has_room:
            connection.taken()
        else:
            connection.await_room(self._clock())


def _warn(what: str, peer: Peer) -> None:
    log.warning(what, address=peer.address)
