"""WebSocket, for browsers: the JSON dialect in messages (RFC 6455). A message holds one or more of its lines.

A batch is framed once for all who hear the same, so there is no compression: its state would be each
connection's own. The server's sign of life is a ping frame, which every browser answers by itself. What the
dialect has to answer (the handshake, a ping, a goodbye) comes out of the parser as commands, like all else:
so the one who writes to the socket stays the only one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from websockets.frames import CloseCode

from chatsimples.chat import effects
from chatsimples.chat.commands import Close, Command, Fault, Transmit
from chatsimples.chat.names import printable
from chatsimples.dialects.attempts import Attempt, Finding
from chatsimples.dialects.base import InputLimits, Lines, SecretSource
from chatsimples.dialects.jsonl import JsonDialect, JsonParser
from chatsimples.dialects.websocket_frames import (
    Closed,
    Event,
    Failed,
    FrameReader,
    Message,
    Pinged,
    close_frame,
    frame_lines,
    ping_frame,
)

if TYPE_CHECKING:
    from chatsimples.dialects.websocket_handshake import Answer

_CLOSE_CODES = {
    "quit": CloseCode.NORMAL_CLOSURE,
    "shutdown": CloseCode.GOING_AWAY,
    "bad_frame": CloseCode.PROTOCOL_ERROR,
    "not_text": CloseCode.UNSUPPORTED_DATA,
    "bad_utf8": CloseCode.INVALID_DATA,
    "line_too_long": CloseCode.MESSAGE_TOO_BIG,
}
"""By the reason for which the server ends a connection; for all others it is `CloseCode.POLICY_VIOLATION`."""

_NAME = "websocket"


class WebSocketParser:
    """The commands of one connection, once its handshake is answered.

    Args:
        conn: the connection.
        limits: what a line may hold; a message, with all its lines, may hold as much.
        new_session: makes a secret for a client that brings none.
        handshake: what its handshake is answered, if that is still to be written.
    """

    # There is one for each connection.
    __slots__ = ("_attempt", "_conn", "_frames", "_handshake", "_limits", "_lines", "_next", "_over")

    awaits_pause = False

    def __init__(
        self, conn: int, limits: InputLimits, new_session: SecretSource, handshake: Answer | None = None
    ) -> None:
        self._conn = conn
        self._limits = limits
        self._frames = FrameReader(limits.max_line)
        self._lines = JsonParser(conn, limits, new_session, _NAME)
        self._handshake = handshake
        self._attempt: Attempt | None = None
        # What comes behind the lines that have been fed.
        self._next: Event | None = None
        self._over = handshake is not None and not handshake.accepted

    def feed(self, data: bytes) -> None:
        """Take in what was received; nothing any more after what ends the connection."""
        if not self._over:
            self._frames.feed(data)

    def take(self, limit: int) -> list[Command]:
        """Give at most ``limit`` commands of what is complete."""
        taken: list[Command] = []
        if self._handshake is not None and limit > 0:
            taken += self._greeting(self._handshake)
            self._handshake = None
        while len(taken) < limit and not self._over:
            taken += self._lines.take(limit - len(taken))
            self._attempt = self._lines.take_attempt()
            if self._attempt is not None or len(taken) >= limit:
                break
            event, self._next = self._next, None
            if event is not None:
                taken.append(self._command_of(event))
            elif not self._feed_lines():
                break
        return taken

    def take_attempt(self) -> Attempt | None:
        """Give what needs secrets looked at, if the last `take` has met something of the kind."""
        attempt, self._attempt = self._attempt, None
        return attempt

    def judge(self, finding: Finding) -> None:
        """Have nothing to make of it: each attempt is a command."""

    def pause(self) -> None:
        """Mean nothing by a pause."""

    def end(self) -> None:
        """Mean nothing by the end of input: what is not complete was cut off."""

    @property
    def held(self) -> int:
        """How many bytes wait for what completes their message."""
        return self._frames.held + self._lines.held

    def _greeting(self, handshake: Answer) -> list[Command]:
        greeting: list[Command] = [Transmit(self._conn, handshake.data)]
        return greeting if handshake.accepted else [Close(self._conn, "error", handshake.data)]

    def _feed_lines(self) -> bool:
        """Feed the lines of the messages that come next, up to what is none; tell whether anything came."""
        said: list[bytes] = []
        while True:
            event = self._frames.next_event()
            if not (isinstance(event, Message) and event.is_text):
                break
            said += (event.data, b"\n")
        self._lines.feed(b"".join(said))
        self._next = event
        return event is not None or bool(said)

    def _command_of(self, event: Event) -> Command:
        """Give the command of what is no text message."""
        match event:
            case Message():
                return self._end("not_text")
            case Pinged(pong=pong):
                return Transmit(self._conn, pong)
            case Closed(echo=echo):
                self._over = True
                return Close(self._conn, "closed", echo)
            case Failed(code=CloseCode.MESSAGE_TOO_BIG):
                return self._end("line_too_long", limit=str(self._limits.max_line))
            case Failed(code=CloseCode.INVALID_DATA):
                return self._end("bad_utf8")
            case Failed(why=why):
                return self._end("bad_frame", why="{cause}", cause=printable(why))

    def _end(self, code: str, **detail: str) -> Command:
        self._over = True
        self._frames.stop()
        return Fault(self._conn, code, detail, fatal=True)


class WebSocketDialect(JsonDialect):
    """The rendering of JSON lines in WebSocket messages."""

    name = _NAME

    def claims(self, first: bytes) -> bool | None:  # noqa: ARG002 - the shape of a dialect
        """Claim nothing: it begins as HTTP, and whoever reads the request decides."""
        return False

    def parser(self, conn: int) -> WebSocketParser:
        """Make the parser of a connection whose handshake has been answered."""
        return WebSocketParser(conn, self._limits, self._new_session)

    def parser_for(self, conn: int, head: bytes) -> WebSocketParser:
        """Make the parser of a connection whose handshake it answers first.

        Args:
            conn: the connection.
            head: of the request, up to and with its empty line; what follows it is to be fed.
        """
        # A server that nobody browses does without what it takes.
        from chatsimples.dialects.websocket_handshake import answer  # noqa: PLC0415 - see above

        return WebSocketParser(conn, self._limits, self._new_session, answer(head))

    def reply(self, answer: effects.Answer, nick: str = "") -> bytes:
        """Write a reply as a message; the question for a sign of life as a ping frame."""
        if isinstance(answer, effects.Ping):
            return ping_frame(str(answer.seq).encode())
        return frame_lines(super().reply(answer, nick))

    def frame(self, lines: Lines) -> Lines:
        """Write lines as messages."""
        return frame_lines(bytes(lines))

    def goodbye(self, why: str) -> bytes:
        """Write a close frame; nothing to a client that has gone without a word."""
        if why == "closed":
            return b""
        return close_frame(_CLOSE_CODES.get(why, CloseCode.POLICY_VIOLATION), why)
