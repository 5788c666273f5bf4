"""In which blocks of a segment somebody has to look, be the segment written still or complete."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Protocol


class Blocks(Protocol):
    """The blocks of a segment in which there may be a record with one of some keys, by their numbers."""

    def first_from(self, number: int) -> int | None:
        """Return the first of them from a block on."""

    def last_up_to(self, number: int) -> int | None:
        """Return the last of them up to and with a block."""


class ListedBlocks:
    """Blocks that are known by number.

    Args:
        numbers: theirs, rising.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers

    def first_from(self, number: int) -> int | None:
        """See `Blocks`."""
        place = bisect_left(self._numbers, number)
        return self._numbers[place] if place < len(self._numbers) else None

    def last_up_to(self, number: int) -> int | None:
        """See `Blocks`."""
        place = bisect_right(self._numbers, number)
        return self._numbers[place - 1] if place else None
