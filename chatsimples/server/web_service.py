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
from multiprocessing.process import BaseProcess
from typing import Any

from chatsimples.config.server import ServerSettings
from chatsimples.net import passing
from chatsimples.net.doors import Door, DoorKind
from chatsimples.server.channels import FollowLog, Heartbeat, Order, Ready, Stop, receive_news, send
from chatsimples.server.oplog.events import log
from chatsimples.server.process import signals_held
from chatsimples.server.tasks import WebTask
from chatsimples.server.watching import continue_if_stopped

_LONGEST_DELAY = 30.0
_STEADY = 10.0
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
        self._context = context
        self._settings = settings
        self._silence = silence
        self._be_web = be_web
        self._clock = clock
        self.giving, self._taking = passing.channel()
        self._link_giving, link_taking = passing.channel()
        self.door = Door(DoorKind.PASSED, link_taking, is_beside=True)
        self._process: BaseProcess | None = None
        self._pipe: Connection[Any, Any] | None = None
        self._heart: Heartbeat | None = None
        self._is_ready = False
        self._began = 0.0
        self._delay = 0.0
        self._start_at = 0.0
        self._stopping = False
        self._secret = os.urandom(_SECRET_BYTES)

    @property
    def wakeful(self) -> list[Any]:
        """What becomes readable, for a selector, when there is something to do for `watch`."""
        if self._process is not None:
            return [self._pipe, self._process.sentinel]
        return [self._taking] if self._may_start() else []

    @property
    def is_running(self) -> bool:
        """Whether there is a web process."""
        return self._process is not None

    def watch(self) -> None:
        """Start it if somebody waits for it; mend what has happened to it."""
        if self._process is None:
            if self._may_start() and _is_readable(self._taking):
                self._start()
            return
        self._hear()
        if not self._process.is_alive():
            self._mend("the web process has died", code=self._process.exitcode)
            return
        continue_if_stopped(self._process)
        if self._is_ready and self._heart is not None and self._heart.age() > self._silence:
            self._mend("the web process hangs", silent_for=round(self._heart.age(), 1))

    def follow_log(self) -> None:
        """Have it open the log's file anew, if that was renamed or removed."""
        self._send(FollowLog())

    def stop(self) -> None:
        """Have it end; none is started any more."""
        self._stopping = True
        self._send(Stop())

    def join(self, patience: float) -> None:
        """Wait until it has ended, at most so many seconds, and then end it."""
        if self._process is not None:
            self._process.join(patience)
        self.end()

    def end(self) -> None:
        """End it, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None
        self._is_ready = False

    def _may_start(self) -> bool:
        return not self._stopping and self._clock() >= self._start_at

    def _start(self) -> None:
        self._began = self._clock()
        self._heart = Heartbeat(self._context)
        self._pipe, theirs = self._context.Pipe()
        task = WebTask(self._settings, self._taking, self._link_giving, theirs, self._heart, self._secret)
        self._process = self._context.Process(target=self._be_web, args=(task,), name="web")
        with signals_held():
            self._process.start()
        theirs.close()

    def _hear(self) -> None:
        try:
            while self._pipe is not None and self._pipe.poll():
                if isinstance(receive_news(self._pipe), Ready):
                    self._is_ready = True
        except EOFError:
            # It has died: `watch` sees to that.
            pass

    def _send(self, order: Order) -> None:
        if self._pipe is not None:
            send(self._pipe, order)

    def _mend(self, what: str, **details: object) -> None:
        if not self._stopping:
            # The first time another one may be started at once; if they keep dying, later and later.
            if self._is_ready and self._clock() - self._began >= _STEADY:
                self._delay = 0.0
            log.error(what, **details, again_after=self._delay)
            self._start_at = self._clock() + self._delay
            self._delay = min(_LONGEST_DELAY, 2 * self._delay + 1)
        self.end()


def _is_readable(sock: socket.socket) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
