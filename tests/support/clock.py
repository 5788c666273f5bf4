"""A clock that a test moves."""

from __future__ import annotations


class Clock:
    """Tells the time that stands in it.

    Attributes:
        now: the time, in seconds.
    """

    def __init__(self, now: float = 100.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Tell the time."""
        return self.now
