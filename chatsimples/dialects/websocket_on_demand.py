"""WebSocket for a server that nobody may ever browse: what it takes is imported for the first connection.

That is 2.5 MB in each process that knows the dialects, and a part of the time in which it starts.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chatsimples.chat import effects
from chatsimples.dialects.base import Lines
from chatsimples.dialects.jsonl import JsonDialect

if TYPE_CHECKING:
    from chatsimples.dialects.websocket import WebSocketDialect, WebSocketParser


class WebSocketOnDemand(JsonDialect):
    """The dialect of `chatsimples.dialects.websocket`."""

    name = "websocket"

    @cached_property
    def _dialect(self) -> WebSocketDialect:
        from chatsimples.dialects.websocket import WebSocketDialect  # noqa: PLC0415 - see above

        return WebSocketDialect(self._limits, self._translate, self._new_session, self._notice)

    def claims(self, first: bytes) -> bool | None:  # noqa: ARG002 - the shape of a dialect
        """Claim nothing: it begins as HTTP, and whoever reads the request decides."""
        return False

    def parser(self, conn: int) -> WebSocketParser:
        """Make the parser of a connection whose handshake has been answered."""
        return self._dialect.parser(conn)

    def parser_for(self, conn: int, head: bytes) -> WebSocketParser:
        """Make the parser of a connection whose handshake it answers first."""
        return self._dialect.parser_for(conn, head)

    def reply(self, answer: effects.Answer, nick: str = "") -> bytes:
        """Write a reply as a message."""
        return self._dialect.reply(answer, nick)

    def frame(self, lines: Lines) -> Lines:
        """Write lines as messages."""
        return self._dialect.frame(lines)

    def goodbye(self, why: str) -> bytes:
        """Write a close frame."""
        return self._dialect.goodbye(why)
