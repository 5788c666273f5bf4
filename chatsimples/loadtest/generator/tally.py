"""What a reader process counts during a phase, and tells about once a second."""

from __future__ import annotations

import time

from chatsimples.loadtest.checking.stream import Piece
from chatsimples.loadtest.generator import orders
from chatsimples.loadtest.generator.latencies import Latencies

_TELL_EVERY = 1.0


class Tally:
    """Counts bytes and deliveries since the process began, and latencies since they were told.

    Attributes:
        bytes: that readers have received.
        origin: when the phase began, in microseconds of the monotonic clock, as all times here.
        last_delivery: when the last one was in this phase; its beginning if none was.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self.origin = 0
        self.last_delivery = 0
        self._deliveries = 0
        self._latencies = Latencies()
        self._told_bytes = self._told_deliveries = 0
        self._tell_at = 0.0

    def begin(self, origin: int) -> None:
        """Begin a phase; what was counted before is not told any more."""
        self.origin = self.last_delivery = origin
        self._latencies.take()
        self._told_bytes, self._told_deliveries = self.bytes, self._deliveries
        self._tell_at = origin / 1e6 + _TELL_EVERY

    def count(self, piece: Piece) -> None:
        """Count a piece that all readers of its room have received."""
        self._deliveries += sum(texts for _, texts in piece.dues) * len(piece.arrivals)
        self._latencies.add(piece.arrivals, piece.dues)
        if piece.dues:
            self.last_delivery = time.monotonic_ns() // 1000

    def is_due(self, now: float) -> bool:
        """Tell whether it is time to tell."""
        return now >= self._tell_at

    def progress(self, now: float) -> orders.Progress:
        """Give what was counted since this was last asked."""
        progress = orders.Progress(
            now - self.origin / 1e6,
            self._deliveries - self._told_deliveries,
            self.bytes - self._told_bytes,
            self._latencies.take(),
        )
        self._told_bytes, self._told_deliveries = self.bytes, self._deliveries
        self._tell_at = now + _TELL_EVERY
        return progress
