"""A limit on like events: what an outsider can cause a thousand times is told ten times, and counted."""

from __future__ import annotations

import msgspec

PERIOD = 10.0
"""Seconds in which like events are counted together; the first of them begins the period."""

_MOST_KINDS = 256


class LeftOut(msgspec.Struct, frozen=True):
    """How many events of one name and level were left out since the last that was told."""

    level: str
    event: str
    count: int


class _Period(msgspec.Struct):
    ends: float
    count: int = 0


class Limit:
    """Counts events by their level and name, and says which are to be told.

    Events of more than 256 kinds within one period count as one kind, without a name.

    Args:
        most: like events that are told in a period.
    """

    def __init__(self, most: int = 10) -> None:
        self._most = most
        # In the order in which the periods end: all are of one length.
        self._periods: dict[tuple[str, str], _Period] = {}

    def admits(self, level: str, event: str, now: float) -> bool:
        """Count an event, and say whether it is to be told.

        Args:
            level: its level.
            event: its name.
            now: seconds of a clock that never goes back. What is over by then was taken with `over`.
        """
        kind = (level, event)
        period = self._periods.get(kind)
        if period is None and len(self._periods) >= _MOST_KINDS:
            kind = ("", "")
            period = self._periods.get(kind)
        if period is None:
            period = self._periods[kind] = _Period(now + PERIOD)
        period.count += 1
        return period.count <= self._most

    @property
    def next_end(self) -> float | None:
        """When the first of the periods ends; None: there is none."""
        return next((period.ends for period in self._periods.values()), None)

    def over(self, now: float) -> list[LeftOut]:
        """End the periods that are over, and return what was left out in them."""
        ended = []
        for kind, period in self._periods.items():
            if period.ends > now:
                break
            ended.append(kind)
        return self._end(ended)

    def end_all(self) -> list[LeftOut]:
        """End every period, and return what was left out."""
        return self._end([*self._periods])

    def _end(self, kinds: list[tuple[str, str]]) -> list[LeftOut]:
        left_out = []
        for kind in kinds:
            count = self._periods.pop(kind).count - self._most
            if count > 0:
                left_out.append(LeftOut(*kind, count))
        return left_out
