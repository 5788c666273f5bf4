"""What one network may ask for in which time."""

from __future__ import annotations

import time
from collections.abc import Callable

from chatsimples.net.peers import Peer
from chatsimples.server.worker.ledger import Debts
from chatsimples.server.worker.pacing import Rate

REQUESTS = Rate(100, 1_000)
"""Requests of one network: a second, and in one go. A page is some thirty, and a class may share one."""


class RequestRates:
    """Counts requests. Peers on this machine are exempt, as for the other limits of addresses.

    Args:
        rate: what a network may do.
        clock: tells the time, in seconds that never go back.
    """

    def __init__(self, rate: Rate = REQUESTS, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._debts = Debts[str]()

    def admits(self, peer: Peer) -> bool:
        """Count a request; tell whether it may be answered."""
        if peer.is_local or not self._rate:
            return True
        now = self._clock()
        full_at = self._debts.full_at(peer.network, now)
        if not self._rate.count(full_at, now):
            return False
        self._debts.note(peer.network, self._rate.after(full_at, 1, now), now)
        return True
