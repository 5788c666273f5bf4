"""The people of a room, as far as this client knows them, and the order in which they spoke."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from itertools import count as counted
from math import inf
from types import MappingProxyType

from chatsimples.chat.names import heard_key
from chatsimples.words.roles import MARKS

NO_ROLES: Mapping[str, str] = MappingProxyType({})
MOST = 10_000
"""Nicks that are kept for a room; beyond, those who were silent longest are forgotten."""


class People:
    """The people of a room. Nicks that differ only in case are the same.

    Args:
        most: how many nicks are kept at most.

    Attributes:
        in_doubt: somebody has come of whom only a new list tells which role they have.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        # In both, those who are forgotten first come first; a speaker goes to the end.
        self._nicks: OrderedDict[str, str] = OrderedDict()
        # When they spoke, and a number that grows and orders those who spoke at the same time.
        self._spoke: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._numbers = counted()
        self._further = 0
        # Also of those who are away: who has an account comes back under its nick.
        self._roles: OrderedDict[str, str] = OrderedDict()
        # Whose role goes with them: by connection, as which they went. They may come back under another nick.
        self._gone: OrderedDict[int, str] = OrderedDict()
        self.in_doubt = False
        self._guests: set[str] = set()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._nicks) + self._further

    def replace(self, nicks: Iterable[str], count: int, roles: Mapping[str, str] = NO_ROLES) -> None:
        """Take over the server's list.

        Args:
            nicks: those who are named.
            count: of all, also of those who are not named. Of these, the last speakers count as there, as far
                as the count has room.
            roles: of those who are named, by nick; whoever is not in it has none.
        """
        self.in_doubt = False
        now = {heard_key(nick): nick for nick in nicks}
        for nick in now.values():
            # Whose role goes with them, a list does not tell.
            self.set_role(nick, roles.get(nick, ""), guest=heard_key(nick) in self._guests)
        unnamed = [key for key in self._speakers() if key not in now][: max(0, count - len(now))]
        now |= {key: self._nicks[key] for key in unnamed}
        kept = [key for key in self._nicks if key in now]
        self._nicks = OrderedDict((key, now.pop(key)) for key in kept)
        for key, nick in now.items():
            self._nicks[key] = nick
            self._nicks.move_to_end(key, last=False)
        self._further = max(0, count - len(self._nicks))
        self._bound()

    def set_role(self, nick: str, role: str, *, guest: bool = False) -> None:
        """Note which role somebody has in the room; another word than those of `MARKS` is none.

        That of a ``guest`` goes when they leave.
        """
        key = heard_key(nick)
        self._drop_role(key)
        if role in MARKS:
            self._roles[key] = role
            if guest:
                self._guests.add(key)
            if len(self._roles) > self._most:
                self._drop_role(next(iter(self._roles)))

    def role(self, nick: str) -> str:
        """Return somebody's role in the room; empty for none that is known."""
        return self._roles.get(heard_key(nick), "")

    def joined(self, nick: str, conn: int = 0) -> None:
        """Add somebody who has joined, on a connection."""
        key = heard_key(nick)
        before = self._gone.pop(conn, "")
        role = self._roles.pop(before, "")
        if role:
            self._roles[key] = role
        self.in_doubt |= not role
        known = key in self._nicks
        self._nicks[key] = nick
        if not known:
            self._nicks.move_to_end(key, last=False)
            self._bound()

    def left(self, nick: str, conn: int = 0) -> None:
        """Remove somebody who has left, on a connection."""
        key = heard_key(nick)
        if key in self._guests:
            self._drop_role(key)
        elif key in self._roles:
            self._gone[conn] = key
            if len(self._gone) > self._most:
                self._gone.popitem(last=False)
        if self._nicks.pop(key, None) is None:
            self._further = max(0, self._further - 1)

    def renamed(self, old: str, new: str) -> None:
        """Follow a change of nick."""
        before, key = heard_key(old), heard_key(new)
        spoke = self._spoke.pop(before, None)
        if spoke is not None:
            self._spoke[key] = spoke
        if before != key and (role := self._roles.get(before, "")):
            self.set_role(new, role, guest=before in self._guests)
            self._drop_role(before)
        known = self._nicks.pop(before, None) is not None
        if not known and key not in self._nicks and self._further:
            self._further -= 1
        self._nicks[key] = new
        self._nicks.move_to_end(key, last=key in self._spoke)
        self._bound()

    def spoke(self, nick: str, at: float = -inf, *, here: bool = True) -> None:
        """Note that somebody has spoken, at a time or long ago; the calls need not be in order of time.

        A speaker may be unknown, as joins of large rooms are not sent. If ``here`` is false, a message alone
        does not prove that they are still there.
        """
        key = heard_key(nick)
        if here and key not in self._nicks and self._further:
            self._further -= 1
        if here:
            # How they wrote their nick in the past does not count.
            self._nicks[key] = nick
        if key in self._nicks:
            self._nicks.move_to_end(key)
        said = (at, next(self._numbers))
        self._spoke[key] = max(said, self._spoke.get(key, said))
        self._spoke.move_to_end(key)
        self._bound()

    def spoke_within(self, nick: str, seconds: float, now: float) -> bool:
        """Tell whether somebody has spoken in the last seconds, be they still here or not."""
        at, _ = self._spoke.get(heard_key(nick), (-inf, 0))
        return now - at < seconds

    def nicks(self) -> list[str]:
        """Return the nicks: the last speakers first, then the others in alphabetical order."""
        silent = [nick for key, nick in self._nicks.items() if key not in self._spoke]
        return [*(self._nicks[key] for key in self._speakers()), *sorted(silent, key=str.casefold)]

    def _speakers(self) -> list[str]:
        here = self._nicks.keys() & self._spoke.keys()
        return sorted(here, key=self._spoke.__getitem__, reverse=True)

    def _drop_role(self, key: str) -> None:
        self._roles.pop(key, None)
        self._guests.discard(key)

    def _bound(self) -> None:
        while len(self._nicks) > self._most:
            self._nicks.popitem(last=False)
            self._further += 1
        while len(self._spoke) > self._most:
            self._spoke.popitem(last=False)
