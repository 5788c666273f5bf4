"""The loop of ``replay serve``: it lets happen what is due, and gives each connection what it has not heard.

Nobody waits for anybody: each listener reads the transcript at its own speed.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterable, Mapping, Sequence

from chatsimples.dialects.base import Dialect
from chatsimples.i18n import Translate
from chatsimples.net.doors import Door, places
from chatsimples.net.intake import PAUSE, Intake
from chatsimples.net.open_files import open_files_limit
from chatsimples.net.tuning import KeepAlive
from chatsimples.replay.serve.connection import ListenerConnection
from chatsimples.replay.serve.responder import HAS_ENDED, Responder
from chatsimples.standard_output import print_line

_LONGEST_WAIT = 1.0
_FILES_OF_ITS_OWN = 32
# A listener may stop reading for as long as it likes, as long as its machine is there.
_KEEP_ALIVE = KeepAlive(idle=60, interval=15)


class Loop:
    """The loop.

    Args:
        doors: by which listeners come; owned from here on.
        signals: is readable once it is to stop.
        responder: answers the listeners.
        dialects: what they may speak, by name.
    """

    def __init__(
        self,
        doors: Sequence[Door],
        signals: socket.socket,
        responder: Responder,
        dialects: Mapping[str, Dialect],
    ) -> None:
        self._doors = doors
        self._signals = signals
        self._responder = responder
        self._dialects = dialects
        self._timeline = responder.timeline
        self._selector = selectors.DefaultSelector()
        self._selector.register(signals, selectors.EVENT_READ)
        self._connections: dict[socket.socket, ListenerConnection] = {}
        self._busy: set[ListenerConnection] = set()
        self._timed: set[ListenerConnection] = set()
        self._came = 0
        most = max(1, open_files_limit() - _FILES_OF_ITS_OWN)
        self._intake = Intake(doors, self._selector, lambda: len(self._connections) < most, _KEEP_ALIVE)

    def run(self, translate: Translate) -> None:
        """Say where it listens, and go on until stopped.

        Raises:
            ChatSimplesError: the transcript can't be read.
        """
        self._intake.open()
        self._timeline.begin(time.monotonic())
        print_line(f"chatsimples: listening on {places(self._doors)}")
        told = False
        while self._turn():
            if self._timeline.ended and not told:
                told = True
                print_line(f"chatsimples: {translate(HAS_ENDED)}")

    def close(self) -> None:
        """Close everything."""
        self._intake.close()
        for connection in self._connections.values():
            connection.close()
        self._selector.close()

    def _turn(self) -> bool:
        ready = self._selector.select(self._patience())
        now = time.monotonic()
        touched = set(self._busy)
        for key, events in ready:
            if key.fileobj is self._signals:
                return False
            if isinstance(key.data, ListenerConnection):
                if events & selectors.EVENT_READ:
                    key.data.read(now)
                touched.add(key.data)
            else:
                self._accept(key.data, now)
        for each in [each for each in self._timed if each.deadline <= now]:
            each.passed(now)
            touched.add(each)
        if self._timeline.release(now):
            touched.update(self._connections.values())
        self._go_on(touched, now)
        self._intake.open_again()
        return True

    def _patience(self) -> float:
        if self._busy:
            return 0.0
        longest = PAUSE if self._intake.paused else _LONGEST_WAIT
        moments = [each.deadline for each in self._timed]
        if self._timeline.due is not None:
            moments.append(self._timeline.due)
        return min(longest, max(0.0, min(moments, default=longest) - time.monotonic()))

    def _go_on(self, connections: Iterable[ListenerConnection], now: float) -> None:
        for each in connections:
            busy = not each.gone and each.go_on(now)
            if each.gone:
                self._let_go(each)
                continue
            _keep(self._busy, each, wanted=busy)
            _keep(self._timed, each, wanted=each.deadline > 0)
            wanted = selectors.EVENT_READ if each.reads else selectors.EVENT_WRITE
            if self._selector.get_key(each.sock).events != wanted:
                self._selector.modify(each.sock, wanted, each)

    def _let_go(self, connection: ListenerConnection) -> None:
        self._selector.unregister(connection.sock)
        del self._connections[connection.sock]
        self._busy.discard(connection)
        self._timed.discard(connection)
        connection.close()

    def _accept(self, door: Door, now: float) -> None:
        for sock, _ in self._intake.accept(door):
            self._came += 1
            connection = ListenerConnection(self._came, sock, self._dialects, self._responder, now)
            self._connections[sock] = connection
            self._timed.add(connection)
            self._selector.register(sock, selectors.EVENT_READ, connection)


def _keep(group: set[ListenerConnection], connection: ListenerConnection, *, wanted: bool) -> None:
    if wanted:
        group.add(connection)
    else:
        group.discard(connection)
