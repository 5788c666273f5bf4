"""One load test of one server: its processes, what they are told, and what comes out.

The order of things: senders and readers come in; a mark is said until everybody has heard it, then a last
one, behind which everybody's stream must be the same; then phases of load; at the end, the checks.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from ctypes import c_uint64
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from chatsimples.errors import LoadTestError
from chatsimples.i18n import Translate
from chatsimples.loadtest.checking.verdict import bottleneck, disturbance
from chatsimples.loadtest.generator import orders, readers, senders
from chatsimples.loadtest.generator.latencies import add_encoded, new_histogram, summary
from chatsimples.loadtest.generator.measuring import Live as Live  # noqa: PLC0414 - progress takes it from here
from chatsimples.loadtest.generator.measuring import Measuring
from chatsimples.loadtest.generator.schedule import Due
from chatsimples.loadtest.results import Checks, Connecting, Generator, Phase
from chatsimples.loadtest.run.usage import PhaseUse

_START_IN = 0.1
_MARK_EVERY = 0.1
_LOOK_EVERY = 0.25
_AFTERWARDS = 0.1
_TO_ANSWER = 5.0
_MOST_PROCESSES = 8
_UNHEARD = "some readers do not hear what is said in their room"

Expected = TypeVar("Expected")


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What a load consists of, apart from how fast it goes.

    Attributes:
        protocol: how the server is spoken to.
        clients: readers.
        senders: at least one per room.
        rooms: readers and senders are spread over them.
        size: bytes of a text.
        slow: readers beside the others that take ``slow_bytes`` a second each.
        churn: reconnects a second, beside the others.
        processes: that hold readers; 0: as many as the machine has to spare.
        workload: the messages of an open loop, if they are not to come steadily.
        tag: of the names of this load test; empty on a server of its own.
        marks_tag: a number of this load test.
    """

    protocol: str
    clients: int
    senders: int
    rooms: int
    size: int
    slow: int = 0
    slow_bytes: int = 0
    churn: float = 0.0
    processes: int = 0
    workload: list[Due] = []
    tag: str = ""
    marks_tag: int = 0


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """For how many seconds a load test waits for others before it says what is wrong.

    Attributes:
        join: until everybody is in their rooms.
        marks: until everybody has heard what is said there.
        still: for a server that takes or delivers nothing any more.
        silence: for a process of its own that says nothing.
    """

    join: float = 60.0
    marks: float = 30.0
    still: float = 10.0
    silence: float = 60.0


PATIENCE = Patience()
"""What a session has if it is not given another."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """How fast a phase goes: ``rate`` messages a second, or 0 for a closed loop with a window."""

    rate: float
    window: int
    seconds: float


class Session:
    """A load test's processes at a server. Use it in ``with``; it leaves no process behind.

    Args:
        address: the server's host and port.
        shape: of the load.
        translate: into the language of the person.
        pid: of the server's main process, to be watched with those below it; 0 if it is not known.
        watch: is told what happens while it happens.
        patience: with the server, and with the load test's own processes; if not given, `PATIENCE`.
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
    ) -> None:
        self._pids = [pid] if pid else []
        self._shape = shape
        self._translate = translate
        self._watch = watch
        self._patience = patience or PATIENCE
        self._context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection[Any, Any]] = []
        self._processes: list[SpawnProcess] = []
        self._heard: dict[int, list[orders.News]] = {}
        self._heard_at: dict[int, float] = {}
        self._expected = 0
        try:
            self._start(*address)
        except BaseException:
            self._end()
            raise

    def _start(self, host: str, port: int) -> None:
        shape = self._shape
        count = shape.processes or reader_processes(cores())
        count = min(count, shape.clients)
        rooms = [
            [number % shape.rooms for number in range(shape.clients)][part::count] for part in range(count)
        ]
        done = [self._context.RawArray(c_uint64, shape.rooms) for _ in range(count)]
        wakes = [socket.socketpair() for _ in range(count)]
        common = (host, port, shape.protocol, shape.tag, shape.marks_tag, shape.rooms)
        first = 0
        for part in range(count):
            pipe = self._pipe()
            task = readers.ReadersTask(
                *common,
                rooms=rooms[part],
                first=first,
                slow=shape.slow if not part else 0,
                slow_bytes=shape.slow_bytes,
                churn=shape.churn if not part else 0.0,
                done=done[part],
                wake=wakes[part][0],
                pipe=pipe,
                digest=count > 1,
                size=0 if shape.workload else shape.size,
                patience=self._patience.join,
            )
            first += len(rooms[part])
            self._spawn(readers.run, task, "readers")
            pipe.close()
        pipe = self._pipe()
        sending = senders.SendersTask(
            *common,
            rooms=[number % shape.rooms for number in range(max(shape.senders, shape.rooms))],
            size=shape.size,
            done=done,
            busy_rooms=[sorted(set(each)) for each in rooms],
            wakes=[wake for _, wake in wakes],
            pipe=pipe,
            workload=shape.workload,
            join_patience=self._patience.join,
            patience=self._patience.still,
        )
        self._spawn(senders.run, sending, "senders")
        pipe.close()
        for pair in wakes:
            for end in pair:
                end.close()

    def _pipe(self) -> Connection[Any, Any]:
        ours, theirs = self._context.Pipe()
        self._heard[len(self._pipes)] = []
        self._pipes.append(ours)
        return theirs

    def _spawn(self, target: Callable[[Any], None], task: object, name: str) -> None:
        process = self._context.Process(target=target, args=(task,), name=name, daemon=True)
        # Ctrl-C is for this process, which ends the others: kept from them from their first moment.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
            self._processes.append(process)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        for pipe in self._pipes:
            pipe.close()
        deadline = time.monotonic() + 1.0
        for process in self._processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()

    # The order of things.

    def connect(self) -> Connecting:
        """Bring everybody in.

        Raises:
            LoadTestError: not everybody came in.
        """
        self._order(self._senders, orders.Connect())
        # They say themselves what is wrong when their patience ends; only then is it ours to say it.
        patience = self._patience.join + _TO_ANSWER
        self._await(self._senders, orders.Joined, patience)
        began = time.monotonic()
        for part in self._readers:
            self._order(part, orders.Connect())
        took = [each for part in self._readers for each in self._await(part, orders.Joined, patience).took]
        seconds = time.monotonic() - began
        self._find_common_place()
        took.sort()
        return Connecting(len(took), seconds, took[len(took) // 2] / 1000, took[-1] / 1000)

    def _find_common_place(self) -> None:
        for part in self._readers:
            self._order(part, orders.Mark(orders.FIRST_MARK))
        unheard = set(self._readers)
        deadline = time.monotonic() + self._patience.marks
        while unheard:
            if time.monotonic() > deadline:
                raise LoadTestError(_UNHEARD)
            self._order(self._senders, orders.Mark(orders.FIRST_MARK))
            until = time.monotonic() + _MARK_EVERY
            while unheard and self._hear(until - time.monotonic()):
                unheard -= {part for part in unheard if self._take(part, orders.Seen)}
        for part in self._readers:
            self._order(part, orders.Mark(orders.LAST_MARK))
        self._order(self._senders, orders.Mark(orders.LAST_MARK))
        for part in self._readers:
            self._await(part, orders.Seen, self._patience.marks, _UNHEARD)

    def load(self, load: Load) -> Phase:
        """Load the server for a while, and tell what was measured.

        Raises:
            LoadTestError: it could not go on.
        """
        start = int((time.monotonic() + _START_IN) * 1e6)
        begin = orders.Begin(start, load.rate, load.window, load.seconds)
        for part in (*self._readers, self._senders):
            self._order(part, begin)
        time.sleep(max(0.0, start / 1e6 - time.monotonic()))
        use = PhaseUse(self._pids, [process.pid for process in self._processes if process.pid])
        measuring = Measuring(load.seconds)
        sent: orders.Sent | None = None
        delivered: dict[int, orders.Delivered] = {}
        self._heard_at = dict.fromkeys(self._heard, start / 1e6)
        while len(delivered) < len(self._readers):
            self._hear(_LOOK_EVERY)
            self._expect_words_of(part for part in self._readers if part not in delivered)
            self._expect_words_of([self._senders] if sent is None else [])
            use.look()
            for part in (*self._readers, self._senders):
                for news in self._all_of(part, orders.Progress | orders.Sending):
                    measuring.add(news, part)
                if news := self._take(part, orders.Delivered):
                    delivered[part] = news
            for live in measuring.moments_ready(len(self._readers)):
                self._watch(live)
            if sent is None and (news := self._take(self._senders, orders.Sent)):
                sent = news
                for part in self._readers:
                    self._order(part, orders.Expect(sent.sent, self._patience.still))
        seconds = (max([each.at for each in delivered.values()]) - start) / 1e6
        measuring.everything = all(each.everything for each in delivered.values())
        if load.rate or not measuring.everything:
            # The last message is due before its second is over; and a server that has come to a stop was not
            # fast until then.
            seconds = max(seconds, load.seconds)
        use.end(max(seconds, 1e-6))
        measuring.expected = self._expected_since(sent)
        segments = [each.segments for each in delivered.values()]
        measuring.writes = sum(segments) / measuring.sent if measuring.sent and min(segments) >= 0 else 0.0
        return self._phase(load, measuring, max(1e-6, seconds), use)

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
        # What comes twice may come after everything has come once.
        until = time.monotonic() + _AFTERWARDS
        while self._hear(until - time.monotonic()):
            pass
        for part in self._readers:
            self._order(part, orders.Finish())
        found = [self._await(part, orders.Found, self._patience.silence) for part in self._readers]
        self._order(self._senders, orders.Finish())
        first = next((each.first for each in found if each.first), "")
        differ = sum(
            len({each.digests[room] for each in found if room in each.digests}) > 1
            for room in range(self._shape.rooms)
        )
        return Checks(
            expected=sum(each.expected for each in found),
            exact=sum(each.exact for each in found),
            lost=sum(each.lost for each in found),
            duplicated=sum(each.duplicated for each in found),
            reordered=sum(each.reordered for each in found),
            damaged=sum(each.damaged for each in found) + differ,
            ended=sum(each.ended for each in found),
            first=first or ("processes received different streams" if differ else ""),
            slow_behind=sum(each.slow_behind for each in found),
            reconnected=sum(each.reconnected for each in found),
        )

    # Talking to the processes.

    @property
    def _readers(self) -> range:
        return range(len(self._pipes) - 1)

    @property
    def _senders(self) -> int:
        return len(self._pipes) - 1

    def _order(self, part: int, order: orders.Order) -> None:
        with suppress(BrokenPipeError):
            self._pipes[part].send_bytes(orders.encode(order))

    def _hear(self, patience: float) -> bool:
        """Take in what the processes say, waiting so long for it; tell whether there was anything."""
        ready = wait(self._pipes, max(0.0, patience))
        for pipe in ready:
            part = next(number for number, each in enumerate(self._pipes) if each is pipe)
            try:
                news = orders.decode_news(self._pipes[part].recv_bytes())
            except (EOFError, ConnectionResetError):
                raise LoadTestError("a process of the load test has died") from None
            if isinstance(news, orders.Broken):
                raise LoadTestError(news.why)
            self._heard[part].append(news)
            self._heard_at[part] = time.monotonic()
        return bool(ready)

    def _expect_words_of(self, parts: Iterable[int]) -> None:
        """Fail if one of these processes, which speak every second, has been silent for too long."""
        silence = time.monotonic() - min([self._heard_at[part] for part in parts], default=math.inf)
        if silence > self._patience.silence:
            raise LoadTestError(f"a process of the load test has said nothing for {silence:.0f} s")

    def _take(self, part: int, kind: type[Expected]) -> Expected | None:
        for news in self._heard[part]:
            if isinstance(news, kind):
                self._heard[part].remove(news)
                return news
        return None

    def _all_of(self, part: int, kind: Any) -> list[Any]:
        taken = [news for news in self._heard[part] if isinstance(news, kind)]
        self._heard[part] = [news for news in self._heard[part] if not isinstance(news, kind)]
        return taken

    def _await(self, part: int, kind: type[Expected], patience: float, otherwise: str = "") -> Expected:
        deadline = time.monotonic() + patience
        while True:
            news = self._take(part, kind)
            if news is not None:
                return news
            if time.monotonic() > deadline:
                raise LoadTestError(
                    otherwise or f"the load test's process {part} has not answered in {patience:g} s"
                )
            self._hear(deadline - time.monotonic())


def cores() -> int:
    """Tell how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return multiprocessing.cpu_count()


def reader_processes(cores: int) -> int:
    """Tell how many processes are to hold readers: the server and the senders need cores, too."""
    return max(1, min(_MOST_PROCESSES, cores - 3))
