"""A connection between a client that speaks TLS and the plain side that the other processes have.

    client ◄── TLS ──► [ tls │ plain ] ◄── Unix socket pair ──► worker reads, broadcaster writes

What is read on one side is written to the other before more is read: so at most one piece a direction is
held, and whoever does not read makes the other side wait, as over TCP.

**Ends.** What the client ends with a close_notify, the plain side sees as an end of input, and it can still
be answered. One that ends without a close_notify was cut, by somebody in between perhaps: the plain side is
then *closed* (`POLLHUP`), not only ended, and whoever reads there knows that an unfinished line is not what
was meant. What the plain side ends, the client hears as a close_notify; its own is then waited for.
"""

from __future__ import annotations

import selectors
import socket
import ssl
from contextlib import suppress
from enum import Enum, auto

from chatsimples.net.peers import Peer

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_RECORD_BYTES = 16_384
_PLAIN_BYTES = 65_536
_RECORDS_PER_TURN = 4
_LATE_BYTES = 1_048_576


class Condition(Enum):
    """What a connection is."""

    OPEN = auto()
    """Both sides are there."""

    LEAVING = auto()
    """The plain side is done; the client's end is waited for."""

    FLUSHING = auto()
    """The client is gone; what it has said is still being passed on."""

    GONE = auto()
    """Nothing is left of it."""


_OPEN = Condition.OPEN


class TlsConnection:
    """A connection. It never waits: `wants_tls` and `wants_plain` tell for what the loop has to.

    Args:
        tls: the client's socket, with which hands have been shaken.
        plain: the plain side's, of which somebody has the other end. Both are owned from here on.
        peer: the client.

    Attributes:
        condition: what it is.
        since: for the loop: when it began to leave.
        waits_tls, waits_plain: for the loop: for what it waits now.
    """

    # There are ten thousand.
    __slots__ = (
        "_discarded", "_ended", "_inbound", "_outbound", "_read_needs", "_unheard", "_write_needs",
        "condition", "peer", "plain", "since", "tls", "waits_plain", "waits_tls",
    )  # fmt: skip

    def __init__(self, tls: ssl.SSLSocket, plain: socket.socket, peer: Peer) -> None:
        plain.setblocking(False)
        self.tls = tls
        self.plain = plain
        self.peer = peer
        self.condition = Condition.OPEN
        self.since = 0.0
        self.waits_tls = self.waits_plain = 0
        self._read_needs = _READ
        self._write_needs = _WRITE
        self._inbound: memoryview | None = None
        self._outbound: memoryview | None = None
        self._ended = False
        self._unheard = False
        self._discarded = 0

    # For what it waits.

    @property
    def wants_tls(self) -> int:
        """For what of the client's socket it waits; 0 for nothing."""
        if self.condition is _OPEN:
            reading = 0 if self._ended or self._inbound is not None else self._read_needs
            return reading if self._outbound is None else reading | self._write_needs
        return self._read_needs if self.condition is Condition.LEAVING else 0

    @property
    def wants_plain(self) -> int:
        """For what of the plain side it waits; 0 for nothing."""
        if self.condition is _OPEN:
            reading = _READ if self._outbound is None else 0
            return reading if self._inbound is None else reading | _WRITE
        return _WRITE if self.condition is Condition.FLUSHING else 0

    # What has become possible.

    def tls_ready(self) -> None:
        """Go on: something of what it waits for on the client's socket is there."""
        if self.condition is _OPEN:
            if self._outbound is not None:
                self._write(self._outbound)
            if self._inbound is None and not self._ended and self.condition is _OPEN:
                self._read()
        elif self.condition is Condition.LEAVING:
            self._await_end()

    def plain_ready(self) -> None:
        """Go on: something of what it waits for on the plain side is there."""
        if self._inbound is not None:
            self._pass_on(self._inbound)
        if self.condition is _OPEN and self._outbound is None:
            self._take()

    def close(self) -> None:
        """End it, whatever it is."""
        self.condition = Condition.GONE
        self._inbound = self._outbound = None
        self.tls.close()
        self.plain.close()

    # From the client.

    def _read(self) -> None:
        for _ in range(_RECORDS_PER_TURN):
            try:
                data = self.tls.recv(_RECORD_BYTES)
            except ssl.SSLWantReadError:
                self._read_needs = _READ
                return
            except ssl.SSLWantWriteError:
                self._read_needs = _WRITE
                return
            except OSError:
                self._cut()
                return
            if not data:
                self._ended = True
                self._end_input()
                return
            self._pass_on(memoryview(data))
            # OpenSSL holds at most one record: none is there of which the socket does not tell.
            if self._inbound is not None or len(data) < _RECORD_BYTES or self.condition is not _OPEN:
                return

    def _pass_on(self, data: memoryview) -> None:
        try:
            sent = self.plain.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            # Nobody reads there any more; that the plain side ends is seen where it is read.
            sent = len(data)
        if sent < len(data):
            self._inbound = data[sent:]
            return
        self._inbound = None
        if self.condition is Condition.FLUSHING:
            self.close()
        elif self._ended:
            self._end_input()

    def _end_input(self) -> None:
        if self._inbound is None:
            with suppress(OSError):
                self.plain.shutdown(socket.SHUT_WR)

    def _cut(self) -> None:
        if self._ended:
            # It has said all that it wanted to say, and now does not listen any more. The plain side stays
            # open until it is ended there: closed now, the end that was seen would look like a cut.
            self._unheard = True
            self._outbound = None
            return
        if self._inbound is None:
            self.close()
            return
        self.condition = Condition.FLUSHING
        self._outbound = None
        self.tls.close()

    # To the client.

    def _take(self) -> None:
        try:
            data = self.plain.recv(_PLAIN_BYTES)
        except BlockingIOError:
            return
        except OSError:
            # It was closed there with something unread.
            data = b""
        if not data:
            self._leave()
        elif not self._unheard:
            self._write(memoryview(data))

    def _write(self, data: memoryview) -> None:
        while True:
            try:
                sent = self.tls.send(data)
            except ssl.SSLWantWriteError:
                self._write_needs = _WRITE
                self._outbound = data
                return
            except ssl.SSLWantReadError:
                self._write_needs = _READ
                self._outbound = data
                return
            except OSError:
                self._cut()
                return
            if sent == len(data):
                self._outbound = None
                return
            data = data[sent:]

    def _leave(self) -> None:
        self.condition = Condition.LEAVING
        self._inbound = None
        self.plain.close()
        if self._unheard:
            self.close()
            return
        self._say_goodbye()

    def _say_goodbye(self) -> None:
        self._read_needs = _READ
        try:
            self.tls.unwrap()
        except ssl.SSLWantWriteError:
            self._read_needs = _WRITE
            return
        except (OSError, ValueError):
            # SSLWantReadError: said; the client's goodbye is yet to come. Any other: it can't be said.
            pass
        try:
            # From here on there is no TLS any more.
            self.tls.shutdown(socket.SHUT_WR)
        except OSError:
            self.close()

    def _await_end(self) -> None:
        if self._read_needs == _WRITE:
            self._say_goodbye()
            return
        try:
            data = self.tls.recv(_PLAIN_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        # To close with something unread would reset the connection, and could destroy what was sent last.
        self._discarded += len(data)
        if not data or self._discarded > _LATE_BYTES:
            self.close()
