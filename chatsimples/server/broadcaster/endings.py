"""Connections that have ended and are not closed yet: how long each is waited for."""

from __future__ import annotations

from dataclasses import dataclass

from chatsimples.server.broadcaster.outlet import Outlet

LINGER_SECONDS = 1.0
"""How long the client's own end is awaited once all is delivered."""

STALL_SECONDS = 5.0
"""How long nothing may be taken of what is still on its way."""


@dataclass(slots=True)
class _Ending:
    outlet: Outlet
    deadline: float
    taken: int


class Endings:
    """The connections that have ended, each with its deadline."""

    def __init__(self) -> None:
        self._endings: dict[int, _Ending] = {}

    def begin(self, outlet: Outlet, now: float) -> None:
        """Wait for a connection to take what is on its way, if it is not waited for already."""
        if outlet.conn not in self._endings:
            self._endings[outlet.conn] = _Ending(outlet, now + STALL_SECONDS, outlet.taken)

    def linger(self, outlet: Outlet, now: float) -> None:
        """Wait for the client's own end."""
        self._endings[outlet.conn] = _Ending(outlet, now + LINGER_SECONDS, outlet.taken)

    def forget(self, outlet: Outlet) -> None:
        """Wait for a connection no longer."""
        self._endings.pop(outlet.conn, None)

    def extend(self, now: float) -> None:
        """Give more time to those who have taken something of what is on its way."""
        for ending in self._endings.values():
            if ending.outlet.taken > ending.taken and not ending.outlet.idle:
                ending.deadline = now + STALL_SECONDS
                ending.taken = ending.outlet.taken

    def overdue(self, now: float) -> list[Outlet]:
        """Return the connections whose time is over."""
        return [ending.outlet for ending in self._endings.values() if now >= ending.deadline]
