"""Signs of life: a connection on which there are none is given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.timing import Timing

Verdict = Literal["", "no welcome", "no sign of life"]
"""Why a connection is given up; "" if it is not."""


class Heartbeat:
    """Watches one connection.

    Args:
        core: asks for signs of life, and gives them.
        timing: how long to wait.
        clock: seconds that never go back.
        wall: the time of day in seconds, which goes on while the machine sleeps.

    Attributes:
        held: the client itself reads no further, so silence says nothing about the server.
    """

    def __init__(
        self, core: Core, timing: Timing, clock: Callable[[], float], wall: Callable[[], float]
    ) -> None:
        self.held = False
        self._core = core
        self._timing = timing
        self._clock = clock
        self._wall = wall
        self._opened_at = self._heard_at = clock()
        self._asked_at = 0.0
        self._patience = timing.dead
        self._ahead = wall() - self._opened_at

    def heard(self) -> None:
        """Note that something was received."""
        self._heard_at = self._clock()

    def check(self) -> Verdict:
        """Decide whether to give the connection up; a sign of life may have to be sent by the core."""
        timing, core = self._timing, self._core
        now = self._clock()
        slept = self._wall() - now - self._ahead > timing.asleep
        self._ahead = self._wall() - now
        if self.held:
            # The server must see that somebody is here.
            self._heard_at = now
            if now - self._asked_at > timing.quiet / 3:
                self._asked_at = now
                core.pong()
        elif not core.registered:
            if now - self._opened_at > timing.connect:
                return "no welcome"
        elif self._asked_at > self._heard_at:
            if now - self._asked_at > self._patience:
                return "no sign of life"
        elif slept or now - self._heard_at > (timing.unanswered if core.unanswered else timing.quiet):
            self._patience = timing.awake if slept else timing.dead
            self._asked_at = now
            core.ping()
        return ""
