"""Where a recorded chat can be listened to: its listening sockets, and what is asked of each connection."""

from __future__ import annotations

import errno
import os
import socket

from chatsimples.errors import StartError
from chatsimples.i18n import N_, Translate

_BACKLOG = 1_024
_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPALIVE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 3}


def listen(host: str, port: int, translate: Translate) -> list[socket.socket]:
    """Listen on every address of a host, on one port; 0 takes one that is free on the first.

    Raises:
        StartError: the host is not known, or the port can't be had.
    """
    opened: list[socket.socket] = []
    unreachable: OSError | None = None
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, address in dict.fromkeys((family, str(where[0])) for family, _, _, _, where in found):
            chosen = opened[0].getsockname()[1] if opened else port
            try:
                opened.append(socket.create_server((address, chosen), family=family, backlog=_BACKLOG))
            except OSError as error:
                # A name may stand for an IPv6 address on a machine without IPv6: the others will do.
                if error.errno not in _NO_SUCH_ADDRESS:
                    raise
                unreachable = error
        if unreachable is not None and not opened:
            raise unreachable
    except (OSError, UnicodeError) as error:
        for each in opened:
            each.close()
        raise StartError(_why(host, port, error, translate)) from None
    for each in opened:
        each.setblocking(False)
    return opened


def place(listener: socket.socket) -> str:
    """Tell where a socket listens, as ``HOST:PORT``."""
    host, port, *_ = listener.getsockname()
    return f"[{host}]:{port}" if listener.family == socket.AF_INET6 else f"{host}:{port}"


def tune(sock: socket.socket) -> None:
    """Make a connection send at once, never block, and find out when its peer has vanished."""
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in _KEEP_ALIVE.items():
        # Systems have some of these; macOS calls the first one by the second name.
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, seconds)


def _why(host: str, port: int, error: OSError | UnicodeError, translate: Translate) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        text = translate(N_("port {port} on {host} is taken; choose another with --port"))
        return text.format(port=port, host=host)
    # A host that is not known has a number of its own kind, below 0 or not the system's.
    why = str(error) if number is None or isinstance(error, socket.gaierror) else os.strerror(number)
    text = translate(N_("{host}:{port} can't be listened on: {why}"))
    return text.format(host=host, port=port, why=why)
