"""Who hears which room, sorted the way in which a batch is delivered."""

from __future__ import annotations

from chatsimples.dialects.base import Dialect
from chatsimples.server.broadcaster.outlet import Outlet


class Subscribers:
    """The outlets that hear a room: by dialect those that hear only this one, and those that hear several."""

    __slots__ = ("only", "several")

    def __init__(self) -> None:
        self.only: dict[Dialect, dict[int, Outlet]] = {}
        self.several: dict[int, Outlet] = {}


class Subscriptions:
    """The subscribers of each room. What an outlet itself knows of its rooms changes with it."""

    def __init__(self) -> None:
        self._rooms: dict[str, Subscribers] = {}

    def of(self, key: str) -> Subscribers | None:
        """Return the subscribers of a room; None if it has none."""
        return self._rooms.get(key)

    def enter(self, outlet: Outlet, key: str, seq: int) -> None:
        """Let an outlet hear a room from a seq on."""
        outlet.subscribe(key, seq)
        room = self._rooms.setdefault(key, Subscribers())
        if len(outlet.subscriptions) == 1:
            room.only.setdefault(outlet.dialect, {})[outlet.conn] = outlet
            return
        for heard in outlet.subscriptions:
            other = self._rooms.setdefault(heard, Subscribers())
            other.only.get(outlet.dialect, {}).pop(outlet.conn, None)
            other.several[outlet.conn] = outlet

    def leave(self, outlet: Outlet, key: str, seq: int) -> None:
        """Let an outlet hear a room no longer than up to a seq."""
        outlet.unsubscribe(key, seq)
        room = self._rooms.get(key)
        if room is not None:
            room.several.pop(outlet.conn, None)
            room.only.get(outlet.dialect, {}).pop(outlet.conn, None)
            if not room.several and not any(room.only.values()):
                del self._rooms[key]
        if len(outlet.subscriptions) == 1:
            (last,) = outlet.subscriptions
            room = self._rooms.get(last)
            if room is not None and room.several.pop(outlet.conn, None) is not None:
                room.only.setdefault(outlet.dialect, {})[outlet.conn] = outlet

    def leave_all(self, outlet: Outlet) -> None:
        """Let an outlet hear no room any longer."""
        for key in list(outlet.subscriptions):
            self.leave(outlet, key, 0)
