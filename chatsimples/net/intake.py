"""Taking in connections: some at a time, and none while there is no room for them."""

from __future__ import annotations

import errno
import selectors
import socket
import time
from collections.abc import Callable, Iterator, Sequence

from chatsimples.net.doors import Door
from chatsimples.net.peers import Peer
from chatsimples.net.tuning import KeepAlive, tune

ACCEPTS_PER_TURN = 64
PAUSE = 0.25
"""Seconds after which a paused intake may be opened again."""

_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Intake:
    """The doors of a server, as its loop watches them: an event of the selector has its door as data.

    Who comes while there is no room, or no file left, waits in the kernel's queue. The doors are not watched
    meanwhile: that somebody waits would be news at every turn.

    Args:
        doors: owned from here on.
        selector: of the loop.
        has_room: tells whether one more can be taken in.
        keep_alive: for the connections.
        clock: tells the time, in seconds that never go back.

    Attributes:
        paused: why nobody is taken in for now; empty if that is not so.
    """

    def __init__(
        self,
        doors: Sequence[Door],
        selector: selectors.BaseSelector,
        has_room: Callable[[], bool],
        keep_alive: KeepAlive | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.paused = ""
        self._doors = doors
        self._selector = selector
        self._has_room = has_room
        self._keep_alive = keep_alive
        self._clock = clock
        self._open_again_at = 0.0
        for door in doors:
            door.sock.setblocking(False)

    def open(self) -> None:
        """Watch the doors."""
        for door in self._doors:
            self._selector.register(door.sock, selectors.EVENT_READ, door)

    def accept(self, door: Door) -> Iterator[tuple[socket.socket, Peer]]:
        """Take in those who wait at a door, at most `ACCEPTS_PER_TURN`, and pause if there is no room.

        Raises:
            OSError: the door can't be used any more.
        """
        for _ in range(ACCEPTS_PER_TURN):
            if not self._has_room():
                self._pause("open files")
                return
            try:
                sock, peer = door.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _OUT_OF_FILES:
                    raise
                self._pause(error.strerror or str(error))
                return
            try:
                tune(sock, self._keep_alive)
            except OSError:
                sock.close()
                continue
            yield sock, peer

    def open_again(self) -> bool:
        """Watch the doors again if they were not, and may be; tell whether that is so."""
        if not self.paused or self._clock() < self._open_again_at or not self._has_room():
            return False
        self.paused = ""
        self.open()
        return True

    def close(self) -> None:
        """Close the doors."""
        for door in self._doors:
            door.sock.close()

    def _pause(self, why: str) -> None:
        if not self.paused:
            self.paused = why
            self._open_again_at = self._clock() + PAUSE
            for door in self._doors:
                self._selector.unregister(door.sock)
