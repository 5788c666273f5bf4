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
from typing import Any

from chatsimples.config.base import DEFAULT_TLS_PORT
from chatsimples.config.server import ServerSettings
from chatsimples.errors import SettingError, StartError
from chatsimples.net import passing
from chatsimples.net.doors import Door, DoorKind, listen
from chatsimples.server.channels import Failed, FollowLog, Heartbeat, Ready, Reload, Stop, Told
from chatsimples.server.child import Child, Trouble
from chatsimples.server.oplog.events import log
from chatsimples.server.tasks import TlsTask


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
        self._settings = settings
        self.doors = listen(settings.tls_host or settings.host, settings.tls_port, "--tls-port")
        self._giving, taking = passing.channel()
        self.door = Door(DoorKind.PASSED, taking, is_beside=True)
        self._child = Child(context, "tls", be_tls, silence=silence, clock=clock)
        self._has_served = False
        self._stopping = False

    @property
    def is_ready(self) -> bool:
        """Whether it serves."""
        return self._child.is_ready

    @property
    def wakeful(self) -> list[Any]:
        """What becomes readable, for a selector, when there is something to `hear` or to mend."""
        return self._child.wakeful

    def start(self) -> None:
        """Start it."""
        self._child.start(self._task)

    def hear(self) -> list[str]:
        """Return the lines for the operator that it has sent.

        Raises:
            StartError: it can't begin to serve.
        """
        lines: list[str] = []
        for news in self._child.hear():
            match news:
                case Told(lines=more):
                    lines += more
                case Ready():
                    if self._has_served:
                        log.info("TLS is served again")
                    self._has_served = True
                case Failed(text=text):
                    self._note_failure(text)
        return lines

    def watch(self) -> None:
        """Mend what has happened to it.

        Raises:
            StartError: it has died before it ever served.
        """
        trouble = self._child.trouble()
        if trouble is not None:
            self._mend(trouble)
        if self._has_served and not self._stopping and self._child.may_start:
            self.start()

    def reload(self) -> None:
        """Have it read the certificates anew; one that is yet to be started does so anyway."""
        self._child.send(Reload())

    def follow_log(self) -> None:
        """Have it open the log's file anew, if that was renamed or removed."""
        self._child.send(FollowLog())

    def stop(self) -> None:
        """Have it let nobody in any more, and end when all have gone."""
        self._stopping = True
        self._child.send(Stop())

    def join(self, patience: float) -> None:
        """Wait until it has ended, at most so many seconds, and then end it."""
        self._child.join(patience)
        self._child.end()

    def end(self) -> None:
        """End it, whatever it does."""
        self._child.end()

    def _task(self, pipe: Connection[Any, Any], heart: Heartbeat) -> TlsTask:
        return TlsTask(self._settings, self.doors, self._giving, pipe, heart)

    def _note_failure(self, text: str) -> None:
        """Take note that it can't serve: when the server starts, that is the end of it."""
        if not self._has_served:
            raise StartError(text)
        log.error("TLS can't be served", why=text)

    def _mend(self, trouble: Trouble) -> None:
        if self._stopping:
            self._child.end()
            return
        # What it has said before it died may explain it.
        self.hear()
        if not self._has_served:
            raise StartError(f"{trouble.what}, before it could serve")
        self._child.give_up(trouble)
