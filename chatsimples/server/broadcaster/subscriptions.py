"""Who hears which rooms: outlets that hear the same are one group, for which a batch is looked at once."""

from __future__ import annotations

from collections.abc import Collection, Set

from chatsimples.dialects.base import Dialect
from chatsimples.server.broadcaster.outlet import Outlet

MOST_SHARED = 64
"""Rooms above which an outlet is a group of its own: then one room more costs no look at all the others."""


class Group:
    """The outlets that hear just these rooms, in one dialect.

    Attributes:
        rooms: their keys.
        members: by connection; never none.
    """

    __slots__ = ("dialect", "members", "rooms")

    def __init__(self, dialect: Dialect, rooms: frozenset[str] | set[str]) -> None:
        self.dialect = dialect
        self.rooms = rooms
        self.members: dict[int, Outlet] = {}


class Subscriptions:
    """The groups of each room. What an outlet itself knows of its rooms changes with it.

    An outlet that enters or leaves rooms goes into another group only when `settle` is called, once for all
    of them: who has thirty-two rooms and goes would be in as many groups on its way.
    """

    def __init__(self) -> None:
        self._moved: dict[int, Outlet] = {}
        self._shared: dict[tuple[Dialect, frozenset[str]], Group] = {}
        self._of_outlets: dict[int, Group] = {}
        self._of_rooms: dict[str, dict[Group, None]] = {}

    def of(self, key: str) -> Collection[Group]:
        """Return the groups that hear a room, in the order in which they came to be."""
        return self._of_rooms.get(key, ())

    def enter(self, outlet: Outlet, key: str, seq: int) -> None:
        """Let an outlet hear a room from a seq on."""
        outlet.subscribe(key, seq)
        group = self._of_outlets.get(outlet.conn)
        if group is not None and isinstance(group.rooms, set):
            self._widen(group, group.rooms, key)
        else:
            self._moved[outlet.conn] = outlet

    def leave(self, outlet: Outlet, key: str, seq: int) -> None:
        """Let an outlet hear a room no longer than up to a seq."""
        outlet.unsubscribe(key, seq)
        group = self._of_outlets.get(outlet.conn)
        if group is not None and isinstance(group.rooms, set):
            self._narrow(group, group.rooms, key)
            if len(group.rooms) > MOST_SHARED:
                return
        self._moved[outlet.conn] = outlet

    def leave_all(self, outlet: Outlet) -> None:
        """Let an outlet hear no room any longer."""
        for key in list(outlet.subscriptions):
            outlet.unsubscribe(key, 0)
        self._moved.pop(outlet.conn, None)
        group = self._of_outlets.get(outlet.conn)
        if group is not None:
            self._take_out(outlet, group)

    def move(self, outlet: Outlet) -> None:
        """Note that an outlet is written to in another style."""
        self._moved[outlet.conn] = outlet

    def settle(self) -> None:
        """Put all for whom something has changed into the groups in which they are now."""
        for outlet in self._moved.values():
            group = self._of_outlets.get(outlet.conn)
            if group is not None:
                alone = len(group.rooms) > MOST_SHARED
                is_same = group.dialect is outlet.dialect and isinstance(group.rooms, set) is alone
                if is_same and group.rooms == outlet.subscriptions.keys():
                    continue
                self._take_out(outlet, group)
            if outlet.subscriptions:
                self._put(outlet, outlet.subscriptions.keys())
        self._moved.clear()

    def _put(self, outlet: Outlet, rooms: Set[str]) -> None:
        """Put an outlet into the group of those who hear just these rooms."""
        alone = len(rooms) > MOST_SHARED
        identified = outlet.dialect, frozenset(rooms)
        group = None if alone else self._shared.get(identified)
        if group is None:
            group = Group(outlet.dialect, set(rooms) if alone else identified[1])
            if not alone:
                self._shared[identified] = group
            for key in rooms:
                self._of_rooms.setdefault(key, {})[group] = None
        group.members[outlet.conn] = outlet
        self._of_outlets[outlet.conn] = group

    def _take_out(self, outlet: Outlet, group: Group) -> None:
        del self._of_outlets[outlet.conn]
        del group.members[outlet.conn]
        if group.members:
            return
        for key in group.rooms:
            self._forget(group, key)
        if isinstance(group.rooms, frozenset):
            del self._shared[group.dialect, group.rooms]

    # Groups of one outlet each, whose rooms change.

    def _widen(self, group: Group, rooms: set[str], key: str) -> None:
        rooms.add(key)
        self._of_rooms.setdefault(key, {})[group] = None

    def _narrow(self, group: Group, rooms: set[str], key: str) -> None:
        if key in rooms:
            rooms.remove(key)
            self._forget(group, key)

    def _forget(self, group: Group, key: str) -> None:
        groups = self._of_rooms[key]
        del groups[group]
        if not groups:
            del self._of_rooms[key]
