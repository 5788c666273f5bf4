"""The doors of a server: its listening sockets, and what is known of those who come through them."""

from __future__ import annotations

import errno
import ipaddress
import socket
import time
from collections.abc import Sequence
from enum import Enum, auto
from typing import Any, NamedTuple

from chatsimples.errors import StartError

_BACKLOG = 4_096
_PATIENCE = 1.0
_RETRY_AFTER = 0.05
_PORTS_TRIED = 10
# Of an address that is written in full, four groups of four letters and what stands between them.
_NETWORK_LETTERS = 19
_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class DoorKind(Enum):
    """What a door leads to: it decides what its own address means, and a peer's."""

    TCP = auto()


class Peer(NamedTuple):
    """Who has come through a door.

    Attributes:
        address: where it is; one of IPv4 is written as such, by whichever door it comes.
        network: what is bounded together: an address of IPv4, and of IPv6 the network of 64 bits, in which
            everybody chooses addresses as they like.
        is_local: whether it is on this machine.
    """

    address: str
    network: str
    is_local: bool

    @classmethod
    def at(cls, host: str) -> Peer:
        """Return who is at an address, which may have a zone: ``fe80::1%eth0``."""
        plain, _, zone = host.partition("%")
        try:
            address = ipaddress.ip_address(plain)
        except ValueError:
            return cls(host, host, is_local=False)
        if isinstance(address, ipaddress.IPv4Address):
            return cls(host, host, address.is_loopback)
        mapped = address.ipv4_mapped
        if mapped is not None:
            return cls(str(mapped), str(mapped), mapped.is_loopback)
        network = f"{address.exploded[:_NETWORK_LETTERS]}::/64"
        return cls(host, f"{network}%{zone}" if zone else network, address.is_loopback)


class Door(NamedTuple):
    """A listening socket, and of which kind it is."""

    kind: DoorKind
    sock: socket.socket

    @property
    def place(self) -> str:
        """Where it is, for people: ``HOST:PORT``."""
        match self.kind:
            case DoorKind.TCP:
                host, port, *_ = self.sock.getsockname()
                return f"[{host}]:{port}" if self.sock.family == socket.AF_INET6 else f"{host}:{port}"

    def accept(self) -> tuple[socket.socket, Peer]:
        """Let in the next one who waits.

        Raises:
            OSError: nobody waits, or nobody can be let in.
        """
        sock, address = self.sock.accept()
        match self.kind:
            case DoorKind.TCP:
                return sock, Peer.at(str(address[0]))


def listen(host: str, port: int) -> list[Door]:
    """Listen on every address of a host, on one port; 0 takes a free one.

    A port that is taken is tried again for a second: the server that had it may just be ending.

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
        try:
            return [Door(DoorKind.TCP, listener) for listener in _listen_on_all(addresses, port)]
        except OSError as error:
            # A port that is free on the first address may be taken on the next one.
            another = port == 0 and error.errno == errno.EADDRINUSE and attempt < _PORTS_TRIED - 1
            if not another:
                raise StartError(_why(host, port, error)) from None
    raise AssertionError("the last attempt returns or raises")


def _listen_on_all(addresses: Sequence[tuple[int, tuple[Any, ...]]], port: int) -> list[socket.socket]:
    listeners: list[socket.socket] = []
    unreachable: OSError | None = None
    for family, address in addresses:
        chosen = listeners[0].getsockname()[1] if listeners else port
        try:
            listeners.append(_listen(family, (address[0], chosen, *address[2:]), patient=port != 0))
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


def _listen(family: int, address: tuple[object, ...], *, patient: bool) -> socket.socket:
    until = time.monotonic() + (_PATIENCE if patient else 0.0)
    while True:
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() >= until:
                raise
            time.sleep(_RETRY_AFTER)
        else:
            return listener


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken: another program listens there; choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} on {host} is not allowed to this user; choose one above 1023 with --port"
    return f"{host}:{port} can't be listened on: {error.strerror or error}"
