"""Passing connections on to another process, each with whose it is and what was read from it already."""

from __future__ import annotations

import errno
import socket
from typing import NamedTuple

import msgspec

from chatsimples.net.peers import Peer

MOST_DATA = 98_304
"""Bytes that may have been read from a connection when it is passed on."""

_LONGEST = MOST_DATA + 4_096
_NO_ROOM = (errno.EAGAIN, errno.ENOBUFS)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[Peer, bytes]).decode


class Passed(NamedTuple):
    """A connection that was passed on.

    Attributes:
        sock: the connection.
        peer: whose it is.
        data: what was read from it already.
    """

    sock: socket.socket
    peer: Peer
    data: bytes


def channel() -> tuple[socket.socket, socket.socket]:
    """Make a channel: the end that gives and the end that takes. What is given is taken whole, or not at all.

    Both may be kept open by a third process: what is on its way then outlives the ones that give and take.
    """
    giving, taking = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    giving.setblocking(False)
    taking.setblocking(False)
    # Some systems allow no message that is as long as what their buffers are at first.
    giving.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * _LONGEST)
    return giving, taking


def give(giving: socket.socket, sock: socket.socket, peer: Peer, data: bytes = b"") -> bool:
    """Pass a connection on; false if there is no room on the channel now. The socket is the caller's still.

    Args:
        giving: the channel's end.
        sock: the connection.
        peer: whose it is.
        data: what was read from it already, at most `MOST_DATA` bytes.

    Raises:
        OSError: nobody will take it.
    """
    try:
        socket.send_fds(giving, [_encode((peer, data))], [sock.fileno()])
    except OSError as error:
        # Some systems say the second instead of the first.
        if error.errno in _NO_ROOM:
            return False
        raise
    return True


def take(taking: socket.socket) -> Passed:
    """Take the next connection.

    Raises:
        OSError: there is none; `ConnectionAbortedError` if one has come of which the socket is lost.
    """
    told, descriptors, _, _ = socket.recv_fds(taking, _LONGEST, 1)
    if not descriptors:
        # No descriptor was free for it.
        raise ConnectionAbortedError
    return Passed(socket.socket(fileno=descriptors[0]), *_decode(told))
