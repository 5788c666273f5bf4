"""Threads for work that takes long, and a bounded list of what waits for them.

Each thread keeps what it works with to itself. Work is given back to wait until a time that it names. Threads
begin with the first work: a server where nobody logs in has none.
"""

from __future__ import annotations

import heapq
import itertools
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from chatsimples.server.oplog.events import log

MOST_WAITING = 256
MOST_OF_ONE = 8
"""Of one owner."""


class Work(Protocol):
    """What is to be done.

    Attributes:
        owner: whose it is; the work of each is bounded.
    """

    @property
    def owner(self) -> str:
        """Whose it is; the work of each is bounded."""


W = TypeVar("W", bound=Work)

Do = Callable[[W], float]
"""Does a piece of work; returns in how many seconds it is to be done again, 0 if it is done."""


class Pool(Generic[W]):
    """Has work done.

    Args:
        name: of its threads.
        threads: how many there are at most.
        make: makes, in each thread, what does the work there.
        most: how much may wait.
        clock: tells the time, in seconds that never go back.
    """

    def __init__(
        self,
        name: str,
        threads: int,
        make: Callable[[], Do[W]],
        *,
        most: int = MOST_WAITING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._threads = threads
        self._make = make
        self._most = most
        self._clock = clock
        self._changing = threading.Condition()
        self._order = itertools.count()
        self._waiting: list[tuple[float, int, W]] = []
        self._of: Counter[str] = Counter()
        self._begun = 0
        self._idle = 0
        self._stopped = False

    def __len__(self) -> int:
        """Count what waits or is being done."""
        return self._of.total()

    def give(self, work: W, *, is_bound: bool = True) -> bool:
        """Let work wait for a thread; tell whether there is room for it. ``is_bound``: by its owner, too."""
        with self._changing:
            if self._stopped or len(self) >= self._most:
                return False
            if is_bound and self._of[work.owner] >= MOST_OF_ONE:
                return False
            self._of[work.owner] += 1
            self._put(work, 0.0)
            if len(self._waiting) > self._idle and self._begun < self._threads:
                self._begun += 1
                threading.Thread(target=self._run, name=f"{self._name}-{self._begun}", daemon=True).start()
        return True

    def stop(self) -> None:
        """Begin nothing any more; what waits is left undone."""
        with self._changing:
            self._stopped = True
            self._waiting.clear()
            self._changing.notify_all()

    def _put(self, work: W, wait: float) -> None:
        heapq.heappush(self._waiting, (self._clock() + wait if wait else 0.0, next(self._order), work))
        self._changing.notify()

    def _run(self) -> None:
        try:
            do = self._make()
            while (work := self._take()) is not None:
                wait = do(work)
                with self._changing:
                    if wait > 0 and not self._stopped:
                        self._put(work, wait)
                        continue
                    self._of[work.owner] -= 1
                    if not self._of[work.owner]:
                        del self._of[work.owner]
        except Exception:
            # As with a worker: half an acceptor would leave clients waiting for ever.
            try:
                log.exception("a login thread has failed")
            finally:
                os._exit(1)

    def _take(self) -> W | None:
        with self._changing:
            while not self._stopped:
                wait = self._waiting[0][0] - self._clock() if self._waiting else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._waiting)[2]
                self._idle += 1
                self._changing.wait(wait)
                self._idle -= 1
        return None
