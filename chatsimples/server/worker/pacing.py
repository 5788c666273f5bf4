"""How many commands a client may give in which time, and when it is a flood. No clock: times come in.

A bucket holds a burst and fills with time. It is kept as one number: when it will be full. What is in it at
any time follows from that, and a bucket that is full need not be kept at all.
"""

from __future__ import annotations

from threading import Lock

import msgspec

_SHORTEST_WAIT = 0.001
# What a bucket holds is reckoned from times: a command must not wait because of the last digit.
_ROUNDING = 1e-6


class Rate(msgspec.Struct, frozen=True):
    """How a bucket fills in a second, and what it holds; 0 switches the bound off."""

    rate: float
    burst: int

    def __bool__(self) -> bool:
        """Tell whether there is a bound."""
        return bool(self.rate and self.burst)

    def left(self, full_at: float, now: float) -> float:
        """Return what a bucket holds that will be full then; less than nothing if more was taken."""
        return self.burst - (full_at - now) * self.rate if full_at > now else float(self.burst)

    def count(self, full_at: float, now: float) -> int:
        """Return how many whole ones there are in such a bucket."""
        return max(0, int(self.left(full_at, now) + _ROUNDING))

    def after(self, full_at: float, count: float, now: float) -> float:
        """Return when a bucket will be full after so much is taken from it now."""
        return max(full_at, now) + count / self.rate


UNBOUND = Rate(0, 0)


class Pace(msgspec.Struct, frozen=True):
    """What clients may do in which time; 0 switches a bound off. Commands a second, commands, seconds.

    The fields are called as the server's settings are, from which they come.
    """

    message_rate: float
    message_burst: int
    flood_timeout: float
    registration_timeout: float
    ping_interval: float
    ping_timeout: float
    address_rate: float = 0.0
    address_burst: int = 0

    @property
    def of_one(self) -> Rate:
        """What one connection may give."""
        return Rate(self.message_rate, self.message_burst)

    @property
    def of_an_address(self) -> Rate:
        """What all connections of an address may give together: no bound where one has none."""
        return Rate(self.address_rate, self.address_burst) if self.of_one else UNBOUND


class AddressAllowance:
    """How many commands all connections of an address may give together. For any thread.

    Args:
        rate: one that is a bound.
        full_at: when its bucket will be full.
        forgives: whether who has to wait for it alone floods nobody.

    Attributes:
        full_at, forgives: the same.
    """

    __slots__ = ("_changing", "_rate", "forgives", "full_at")

    def __init__(self, rate: Rate, full_at: float, *, forgives: bool = True) -> None:
        self.full_at = full_at
        self.forgives = forgives
        self._rate = rate
        self._changing = Lock()

    def count(self, now: float) -> int:
        """Return how many commands may be given now."""
        return self._rate.count(self.full_at, now)

    def spend(self, count: int, now: float) -> None:
        """Take off what was given."""
        with self._changing:
            self.full_at = self._rate.after(self.full_at, count, now)

    def reserve(self, now: float) -> float:
        """Take off one command that is to be given later; return in how many seconds that may be.

        So those who wait come one after the other, and nobody wakes for nothing.
        """
        self.spend(1, now)
        return max(0.0, -self._rate.left(self.full_at, now) / self._rate.rate)


class Allowance:
    """How many commands a connection may give.

    Args:
        rate: one that is a bound.
        flood_timeout: seconds above it after which it is a flood; 0 for never.
        full_at: when its bucket will be full, in seconds that never go back.
        shared: what all connections of its address may give; None for no bound.

    Attributes:
        full_at: the same, as it is now.
        session: which session it belongs to, for the `Ledger`; 0 for none.
    """

    # There is one for each connection.
    __slots__ = ("_exhausted_since", "_flood_timeout", "_rate", "_reserved", "full_at", "session", "shared")

    def __init__(
        self, rate: Rate, flood_timeout: float, full_at: float, shared: AddressAllowance | None = None
    ) -> None:
        self.full_at = full_at
        self.session = 0
        self.shared = shared
        self._rate = rate
        self._flood_timeout = flood_timeout
        self._exhausted_since: float | None = None
        self._reserved = 0

    def count(self, now: float) -> int:
        """Return how many commands may be given now."""
        own = self._rate.count(self.full_at, now)
        if self.shared is None:
            return own
        return min(own, max(self._reserved, self.shared.count(now)))

    def spend(self, count: int, now: float) -> None:
        """Take off what was given."""
        if not count:
            return
        self.full_at = self._rate.after(self.full_at, count, now)
        if self.shared is not None:
            paid = min(count, self._reserved)
            self._reserved -= paid
            if count > paid:
                self.shared.spend(count - paid, now)

    def exhaust(self, now: float) -> float:
        """Note that more may be there than may be given; return in how many seconds a command may be given.

        A client that keeps to its own pace floods nobody, however long others of its address make it wait.
        """
        left = self._rate.left(self.full_at, now) + _ROUNDING
        # Its own bucket has something: so it waits for that of others too.
        shared = self.shared if left >= 1 else None
        if shared is not None and shared.forgives:
            self.recover()
        elif self._exhausted_since is None:
            self._exhausted_since = now
        if shared is None:
            return max((1.0 - min(left, 1.0)) / self._rate.rate, _SHORTEST_WAIT)
        wait = 0.0
        if not self._reserved:
            wait = shared.reserve(now)
            self._reserved = 1
        return max(wait, _SHORTEST_WAIT)

    def leave_behind(self, shared: AddressAllowance) -> None:
        """Give what is left out of a bucket that is shared with all others who have hung up."""
        self.shared = shared
        self._reserved = 0

    def recover(self) -> None:
        """Note that all that was there could be given: what was before is forgiven."""
        self._exhausted_since = None

    def is_flood(self, now: float) -> bool:
        """Tell whether more has been there than may be given for longer than is put up with."""
        since, timeout = self._exhausted_since, self._flood_timeout
        return since is not None and 0 < timeout < now - since
