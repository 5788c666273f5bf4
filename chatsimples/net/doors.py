"""The doors of a server: its listening sockets, and what is known of those who come through them."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import Any, NamedTuple

from chatsimples.errors import StartError
from chatsimples.net import passing
from chatsimples.net.peers import LOCAL, Peer

BACKLOG = 4_096
"""How many may wait at a door, where the system lets so many."""

_PATIENCE = 1.0
_SHORT_PATIENCE = 0.2
_LOOPBACK = "127.0.0.1"
_RETRY_AFTER = 0.05
_PORTS_TRIED = 10
_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class DoorKind(Enum):
    """What a door leads to: it decides what its own address means, and a peer's."""

    TCP = auto()

    UNIX = auto()
    """A Unix socket: whoever comes is on this machine."""

    PASSED = auto()
    """The end of a channel on which another process passes on those that it has let in."""


class Door(NamedTuple):
    """A listening socket.

    Attributes:
        kind: what it leads to.
        sock: the socket.
        is_beside: whether it is there only so that another one's host is reached by all of its names.
    """

    kind: DoorKind
    sock: socket.socket
    is_beside: bool = False

    @property
    def place(self) -> str:
        """Where it is, for people: ``HOST:PORT`` or ``unix:PATH``; empty if nobody can go there."""
        match self.kind:
            case DoorKind.TCP:
                host, port, *_ = self.sock.getsockname()
                return f"[{host}]:{port}" if self.sock.family == socket.AF_INET6 else f"{host}:{port}"
            case DoorKind.UNIX:
                return f"unix:{self.sock.getsockname()}"
            case DoorKind.PASSED:
                return ""

    def accept(self) -> tuple[socket.socket, Peer]:
        """Let in the next one who waits.

        Raises:
            OSError: nobody waits, or nobody can be let in.
        """
        if self.kind is DoorKind.PASSED:
            sock, peer, _ = passing.take(self.sock)
            return sock, peer
        sock, address = self.sock.accept()
        return sock, LOCAL if self.kind is DoorKind.UNIX else Peer.at(str(address[0]))


def places(doors: Iterable[Door]) -> str:
    """Return where doors are, for people; those that are only beside another one are not named."""
    return ", ".join(door.place for door in doors if not door.is_beside)


def listen(host: str, port: int, option: str = "--port") -> list[Door]:
    """Listen on every address of a host, on one port; 0 takes a free one.

    A port that is taken is tried again for a second: the server that had it may just be ending. ``::`` serves
    IPv4 too, where the system lets one socket serve both. Beside 127.0.0.1 stands a door on ::1, if that can
    be had: so ``localhost`` is served whichever of the two it stands for. ``option`` is where the port comes
    from, for people.

    Raises:
        StartError: the host is unknown, or the port can't be had.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise StartError(f"the host {host!r} can't be listened on: {error}") from None
    # An address may be given twice; the order is kept.
    addresses = list(dict.fromkeys((family, address) for family, _, _, _, address in found))
    for attempt in range(_PORTS_TRIED):
        # A port that is free on the first address may be taken on the next one.
        last = port != 0 or attempt == _PORTS_TRIED - 1
        try:
            doors = [Door(DoorKind.TCP, listener) for listener in _listen_on_all(addresses, port)]
        except OSError as error:
            if last or error.errno != errno.EADDRINUSE:
                raise StartError(_why(host, port, option, error)) from None
            continue
        if [address[0] for _, address in addresses] != [_LOOPBACK]:
            return doors
        try:
            return [*doors, _beside(doors[0], _SHORT_PATIENCE if port else 0.0)]
        except OSError as error:
            if last or error.errno != errno.EADDRINUSE:
                # This machine has no IPv6, or another program is there: the other one is what was asked for.
                return doors
        doors[0].sock.close()
    raise AssertionError("the last attempt returns or raises")


def _beside(door: Door, patience: float) -> Door:
    """Listen on ::1 too, on the port of a door on 127.0.0.1."""
    port = door.sock.getsockname()[1]
    listener = _listen(socket.AF_INET6, ("::1", port), patience=patience)
    return Door(DoorKind.TCP, listener, is_beside=True)


def _listen_on_all(addresses: Sequence[tuple[int, tuple[Any, ...]]], port: int) -> list[socket.socket]:
    listeners: list[socket.socket] = []
    unreachable: OSError | None = None
    patience = _PATIENCE if port else 0.0
    for family, address in addresses:
        chosen = listeners[0].getsockname()[1] if listeners else port
        both = len(addresses) == 1 and address[0] == "::"
        try:
            listeners.append(
                _listen(family, (address[0], chosen, *address[2:]), patience=patience, both=both)
            )
        except OSError as error:
            if error.errno in _NO_SUCH_ADDRESS:
                # A name may stand for an IPv6 address on a machine without IPv6: the others will do.
                unreachable = error
                continue
            for listener in listeners:
                listener.close()
            raise
    if not listeners and unreachable is not None:
        raise unreachable
    return listeners


def _listen(
    family: int, address: tuple[object, ...], *, patience: float, both: bool = False
) -> socket.socket:
    until = time.monotonic() + patience
    while True:
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(
                    socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if both and socket.has_dualstack_ipv6() else 1
                )
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() >= until:
                raise
            time.sleep(_RETRY_AFTER)
        else:
            return listener


def _why(host: str, port: int, option: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken: another program listens there; choose another with {option}"
    if error.errno == errno.EACCES:
        return f"port {port} on {host} is not allowed to this user; choose one above 1023 with {option}"
    return f"{host}:{port} can't be listened on: {error.strerror or error}"
