"""The supervisor's side of the web process: starts it when somebody comes, watches it, mends it, and ends it.

Connections wait for it on a channel, of which the supervisor keeps both ends open: whoever passes them on
needs not know whether it is there. It is started when the first one waits, so a server that nobody browses
has none; and again, if it has died, when the next one waits.
"""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from typing import Any

from chatsimples.config.server import ServerSettings
from chatsimples.net import passing
from chatsimples.net.doors import Door, DoorKind
from chatsimples.server.channels import FollowLog, Heartbeat, Stop
from chatsimples.server.child import Child
from chatsimples.server.tasks import WebTask

_SECRET_BYTES = 32


class WebService:
    """One web process at a time, or none, for as long as the server runs.

    Args:
        context: of spawned processes.
        settings: the server's.
        silence: seconds without a beat of its heart after which it counts as hanging.
        be_web: what the process runs.
        clock: tells the time, in seconds that never go back.

    Attributes:
        giving: for the acceptor: where connections go of which a request is to be answered.
        door: for the acceptor: where the connections come that the web process makes to the chat.
    """

    def __init__(
        self,
        context: SpawnContext,
        settings: ServerSettings,
        silence: float,
        be_web: Callable[[WebTask], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self.giving, self._taking = passing.channel()
        self._link_giving, link_taking = passing.channel()
        self.door = Door(DoorKind.PASSED, link_taking, is_beside=True)
        self._child = Child(context, "web", be_web, silence=silence, clock=clock)
        self._stopping = False
        self._secret = os.urandom(_SECRET_BYTES)

    @property
    def wakeful(self) -> list[Any]:
        """What becomes readable, for a selector, when there is something to do for `watch`."""
        return [self._taking] if self._may_start else self._child.wakeful

    @property
    def is_running(self) -> bool:
        """Whether there is a web process."""
        return self._child.is_there

    def watch(self) -> None:
        """Start it if somebody waits for it; mend what has happened to it."""
        self._child.hear()
        trouble = self._child.trouble()
        if trouble is None:
            if self._may_start and _is_readable(self._taking):
                self._child.start(self._task)
        elif self._stopping:
            self._child.end()
        else:
            self._child.give_up(trouble)

    def follow_log(self) -> None:
        """Have it open the log's file anew, if that was renamed or removed."""
        self._child.send(FollowLog())

    def stop(self) -> None:
        """Have it end; none is started any more."""
        self._stopping = True
        self._child.send(Stop())

    def join(self, patience: float) -> None:
        """Wait until it has ended, at most so many seconds, and then end it."""
        self._child.join(patience)
        self._child.end()

    def end(self) -> None:
        """End it, whatever it does."""
        self._child.end()

    @property
    def _may_start(self) -> bool:
        return not self._stopping and self._child.may_start

    def _task(self, pipe: Connection[Any, Any], heart: Heartbeat) -> WebTask:
        return WebTask(self._settings, self._taking, self._link_giving, pipe, heart, self._secret)


def _is_readable(sock: socket.socket) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
