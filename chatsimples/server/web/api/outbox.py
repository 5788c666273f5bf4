"""Commands of a session that wait for an answer: sent at the chat's pace, and again on each connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chatsimples.server.web.api.failures import RequestError
from chatsimples.server.web.api.heard import Heard
from chatsimples.server.worker.pacing import Rate

MOST_WAITING = 64
"""Commands that are under way: so many ids of a session are known at least."""

PATIENCE = 15.0
"""Seconds that a command may have to wait for its turn."""

_SHARE = 0.9


class LinkBounds(msgspec.Struct, frozen=True):
    """What the chat takes of one connection.

    Attributes:
        pace: how many commands.
        max_line: bytes in one; 0 for no bound.
    """

    pace: Rate
    max_line: int


class Answer(msgspec.Struct):
    """What the chat answers: what it has said, the records before that with their seqs, or why it refuses."""

    heard: Heard
    past: list[tuple[int, bytes]] = []
    failed: RequestError | None = None

    def or_fail(self) -> Answer:
        """Return it.

        Raises:
            RequestError: it is a refusal.
        """
        if self.failed is not None:
            raise self.failed
        return self


class Waiting(msgspec.Struct):
    """A command, what its answer will be, from when on it may be sent, and whether it was."""

    command: Mapping[str, Any]
    answer: asyncio.Future[Answer]
    due: float
    is_sent: bool = False


class Outbox:
    """Holds them, in order, by their ids.

    Args:
        bounds: what the chat takes of a connection.
        write: sends a command.
        clock: tells the time, in seconds that never go back.
    """

    def __init__(
        self, bounds: LinkBounds, write: Callable[[Mapping[str, Any]], None], clock: Callable[[], float]
    ) -> None:
        # A little less than is allowed: the chat must never hold up this connection for long.
        self._pace = Rate(bounds.pace.rate * _SHARE, bounds.pace.burst)
        self._max_line = bounds.max_line
        self._write = write
        self._clock = clock
        self._full_at = 0.0
        self._waiting: dict[str, Waiting] = {}
        self._is_open = False

    def __len__(self) -> int:
        """Count them."""
        return len(self._waiting)

    def put(self, command: Mapping[str, Any]) -> asyncio.Future[Answer]:
        """Have a command, which has an id, sent as soon as the chat takes it; return what its answer will be.

        The same command that is under way already is not sent again.

        Raises:
            RequestError: it is too long, more wait than may, or its id is another's.
        """
        mark = command["id"]
        waiting = self._waiting.get(mark)
        if waiting is not None:
            if waiting.command != command:
                raise RequestError("key_used")
            return waiting.answer
        if 0 < self._max_line < len(msgspec.json.encode(command)):
            raise RequestError("line_too_long")
        now, delay = self._clock(), self._delay()
        loop = asyncio.get_running_loop()
        waiting = self._waiting[mark] = Waiting(command, loop.create_future(), now + delay)
        if delay:
            loop.call_later(delay, self._send, mark)
        else:
            self._send(mark)
        return waiting.answer

    def open(self) -> None:
        """Send on a connection that is welcome what may be sent by now; the rest follows when it may."""
        self._is_open = True
        now = self._clock()
        for mark, waiting in self._waiting.items():
            waiting.is_sent = False
            if waiting.due <= now:
                self._send(mark)

    def close(self) -> None:
        """Send nothing until the next connection is welcome."""
        self._is_open = False

    def drop(self, mark: str) -> None:
        """Wait for an answer no more."""
        self._waiting.pop(mark, None)

    def answer(self, mark: str, answer: Answer) -> None:
        """Give the command with an id its answer, if there is one."""
        waiting = self._waiting.pop(mark, None)
        if waiting is not None and not waiting.answer.done():
            waiting.answer.set_result(answer)

    def fail(self, failed: RequestError) -> None:
        """Refuse all."""
        for mark in list(self._waiting):
            self.answer(mark, Answer(Heard("error", id=mark), failed=failed))

    def _delay(self) -> float:
        """Take one command off what the chat takes; return in how many seconds it may be sent.

        Raises:
            RequestError: that is too long, or too many wait.
        """
        delay, now = 0.0, self._clock()
        full_at = self._full_at
        if self._pace:
            full_at = self._pace.after(full_at, 1, now)
            delay = max(0.0, -self._pace.left(full_at, now) / self._pace.rate)
        if delay > PATIENCE or len(self._waiting) >= MOST_WAITING:
            raise RequestError("too_many_commands", after=delay)
        self._full_at = full_at
        return delay

    def _send(self, mark: str) -> None:
        waiting = self._waiting.get(mark)
        if waiting is not None and self._is_open and not waiting.is_sent:
            waiting.is_sent = True
            self._write(waiting.command)
