"""The connections of a chat that is done again: what each sends, and what it hears."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import struct
import time
from collections import deque
from contextlib import suppress
from typing import Any

import msgspec

from chatsimples.chat import commands
from chatsimples.errors import ChatSimplesError, UntrustedError
from chatsimples.i18n import N_, Translate
from chatsimples.net.tls_stream import TlsStream
from chatsimples.net.trust import Tls

RECEIVE_BUFFER = 8_192
SEGMENT_BYTES = 1_400
"""What the kernels hold for who is not listened to is small: bytes to be received, and bytes in a packet, by
which the sender's side is measured. The server then soon need not send each record to each of them, and
serves them from its transcript should they be read again: with fifty people in a room, half of its work."""

TURN_SECONDS = 0.05
"""How long a connection is waited for at a time."""

LOOKS = 150
"""How often it is looked whether something has come before it is slept on. A record takes some 0.2 ms to
come, and to be woken is a good part of that: this makes a quarter more records a second."""

_READ_BYTES = 1 << 16
_TURN = struct.pack("@ll", 0, int(TURN_SECONDS * 1_000_000))
_PING = b'{"type":"ping"'
PONG = b'{"type":"pong"}\n'
"""A sign of life, asked for or not."""

_encode = msgspec.json.Encoder().encode


class EndedError(Exception):
    """The server has ended a connection."""


class Participant:
    """A connection to the server, in place of a recorded one.

    Args:
        sock: connected.
        visitor: whether it speaks plain text; others speak JSON, and hear records.
        tls: what its bytes go through, hands being shaken; None without TLS.

    Attributes:
        lines: complete lines that were received and not looked at yet, without their ends.
        ended: whether the server has ended the connection.
        silent: whether it is a visitor that must not say anything yet.
        registered: whether its hello was answered by a welcome.
    """

    def __init__(self, sock: socket.socket, *, visitor: bool, tls: TlsStream | None = None) -> None:
        self.sock = sock
        self._tls = tls
        self.visitor = visitor
        self.lines: deque[bytes] = deque()
        self.ended = False
        self.silent = False
        self.registered = False
        self._rest = b""
        self._sending = False
        self._owes_pong = False
        if tls is not None:
            # What came with the end of the handshake.
            self._split(tls.read())

    def send(self, data: bytes) -> None:
        """Send all of it, reading meanwhile what comes if the server does not take more before.

        Raises:
            EndedError: the connection has ended.
        """
        self._send_all(self._tls.write(data) if self._tls is not None else data)
        while self._owes_pong:
            self._owes_pong = False
            self._send_all(self._tls.write(PONG) if self._tls is not None else PONG)

    def _send_all(self, data: bytes) -> None:
        # A ping that is read meanwhile is answered behind it, and not in its middle.
        self._sending = True
        try:
            sent = self._send_some(data)
            while sent < len(data):
                self.drain()
                sent += self._send_some(data[sent:])
        finally:
            self._sending = False

    def next_line(self, deadline: float) -> bytes | None:
        """Return the next line; None if none has come when the deadline (`time.monotonic`) has passed.

        It waits `TURN_SECONDS` at a time, and so that much longer at most.

        Raises:
            EndedError: the connection ends first.
        """
        looks = LOOKS
        while not self.lines:
            try:
                self._take(self.sock.recv(_READ_BYTES, socket.MSG_DONTWAIT if looks else 0))
            except BlockingIOError:
                if looks:
                    looks -= 1
                    continue
                if time.monotonic() >= deadline:
                    return None
            except OSError as error:
                raise EndedError(error.strerror) from error
            if self.ended and not self.lines:
                raise EndedError("")
        return self.lines.popleft()

    def drain(self) -> None:
        """Take in what is there, without waiting. A connection that has ended is found by who needs it."""
        with suppress(OSError):
            while not self.ended:
                data = self.sock.recv(_READ_BYTES, socket.MSG_DONTWAIT)
                self._take(data)
                if len(data) < _READ_BYTES:
                    return

    def forget(self) -> None:
        """Drop the lines that were received so far."""
        self.lines.clear()

    def finish_sending(self) -> None:
        """Send the end of the stream: nothing more is said."""
        with suppress(OSError):
            self._say_the_end()
            self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            self._say_the_end()
        self.sock.close()

    def _say_the_end(self) -> None:
        if self._tls is not None:
            self.sock.send(self._tls.end())

    def _send_some(self, data: bytes) -> int:
        try:
            return self.sock.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise EndedError(error.strerror) from error

    def _take(self, data: bytes) -> None:
        if not data:
            self.ended = True
            return
        if self._tls is not None:
            data = self._tls.read(data)
            self.ended = self._tls.ended
        self._split(data)

    def _split(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.lines += lines
        if not self.visitor and _PING in data:
            if self._sending:
                self._owes_pong = True
                return
            # One that has ended is found when it is needed.
            with suppress(EndedError):
                self.send(PONG)


def connect(
    host: str,
    port: int,
    patience: float,
    translate: Translate,
    *,
    visitor: bool = False,
    tls: Tls | None = None,
) -> Participant:
    """Open a connection, at the first of the host's addresses where that can be done.

    Args:
        host: the server's.
        port: the server's.
        patience: seconds in which it must be connected and, by TLS, have shaken hands.
        translate: for the errors.
        visitor: it speaks plain text.
        tls: whom it trusts; None for a connection without TLS.

    Raises:
        ChatSimplesError: there is no server, or it can't be reached, or it is not one that is trusted.
    """
    failure: OSError | None = None
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            try:
                sock = _connected(socket.socket(family, kind, protocol), address, patience)
                stream = _shaken(sock, tls, host, patience) if tls is not None else None
                _wait_in_turns(sock)
                return Participant(sock, visitor=visitor, tls=stream)
            except (UntrustedError, ssl.SSLError) as error:
                safe = translate(N_("no safe connection to {address}: {why}"))
                told = tls.why(error, host) if tls is not None and isinstance(error, ssl.SSLError) else error
                raise ChatSimplesError(safe.format(address=f"{host}:{port}", why=told)) from None
            except OSError as error:
                failure = failure or error
    except OSError as error:
        failure = error
    text = translate(N_("no server can be reached at {host}:{port}: {why}"))
    why = failure.strerror or failure if failure else ""
    raise ChatSimplesError(text.format(host=host, port=port, why=why)) from None


def _connected(sock: socket.socket, address: tuple[Any, ...], patience: float) -> socket.socket:
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
        sock.settimeout(patience)
        sock.connect(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        sock.close()
        raise
    return sock


def _shaken(sock: socket.socket, tls: Tls, host: str, patience: float) -> TlsStream:
    stream = TlsStream(tls, host)
    until = time.monotonic() + patience
    try:
        sock.sendall(stream.shake())
        while not stream.ready:
            sock.settimeout(max(0.001, until - time.monotonic()))
            received = sock.recv(_READ_BYTES)
            if not received:
                raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
            sock.sendall(stream.shake(received))
    except (OSError, UntrustedError):
        sock.close()
        raise
    return stream


def _wait_in_turns(sock: socket.socket) -> None:
    """Let a socket wait a turn at a time, by the kernel's own timeouts."""
    # To wait costs no further call, and MSG_DONTWAIT still does not wait.
    sock.settimeout(None)
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        sock.setsockopt(socket.SOL_SOCKET, option, _TURN)


def request(command: commands.Command, *, visitor: bool, session: str = "") -> bytes:
    """Write what a client sends for a command.

    Args:
        command: one that it can give.
        visitor: whether it speaks plain text; others speak JSON, and hear records.
        session: the secret, for a hello.
    """
    return _text(command) if visitor else _json(command, session)


def _json(command: commands.Command, session: str) -> bytes:
    match command:
        case commands.Say():
            kind = "message" if command.text else "tags"
            fields = {"type": kind, "text": command.text, **_said(command)}
        case commands.Lines():
            lines = [{"text": each.text, "joined": each.joined} for each in command.lines]
            fields = {"type": "message", "lines": lines, **_said(command)}
        case commands.Away():
            fields = {"type": "away", "text": command.text, "id": command.id}
        case commands.SetName():
            fields = {"type": "setname", "realname": command.realname, "id": command.id}
        case commands.Join():
            fields = {"type": "join", "room": command.room, "id": command.id}
        case commands.Leave():
            fields = {"type": "leave", "room": command.room, "text": command.text, "id": command.id}
        case commands.Rename():
            fields = {"type": "nick", "nick": command.nick, "id": command.id}
        case commands.Hello():
            hello = {"type": "hello", "nick": command.nick, "rooms": [], "session": session}
            more = {"user": command.user, "realname": command.realname}
            return _encode(hello | {name: value for name, value in more.items() if value}) + b"\n"
        case commands.Bye():
            fields = {"type": "bye", "text": command.text}
        case _:
            raise ValueError(f"no JSON client can ask for {command!r}")
    return _encode({name: value for name, value in fields.items() if value}) + b"\n"


def _said(command: commands.Say | commands.Lines) -> dict[str, Any]:
    where = {"to": command.to} if command.to else {"room": command.room}
    return {**where, "id": command.id, "kind": command.kind, "tags": command.tags}


def _text(command: commands.Command) -> bytes:
    match command:
        case commands.Say(to="", kind="action"):
            line = f"/me {command.text}"
        case commands.Away():
            line = f"/ausente {command.text}".rstrip()
        case commands.SetName():
            line = f"/nome {command.realname}"
        case commands.Say(to=""):
            line = f"/{command.text}" if command.text.startswith("/") else command.text
        case commands.Say():
            line = f"/msg {command.to} {command.text}"
        case commands.Join():
            line = f"/entrar {command.room}"
        case commands.Rename():
            line = f"/apelido {command.nick}"
        case commands.Bye():
            line = "/sair"
        case _:
            raise ValueError(f"no text client can ask for {command!r}")
    return f"{line}\n".encode()
