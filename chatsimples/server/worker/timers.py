"""The timers of a worker's connections, the earliest first. No clock: times come in."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator

from chatsimples.server.worker.conditions import Timer


class Timers:
    """What connections wait for. A timer that was set comes once; nothing takes it back."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, int, Timer]] = []
        self._order = itertools.count()

    def set(self, when: float, conn: int, timer: Timer) -> None:
        """Set a timer of connection ``conn``."""
        heapq.heappush(self._heap, (when, next(self._order), conn, timer))

    def due(self, now: float) -> Iterator[tuple[int, Timer]]:
        """Give the timers whose time has come, one by one; more may be set in between."""
        while self._heap and self._heap[0][0] <= now:
            _, _, conn, timer = heapq.heappop(self._heap)
            yield conn, timer

    def wait(self, now: float, longest: float) -> float:
        """Return how many seconds there are until the next one, and at most ``longest``."""
        if not self._heap:
            return longest
        return min(longest, max(0.0, self._heap[0][0] - now))
