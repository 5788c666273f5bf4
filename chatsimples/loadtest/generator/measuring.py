"""What the processes of a load test say of a phase, added up.

They speak about once a second, each at its own time, and what they say is of the time since they last spoke.
So it is put into moments by when they say it was, not by when it is heard.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from chatsimples.loadtest.generator import orders
from chatsimples.loadtest.generator.latencies import add_encoded, new_histogram, summary
from chatsimples.loadtest.results import Latency, Moment

_SHORTEST = 0.5
_INSTANT = 1e-6


class Live(msgspec.Struct, frozen=True):
    """What is known of a phase while it runs."""

    moment: Moment
    left: float


class Measuring:
    """Adds up what the processes say of a phase, and puts it together into moments.

    Args:
        seconds: how long messages are sent.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.sent = 0
        self.delivered = 0
        self.expected = 0
        self.everything = False
        self.bytes = 0
        self.writes = 0.0
        self.latencies: list[bytes] = []
        self.lags: list[bytes] = []
        self._deliveries: defaultdict[int, _Told] = defaultdict(_Told)
        self._texts: defaultdict[int, _Told] = defaultdict(_Told)
        self._ends: dict[int, float] = {}
        self._histograms: defaultdict[int, list[bytes]] = defaultdict(list)
        self._summed: dict[int, tuple[int, Latency]] = {}
        self._shown = -1
        self._shown_until = 0.0

    @property
    def delivered_part(self) -> float:
        """Which part of what was sent has come, at most 1; readers that got something else do not count."""
        if self.everything:
            return 1.0
        return min(1.0, self.delivered / self.expected) if self.expected else 0.0

    def add(self, news: orders.Progress | orders.Sending, part: int = 0) -> None:
        """Take in what a process says.

        Args:
            news: of the time since it last said something.
            part: which process it is, of those that read or those that send.
        """
        if isinstance(news, orders.Sending):
            self.sent += news.texts
            self.lags.append(news.lags)
            self._texts[part].add(news.at, news.texts)
        else:
            self.delivered += news.deliveries
            self.bytes += news.octets
            self.latencies.append(news.latencies)
            self._deliveries[part].add(news.at, news.deliveries)
            second = round(news.at)
            self._ends[second] = max(self._ends.get(second, 0.0), news.at)
            self._histograms[second].append(news.latencies)

    @property
    def moments(self) -> list[Moment]:
        """The moments by all that is known now; none is shorter than half a second, except the only one."""
        stretches: list[list[int]] = []
        begins: list[float] = []
        until = 0.0
        for second in sorted(self._ends):
            if stretches and self._ends[second] - until < _SHORTEST:
                stretches[-1].append(second)
            else:
                stretches.append([second])
                begins.append(until)
            until = self._ends[second]
        return [self._moment(begin, seconds) for begin, seconds in zip(begins, stretches, strict=True)]

    def moments_ready(self, processes: int) -> list[Live]:
        """Give the moments of which all reader processes have told, each once.

        What comes later may still change them a little: see `moments`.
        """
        ready: list[Live] = []
        for second in sorted(each for each in self._ends if each > self._shown):
            if not self._all_told(second, processes):
                break
            self._shown = second
            end = self._ends[second]
            if end - self._shown_until >= _SHORTEST or not self._shown_until:
                moment = self._moment(self._shown_until, [second])
                self._shown_until = end
                ready.append(Live(moment, max(0.0, self._seconds - end)))
        return ready

    def _all_told(self, second: int, processes: int) -> bool:
        if len(self._histograms[second]) >= processes:
            return True
        # One that was late may have told of two seconds at once.
        past = [told for told in self._deliveries.values() if round(told.until) >= second]
        return len(past) >= processes

    def _moment(self, begin: float, seconds: list[int]) -> Moment:
        end = self._ends[seconds[-1]]
        length = max(end - begin, _INSTANT)
        latency = self._latency(seconds)
        return Moment(
            end, _between(self._texts.values(), begin, end) / length,
            _between(self._deliveries.values(), begin, end) / length,
            latency.p50, latency.p99, latency.max,
        )  # fmt: skip

    def _latency(self, seconds: list[int]) -> Latency:
        histograms = [each for second in seconds for each in self._histograms[second]]
        count, latency = self._summed.get(seconds[-1], (0, Latency()))
        if count != len(histograms):
            # Summing up takes long; it is done once while the load runs, and again only if more has come.
            latency = summary(add_encoded(new_histogram(), histograms))
            self._summed[seconds[-1]] = len(histograms), latency
        return latency


class _Told:
    """What one process has counted, and when: evenly since the last time, as far as is known."""

    def __init__(self) -> None:
        self._ats = [0.0]
        self._counts = [0]

    @property
    def until(self) -> float:
        return self._ats[-1]

    def add(self, at: float, count: int) -> None:
        if at <= self.until and self.until:
            # Of another process that is not told apart from this one.
            self._counts[-1] += count
            return
        self._ats.append(max(at, _INSTANT))
        self._counts.append(count)

    def between(self, begin: float, end: float) -> float:
        """Tell how much of what was counted belongs between two times."""
        found = 0.0
        for number in range(bisect_right(self._ats, begin), len(self._ats)):
            first, last = self._ats[number - 1], self._ats[number]
            if first >= end:
                break
            found += self._counts[number] * (min(last, end) - max(first, begin)) / (last - first)
        return found


def _between(told: Iterable[_Told], begin: float, end: float) -> float:
    return sum(each.between(begin, end) for each in told)
