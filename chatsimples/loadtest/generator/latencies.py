"""Latencies: counted as they come, in HDR histograms after.

Recording one value in a histogram costs more than a delivery; so they are first counted by value, exact up to
2 ms and to a part in a thousand above, and each count is recorded once a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from hdrh.histogram import HdrHistogram

from chatsimples.loadtest.checking.ledger import Due
from chatsimples.loadtest.results import Latency
from chatsimples.loadtest.wire.texts import DUE_MODULO

LONGEST = 600_000_000
"""Microseconds; what takes longer counts as this."""

_DIGITS = 3
_EXACT_BITS = 11
_FEW = 512
_CURVE = (0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.995, 99.999, 100)


class Latencies:
    """Counts latencies in microseconds."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.timed = 0

    def add(self, arrivals: Sequence[int], dues: Iterable[Due]) -> None:
        """Count the deliveries of texts, of which so many were due at a time, to readers that had them then.

        Where there are many of both, arrivals are rounded down by less than a part in 128 of the latency.
        """
        if not arrivals:
            return
        dues = list(dues)
        times: Counter[int] = Counter()
        if len(arrivals) * len(dues) <= _FEW:
            times.update(arrivals)
        else:
            # Of each on its own: the last due may be behind the end of a round, and then is not the greatest.
            first = min(arrivals)
            least = min((first - due) % DUE_MODULO for due, _ in dues)
            shift = max(0, least.bit_length() - 8)
            times.update([(each >> shift) << shift for each in arrivals])
        counts = self._counts
        for due, texts in dues:
            for arrival, readers in times.items():
                counts[_rounded((arrival - due) % DUE_MODULO)] += texts * readers
            self.timed += texts * len(arrivals)

    def record(self, microseconds: int) -> None:
        """Count one."""
        self._counts[_rounded(microseconds)] += 1
        self.timed += 1

    def take(self) -> bytes:
        """Give what was counted since this was last asked, as an encoded histogram."""
        histogram = new_histogram()
        for value, count in self._counts.items():
            histogram.record_value(min(max(value, 1), LONGEST), count)
        self._counts.clear()
        encoded: bytes = histogram.encode()
        return encoded


def new_histogram() -> HdrHistogram:
    """Make a histogram of microseconds, of three significant digits."""
    return HdrHistogram(1, LONGEST, _DIGITS)


def add_encoded(histogram: HdrHistogram, encoded: Iterable[bytes]) -> HdrHistogram:
    """Add encoded histograms to one, and return it."""
    for each in encoded:
        histogram.decode_and_add(each)
    return histogram


def summary(histogram: HdrHistogram) -> Latency:
    """Sum a histogram up, in milliseconds."""
    count = histogram.get_total_count()
    if not count:
        return Latency()

    def at(percentile: float) -> float:
        return float(histogram.get_value_at_percentile(percentile)) / 1000

    return Latency(
        count=count,
        mean=round(histogram.get_mean_value() / 1000, 4),
        p50=at(50),
        p99=at(99),
        p999=at(99.9),
        max=histogram.get_max_value() / 1000,
        curve=[(float(percentile), at(percentile)) for percentile in _CURVE],
    )


def _rounded(microseconds: int) -> int:
    shift = max(0, microseconds.bit_length() - _EXACT_BITS)
    return (microseconds >> shift) << shift
