"""What the broadcaster counts as it goes, and how it tells an admin how the server does.

To count costs no look at a message or a connection: a round adds what it has delivered once for each of its
steps. What is not counted is looked up when somebody asks.
"""

from __future__ import annotations

import array
import fcntl
import resource
import termios
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from chatsimples.chat import effects
from chatsimples.server.broadcaster.outlet import Outlet
from chatsimples.server.broadcaster.turns import Turns

_STATM = Path("/proc/self/statm")


class Meter:
    """The broadcaster's counters.

    Args:
        turns: of the loop.
        queued: tells how many bytes wait in the Queue.
        clock: tells the time, in seconds that never go back.

    Attributes:
        records: that were written.
        deliveries: of records to connections.
        bytes: that were given to connections.
    """

    def __init__(
        self, turns: Turns, queued: Callable[[], int] = int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.records = 0
        self.deliveries = 0
        self.bytes = 0
        self._turns = turns
        self._queued = queued
        self._clock = clock
        self._began = clock()

    def delivered(self, records: int, size: int, connections: int = 1) -> None:
        """Count records, of ``size`` bytes together, that were given to so many connections each."""
        self.deliveries += records * connections
        self.bytes += size * connections

    def status(self, asked: effects.Measure, unfinished: Iterable[Outlet]) -> effects.Status:
        """Return how the server does.

        Args:
            asked: with what the rules know.
            unfinished: the outlets for which something is left to do.
        """
        backlog = catching_up = 0
        for outlet in unfinished:
            backlog += outlet.waiting
            catching_up += outlet.cursor is not None
        return effects.Status(
            uptime=round(self._clock() - self._began, 3),
            seq=asked.seq,
            connections=asked.connections,
            records=self.records,
            deliveries=self.deliveries,
            bytes=self.bytes,
            turns=self._turns.times(),
            backlog=backlog,
            catching_up=catching_up,
            queue=self._queued(),
            rss=occupied_memory(),
            id=asked.id,
        )


def waiting_bytes(fd: int) -> int:
    """Return how many bytes wait to be read from a pipe; 0 if that can't be told."""
    count = array.array("i", [0])
    try:
        fcntl.ioctl(fd, termios.FIONREAD, count)
    except OSError:
        return 0
    return count[0]


def occupied_memory(statm: Path = _STATM) -> int:
    """Return how many bytes of memory this process occupies; where only the most ever is told, that."""
    try:
        pages = int(statm.read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return pages * resource.getpagesize()
