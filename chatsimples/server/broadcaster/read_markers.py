"""Up to where people have read, as their clients say. It is on no record, and not in the store of accounts.

In a room of a hundred readers each message moves a hundred markers: on record, the transcript would be of
nothing else, and a store would be written all the time, for what only saves a person a glance. So they are in
memory, bounded, and gone when the process is: a client then has its own, or none.
"""

from __future__ import annotations

from collections import OrderedDict

MOST_OWNERS = 10_000
MOST_TARGETS = 256
"""Rooms and people of one owner; of both, those that were asked about longest ago go first."""


class ReadMarkers:
    """The markers of everybody.

    Args:
        owners: how many people's are kept.
        targets: how many of each.
    """

    def __init__(self, owners: int = MOST_OWNERS, targets: int = MOST_TARGETS) -> None:
        self._most_owners = owners
        self._most_targets = targets
        self._owners: OrderedDict[str, OrderedDict[str, str]] = OrderedDict()

    def __len__(self) -> int:
        """Count the people who have any."""
        return len(self._owners)

    def at(self, owner: str, target: str) -> str:
        """Return up to when somebody has read something, as records have times; empty if it is not known."""
        markers = self._owners.get(owner)
        return markers.get(target, "") if markers is not None else ""

    def move(self, owner: str, target: str, at: str) -> bool:
        """Note up to when somebody has read something: it only gets later. Tell whether it has."""
        if at <= self.at(owner, target):
            return False
        markers = self._owners.get(owner)
        if markers is None:
            markers = self._owners[owner] = OrderedDict()
            if len(self._owners) > self._most_owners:
                self._owners.popitem(last=False)
        self._owners.move_to_end(owner)
        markers[target] = at
        markers.move_to_end(target)
        if len(markers) > self._most_targets:
            markers.popitem(last=False)
        return True
