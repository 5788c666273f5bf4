"""What outlives a connection of its allowance: whoever comes back goes on where it was. For any thread.

* A connection begins with the emptiest bucket that its address has or had, as far as it has filled since. So
  knocking again gives nothing that waiting does not give.
* A session that comes back goes on with its own bucket, from whatever address, if that is the emptier one.
* All connections of an address have one bucket in common besides.
* What clients leave behind that have hung up, and have said more than they may, is given in its time, out of
  one bucket for all of an address. Only so many may leave something.

What has filled again is forgotten, and what is remembered is bounded: the oldest is forgotten first. No step
costs more for what is remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

from chatsimples.server.worker.pacing import AddressAllowance, Allowance, Pace

MOST_REMEMBERED = 65_536
MOST_HUNG_UP = 16
"""Connections of one address that have hung up and may still have something to say."""

_FORGOTTEN_AT_ONCE = 2

K = TypeVar("K")


class Debts(Generic[K]):
    """When buckets will be full that nobody has at hand, by whose they are.

    Args:
        most: how many are remembered.
    """

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._full_at: OrderedDict[K, float] = OrderedDict()

    def __len__(self) -> int:
        """Count those that are remembered."""
        return len(self._full_at)

    def full_at(self, owner: K, now: float) -> float:
        """Return when somebody's bucket will be full: now, if nothing is known of it."""
        return max(now, self._full_at.get(owner, now))

    def note(self, owner: K, full_at: float, now: float) -> None:
        """Remember somebody's bucket, and forget a few that are full."""
        known = self._full_at
        known.pop(owner, None)
        if full_at > now:
            known[owner] = full_at
        for _ in range(_FORGOTTEN_AT_ONCE):
            if not known:
                break
            oldest = next(iter(known))
            if len(known) <= self._most and known[oldest] > now:
                break
            del known[oldest]


class _Address:
    """What the open connections of an address have in common.

    Attributes:
        connections: how many there are.
        emptiest: when the emptiest bucket will be full that one of them has or had.
        shared: what they may give together; None for no bound.
        left_behind: what those may give together that have hung up.
        hung_up: how many these are.
    """

    __slots__ = ("connections", "emptiest", "hung_up", "left_behind", "shared")

    def __init__(self, emptiest: float, shared: AddressAllowance | None) -> None:
        self.connections = 0
        self.emptiest = emptiest
        self.shared = shared
        self.left_behind: AddressAllowance | None = None
        self.hung_up = 0


class Ledger:
    """Gives connections their allowances, and keeps what they leave.

    Args:
        pace: what clients may do in which time.
        most: how many buckets of each kind are remembered that nobody has at hand.
    """

    def __init__(self, pace: Pace, most: int = MOST_REMEMBERED) -> None:
        self.pace = pace
        self._rate = pace.of_one
        self._rate_of_an_address = pace.of_an_address
        self._writing = Lock()
        self._addresses: dict[str, _Address] = {}
        self._emptiest_debts = Debts[str](most)
        self._address_debts = Debts[str](most)
        self._sessions: dict[int, Allowance] = {}
        self._session_debts = Debts[int](most)

    @property
    def is_bound(self) -> bool:
        """Whether there is a bound at all."""
        return bool(self._rate)

    @property
    def remembered(self) -> int:
        """How many buckets are remembered that nobody has at hand."""
        return len(self._emptiest_debts) + len(self._address_debts) + len(self._session_debts)

    def open(self, address: str, now: float) -> Allowance:
        """Give a connection from an address its allowance, where there is a bound: when it first needs it."""
        with self._writing:
            known = self._addresses.get(address)
            if known is None:
                shared = None
                if self._rate_of_an_address:
                    full_at = self._address_debts.full_at(address, now)
                    shared = AddressAllowance(self._rate_of_an_address, full_at)
                known = _Address(self._emptiest_debts.full_at(address, now), shared)
                self._addresses[address] = known
            known.connections += 1
            return Allowance(self._rate, self.pace.flood_timeout, max(now, known.emptiest), known.shared)

    def spend(self, allowance: Allowance, address: str, count: int, now: float) -> None:
        """Take off what a connection has given."""
        allowance.spend(count, now)
        known = self._addresses[address]
        # Of threads that do so at the same time, one may be missed: the next command sets it right.
        known.emptiest = max(known.emptiest, allowance.full_at)

    def resume(self, allowance: Allowance, secret: str, now: float) -> None:
        """Note which session a connection says it is: it goes on with the emptier bucket of the two."""
        # A number is smaller than a secret, and is none.
        session = hash(secret) or 1
        with self._writing:
            holder = self._sessions.get(session)
            if holder is allowance:
                return
            self._leave_session(allowance, now)
            owed = holder.full_at if holder is not None else self._session_debts.full_at(session, now)
            allowance.full_at = max(allowance.full_at, owed)
            allowance.session = session
            self._sessions[session] = allowance

    def hang_up(self, allowance: Allowance, address: str, now: float) -> bool:
        """Note that a client has hung up that has said more than it may; tell whether that may wait."""
        with self._writing:
            known = self._addresses[address]
            if known.hung_up >= MOST_HUNG_UP:
                return False
            if known.left_behind is None:
                known.left_behind = AddressAllowance(self._rate, max(now, known.emptiest), forgives=False)
            known.hung_up += 1
            allowance.leave_behind(known.left_behind)
            return True

    def close(self, allowance: Allowance, address: str, now: float) -> None:
        """Take an allowance back from a connection that has ended."""
        with self._writing:
            self._leave_session(allowance, now)
            known = self._addresses[address]
            known.emptiest = max(known.emptiest, allowance.full_at)
            if allowance.shared is known.left_behind is not None:
                known.hung_up -= 1
            known.connections -= 1
            if not known.connections:
                del self._addresses[address]
                self._emptiest_debts.note(address, known.emptiest, now)
                if known.shared is not None:
                    self._address_debts.note(address, known.shared.full_at, now)

    def _leave_session(self, allowance: Allowance, now: float) -> None:
        session = allowance.session
        if session and self._sessions.get(session) is allowance:
            del self._sessions[session]
            self._session_debts.note(session, allowance.full_at, now)
