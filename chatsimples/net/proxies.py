"""The proxies that are believed, and the connections of theirs whose header has yet to come.

A connection that comes from such a proxy begins with a header of the PROXY protocol, without exception: what
might be one, or might be somebody's words, must not depend on a guess. Nobody else's header is believed.
"""

from __future__ import annotations

import ipaddress
import selectors
import socket
import time
from collections import OrderedDict
from collections.abc import Callable

from chatsimples.errors import SettingError
from chatsimples.net.peers import LOCAL, Peer
from chatsimples.net.proxy_protocol import LONGEST_BINARY, Header, HeaderError, parse

UNIX = "unix"
"""What stands among trusted addresses for whoever comes by the Unix socket."""

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PEEKED_BYTES = LONGEST_BINARY + 64


class TrustedProxies:
    """Whose headers are believed.

    Args:
        addresses: addresses and networks, as ``192.0.2.7,2001:db8::/48,unix``; empty for nobody.

    Raises:
        SettingError: one of them is none.
    """

    def __init__(self, addresses: str) -> None:
        words = [word.strip() for word in addresses.split(",") if word.strip()]
        self._by_unix = UNIX in words
        self._networks = [_network(word) for word in words if word != UNIX]

    def __contains__(self, peer: Peer) -> bool:
        """Tell whether a peer is one of them."""
        if peer == LOCAL:
            return self._by_unix
        if not self._networks:
            return False
        address = ipaddress.ip_address(peer.address.partition("%")[0])
        return any(address in network for network in self._networks)


def _network(word: str) -> _Network:
    try:
        return ipaddress.ip_network(word, strict=False)
    except ValueError:
        raise SettingError(
            f"trusted_proxy: {word!r} is no address and no network (as 192.0.2.7, 10.0.0.0/8, ::1 or {UNIX})"
        ) from None


class Waiting:
    """A connection of a proxy, as long as its header is not complete."""

    __slots__ = ("begun", "proxy", "since", "sock")

    def __init__(self, sock: socket.socket, proxy: Peer, since: float) -> None:
        self.sock = sock
        self.proxy = proxy
        self.since = since
        self.begun = b""


class Vestibule:
    """Where connections of trusted proxies wait for their header; an event of the selector has it as data.

    Not a byte behind the header is taken: that is for whoever reads from the connection next.

    Args:
        trusted: whose connections wait here.
        selector: of the loop.
        timeout: seconds in which a header has to come; 0 for no bound.
        refused: is told of each proxy whose connection is closed for want of a header, and why.
        clock: tells the time, in seconds that never go back.
    """

    def __init__(
        self,
        trusted: TrustedProxies,
        selector: selectors.BaseSelector,
        timeout: float,
        refused: Callable[[Peer, str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trusted = trusted
        self._selector = selector
        self._timeout = timeout
        self._refused = refused
        self._clock = clock
        # In the order in which they came, and so in that in which their time is over.
        self._waiting: OrderedDict[socket.socket, Waiting] = OrderedDict()

    def __len__(self) -> int:
        """Count those who wait."""
        return len(self._waiting)

    def admits(self, peer: Peer) -> bool:
        """Tell whether a connection of a peer has to begin with a header."""
        return peer in self._trusted

    def enter(self, sock: socket.socket, proxy: Peer) -> None:
        """Wait for a connection's header; the socket is owned until `read` gives it back."""
        waiting = self._waiting[sock] = Waiting(sock, proxy, self._clock())
        self._selector.register(sock, selectors.EVENT_READ, waiting)

    def read(self, waiting: Waiting) -> Peer | None:
        """Read what has come; return who it is if the header is complete.

        One of which the header is not right, or that ends before it is complete, is closed.
        """
        try:
            header = self._read(waiting)
        except BlockingIOError:
            return None
        except OSError as error:
            self._refuse(waiting, error.strerror or str(error))
            return None
        except HeaderError as error:
            self._refuse(waiting, str(error))
            return None
        if header is None:
            return None
        self._forget(waiting)
        proxy = waiting.proxy
        if not header.host:
            return Peer(proxy.address, proxy.network, proxy.is_local, header.tls)
        peer = Peer.at(header.host, header.tls)
        # An address of loopback means the proxy's machine.
        return Peer(peer.address, peer.network, peer.is_local and proxy.is_local, peer.tls)

    def end_overdue(self) -> None:
        """Close those whose header has not come in time."""
        before = self._clock() - self._timeout
        while self._timeout and self._waiting:
            oldest = next(iter(self._waiting.values()))
            if oldest.since > before:
                return
            self._refuse(oldest, "it did not come in time")

    def close(self) -> None:
        """Close all that wait."""
        for waiting in list(self._waiting.values()):
            self._close(waiting)

    def _read(self, waiting: Waiting) -> Header | None:
        data = waiting.sock.recv(_PEEKED_BYTES, socket.MSG_PEEK)
        if not data:
            raise HeaderError("the connection has ended before it was complete")
        begun = waiting.begun
        header = parse(begun + data)
        taken = len(data) if header is None else header.length - len(begun)
        waiting.begun += waiting.sock.recv(taken)
        return header

    def _forget(self, waiting: Waiting) -> None:
        del self._waiting[waiting.sock]
        self._selector.unregister(waiting.sock)

    def _refuse(self, waiting: Waiting, why: str) -> None:
        self._close(waiting)
        self._refused(waiting.proxy, why)

    def _close(self, waiting: Waiting) -> None:
        self._forget(waiting)
        waiting.sock.close()
