"""What is asked of the socket of every connection that a server takes in, and what it tells."""

from __future__ import annotations

import select
import socket
from typing import NamedTuple


class KeepAlive(NamedTuple):
    """How a peer is found out that has vanished without a word; in seconds.

    Attributes:
        idle: after so long without a word it is asked.
        interval: between one question and the next.
        unsent: after so long in which nothing that is sent gets through, it is gone; 0 for as long as the
            system tries.
    """

    idle: int
    interval: int
    unsent: int = 0


_QUESTIONS = 3


def tune(sock: socket.socket, keep_alive: KeepAlive | None) -> None:
    """Make a connection send at once, never block, and find out when its peer has vanished.

    Args:
        sock: the connection's.
        keep_alive: how; None for not at all.

    Raises:
        OSError: the peer has gone already; only some systems say so here.
    """
    sock.setblocking(False)
    if sock.family == socket.AF_UNIX:
        # It sends at once, and knows of its peer's end.
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if keep_alive is None:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", keep_alive.idle),
        ("TCP_KEEPALIVE", keep_alive.idle),  # macOS's name for it
        ("TCP_KEEPINTVL", keep_alive.interval),
        ("TCP_KEEPCNT", _QUESTIONS),
        ("TCP_USER_TIMEOUT", keep_alive.unsent * 1_000),
    ):
        # Each system has some of these.
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def keep_alive(interval: float, timeout: float) -> KeepAlive | None:
    """Tell how vanished peers are found beneath all dialects: in the times in which pings find them.

    Args:
        interval: seconds of silence after which a client is pinged; 0 for never.
        timeout: further seconds after which it counts as gone; 0 for never.
    """
    if not int(interval) or not int(timeout):
        return None
    return KeepAlive(int(interval), max(1, int(timeout) // 3), int(interval) + int(timeout))


def was_closed(sock: socket.socket) -> bool:
    """Tell whether a peer by a Unix socket has closed it, and not only said that it sends no more."""
    poll = select.poll()
    # What is always told of: errors, and an end of both directions.
    poll.register(sock, 0)
    return bool(poll.poll(0))


def has_hung_up(sock: socket.socket) -> bool:
    """Tell whether the peer sends nothing any more, without reading what it has sent.

    Not every system can tell while something is unread: then it is not known yet.
    """
    ends = getattr(select, "POLLRDHUP", 0)
    poll = select.poll()
    poll.register(sock, ends)
    if poll.poll(0):
        return True
    if ends:
        return False
    try:
        return not sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
