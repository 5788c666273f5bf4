"""A WebSocket server that says back what it hears, made of the server's own handshake and frames.

The server itself says nothing back, so it can't be asked all that a suite of cases for WebSockets asks. This
one has no part of its own but a thread for each connection.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from chatsimples.dialects.websocket_frames import (
    Closed,
    Event,
    Failed,
    FrameReader,
    Message,
    Pinged,
    binary_frame,
    close_frame,
    text_frame,
)
from chatsimples.dialects.websocket_handshake import answer

_READ_BYTES = 65_536
_PATIENCE = 30.0


@contextmanager
def echo_server() -> Iterator[int]:
    """Serve on a port of this machine, which is given."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_accept, args=(listening,), name="echo", daemon=True).start()
        yield listening.getsockname()[1]
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket) -> None:
    while True:
        try:
            sock, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(sock,), name="echoed", daemon=True).start()


def _serve(sock: socket.socket) -> None:
    with sock, suppress(OSError):
        sock.settimeout(_PATIENCE)
        head, rest = _head(sock)
        greeting = answer(head)
        sock.sendall(greeting.data)
        if greeting.accepted and _converse(sock, rest):
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(_READ_BYTES):
                pass


def _head(sock: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(_READ_BYTES)
        if not more:
            return data, b""
        data += more
    head, end, rest = data.partition(b"\r\n\r\n")
    return head + end, rest


def _converse(sock: socket.socket, data: bytes) -> bool:
    """Say back what comes; tell whether a goodbye was said."""
    reader = FrameReader(0)
    while True:
        reader.feed(data)
        while (event := reader.next_event()) is not None:
            sock.sendall(_answer(event))
            if isinstance(event, Closed | Failed):
                return True
        data = sock.recv(_READ_BYTES)
        if not data:
            return False


def _answer(event: Event) -> bytes:
    match event:
        case Message(data=said, is_text=True):
            return text_frame(said)
        case Message(data=said):
            return binary_frame(said)
        case Pinged(pong=pong):
            return pong
        case Closed(echo=echo):
            return echo
        case Failed(code=code):
            return close_frame(code, "")
