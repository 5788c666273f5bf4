"""Which hashing process is asked: one of ordinary priority or, in a crowd, one that gives way to everybody.

One that gives way gets next to nothing on a machine that is busy with something else: whoever logs in would
wait for minutes though nobody else does. One of ordinary priority would let a flood of logins delay those who
are chatting. So there are two, each started when it is first asked, and how many ask tells which.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

CROWD = 20
"""How many questions at once are no crowd yet: a class that comes in."""

PER_SECOND = 4.0
"""How many questions a second go on for ever without being a crowd."""

_MOST = 2 * CROWD


class Roads:
    """Two channels, and the choice between them; for any thread.

    Args:
        calm: to the process of ordinary priority.
        crowded: to the one that gives way.
        clock: tells the time, in seconds that never go back.
    """

    def __init__(
        self, calm: socket.socket, crowded: socket.socket, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.calm = calm
        self.crowded = crowded
        self._clock = clock
        self._counting = threading.Lock()
        self._level = 0.0
        self._at = clock()

    def is_crowded(self, cost: float = 1.0) -> bool:
        """Count one more question, and tell whether it comes in a crowd.

        A crowd is over some seconds after its last question, however long it was.

        Args:
            cost: what it takes, as a part of what a password takes.
        """
        with self._counting:
            now = self._clock()
            self._level = max(0.0, self._level - (now - self._at) * PER_SECOND)
            self._at = now
            crowded = self._level >= CROWD
            self._level = min(_MOST, self._level + cost)
            return crowded
