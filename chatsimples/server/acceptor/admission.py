"""Who is let in: connections are counted, and those from one network are bounded, and how fast they come.

A network is an address of IPv4, or the 64 bits of IPv6 in which whoever has one address has all of them.
Peers on this machine are exempt: tests and proxies open thousands, and whoever runs programs here has other
ways to keep it busy.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from chatsimples.net.peers import Peer
from chatsimples.server.oplog.events import log
from chatsimples.server.worker.ledger import Debts
from chatsimples.server.worker.pacing import UNBOUND, Rate

_UNREAD_BYTES = 65_536


class Admission:
    """Counts connections. For any thread.

    Args:
        most: how many there may be.
        most_from_one: how many from one network; 0 for no bound.
        knocks: how often one network may come.
        clock: tells the time, in seconds that never go back.
    """

    def __init__(
        self,
        most: int,
        most_from_one: int,
        knocks: Rate = UNBOUND,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_from_one = most_from_one
        self._most = most
        self._knocks = knocks
        self._clock = clock
        self._counting = threading.Lock()
        self._from: Counter[str] = Counter()
        self._debts = Debts[str]()
        self._count = 0

    def __len__(self) -> int:
        """Tell how many connections there are."""
        return self._count

    @property
    def has_room(self) -> bool:
        """Whether there may be one more."""
        return self._count < self._most

    def admit(self, peer: Peer, *, is_exempt: bool = False) -> int:
        """Count a connection that has come; return 0, or the limit that it breaks, and is not counted."""
        with self._counting:
            if not (peer.is_local or is_exempt):
                broken = self._broken_limit(peer.network)
                if broken:
                    return broken
            self._from[peer.network] += 1
            self._count += 1
        return 0

    def leave(self, network: str) -> None:
        """Count a connection no more: it has gone."""
        with self._counting:
            self._count -= 1
            self._from[network] -= 1
            if not self._from[network]:
                del self._from[network]

    def _broken_limit(self, network: str) -> int:
        most = self._most_from_one
        if most and self._from[network] >= most:
            return most
        knocks = self._knocks
        if knocks:
            now = self._clock()
            full_at = self._debts.full_at(network, now)
            if not knocks.count(full_at, now):
                return knocks.burst
            self._debts.note(network, knocks.after(full_at, 1, now), now)
        return 0


def no_header(proxy: Peer, why: str) -> None:
    """Tell of a proxy that has not said, as it has to, for whom it connects."""
    log.warning("a proxy has sent no right header", proxy=proxy.address, why=why)


def turn_away(sock: socket.socket, answer: bytes) -> None:
    """Close a connection that nobody else has, after an answer."""
    # Closing with unread input would reset the connection and could destroy the answer.
    with suppress(OSError):
        sock.send(answer)
        sock.shutdown(socket.SHUT_WR)
        sock.recv(_UNREAD_BYTES)
    sock.close()
