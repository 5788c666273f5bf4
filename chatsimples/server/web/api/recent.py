"""The newest records of a room, in memory once for all who follow it, each with a position of their own."""

from __future__ import annotations

import asyncio
from bisect import bisect_right

MOST_BYTES = 262_144
"""Bytes of a room's records that are held; one record is, whatever its size."""

_EVENT = b"id: %s/%d\ndata: %s\n\n"


def event(log: str, seq: int, line: bytes) -> bytes:
    """Write a record as an event of a stream."""
    return _EVENT % (log.encode(), seq, line)


class Recent:
    """All records of a room after a seq, in order, as events. None are held while nobody follows.

    Args:
        room: its name.
        start: the seq after which they are held.
        most_bytes: bytes that are held.

    Attributes:
        room, start: the same; older ones are let go of, so the start moves on.
        why_ended: why nothing more will come; None as long as something may.
        followers: how many follow it.
        used: when somebody needed to be in the room, in seconds that never go back.
    """

    def __init__(self, room: str, start: int, most_bytes: int = MOST_BYTES) -> None:
        self.room = room
        self.start = start
        self.why_ended: str | None = None
        self.followers = 0
        self.used = 0.0
        self._most_bytes = most_bytes
        self._bytes = 0
        self._seqs: list[int] = []
        self._events: list[bytes] = []
        self._changed = asyncio.Event()

    def add(self, seq: int, told: bytes) -> None:
        """Take in the next record, as an event."""
        if not self.followers:
            self._seqs, self._events, self._bytes, self.start = [], [], 0, seq
            return
        self._seqs.append(seq)
        self._events.append(told)
        self._bytes += len(told)
        if self._bytes > self._most_bytes:
            self._shrink()
        self._wake()

    def put_before(self, start: int, older: list[tuple[int, bytes]]) -> None:
        """Take in what was looked up, all after a seq and up to the start, if there is room for it."""
        size = sum(len(told) for _, told in older)
        if start < self.start and self._bytes + size <= self._most_bytes:
            self._seqs[:0] = [seq for seq, _ in older]
            self._events[:0] = [told for _, told in older]
            self._bytes += size
            self.start = start

    def after(self, seq: int, most_bytes: int) -> tuple[int, bytes]:
        """Return the events after a seq that is not before the start, and the last one's seq.

        At most so many bytes are given, but one event at least; none if there is none.
        """
        first = place = bisect_right(self._seqs, seq)
        size = 0
        while place < len(self._seqs) and (place == first or size + len(self._events[place]) <= most_bytes):
            size += len(self._events[place])
            place += 1
        if place == first:
            return seq, b""
        return self._seqs[place - 1], b"".join(self._events[first:place])

    def end(self, why: str) -> None:
        """Note that nothing more will come, and why: a code of the chat's."""
        self.why_ended = why
        self._wake()

    async def change(self) -> None:
        """Wait until there is something new."""
        await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _shrink(self) -> None:
        """Let go of older ones until half of the bytes are held: so not each record costs that."""
        place, last = 0, len(self._events) - 1
        while place < last and self._bytes > self._most_bytes // 2:
            self._bytes -= len(self._events[place])
            place += 1
        if place:
            self.start = self._seqs[place - 1]
            del self._seqs[:place], self._events[:place]
