"""A child of the supervisor's that stands apart from the acceptor and the broadcaster: one process at a time.

What such a process is for, and when it is wanted, its owner knows. Here is what is the same for all of them:
starting, hearing, watching, and the patience with one that keeps dying.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any, Generic, NamedTuple, TypeVar

from chatsimples.server.channels import Heartbeat, News, Order, Ready, receive_news, send
from chatsimples.server.oplog.events import log
from chatsimples.server.process import signals_held
from chatsimples.server.watching import continue_if_stopped

_LONGEST_DELAY = 30.0
_STEADY = 10.0

Task = TypeVar("Task")


class Trouble(NamedTuple):
    """What has happened to a process: for the log, with its details."""

    what: str
    details: dict[str, object]


class Child(Generic[Task]):
    """A process that may be there or not.

    Args:
        context: of spawned processes.
        name: of the process.
        target: what it runs.
        silence: seconds without a beat of its heart after which it counts as hanging; 0 for never.
        clock: tells the time, in seconds that never go back.

    Attributes:
        is_ready: whether it has said that it serves.
        has_hung_up: whether it will say no more.
    """

    def __init__(
        self,
        context: SpawnContext,
        name: str,
        target: Callable[[Task], None],
        *,
        silence: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.is_ready = False
        self.has_hung_up = False
        self._context = context
        self._name = name
        self._target = target
        self._silence = silence
        self._clock = clock
        self._process: BaseProcess | None = None
        self._pipe: Connection[Any, Any] | None = None
        self._heart: Heartbeat | None = None
        self._began = 0.0
        self._delay = 0.0
        self._start_at = 0.0

    @property
    def is_there(self) -> bool:
        """Whether there is a process, alive or not."""
        return self._process is not None

    @property
    def may_start(self) -> bool:
        """Whether there is none, and the time for another one has come."""
        return self._process is None and self._clock() >= self._start_at

    @property
    def wakeful(self) -> list[Any]:
        """What becomes readable, for a selector, when it says something or dies."""
        pipe = [] if self._pipe is None else [self._pipe]
        return pipe if self._process is None else [*pipe, self._process.sentinel]

    def start(self, task: Callable[[Connection[Any, Any], Heartbeat], Task]) -> None:
        """Start it, with the task that is made of its end of a pipe and its heart."""
        self.is_ready = self.has_hung_up = False
        self._began = self._clock()
        self._heart = Heartbeat(self._context)
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=self._target, args=(task(theirs, self._heart),), name=self._name
        )
        with signals_held():
            self._process.start()
        theirs.close()

    def hear(self) -> list[News]:
        """Return what it has said."""
        heard: list[News] = []
        try:
            while self._pipe is not None and self._pipe.poll():
                heard.append(receive_news(self._pipe))
        except EOFError:
            self.has_hung_up = True
        self.is_ready |= any(isinstance(news, Ready) for news in heard)
        return heard

    def send(self, order: Order) -> None:
        """Give it an order; nothing happens if it is not there."""
        if self._pipe is not None:
            send(self._pipe, order)

    def trouble(self) -> Trouble | None:
        """Tell what is wrong with it, if anything is; one that was stopped is made to go on."""
        process = self._process
        if process is None:
            return None
        if not process.is_alive():
            return Trouble(f"the {self._name} process has died", {"code": process.exitcode})
        continue_if_stopped(process)
        if self._silence and self.is_ready and self._heart is not None:
            age = self._heart.age()
            if age > self._silence:
                return Trouble(f"the {self._name} process hangs", {"silent_for": round(age, 1)})
        return None

    def give_up(self, trouble: Trouble) -> None:
        """Tell the operator what has happened, and end it; when another one may start, `may_start` tells.

        The first time that is at once; if they keep dying, later and later.
        """
        if self._clock() - self._began >= _STEADY:
            self._delay = 0.0
        log.error(trouble.what, **trouble.details, again_after=self._delay)
        self.end()
        self._start_at = self._clock() + self._delay
        self._delay = min(_LONGEST_DELAY, 2 * self._delay + 1)

    def join(self, patience: float | None = None) -> int | None:
        """Wait until it has ended, at most so many seconds; return its exit code, if it has one."""
        if self._process is None:
            return None
        self._process.join(patience)
        return self._process.exitcode

    def end(self) -> None:
        """End it, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None
        self.is_ready = self.has_hung_up = False
