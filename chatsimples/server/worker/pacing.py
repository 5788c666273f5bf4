"""How many commands a client may give in which time, and when it is a flood. No clock: times come in."""

from __future__ import annotations

import msgspec

_SHORTEST_WAIT = 0.001


class Pace(msgspec.Struct, frozen=True):
    """What a client may do in which time; 0 switches a bound off. Commands a second, commands, seconds.

    The fields are called as the server's settings are, from which they come.
    """

    message_rate: float
    message_burst: int
    flood_timeout: float
    registration_timeout: float
    ping_interval: float
    ping_timeout: float

    @property
    def is_bound(self) -> bool:
        """Whether there is a bound on commands."""
        return bool(self.message_rate and self.message_burst)


class Allowance:
    """How many commands a connection may give: a bucket that holds a burst and fills with time.

    Args:
        pace: one that is bound.
        now: the time, in seconds that never go back.

    Attributes:
        left: what the bucket held at the last count. What is given is taken off; more than that may be given.
    """

    __slots__ = ("_at", "_exhausted_since", "_pace", "left")

    def __init__(self, pace: Pace, now: float) -> None:
        self._pace = pace
        self.left = float(pace.message_burst)
        self._at = now
        self._exhausted_since: float | None = None

    def count(self, now: float) -> int:
        """Return how many commands may be given now."""
        pace = self._pace
        self.left = min(pace.message_burst, self.left + (now - self._at) * pace.message_rate)
        self._at = now
        return int(self.left) if self.left > 0 else 0

    @property
    def wait(self) -> float:
        """How many seconds it takes until a command may be given."""
        return max((1.0 - min(self.left, 1.0)) / self._pace.message_rate, _SHORTEST_WAIT)

    def exhaust(self, now: float) -> None:
        """Note that more is there than may be given."""
        if self._exhausted_since is None:
            self._exhausted_since = now

    def recover(self) -> None:
        """Note that all that was there could be given: what was before is forgiven."""
        self._exhausted_since = None

    def is_flood(self, now: float) -> bool:
        """Tell whether more has been there than may be given for longer than is put up with."""
        since, timeout = self._exhausted_since, self._pace.flood_timeout
        return since is not None and 0 < timeout < now - since
