"""The supervisor's side of the TLS process: starts it, watches it, mends it, and ends it.

It is apart from the other two children: what it shares with them is one channel, which the supervisor keeps
open at both ends. So when it dies, nobody but its own clients notices; and connections that it has handed on
while the others were being mended wait on the channel.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from chatsimples.config.base import DEFAULT_TLS_PORT
from chatsimples.config.server import ServerSettings
from chatsimples.errors import SettingError, StartError
from chatsimples.net import passing
from chatsimples.net.doors import Door, DoorKind, listen
from chatsimples.server.channels import (
    Failed,
    FollowLog,
    Heartbeat,
    Order,
    Ready,
    Reload,
    Stop,
    Told,
    receive_news,
    send,
)
from chatsimples.server.oplog.events import log
from chatsimples.server.process import signals_held
from chatsimples.server.tasks import TlsTask
from chatsimples.server.watching import continue_if_stopped

_LONGEST_DELAY = 30.0
_STEADY = 10.0


def check(settings: ServerSettings) -> bool:
    """Tell whether there is to be TLS.

    Raises:
        SettingError: some of what it takes is not said.
    """
    if settings.tls_cert and settings.tls_key:
        return True
    given = {
        "--tls-cert": settings.tls_cert,
        "--tls-key": settings.tls_key,
        "--tls-client-ca": settings.tls_client_ca,
        "--tls-port": settings.tls_port != DEFAULT_TLS_PORT,
    }
    some = next((name for name, value in given.items() if value), "")
    if some:
        raise SettingError(f"{some} alone is not enough: TLS needs --tls-cert and --tls-key")
    return False


class Termination:
    """One TLS process at a time, for as long as the server runs.

    Args:
        context: of spawned processes.
        settings: the server's.
        silence: seconds without a beat of its heart after which it counts as hanging.
        be_tls: what the process runs.
        clock: tells the time, in seconds that never go back.

    Raises:
        StartError: its port can't be had.

    Attributes:
        doors: where clients come.
        door: for the acceptor: where those come who have shaken hands.
        is_ready: whether it serves.
    """

    def __init__(
        self,
        context: SpawnContext,
        settings: ServerSettings,
        silence: float,
        be_tls: Callable[[TlsTask], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._settings = settings
        self._silence = silence
        self._be_tls = be_tls
        self._clock = clock
        self.doors = listen(settings.tls_host or settings.host, settings.tls_port, "--tls-port")
        self._giving, taking = passing.channel()
        self.door = Door(DoorKind.PASSED, taking, is_beside=True)
        self.is_ready = False
        self._has_served = False
        self._process: BaseProcess | None = None
        self._pipe: Connection[Any, Any] | None = None
        self._heart: Heartbeat | None = None
        self._began = 0.0
        self._delay = 0.0
        self._start_at: float | None = None
        self._stopping = False

    @property
    def wakeful(self) -> list[Any]:
        """What becomes readable, for a selector, when there is something to `hear` or to mend."""
        pipe = [] if self._pipe is None else [self._pipe]
        return pipe if self._process is None else [*pipe, self._process.sentinel]

    def start(self) -> None:
        """Start it."""
        self.is_ready = False
        self._start_at = None
        self._began = self._clock()
        self._heart = Heartbeat(self._context)
        self._pipe, theirs = self._context.Pipe()
        task = TlsTask(self._settings, self.doors, self._giving, theirs, self._heart)
        self._process = self._context.Process(target=self._be_tls, args=(task,), name="tls")
        with signals_held():
            self._process.start()
        theirs.close()

    def hear(self) -> list[str]:
        """Return the lines for the operator that it has sent.

        Raises:
            StartError: it can't begin to serve.
        """
        lines: list[str] = []
        try:
            while self._pipe is not None and self._pipe.poll():
                match receive_news(self._pipe):
                    case Told(lines=more):
                        lines += more
                    case Ready():
                        if self._has_served:
                            log.info("TLS is served again")
                        self.is_ready = self._has_served = True
                    case Failed(text=text):
                        self._note_failure(text)
        except EOFError:
            # It has died: `watch` sees to that.
            pass
        return lines

    def watch(self) -> None:
        """Mend what has happened to it.

        Raises:
            StartError: it has died before it ever served.
        """
        process = self._process
        if process is None:
            if self._start_at is not None and self._clock() >= self._start_at:
                self.start()
            return
        if not process.is_alive():
            self._mend("the tls process has died", code=process.exitcode)
            return
        continue_if_stopped(process)
        if self.is_ready and self._heart is not None and self._heart.age() > self._silence:
            self._mend("the tls process hangs", silent_for=round(self._heart.age(), 1))

    def reload(self) -> None:
        """Have it read the certificates anew; one that is yet to be started does so anyway."""
        self._send(Reload())

    def follow_log(self) -> None:
        """Have it open the log's file anew, if that was renamed or removed."""
        self._send(FollowLog())

    def stop(self) -> None:
        """Have it let nobody in any more, and end when all have gone."""
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
        self._let_go()

    def _send(self, order: Order) -> None:
        if self._pipe is not None:
            send(self._pipe, order)

    def _note_failure(self, text: str) -> None:
        """Take note that it can't serve: when the server starts, that is the end of it."""
        if not self._has_served:
            raise StartError(text)
        log.error("TLS can't be served", why=text)

    def _mend(self, what: str, **details: object) -> None:
        if self._stopping:
            self.end()
            return
        # What it has said before it died may explain it.
        self.hear()
        if not self._has_served:
            raise StartError(f"{what}, before it could serve")
        # The first time it is started again at once; one that keeps dying, later and later.
        if self.is_ready and self._clock() - self._began >= _STEADY:
            self._delay = 0.0
        log.error(what, **details, again_after=self._delay)
        self.end()
        self._start_at = self._clock() + self._delay
        self._delay = min(_LONGEST_DELAY, 2 * self._delay + 1)
        self.watch()

    def _let_go(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        self._pipe = self._process = None
        self.is_ready = False
