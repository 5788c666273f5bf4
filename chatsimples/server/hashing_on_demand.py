"""The supervisor's side of the hashing process: starts it when it is first asked something, and mends it.

The supervisor keeps the channel open at both ends. So the process is not needed before there is a question,
a question waits for the next one if it dies, and an acceptor that is started anew finds it as it was.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from multiprocessing.context import SpawnContext
from typing import Any

from chatsimples.config.server import ServerSettings
from chatsimples.server.channels import FollowLog
from chatsimples.server.child import Child
from chatsimples.server.hashing.channel import channel
from chatsimples.server.tasks import HashingTask


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
        self._settings = settings
        self._gives_way = gives_way
        self.asking, self._asked = channel()
        self._child = Child(context, "hashing", be_hashing, clock=clock)

    @property
    def wakeful(self) -> list[Any]:
        """What becomes readable, for a selector, when there is something to do for `watch`."""
        return [self._asked] if self._child.may_start else self._child.wakeful

    def watch(self) -> None:
        """Start it if it is asked and is not there; take note if it has died."""
        trouble = self._child.trouble()
        if trouble is not None:
            self._child.give_up(trouble)
        elif self._child.may_start and select.select([self._asked], [], [], 0)[0]:
            self._child.start(lambda pipe, _: HashingTask(self._settings, self._asked, self._gives_way, pipe))

    def follow_log(self) -> None:
        """Have it open the log's file anew, if that was renamed or removed."""
        self._child.send(FollowLog())

    def end(self) -> None:
        """End it, whatever it does; it has nothing that could be lost."""
        self._child.end()
