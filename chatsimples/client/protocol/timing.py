"""How long a link waits for what."""

from __future__ import annotations

import msgspec


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How long a link waits, in seconds.

    Attributes:
        connect: for a connection, and for the welcome on it.
        first_retry: before the first attempt after a loss; each further one waits twice as long.
        longest_retry: before an attempt, at most.
        steady: after a connection that lasted this long, the waits begin anew.
        quiet: without a sign of life before the link asks for one. It is above the server's own interval, so
            that usually the server asks.
        unanswered: the same, while an answer is due.
        dead: for the sign of life that was asked for.
        asleep: by which the time of day may run ahead; beyond it the machine has slept.
        awake: for a sign of life after a sleep, in which the connection has often died.
        leave: for the server to close after ``bye``.
        look: between two checks of all this.
    """

    connect: float = 10.0
    first_retry: float = 0.1
    longest_retry: float = 10.0
    steady: float = 5.0
    quiet: float = 90.0
    unanswered: float = 10.0
    dead: float = 15.0
    asleep: float = 10.0
    awake: float = 5.0
    leave: float = 2.0
    look: float = 1.0


DEFAULT_TIMING = Timing()


def retry_delay(timing: Timing, attempts: int, chance: float) -> float:
    """Return the seconds before the next attempt, after so many in vain; ``chance`` is from 0 to 1."""
    longest = min(timing.longest_retry, timing.first_retry * 2.0 ** min(attempts, 30))
    return longest * (0.5 + 0.5 * chance)
