"""How long the turns of the broadcaster's loop take: what everybody waits for if one is long."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence
from operator import add

from chatsimples.chat.effects import TurnTimes
from chatsimples.server.oplog.events import log

LONG_TURN = 0.020
"""Seconds that no turn is to take."""

SUMMARY = "turns of the loop"
"""The event that sums them up; see `Turns.close`."""

_SUMMARY_EVERY = 3_600.0
_TELL_EVERY = 10.0
# Four buckets for each doubling, from a microsecond to more than a minute.
_STEPS_BITS = 2
_STEPS = 1 << _STEPS_BITS
_BUCKETS = _STEPS * 26


class Turns:
    """Notes how long each turn takes, and tells the operator: of long ones soon, of all every hour.

    A turn lasts from `begin` to the last `did` before `end`. What is kept does not grow: 832 bytes of counts,
    twice, each of turns of about the same length, within a fifth.

    Args:
        clock: tells the time, in seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = self._last = clock()
        self._parts: list[tuple[str, float]] = []
        self._told_at = self._began - _TELL_EVERY
        self._untold = 0
        self._since = self._began
        self._counts = array("Q", bytes(8 * _BUCKETS))
        self._longest = 0.0
        self._long = 0
        # Of all that were summed up already.
        self._summed = array("Q", bytes(8 * _BUCKETS))
        self._longest_summed = 0.0
        self._long_summed = 0
        self._busy = 0.0

    def begin(self) -> float:
        """Note that a turn begins; return the time."""
        self._began = self._last = self._clock()
        self._parts.clear()
        return self._began

    def did(self, part: str) -> float:
        """Note what has been done since the turn began, or since the last time; return the time."""
        now = self._clock()
        self._parts.append((part, now - self._last))
        self._last = now
        return now

    def end(self) -> None:
        """Note that the turn is over."""
        seconds = self._last - self._began
        self._counts[_bucket(int(seconds * 1e6))] += 1
        self._busy += seconds
        if seconds > self._longest:
            self._note_longest(seconds)
        if seconds > LONG_TURN:
            self._long += 1
            self._tell_of_long_one(seconds)
        if self._last - self._since >= _SUMMARY_EVERY:
            self.close()

    def close(self) -> None:
        """Sum up the turns since this was done before, and begin anew."""
        total = sum(self._counts)
        if total:
            log.info(
                SUMMARY,
                turns=total,
                seconds=round(self._last - self._since, 1),
                p50_ms=_percentile(self._counts, total, 0.5, self._longest),
                p99_ms=_percentile(self._counts, total, 0.99, self._longest),
                max_ms=_milliseconds(self._longest),
                over_20_ms=self._long,
            )
        self._summed = self._all_counts()
        self._longest_summed = max(self._longest_summed, self._longest)
        self._long_summed += self._long
        self._since = self._last
        self._counts = array("Q", bytes(8 * _BUCKETS))
        self._longest = 0.0
        self._long = 0

    def times(self) -> TurnTimes:
        """Return how long all turns took that there ever were."""
        counts = self._all_counts()
        total = sum(counts)
        longest = max(self._longest_summed, self._longest)
        return TurnTimes(
            count=total,
            busy=round(self._busy, 6),
            p50_ms=_percentile(counts, total, 0.5, longest),
            p99_ms=_percentile(counts, total, 0.99, longest),
            max_ms=_milliseconds(longest),
            over_20_ms=self._long_summed + self._long,
            histogram=[
                (_milliseconds(_end_of(bucket) / 1e6), count) for bucket, count in enumerate(counts) if count
            ],
        )

    def _all_counts(self) -> array[int]:
        return array("Q", map(add, self._summed, self._counts))

    def _note_longest(self, seconds: float) -> None:
        self._longest = seconds

    def _tell_of_long_one(self, seconds: float) -> None:
        if self._last - self._told_at < _TELL_EVERY:
            self._untold += 1
            return
        parts: dict[str, float] = {}
        for part, took in self._parts:
            parts[part] = parts.get(part, 0.0) + took
        did = {part: _milliseconds(took) for part, took in parts.items()}
        log.warning("a turn of the loop was long", ms=_milliseconds(seconds), did=did, not_told=self._untold)
        self._told_at = self._last
        self._untold = 0


def _percentile(counts: Sequence[int], total: int, share: float, longest: float) -> float:
    """Return, in milliseconds, what so large a share of the turns did not exceed."""
    left = share * total
    for bucket, count in enumerate(counts):
        left -= count
        if left <= 0 and count:
            return min(_milliseconds(longest), _milliseconds(_end_of(bucket) / 1e6))
    return _milliseconds(longest)


def _bucket(microseconds: int) -> int:
    """Return the place of a length: those below 4 have each their own, from there on each doubling has 4."""
    shift = microseconds.bit_length() - _STEPS_BITS - 1
    if shift <= 0:
        return microseconds
    return min(_BUCKETS - 1, (shift << _STEPS_BITS) + (microseconds >> shift))


def _end_of(bucket: int) -> int:
    """Return the first length, in microseconds, that is too long for a bucket."""
    shift = max(0, (bucket >> _STEPS_BITS) - 1)
    return (bucket - (shift << _STEPS_BITS) + 1) << shift


def _milliseconds(seconds: float) -> float:
    return round(1_000 * seconds, 3)
