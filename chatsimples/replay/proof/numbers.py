"""A set of numbers that lie close together, such as those of connections: about a bit for each."""

from __future__ import annotations

_BITS = 4_096


class NumberSet:
    """Whole numbers from 0 on. Where they lie close together, each costs a bit."""

    def __init__(self) -> None:
        self._pages: dict[int, int] = {}

    def add(self, number: int) -> None:
        """Add a number."""
        page, bit = divmod(number, _BITS)
        self._pages[page] = self._pages.get(page, 0) | 1 << bit

    def __contains__(self, number: int) -> bool:
        page, bit = divmod(number, _BITS)
        return bool(self._pages.get(page, 0) >> bit & 1)
