"""The signals that the supervisor gets, and what each asks for.

| signal | asks for |
|---|---|
| SIGTERM, SIGINT | a stop |
| SIGHUP | a stop, if there is a terminal: it was closed. Without one, or under ``nohup``: a reload |
| SIGUSR1 | the log's file anew |
| SIGCHLD | nothing, but a look at the children |
"""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress
from enum import Enum, auto
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Wish(Enum):
    """What a signal asks for."""

    STOP = auto()
    RELOAD = auto()
    FOLLOW_LOG = auto()


class Signals:
    """Makes ``readable`` readable when signals arrive.

    Attributes:
        readable: for a selector.
    """

    def __init__(self) -> None:
        self.readable, self._arrives = socket.socketpair()
        self.readable.setblocking(False)
        self._arrives.setblocking(False)
        hang_up = Wish.STOP if _ends_with_its_terminal() else Wish.RELOAD
        self._wishes: dict[int, Wish] = {
            **dict.fromkeys(STOP_SIGNALS, Wish.STOP),
            signal.SIGHUP: hang_up,
            signal.SIGUSR1: Wish.FOLLOW_LOG,
        }

    def note(self) -> None:
        """Note signals from now on, instead of what they would do."""
        signal.set_wakeup_fd(self._arrives.fileno(), warn_on_full_buffer=False)
        for number in (*self._wishes, signal.SIGCHLD):
            signal.signal(number, _only_note)
        # A server in the background of a terminal goes on without its console, instead of being stopped.
        for number in (signal.SIGTTIN, signal.SIGTTOU):
            signal.signal(number, signal.SIG_IGN)

    def take(self) -> set[Wish]:
        """Return what the signals ask for that have arrived."""
        arrived = b""
        with suppress(BlockingIOError):
            arrived = self.readable.recv(4096)
        return {self._wishes[number] for number in arrived if number in self._wishes}


def _ends_with_its_terminal() -> bool:
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        # As nohup has it.
        return False
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _only_note(number: int, frame: FrameType | None) -> None:
    """Do nothing here: the signal's number goes into the wake-up socket, and the supervisor acts on it."""
