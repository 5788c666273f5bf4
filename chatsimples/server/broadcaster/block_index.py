"""What of the transcript an outlet hears, found without a look at each record.

When a crowd comes back, each of a thousand is served the thousand leaves and joins of the others, of which it
hears its own. `Outlet.hears` alone decides; an index only knows which records it need not be asked about. The
log's index knows the blocks that need not even be read.
"""

from __future__ import annotations

from chatsimples.chat.names import name_key
from chatsimples.server.broadcaster.outlet import Outlet
from chatsimples.transcript.index.keys import Keys, owner_key, owners_of, room_key
from chatsimples.transcript.reader import Line

_KEPT = 16


class _BlockIndex:
    """Where in a block stand the records of a room, and those that are not for a whole room."""

    __slots__ = ("lines", "owners", "rooms")

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.rooms: dict[str, list[int]] = {}
        # Connections by their numbers, sessions by their identities.
        self.owners: dict[int | str, list[int]] = {}
        for index, (record, _) in enumerate(lines):
            if record.room and not record.quiet:
                self.rooms.setdefault(name_key(record.room), []).append(index)
            else:
                for owner in owners_of(record):
                    self.owners.setdefault(owner, []).append(index)

    def heard_by(self, outlet: Outlet, first: int) -> list[Line]:
        indices: set[int] = set()
        for key in outlet.rooms_heard:
            indices.update(self.rooms.get(key, ()))
        for owner in outlet.owners:
            indices.update(self.owners.get(owner, ()))
        lines = self.lines
        return [lines[index] for index in sorted(indices) if index >= first and outlet.hears(lines[index][0])]


def keys_heard(outlet: Outlet) -> Keys:
    """Return the keys by which the log's index knows what an outlet hears."""
    return frozenset([*map(owner_key, outlet.owners), *map(room_key, outlet.rooms_heard)])


class BlockIndexes:
    """The indexes of the blocks that were asked for last."""

    def __init__(self) -> None:
        self._indexes: dict[int, _BlockIndex] = {}

    def heard_by(self, outlet: Outlet, lines: list[Line], first: int) -> list[Line]:
        """Return what an outlet hears of these lines, from a place in the list on."""
        index = self._indexes.get(id(lines))
        if index is None:
            if len(self._indexes) == _KEPT:
                del self._indexes[next(iter(self._indexes))]
            index = self._indexes[id(lines)] = _BlockIndex(lines)
        return index.heard_by(outlet, first)

    def clear(self) -> None:
        """Let go of all of them."""
        self._indexes.clear()
