"""The supervisor's side of the hashing process: starts it when it is first asked something, and mends it.

The supervisor keeps the channel open at both ends. So the process is not needed before there is a question,
a question waits for the next one if it dies, and an acceptor that is started anew finds it as it was.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from chatsimples.config.server import ServerSettings
from chatsimples.server.channels import FollowLog, send
from chatsimples.server.hashing.exchange import channel
from chatsimples.server.oplog.events import log
from chatsimples.server.process import signals_held
from chatsimples.server.tasks import HashingTask
from chatsimples.server.watching import continue_if_stopped

_LONGEST_DELAY = 30.0
_STEADY = 10.0


class HashingOnDemand:
    """One hashing process at a time, from the first question on.

    Args:
        context: of spawned processes.
        settings: the server's.
        be_hashing: what the process runs.
        gives_way: whether every other process is to run first.
        clock: tells the time, in seconds that never go back.

    Attributes:
        asking: for the acceptor: where it asks.
    """

    def __init__(
        self,
        context: SpawnContext,
        settings: ServerSettings,
        be_hashing: Callable[[HashingTask], None],
        *,
        gives_way: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._settings = settings
        self._be_hashing = be_hashing
        self._gives_way = gives_way
        self._clock = clock
        self.asking, self._asked = channel()
        self._process: BaseProcess | None = None
        self._pipe: Connection[Any, Any] | None = None
        self._began = 0.0
        self._delay = 0.0
        self._start_at = 0.0

    @property
    def wakeful(self) -> list[Any]:
        """What becomes readable, for a selector, when there is something to do for `watch`."""
        if self._process is not None:
            return [self._process.sentinel]
        return [self._asked] if self._clock() >= self._start_at else []

    def watch(self) -> None:
        """Start it if it is asked and is not there; take note if it has died."""
        process = self._process
        if process is None:
            if self._clock() >= self._start_at and select.select([self._asked], [], [], 0)[0]:
                self._start()
            return
        if process.is_alive():
            continue_if_stopped(process)
            return
        # The first time it may be started again at once; one that keeps dying, later and later.
        if self._clock() - self._began >= _STEADY:
            self._delay = 0.0
        log.error("the hashing process has died", code=process.exitcode, again_after=self._delay)
        self._start_at = self._clock() + self._delay
        self._delay = min(_LONGEST_DELAY, 2 * self._delay + 1)
        self._let_go()

    def follow_log(self) -> None:
        """Have it open the log's file anew, if that was renamed or removed."""
        if self._pipe is not None:
            send(self._pipe, FollowLog())

    def end(self) -> None:
        """End it, whatever it does; it has nothing that could be lost."""
        if self._process is not None:
            self._process.kill()
            self._let_go()

    def _start(self) -> None:
        self._began = self._clock()
        self._pipe, theirs = self._context.Pipe()
        task = HashingTask(self._settings, self._asked, self._gives_way, theirs)
        self._process = self._context.Process(target=self._be_hashing, args=(task,), name="hashing")
        with signals_held():
            self._process.start()
        theirs.close()

    def _let_go(self) -> None:
        if self._process is not None:
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._pipe = self._process = None
