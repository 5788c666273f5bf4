"""What those are called who have not said what they are called: ``visitante-N``, N the smallest that is free.

The smallest free number follows from who is there, and so from the records. A count of all who ever came
would not: it would begin anew at a restart, and nobody could tell from a transcript where it stood.
"""

from __future__ import annotations

from collections.abc import Container
from heapq import heappop, heappush

VISITOR = "visitante"

_START = f"{VISITOR}-"


def is_visitors_name(key: str) -> bool:
    """Tell whether a nick is one that is given to whoever has none, by its key."""
    digits = key.removeprefix(_START)
    return key.startswith(_START) and digits.isascii() and digits.isdigit() and digits[0] != "0"


class VisitorNames:
    """Finds the smallest free name without trying all of them; whoever lets a nick go tells it so.

    It holds at most one number for each visitor that there ever was at one time.
    """

    def __init__(self) -> None:
        self._highest = 0
        self._freed: list[int] = []
        self._known: set[int] = set()

    def next(self, taken: Container[str]) -> str:
        """Return the name with the smallest number that is not among the nicks ``taken``."""
        while self._freed:
            number = heappop(self._freed)
            self._known.discard(number)
            if f"{_START}{number}" not in taken:
                break
        else:
            number = self._highest + 1
            while f"{_START}{number}" in taken:
                number += 1
            self._highest = number
        # It is given, not taken: should it not be used, it is found again.
        self._add(number)
        return f"{_START}{number}"

    def freed(self, key: str) -> None:
        """Note that nobody is called this any more (a nick's key, of a visitor or not)."""
        if is_visitors_name(key):
            number = int(key.removeprefix(_START))
            if number <= self._highest:
                self._add(number)

    def _add(self, number: int) -> None:
        if number not in self._known:
            self._known.add(number)
            heappush(self._freed, number)
