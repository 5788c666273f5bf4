"""How late records come, judged by their times and this machine's clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

_CLOCKS_DIFFER = 86_400.0
_LASTS = 1.0


class Lag:
    """Measures the lag of a connection.

    Args:
        clock: seconds that never go back.
        wall: the time of day in seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float], wall: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._wall = wall
        self._least = float("inf")
        self._lag = 0.0
        self._measured_at = float("-inf")

    def reset(self) -> None:
        """Begin anew: the connection has changed."""
        self._least = float("inf")

    def measure(self, at: str) -> None:
        """Take the time of a live record that has just come."""
        try:
            said_at = datetime.fromisoformat(at).timestamp()
        except (ValueError, OverflowError):
            return
        # The two clocks may differ; the record that came quickest shows by how much.
        lag = self._wall() - said_at
        if lag < -_CLOCKS_DIFFER:
            return
        self._least = min(self._least, lag)
        self._lag = lag - self._least
        self._measured_at = self._clock()

    def seconds(self) -> float:
        """Return the seconds by which the latest record was late; 0 if none has come lately."""
        return self._lag if self._clock() - self._measured_at < _LASTS else 0.0
