"""Who is in a room, as far as one hears of it, and in which order they spoke."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from chatsimples.chat.names import name_key

MOST = 10_000
"""Nicks that are remembered for a room; of more, those who have been silent longest are forgotten."""


class People:
    """The people of a room. Nicks that differ only in case are the same."""

    def __init__(self) -> None:
        # Those who are forgotten first stand first; who speaks goes to the end.
        self._nicks: OrderedDict[str, str] = OrderedDict()
        self._spoke: dict[str, float] = {}
        self._further = 0

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._nicks) + self._further

    def are(self, nicks: Iterable[str], count: int) -> None:
        """Take over who is there; ``count`` is of all, also of those who are not named."""
        now = {_key(nick): nick for nick in list(nicks)[:MOST]}
        kept = [key for key in self._nicks if key in now or (count > len(now) and key in self._spoke)]
        self._nicks = OrderedDict((key, now.pop(key, "") or self._nicks[key]) for key in kept)
        for key, nick in now.items():
            self._nicks[key] = nick
            self._nicks.move_to_end(key, last=False)
        self._further = max(0, count - len(self._nicks))
        self._bound()

    def came(self, nick: str) -> None:
        """Take in somebody who has come."""
        key = _key(nick)
        if key not in self._nicks:
            self._nicks[key] = nick
            self._nicks.move_to_end(key, last=False)
            self._bound()

    def went(self, nick: str) -> None:
        """Forget somebody who has gone."""
        if self._nicks.pop(_key(nick), None) is None:
            self._further = max(0, self._further - 1)

    def renamed(self, old: str, new: str) -> None:
        """Follow a change of nick."""
        before, key = _key(old), _key(new)
        spoke = self._spoke.pop(before, None)
        if spoke is not None:
            self._spoke[key] = spoke
        known = self._nicks.pop(before, None) is not None
        if not known and key not in self._nicks and self._further:
            self._further -= 1
        self._nicks[key] = new
        self._nicks.move_to_end(key, last=key in self._spoke)
        self._bound()

    def spoke(self, nick: str, at: float = 0.0, *, here: bool = True) -> None:
        """Note that somebody has spoken at a time; what was said earlier may be told later.

        They may be news: large rooms don't tell who comes. But if ``here`` is false, their words alone do not
        prove that they are still there.
        """
        key = _key(nick)
        if here and key not in self._nicks and self._further:
            self._further -= 1
        if here or key in self._nicks:
            self._nicks[key] = nick
            self._nicks.move_to_end(key)
        self._spoke[key] = max(at, self._spoke.get(key, at))
        self._bound()

    def spoke_within(self, nick: str, seconds: float, now: float) -> bool:
        """Tell whether somebody has spoken in the last seconds, be they here still or not."""
        at = self._spoke.get(_key(nick))
        return at is not None and now - at < seconds

    def nicks(self) -> list[str]:
        """Give the nicks: who spoke last first, then those who have said nothing, in alphabetical order."""
        speakers = [key for key in reversed(self._nicks) if key in self._spoke]
        speakers.sort(key=self._spoke.__getitem__, reverse=True)
        silent = [nick for key, nick in self._nicks.items() if key not in self._spoke]
        return [*(self._nicks[key] for key in speakers), *sorted(silent, key=str.casefold)]

    def _bound(self) -> None:
        while len(self._nicks) > MOST:
            self._nicks.popitem(last=False)
            self._further += 1
        while len(self._spoke) > MOST:
            self._spoke.pop(next(iter(self._spoke)))


def _key(nick: str) -> str:
    try:
        return name_key(nick)
    except ValueError:
        # A nick that no server of ours lets pass is only like itself.
        return nick
