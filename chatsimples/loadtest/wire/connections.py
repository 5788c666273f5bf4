"""Opening many connections without waiting for any."""

from __future__ import annotations

import os
import socket

from chatsimples.loadtest.wire.secure_socket import SecureSocket

Wire = socket.socket | SecureSocket
"""What a connection is read from and written to."""


def new_socket(host: str) -> socket.socket:
    """Make a socket that never waits, for an IPv4 or IPv6 address, or a name that has an IPv4 one."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.setblocking(False)
    return sock


def connect(sock: Wire, host: str, port: int) -> None:
    """Begin to connect a socket without waiting for it.

    Raises:
        ConnectionError: it can be seen at once that it will not be.
    """
    try:
        sock.connect((host, port))
    except BlockingIOError:
        pass
    except OSError as error:
        raise ConnectionError(_no_connection(host, port, error.strerror or str(error))) from None


def is_usable(sock: Wire, host: str, port: int) -> bool:
    """Tell whether a socket on which something has happened is connected now and, by TLS, has shaken hands.

    Raises:
        ConnectionError: it could not be.
    """
    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise ConnectionError(_no_connection(host, port, os.strerror(error)))
    if isinstance(sock, socket.socket):
        return True
    try:
        return sock.shake()
    except OSError as failure:
        raise ConnectionError(_no_connection(host, port, failure.strerror or str(failure))) from None


def _no_connection(host: str, port: int, why: str) -> str:
    return f"it could not connect to {host} port {port}: {why}"
