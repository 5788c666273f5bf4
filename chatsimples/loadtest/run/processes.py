"""The load test's own processes: started, told what to do, listened to, and ended."""

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
from typing import Any, TypeVar

from chatsimples.errors import LoadTestError
from chatsimples.loadtest.generator import orders, readers, senders
from chatsimples.loadtest.generator.tasks import Extras, ReadersTask, SendersTask, Task
from chatsimples.loadtest.run.shape import Patience, Shape
from chatsimples.loadtest.wire.secure_socket import Trust

_MOST_READERS = 8
_TO_END = 1.0

Expected = TypeVar("Expected")
Given = TypeVar("Given", bound=Task)


class Processes:
    """Some that hold readers, and one that holds the senders. Each is called by a number.

    Args:
        address: the server's host and port.
        shape: of the load.
        patience: with the server, and with these processes.
        trust: whom its connections trust if they speak TLS.

    Attributes:
        readers: the numbers of those that hold readers.
        senders: the number of the other.
    """

    def __init__(
        self, address: tuple[str, int], shape: Shape, patience: Patience, trust: Trust | None = None
    ) -> None:
        count = min(shape.processes or reader_processes(cores()), shape.clients)
        self.readers = range(count)
        self.senders = count
        self._patience = patience
        self._context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection[Any, Any]] = []
        self._processes: list[SpawnProcess] = []
        self._heard: dict[int, list[orders.News]] = {}
        self._heard_at: dict[int, float] = {}
        try:
            self._start(address, shape, trust)
        except BaseException:
            self.end()
            raise

    def _start(self, address: tuple[str, int], shape: Shape, trust: Trust | None) -> None:
        host, port = address
        common = {
            "host": host,
            "port": port,
            "protocol": shape.protocol,
            "tag": shape.tag,
            "marks_tag": shape.marks_tag,
            "all_rooms": shape.rooms,
            "join_patience": self._patience.join,
            "trust": trust,
        }
        count = len(self.readers)
        rooms = [
            [number % shape.rooms for number in range(shape.clients)][part::count] for part in self.readers
        ]
        done = [self._context.RawArray(c_uint64, shape.rooms) for _ in self.readers]
        wakes = [socket.socketpair() for _ in self.readers]
        first = 0
        for part in self.readers:
            extras = Extras(shape.slow, shape.slow_bytes, shape.churn) if not part else Extras()
            self._spawn(
                readers.run,
                ReadersTask,
                "readers",
                **common,
                rooms=rooms[part],
                first=first,
                extras=extras,
                done=done[part],
                wake=wakes[part][0],
                digest=count > 1,
                size=0 if shape.workload else shape.size,
            )
            first += len(rooms[part])
        self._spawn(
            senders.run,
            SendersTask,
            "senders",
            **common,
            rooms=[number % shape.rooms for number in range(max(shape.senders, shape.rooms))],
            size=shape.size,
            done=done,
            busy_rooms=[sorted(set(each)) for each in rooms],
            wakes=[wake for _, wake in wakes],
            workload=shape.workload,
            patience=self._patience.still,
        )
        for pair in wakes:
            for end in pair:
                end.close()

    def _spawn(self, run: Callable[[Given], None], task: type[Given], name: str, **given: Any) -> None:
        ours, theirs = self._context.Pipe()
        self._heard[len(self._pipes)] = []
        self._pipes.append(ours)
        process = self._context.Process(
            target=run, args=(task(**given, pipe=theirs),), name=name, daemon=True
        )
        # Ctrl-C is for this process, which ends the others: kept from them from their first moment.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
            self._processes.append(process)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()

    def end(self) -> None:
        """Let them end, as their pipes are closed; none is left."""
        for pipe in self._pipes:
            pipe.close()
        deadline = time.monotonic() + _TO_END
        for process in self._processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()

    @property
    def all(self) -> range:
        """The numbers of all."""
        return range(len(self._pipes))

    @property
    def pids(self) -> list[int]:
        """The process ids of all."""
        return [process.pid for process in self._processes if process.pid]

    def order(self, parts: Iterable[int], order: orders.Order) -> None:
        """Tell some what to do."""
        for part in parts:
            with suppress(BrokenPipeError):
                self._pipes[part].send_bytes(orders.encode(order))

    def hear(self, seconds: float) -> bool:
        """Take in what they say, waiting so long for it; tell whether there was anything.

        Raises:
            LoadTestError: one of them can't go on, or has died.
        """
        ready = wait(self._pipes, max(0.0, seconds))
        has_died = False
        for pipe in ready:
            part = next(number for number, each in enumerate(self._pipes) if each is pipe)
            try:
                news = orders.decode_news(self._pipes[part].recv_bytes())
            except (EOFError, ConnectionResetError):
                # Perhaps because another one can't go on: that one says why.
                has_died = True
                continue
            if isinstance(news, orders.Broken):
                raise LoadTestError(news.why)
            self._heard[part].append(news)
            self._heard_at[part] = time.monotonic()
        if has_died:
            raise LoadTestError("a process of the load test has died")
        return bool(ready)

    def expect_from(self, at: float) -> None:
        """From a time on, expect all of them to say something every second."""
        self._heard_at = dict.fromkeys(self._heard, at)

    def check_heard(self, parts: Iterable[int]) -> None:
        """Check that none of these has been silent for too long.

        Raises:
            LoadTestError: one has.
        """
        silence = time.monotonic() - min([self._heard_at[part] for part in parts], default=math.inf)
        if silence > self._patience.silence:
            raise LoadTestError(f"a process of the load test has said nothing for {silence:.0f} s")

    def take(self, part: int, kind: type[Expected]) -> Expected | None:
        """Give the first news of a kind that one has said, if it has."""
        for news in self._heard[part]:
            if isinstance(news, kind):
                self._heard[part].remove(news)
                return news
        return None

    def wait_for(self, part: int, kind: type[Expected], seconds: float, otherwise: str = "") -> Expected:
        """Wait for news of a kind.

        Raises:
            LoadTestError: they do not come in time; with ``otherwise`` as its text, if that is given.
        """
        deadline = time.monotonic() + seconds
        while (news := self.take(part, kind)) is None:
            if time.monotonic() > deadline:
                raise LoadTestError(
                    otherwise or f"the load test's process {part} has not answered in {seconds:g} s"
                )
            self.hear(deadline - time.monotonic())
        return news


def cores() -> int:
    """Tell how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return multiprocessing.cpu_count()


def reader_processes(cores: int) -> int:
    """Tell how many processes are to hold readers: the server and the senders need cores, too."""
    return max(1, min(_MOST_READERS, cores - 3))
