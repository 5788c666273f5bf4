"""The acceptor process: takes connections in and hands each to the broadcaster and to a worker thread.

The broadcaster gets the socket before the worker does: so when a client's first command arrives there, the
way to answer it is there already.
"""

from __future__ import annotations

import errno
import ipaddress
import selectors
import socket
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import msgspec

from chatsimples.dialects.base import InputLimits, new_session
from chatsimples.dialects.every import every_dialect
from chatsimples.errors import explain
from chatsimples.i18n import language, translator
from chatsimples.net.open_files import open_files_limit
from chatsimples.server import oplog
from chatsimples.server.channels import (
    END_OF_COMMANDS,
    Go,
    HandOver,
    Ready,
    Stop,
    receive_order,
    send,
)
from chatsimples.server.oplog import log
from chatsimples.server.process import be_a_child
from chatsimples.server.tasks import AcceptorTask
from chatsimples.server.worker.pacing import Pace
from chatsimples.server.worker.thread import Worker

_ACCEPTS_PER_TURN = 64
_FILES_KEPT_FREE = 64
_FILES_PER_WORKER = 3
_FEWEST_CONNECTIONS = 16
_PAUSE_WHEN_FULL = 0.25
_BEAT_EVERY = 0.5
_SWITCH_INTERVAL = 0.0005
_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def run(task: AcceptorTask) -> None:
    """Be the acceptor process, until told to stop or the supervisor is gone."""
    be_a_child("acceptor")
    oplog.configure(Path(task.settings.logs), "acceptor")
    # A worker with much to read must not keep the others waiting for the usual 5 ms: they may have a message.
    sys.setswitchinterval(_SWITCH_INTERVAL)
    try:
        Acceptor(task).run()
    except Exception:
        log.exception("the acceptor has failed")
        raise


class Acceptor:
    """Accepts, counts, and hands over."""

    def __init__(self, task: AcceptorTask) -> None:
        self._settings = task.settings
        self._listeners = task.listeners
        self._commands = task.commands
        self._hand_over = task.hand_over
        self._supervisor = task.supervisor
        self._heart = task.heart
        kept_free = _FILES_KEPT_FREE + _FILES_PER_WORKER * task.settings.workers
        self._most = max(_FEWEST_CONNECTIONS, open_files_limit() - kept_free)
        self._counting = threading.Lock()
        self._addresses: Counter[str] = Counter()
        self._clients = 0
        self._accepted = 0
        self._next_conn = 0
        self._full = False
        self._try_again_at = 0.0
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._supervisor, selectors.EVENT_READ)
        self._workers = [self._worker(number) for number in range(task.settings.workers)]

    def run(self) -> None:
        """Work until told to stop; then put the end of commands on the Queue."""
        for listener in self._listeners:
            listener.setblocking(False)
        for worker in self._workers:
            worker.start()
        send(self._supervisor, Ready())
        try:
            while self._turn():
                self._heart.beat()
        except EOFError as error:
            log.warning("the acceptor ends", why=str(error) or "the supervisor is gone")
            return
        self._finish()

    def _turn(self) -> bool:
        for key, _ in self._selector.select(_PAUSE_WHEN_FULL if self._full else _BEAT_EVERY):
            if key.fileobj is not self._supervisor:
                self._accept(key.data)
                continue
            match receive_order(self._supervisor):
                case Go(first_conn=first):
                    self._next_conn = first
                    self._open()
                case Stop():
                    return False
        if self._full and self._has_room() and time.monotonic() >= self._try_again_at:
            log.info("there is room for connections again")
            self._full = False
            self._open()
        return True

    def _open(self) -> None:
        for listener in self._listeners:
            self._selector.register(listener, selectors.EVENT_READ, listener)

    def _pause(self, why: str) -> None:
        # Who comes now waits in the kernel's queue; waiting for the listener would be a busy loop.
        if not self._full:
            log.warning("no room for more connections: they wait", why=why, connections=self._clients)
            self._full = True
            self._try_again_at = time.monotonic() + _PAUSE_WHEN_FULL
            for listener in self._listeners:
                self._selector.unregister(listener)

    def _has_room(self) -> bool:
        return self._clients < self._most

    def _accept(self, listener: socket.socket) -> None:
        accepted: list[tuple[int, socket.socket]] = []
        addresses: list[str] = []
        while len(accepted) < _ACCEPTS_PER_TURN:
            if not self._has_room():
                self._pause("open files")
                break
            try:
                sock, peer = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                break
            except OSError as error:
                if error.errno in _OUT_OF_FILES:
                    self._pause(error.strerror or str(error))
                    break
                raise
            address = str(peer[0])
            if self._admit(sock, address):
                accepted.append((self._next_conn, sock))
                addresses.append(address)
                self._next_conn += 1
        if not accepted:
            return
        try:
            HandOver.give(self._hand_over, accepted)
        except OSError:
            # The supervisor will see its death and start both of us anew.
            raise EOFError("the broadcaster is gone") from None
        for (conn, sock), address in zip(accepted, addresses, strict=True):
            self._workers[conn % len(self._workers)].give(conn, sock, address)
        self._accepted += len(accepted)

    def _admit(self, sock: socket.socket, address: str) -> bool:
        limit = self._settings.connections_per_address
        with self._counting:
            if limit and self._addresses[address] >= limit and not _is_loopback(address):
                refused = True
            else:
                refused = False
                self._addresses[address] += 1
                self._clients += 1
        if refused:
            log.info("a connection was refused", address=address, limit=limit)
            # Its dialect is not known yet; a line of JSON can be read by programs and people. Nobody else
            # writes to this socket: it has not been handed over.
            code = "too_many_connections"
            text = explain(code, {"limit": str(limit)}, translator(language(self._settings.lang)))
            answer = {"type": "error", "code": code, "text": text}
            sock.setblocking(False)
            # Closing with unread input would reset the connection and could destroy the answer.
            with suppress(OSError):
                sock.send(msgspec.json.encode(answer) + b"\n")
                sock.shutdown(socket.SHUT_WR)
                sock.recv(65_536)
            sock.close()
            return False
        self._tune(sock)
        return True

    def _tune(self, sock: socket.socket) -> None:
        """Make a socket send at once, never block, and find out when its peer has vanished."""
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        interval = int(self._settings.ping_interval)
        timeout = int(self._settings.ping_timeout)
        if not interval or not timeout:
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (
            ("TCP_KEEPIDLE", interval),
            ("TCP_KEEPALIVE", interval),  # macOS's name for it
            ("TCP_KEEPINTVL", max(1, timeout // 3)),
            ("TCP_KEEPCNT", 3),
            ("TCP_USER_TIMEOUT", (interval + timeout) * 1000),
        ):
            option = getattr(socket, name, None)
            if option is not None:
                sock.setsockopt(socket.IPPROTO_TCP, option, value)

    def _gone(self, address: str) -> None:
        with self._counting:
            self._clients -= 1
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]

    def _finish(self) -> None:
        for listener in self._listeners:
            listener.close()
        for worker in self._workers:
            worker.stop()
        log.info("accepting no more", accepted=self._accepted, connections=self._clients)
        for worker in self._workers:
            worker.join()
        self._commands.put(END_OF_COMMANDS)

    def _worker(self, number: int) -> Worker:
        settings = self._settings
        limits = msgspec.convert(settings, InputLimits, from_attributes=True)
        dialects = every_dialect(limits, translator(language(settings.lang)), new_session)
        pace = msgspec.convert(settings, Pace, from_attributes=True)
        return Worker(f"worker-{number + 1}", dialects, pace, self._commands.put, self._gone)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
