"""When each record is due: time as a chain of generators over records.

``speed_up(limit_idle(timed(lines), 2.0), 4.0)`` gives each line with the seconds after the first at which it
is due. Whoever plays them adds the moment at which he began and waits until then; as nothing is added up from
one wait to the next, no lateness is carried on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from chatsimples.chat.records import microseconds
from chatsimples.transcript.reader import Line

Item = TypeVar("Item")


class Clock:
    """Tells how long after the first of some recorded times each of them was."""

    def __init__(self) -> None:
        self._passed = 0
        self._before = 0
        self._at = ""

    def passed(self, at: str) -> float:
        """Return the seconds from the first time to this one, which is the next; none if it goes back."""
        if at != self._at:
            now = microseconds(at)
            self._passed += max(0, now - self._before) if self._at else 0
            self._at, self._before = at, now
        return self._passed / 1_000_000


def timed(lines: Iterable[Line]) -> Iterator[tuple[float, Line]]:
    """Yield each line with the seconds from the first to it.

    A clock that was set back while the chat was recorded takes no time: what follows comes at once, and the
    time goes on from there.
    """
    clock = Clock()
    for line in lines:
        yield clock.passed(line[0].at), line


def limit_idle(items: Iterable[tuple[float, Item]], most: float) -> Iterator[tuple[float, Item]]:
    """Cut each silence to ``most`` seconds; 0 leaves them as they were."""
    cut = last = 0.0
    for due, item in items:
        if most and due - last > most:
            cut += due - last - most
        last = due
        yield due - cut, item


def speed_up(items: Iterable[tuple[float, Item]], speed: float) -> Iterator[tuple[float, Item]]:
    """Let everything be due ``speed`` times as early."""
    return ((due / speed, item) for due, item in items)
