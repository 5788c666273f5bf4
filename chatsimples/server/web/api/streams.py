"""A room's records as they are said, as server-sent events (HTML standard, section 9.2).

Each stream has a position of its own among the room's newest records, which are in memory once. Whoever reads
slowly holds up nobody: what is not in memory any more is looked up in the room's history.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import NamedTuple

import msgspec

from chatsimples.server.web.api.failures import RequestError
from chatsimples.server.web.api.recent import Recent, event
from chatsimples.server.web.api.session import ChatSession

HEARTBEAT = 15.0
"""Seconds without a record after which a comment is sent, so that whoever is gone is noticed."""

CONTENT_TYPE = "text/event-stream"

_BATCH_BYTES = 65_536
_AGAIN_AFTER_MS = 2_000
_COMMENT = b": \n\n"


class Position(NamedTuple):
    """A place in a log."""

    log: str
    seq: int


def read_position(text: str) -> Position | None:
    """Read a position as events tell it: ``LOG/SEQ``; None if it is none."""
    log, slash, digits = text.strip().rpartition("/")
    if not (log and slash and digits.isascii() and digits.isdigit() and len(digits) <= len(str(1 << 63))):
        return None
    return Position(log, int(digits))


class Following:
    """Somebody who follows a room.

    Args:
        session: whose connection brings the records.
        recent: the room, which the session is in.
        since: after which position; None for what comes from now on. All that was recorded before it in the
            room must have come to the session.
    """

    def __init__(self, session: ChatSession, recent: Recent, since: Position | None) -> None:
        self._session = session
        self._recent = recent
        self._resumes = since is None or since.log == session.log
        # Of what may have come behind the session's own position, nothing is of this room.
        self._seq = min(since.seq, session.position) if since and self._resumes else session.position

    async def events(self) -> AsyncGenerator[bytes, None]:
        """Yield bytes of the stream until the room has an end for whoever follows it."""
        self._recent.followers += 1
        try:
            yield self._beginning()
            while (told := await self._next()) is not None:
                yield told
            yield _named("end", {"code": self._recent.why_ended})
        except RequestError as failed:
            yield _named("end", {"code": failed.code})
        finally:
            self._recent.followers -= 1

    async def _next(self) -> bytes | None:
        """Return what follows, when it is there; None if nothing will.

        Raises:
            RequestError: it can't be looked up.
        """
        if self._seq < self._recent.start:
            return await self._look_up()
        self._seq, told = self._recent.after(self._seq, _BATCH_BYTES)
        if told:
            return told
        if self._recent.why_ended is not None:
            return None
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._recent.change()
        except TimeoutError:
            return _COMMENT
        return await self._next()

    def _beginning(self) -> bytes:
        """Tell the position after which events follow, and whether that is the one that was asked for."""
        log = self._session.log
        at = {"log": log, "seq": self._seq, "resumed": self._resumes}
        return b"retry: %d\nid: %s/%d\n" % (_AGAIN_AFTER_MS, log.encode(), self._seq) + _named("position", at)

    async def _look_up(self) -> bytes:
        """Return events that are not in memory any more."""
        session, recent, begun = self._session, self._recent, self._seq
        known, log = session.position, session.log
        answer = await session.past(recent.room, begun)
        events = [(seq, event(log, seq, line)) for seq, line in answer.past]
        if answer.heard.complete or not events:
            # Nothing else was said up to what had come before the question.
            self._seq = max(known, events[-1][0] if events else begun)
        else:
            self._seq = events[-1][0]
        if self._seq >= recent.start:
            recent.put_before(begun, [(seq, told) for seq, told in events if seq <= recent.start])
        return b"".join(told for _, told in events) or _COMMENT


def _named(name: str, data: Mapping[str, object]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
