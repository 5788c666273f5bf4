"""One load test of one server: its processes, what they are told, and what comes out.

The order of things: senders and readers come in; a mark is said until everybody has heard it, then a last
one, behind which everybody's stream must be the same; then phases of load; at the end, the checks.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from chatsimples.errors import LoadTestError
from chatsimples.i18n import Translate
from chatsimples.loadtest.checking.verdict import bottleneck, disturbance
from chatsimples.loadtest.generator import orders
from chatsimples.loadtest.generator.latencies import add_encoded, new_histogram, summary
from chatsimples.loadtest.generator.measuring import Live, Measuring
from chatsimples.loadtest.results import Checks, Connecting, Generator, Phase
from chatsimples.loadtest.run.processes import Processes
from chatsimples.loadtest.run.shape import Load, Patience, Shape
from chatsimples.loadtest.run.usage import PhaseUse
from chatsimples.loadtest.wire.secure_socket import Trust

_START_IN = 0.1
_MARK_EVERY = 0.1
_LOOK_EVERY = 0.25
_AFTERWARDS = 0.1
_TO_ANSWER = 5.0
_UNHEARD = "some readers do not hear what is said in their room"


class Session:
    """A load test's processes at a server. Use it in ``with``; it leaves no process behind.

    Args:
        address: the server's host and port.
        shape: of the load.
        translate: into the language of the person.
        pid: of the server's main process, to be watched with those below it; 0 if it is not known.
        watch: is told what happens while it happens.
        patience: with the server, and with the load test's own processes; if not the usual one.
        trust: whom its connections trust if they speak TLS.
    """

    def __init__(
        self,
        address: tuple[str, int],
        shape: Shape,
        translate: Translate,
        *,
        pid: int = 0,
        watch: Callable[[Live], None] = lambda _: None,
        patience: Patience | None = None,
        trust: Trust | None = None,
    ) -> None:
        self._pids = [pid] if pid else []
        self._shape = shape
        self._translate = translate
        self._watch = watch
        self._patience = patience or Patience()
        self._expected = 0
        self._processes = Processes(address, shape, self._patience, trust)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._processes.end()

    def connect(self) -> Connecting:
        """Bring everybody in.

        Raises:
            LoadTestError: not everybody came in.
        """
        processes = self._processes
        processes.order([processes.senders], orders.Connect())
        # They say themselves what is wrong when their patience ends; only then is it ours to say it.
        patience = self._patience.join + _TO_ANSWER
        processes.wait_for(processes.senders, orders.Joined, patience)
        began = time.monotonic()
        processes.order(processes.readers, orders.Connect())
        took = [
            each
            for part in processes.readers
            for each in processes.wait_for(part, orders.Joined, patience).took
        ]
        seconds = time.monotonic() - began
        self._find_common_place()
        took.sort()
        return Connecting(len(took), seconds, took[len(took) // 2] / 1000, took[-1] / 1000)

    def _find_common_place(self) -> None:
        processes = self._processes
        processes.order(processes.readers, orders.Mark(orders.FIRST_MARK))
        unheard = set(processes.readers)
        deadline = time.monotonic() + self._patience.marks
        while unheard:
            if time.monotonic() > deadline:
                raise LoadTestError(_UNHEARD)
            processes.order([processes.senders], orders.Mark(orders.FIRST_MARK))
            until = time.monotonic() + _MARK_EVERY
            while unheard and processes.hear(until - time.monotonic()):
                unheard -= {part for part in unheard if processes.take(part, orders.Seen)}
        processes.order(processes.all, orders.Mark(orders.LAST_MARK))
        for part in processes.readers:
            processes.wait_for(part, orders.Seen, self._patience.marks, _UNHEARD)

    def load(self, load: Load) -> Phase:
        """Load the server for a while, and tell what was measured.

        Raises:
            LoadTestError: it could not go on.
        """
        processes = self._processes
        start = int((time.monotonic() + _START_IN) * 1e6)
        processes.order(processes.all, orders.Begin(start, load.rate, load.window, load.seconds))
        time.sleep(max(0.0, start / 1e6 - time.monotonic()))
        use = PhaseUse(self._pids, processes.pids)
        measuring = Measuring(load.seconds)
        processes.expect_from(start / 1e6)
        sent, delivered = self._watch_load(measuring, use)
        seconds = (max([each.at for each in delivered]) - start) / 1e6
        measuring.everything = all(each.everything for each in delivered)
        if load.rate or not measuring.everything:
            # The last message is due before its second is over; and a server that has come to a stop was not
            # fast until then.
            seconds = max(seconds, load.seconds)
        use.end(max(seconds, 1e-6))
        measuring.expected = self._expected_since(sent)
        segments = [each.segments for each in delivered]
        measuring.writes = sum(segments) / measuring.sent if measuring.sent and min(segments) >= 0 else 0.0
        return self._phase(load, measuring, max(1e-6, seconds), use)

    def _watch_load(
        self, measuring: Measuring, use: PhaseUse
    ) -> tuple[orders.Sent | None, list[orders.Delivered]]:
        """Listen until all readers have everything, or nothing comes any more."""
        processes = self._processes
        sent: orders.Sent | None = None
        delivered: dict[int, orders.Delivered] = {}
        while len(delivered) < len(processes.readers):
            processes.hear(_LOOK_EVERY)
            processes.check_heard(part for part in processes.readers if part not in delivered)
            processes.check_heard([processes.senders] if sent is None else [])
            use.look()
            for part in processes.all:
                while news := processes.take(part, orders.Progress) or processes.take(part, orders.Sending):
                    measuring.add(news, part)
                if end := processes.take(part, orders.Delivered):
                    delivered[part] = end
            for live in measuring.moments_ready(len(processes.readers)):
                self._watch(live)
            if sent is None and (sent := processes.take(processes.senders, orders.Sent)):
                processes.order(processes.readers, orders.Expect(sent.sent, self._patience.still))
        return sent, list(delivered.values())

    def _expected_since(self, sent: orders.Sent | None) -> int:
        """Count the deliveries that were due since this was last asked."""
        rooms, clients = self._shape.rooms, self._shape.clients
        expected = sum(
            sum(room.values()) * len(range(number, clients, rooms))
            for number, room in enumerate(sent.sent if sent is not None else [])
        )
        before, self._expected = self._expected, expected
        return expected - before

    def _phase(
        self,
        load: Load,
        measuring: Measuring,
        seconds: float,
        use: PhaseUse,
    ) -> Phase:
        latency = summary(add_encoded(new_histogram(), measuring.latencies))
        lags = summary(add_encoded(new_histogram(), measuring.lags))
        open_loop = load.rate > 0
        return Phase(
            offered=load.rate,
            seconds=seconds,
            sent=measuring.sent,
            achieved=measuring.sent * measuring.delivered_part / seconds,
            deliveries=measuring.delivered / seconds,
            bytes=measuring.bytes / seconds,
            writes=measuring.writes,
            connections=self._shape.clients,
            latency=latency,
            moments=measuring.moments,
            server=use.server,
            generator=Generator(
                processes=use.own,
                lag_p99=lags.p99 if open_loop else 0.0,
                lag_max=lags.max if open_loop else 0.0,
                bottleneck=bottleneck(
                    use.own, use.server, latency, lags.p99, open_loop=open_loop, translate=self._translate
                ),
                disturbed=disturbance(
                    total=use.total,
                    own=use.all_own,
                    server=sum(each.cpu for each in use.server),
                    cores=multiprocessing.cpu_count(),
                    translate=self._translate,
                )
                if use.server
                else "",
            ),
        )

    def finish(self) -> Checks:
        """End the load test, and tell what was right and wrong.

        Raises:
            LoadTestError: one of its processes does not answer.
        """
        processes = self._processes
        # What comes twice may come after everything has come once.
        until = time.monotonic() + _AFTERWARDS
        while processes.hear(until - time.monotonic()):
            pass
        processes.order(processes.readers, orders.Finish())
        found = [processes.wait_for(part, orders.Found, self._patience.silence) for part in processes.readers]
        processes.order([processes.senders], orders.Finish())
        checks = Checks()
        for each in found:
            checks.add(each.checks)
        differing = sum(
            len({each.digests[room] for each in found if room in each.digests}) > 1
            for room in range(self._shape.rooms)
        )
        if differing:
            checks.add(Checks(damaged=differing, first="processes received different streams"))
        return checks
