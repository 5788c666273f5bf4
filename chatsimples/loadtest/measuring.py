"""What the processes of a load test say of a phase, added up."""

from __future__ import annotations

import msgspec

from chatsimples.loadtest import orders
from chatsimples.loadtest.latencies import add_encoded, new_histogram, summary
from chatsimples.loadtest.results import Moment


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
        self.moments: list[Moment] = []
        self._progress: list[orders.Progress] = []
        self._sendings: list[orders.Sending] = []
        self._until = 0.0

    @property
    def delivered_part(self) -> float:
        """Which part of what was sent has come, at most 1; readers that got something else do not count."""
        if self.everything:
            return 1.0
        return min(1.0, self.delivered / self.expected) if self.expected else 0.0

    def add(self, news: orders.Progress | orders.Sending) -> None:
        """Take in what a process says."""
        if isinstance(news, orders.Sending):
            self.sent += news.texts
            self.lags.append(news.lags)
            self._sendings.append(news)
        else:
            self.delivered += news.deliveries
            self.bytes += news.octets
            self.latencies.append(news.latencies)
            self._progress.append(news)

    def moments_ready(self, processes: int) -> list[Live]:
        """Give the moments of which all reader processes have told."""
        if len(self._progress) < processes:
            return []
        told, self._progress = self._progress[:processes], self._progress[processes:]
        at = max(each.at for each in told)
        length = max(at - self._until, 1e-6)
        sent = sum(each.texts for each in self._sendings)
        self._sendings.clear()
        latency = summary(add_encoded(new_histogram(), [each.latencies for each in told]))
        moment = Moment(
            at, sent / length, sum(each.deliveries for each in told) / length,
            latency.p50, latency.p99, latency.max,
        )  # fmt: skip
        self._until = at
        self.moments.append(moment)
        return [Live(moment, max(0.0, self._seconds - at))]
