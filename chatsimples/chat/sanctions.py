"""Bans, mutes and exceptions: whom they concern, by whom they are, and when they end.

Each bound is kept at a cost of O(log n): whatever has ended goes when another one comes, the earliest first.
Time is that of the records, so what is kept follows from them alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from sortedcontainers import SortedList

from chatsimples.chat import masks

MOST_KEYS = 16
"""By how many keys one person is known at most; the oldest are kept."""


class Sanction(msgspec.Struct, frozen=True, array_like=True):
    """A ban or a mute of one person, or an exception from these; or of all whose nick a mask fits.

    Attributes:
        keys: by which the person is known, see `chatsimples.chat.persons`; never none.
        until: when it ends, in microseconds since 1970; 0 for never.
        level: of whoever imposed it: nobody of the same level or above is held to it.
        nick: the person's, or the account that was named.
        by: who imposed it.
        at: when, in microseconds since 1970; 0 for one of which that is not known.
    """

    keys: tuple[str, ...]
    until: int
    level: int
    nick: str
    by: str
    at: int = 0


class Sanctions:
    """All bans, or all mutes or exceptions, of a room or of the server.

    Args:
        bound: how many there can be.

    Attributes:
        bound: see there.
        by_key: all of them, those included that have ended and have not gone yet.
    """

    def __init__(self, bound: int) -> None:
        self.by_key: dict[str, Sanction] = {}
        self.bound = bound
        self._all: dict[tuple[str, ...], Sanction] = {}
        # Those that are looked through; most rooms have none.
        self._masks: dict[str, Sanction] = {}
        # Many rooms never have one that ends.
        self._ends: SortedList[tuple[int, tuple[str, ...]]] | None = None

    def __len__(self) -> int:
        """Count them, those included that have ended and have not gone yet."""
        return len(self._all)

    def __iter__(self) -> Iterator[Sanction]:
        """Give them, in the order in which they came."""
        return iter(self._all.values())

    def find(self, keys: Iterable[str], now: int, level: int = -1, nick_key: str = "") -> Sanction | None:
        """Return what holds at a time for a person of a level, who is known by these keys and has a nick."""
        for key in keys:
            found = self.by_key.get(key)
            if found is not None and found.level > level and not 0 < found.until <= now:
                return found
        # Without a nick those alone are asked for that have these keys.
        for mask, found in self._masks.items() if nick_key else ():
            if found.level > level and not 0 < found.until <= now and masks.fits(mask, nick_key):
                return found
        return None

    def is_full(self, keys: Sequence[str], now: int) -> bool:
        """Tell whether there is no room for one more, of a person who is known by these keys."""
        if len(self._all) < self.bound or any(key in self.by_key for key in keys):
            return False
        # Of those that have ended, the next `add` lets go.
        return not self._ends or self._ends[0][0] > now

    def add(self, sanction: Sanction, now: int) -> None:
        """Take in one more at a time. One for the same person is replaced, and its keys are kept."""
        while self._ends and self._ends[0][0] <= now:
            self._drop(self._all[self._ends[0][1]])
        keys = dict.fromkeys(sanction.keys)
        for key in sanction.keys:
            former = self.by_key.get(key)
            if former is not None:
                keys.update(dict.fromkeys(former.keys))
                self._drop(former)
        self.restore(msgspec.structs.replace(sanction, keys=tuple(keys)[:MOST_KEYS]))

    def lift(self, keys: Iterable[str]) -> None:
        """Let go of all for a person who is known by these keys."""
        for key in keys:
            found = self.by_key.get(key)
            if found is not None:
                self._drop(found)

    def restore(self, sanction: Sanction) -> None:
        """Take over one as it was."""
        self._all[sanction.keys] = sanction
        for key in sanction.keys:
            self.by_key[key] = sanction
            if key.startswith(masks.KEY):
                self._masks[key] = sanction
        if sanction.until:
            if self._ends is None:
                self._ends = SortedList()
            self._ends.add((sanction.until, sanction.keys))

    def _drop(self, sanction: Sanction) -> None:
        del self._all[sanction.keys]
        for key in sanction.keys:
            del self.by_key[key]
            self._masks.pop(key, None)
        if sanction.until and self._ends is not None:
            self._ends.remove((sanction.until, sanction.keys))
