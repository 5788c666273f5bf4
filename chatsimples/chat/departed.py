"""Who was there: the last of those who have gone, or have another nick now.

It is in memory alone and begins anew with the process: it helps people, and what is sure is the transcript.
Each bound is kept at a cost that does not depend on how many there are.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from chatsimples.chat.effects import Gone

MOST: Final = 1_024
"""Of all who have gone."""

MOST_OF_ONE: Final = 8
"""Of one nick."""


class Departed:
    """The last of those who have gone, by the keys of their nicks.

    Args:
        most: how many there are of all.
        most_of_one: how many there are of one nick.
    """

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._by_nick: dict[str, deque[Gone]] = {}
        # Those who gave way to a later one of the same nick are in it too, until it is their turn.
        self._order: deque[tuple[str, Gone]] = deque()

    def note(self, key: str, gone: Gone) -> None:
        """Note that somebody has gone, by the key of the nick."""
        self._by_nick.setdefault(key, deque(maxlen=self._most_of_one)).append(gone)
        self._order.append((key, gone))
        if len(self._order) > self._most:
            self._forget(*self._order.popleft())

    def find(self, key: str) -> list[Gone]:
        """Return those who had a nick, the last one first."""
        return [*reversed(self._by_nick.get(key, ()))]

    def _forget(self, key: str, gone: Gone) -> None:
        those = self._by_nick.get(key)
        if those and those[0] is gone:
            those.popleft()
            if not those:
                del self._by_nick[key]
