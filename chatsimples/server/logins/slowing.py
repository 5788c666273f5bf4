"""How often somebody may try to log in. No clock: times come in.

Each try takes from a bucket, and one that was right gives it back: so many at once get no further than one
after the other, and whoever makes no mistakes is never slowed.

* Who comes from a network from which that account has logged in before has a bucket of the two alone: what
  others do from elsewhere slows its owner by nothing.
* All others have two: their network's, which lets nobody try for long, and the account's, which delays by a
  few seconds at most, so that nobody can be locked out by those who try from a thousand networks.

Full buckets are forgotten, and what is remembered is bounded, the oldest first: `Debts`.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from chatsimples.server.worker.ledger import Debts
from chatsimples.server.worker.pacing import Rate

K = TypeVar("K")

OF_A_NETWORK = Rate(1 / 6, 10)
OF_AN_ACCOUNT = Rate(0.5, 20)
OF_BOTH = Rate(1 / 3, 20)
LONGEST_WAIT = 10.0
"""Seconds: who would have to wait longer is told to come again."""

LONGEST_FOR_AN_ACCOUNT = 5.0


class Try(msgspec.Struct, frozen=True):
    """Somebody's try to be an account.

    Attributes:
        account: the account's key; empty if there is none that could be tried again and again.
        network: where it comes from.
        is_known: whether that account has logged in from there before.
    """

    account: str
    network: str
    is_known: bool = False


class Slowing:
    """Remembers who has tried. From one thread at a time."""

    def __init__(self) -> None:
        self._networks = Debts[str]()
        self._accounts = Debts[str]()
        self._pairs = Debts[tuple[str, str]]()

    def __len__(self) -> int:
        """Count what is remembered."""
        return len(self._networks) + len(self._accounts) + len(self._pairs)

    def begin(self, tried: Try, now: float) -> float | None:
        """Take a try off; return in how many seconds it may be looked at, or None if that is too long."""
        if tried.is_known:
            return self._begin(self._pairs, OF_BOTH, (tried.account, tried.network), now, LONGEST_WAIT)
        wait = self._begin(self._networks, OF_A_NETWORK, tried.network, now, LONGEST_WAIT)
        if wait is None or not tried.account:
            return wait
        others = self._begin(self._accounts, OF_AN_ACCOUNT, tried.account, now, LONGEST_FOR_AN_ACCOUNT)
        return max(wait, LONGEST_FOR_AN_ACCOUNT if others is None else others)

    def forgive(self, tried: Try, now: float) -> None:
        """Give a try back: it was right."""
        if tried.is_known:
            self._forgive(self._pairs, OF_BOTH, (tried.account, tried.network), now)
            return
        self._forgive(self._networks, OF_A_NETWORK, tried.network, now)
        if tried.account:
            self._forgive(self._accounts, OF_AN_ACCOUNT, tried.account, now)

    @staticmethod
    def _begin(debts: Debts[K], rate: Rate, owner: K, now: float, longest: float) -> float | None:
        full_at = debts.full_at(owner, now)
        wait = max(0.0, (1 - rate.left(full_at, now)) / rate.rate)
        if wait > longest:
            return None
        debts.note(owner, rate.after(full_at, 1, now), now)
        return wait

    @staticmethod
    def _forgive(debts: Debts[K], rate: Rate, owner: K, now: float) -> None:
        debts.note(owner, debts.full_at(owner, now) - 1 / rate.rate, now)
