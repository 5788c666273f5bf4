"""Connections that have ended and are not closed yet: how long each is waited for."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from chatsimples.server.broadcaster.outlet import Outlet

LINGER_SECONDS = 1.0
"""How long the client's own end is awaited once all is delivered."""

STALL_SECONDS = 5.0
"""How often a connection must have taken something of what is still on its way."""


@dataclass(slots=True)
class _Ending:
    outlet: Outlet
    deadline: float
    taken: int


class Endings:
    """The connections that have ended, each with its deadline.

    All who wait for the same wait equally long: so those whose time is over first stand first, and nobody has
    to look at the others.
    """

    def __init__(self) -> None:
        # Taking the first one out of a plain dict costs more with each that was there before it.
        self._delivering: OrderedDict[int, _Ending] = OrderedDict()
        self._lingering: OrderedDict[int, _Ending] = OrderedDict()

    def begin(self, outlet: Outlet, now: float) -> None:
        """Wait for a connection to take what is on its way, if it is not waited for already."""
        if outlet.conn not in self._delivering:
            self._delivering[outlet.conn] = _Ending(outlet, now + STALL_SECONDS, outlet.taken)

    def linger(self, outlet: Outlet, now: float) -> None:
        """Wait for the client's own end."""
        self.forget(outlet)
        self._lingering[outlet.conn] = _Ending(outlet, now + LINGER_SECONDS, outlet.taken)

    def forget(self, outlet: Outlet) -> None:
        """Wait for a connection no longer."""
        self._delivering.pop(outlet.conn, None)
        self._lingering.pop(outlet.conn, None)

    def overdue(self, now: float, most: int) -> list[Outlet]:
        """Give up on connections whose time is over, so many at most, and return them."""
        given_up: list[Outlet] = []
        for endings in (self._delivering, self._lingering):
            while endings and len(given_up) < most:
                ending = next(iter(endings.values()))
                if now < ending.deadline:
                    break
                self.forget(ending.outlet)
                if endings is self._delivering and ending.outlet.taken > ending.taken:
                    self.begin(ending.outlet, now)
                else:
                    given_up.append(ending.outlet)
        return given_up
