"""When which message is due, for loads whose rhythm is given: microseconds from the beginning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Due(NamedTuple):
    """A message: when it is due, in microseconds, in which room, and how many bytes its text has."""

    at: int
    room: int
    size: int


def steady(rate: float, seconds: float, rooms: int, size: int) -> Iterator[Due]:
    """Give messages at a steady rate, one room after the other.

    Args:
        rate: messages a second, more than 0.
        seconds: how long.
        rooms: how many rooms.
        size: bytes of each text.
    """
    # 100 a second for 0.29 s is 28.999… in floating point.
    for number in range(int(round(rate * seconds, 6))):
        yield Due(int(number * 1_000_000 / rate), number % rooms, size)
