"""Who is in a room, as far as one hears of it, and in which order they spoke."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from itertools import count as counted
from math import inf

from chatsimples.chat.names import heard_key

MOST = 10_000
"""Nicks that are remembered for a room; of more, those who have been silent longest are forgotten."""


class People:
    """The people of a room. Nicks that differ only in case are the same."""

    def __init__(self) -> None:
        # In both, those who are forgotten first stand first; who speaks goes to the end.
        self._nicks: OrderedDict[str, str] = OrderedDict()
        # When they spoke, and a number that grows: of those who spoke at one time, the last told is the last.
        self._spoke: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._told = counted()
        self._further = 0

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._nicks) + self._further

    def are(self, nicks: Iterable[str], count: int) -> None:
        """Take over who is there; ``count`` is of all, also of those who are not named.

        Of those who are not, the last speakers are taken to be there still, as far as the count has room.
        """
        now = {heard_key(nick): nick for nick in nicks}
        unnamed = [key for key in self._speakers() if key not in now][: max(0, count - len(now))]
        now |= {key: self._nicks[key] for key in unnamed}
        kept = [key for key in self._nicks if key in now]
        self._nicks = OrderedDict((key, now.pop(key)) for key in kept)
        for key, nick in now.items():
            self._nicks[key] = nick
            self._nicks.move_to_end(key, last=False)
        self._further = max(0, count - len(self._nicks))
        self._bound()

    def came(self, nick: str) -> None:
        """Take in somebody who has come."""
        key = heard_key(nick)
        known = key in self._nicks
        self._nicks[key] = nick
        if not known:
            self._nicks.move_to_end(key, last=False)
            self._bound()

    def went(self, nick: str) -> None:
        """Forget somebody who has gone."""
        if self._nicks.pop(heard_key(nick), None) is None:
            self._further = max(0, self._further - 1)

    def renamed(self, old: str, new: str) -> None:
        """Follow a change of nick."""
        before, key = heard_key(old), heard_key(new)
        spoke = self._spoke.pop(before, None)
        if spoke is not None:
            self._spoke[key] = spoke
        known = self._nicks.pop(before, None) is not None
        if not known and key not in self._nicks and self._further:
            self._further -= 1
        self._nicks[key] = new
        self._nicks.move_to_end(key, last=key in self._spoke)
        self._bound()

    def spoke(self, nick: str, at: float = -inf, *, here: bool = True) -> None:
        """Note that somebody has spoken, at a time or long ago; what was said earlier may be told later.

        They may be news: large rooms don't tell who comes. But if ``here`` is false, their words alone do not
        prove that they are still there.
        """
        key = heard_key(nick)
        if here and key not in self._nicks and self._further:
            self._further -= 1
        if here:
            # How they wrote themselves in the past does not count.
            self._nicks[key] = nick
        if key in self._nicks:
            self._nicks.move_to_end(key)
        said = (at, next(self._told))
        self._spoke[key] = max(said, self._spoke.get(key, said))
        self._spoke.move_to_end(key)
        self._bound()

    def spoke_within(self, nick: str, seconds: float, now: float) -> bool:
        """Tell whether somebody has spoken in the last seconds, be they here still or not."""
        at, _ = self._spoke.get(heard_key(nick), (-inf, 0))
        return now - at < seconds

    def nicks(self) -> list[str]:
        """Give the nicks: who spoke last first, then those who have said nothing, in alphabetical order."""
        silent = [nick for key, nick in self._nicks.items() if key not in self._spoke]
        return [*(self._nicks[key] for key in self._speakers()), *sorted(silent, key=str.casefold)]

    def _speakers(self) -> list[str]:
        here = self._nicks.keys() & self._spoke.keys()
        return sorted(here, key=self._spoke.__getitem__, reverse=True)

    def _bound(self) -> None:
        while len(self._nicks) > MOST:
            self._nicks.popitem(last=False)
            self._further += 1
        while len(self._spoke) > MOST:
            self._spoke.popitem(last=False)
