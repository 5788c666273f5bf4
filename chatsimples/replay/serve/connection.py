"""A connection of somebody who listens: its bytes, its dialect, and its end."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Mapping
from contextlib import suppress

from chatsimples.chat.commands import Command
from chatsimples.dialects.attempts import Finding
from chatsimples.dialects.base import PAUSE_ENDS_MESSAGE, Dialect, Parser
from chatsimples.dialects.negotiation import SILENCE_DECIDES, Negotiation
from chatsimples.replay.serve.responder import Listener, Responder

LAST_WORDS = 2.0
"""Seconds for the peer to close once it is over: to close at once could destroy what it was told last."""

_READ_BYTES = 65_536
_COMMANDS_AT_ONCE = 64
_OUT_AT_ONCE = 65_536


class ListenerConnection:
    """A connection.

    It says nothing more before what was said has gone out, and reads nothing more before what was read is
    answered. So what it holds is bounded, however slowly its peer reads.

    Args:
        number: of the connection.
        sock: its socket, non-blocking; owned from here on.
        dialects: by name.
        responder: answers it.
        now: the time, in seconds that never go back.

    Attributes:
        gone: whether it can be closed.
    """

    def __init__(
        self,
        number: int,
        sock: socket.socket,
        dialects: Mapping[str, Dialect],
        responder: Responder,
        now: float,
    ) -> None:
        self.sock = sock
        self.gone = False
        self._number = number
        self._responder = responder
        self._heard_at = now
        self._negotiation: Negotiation | None = Negotiation(dialects, number)
        self._parser: Parser | None = None
        self._listener: Listener | None = None
        self._asked: deque[Command] = deque()
        self._input_ended = False
        self._drained = False
        self._out = bytearray()
        self._busy = False
        self._last_words_until = 0.0

    @property
    def waiting(self) -> int:
        """How many bytes wait for the peer to read."""
        return len(self._out)

    @property
    def reads(self) -> bool:
        """Whether it reads, rather than waits to write."""
        return not self.waiting and not self._busy

    @property
    def deadline(self) -> float:
        """When `passed` is to be called; 0 if that is not so."""
        if self._last_words_until:
            return self._last_words_until
        if self._negotiation is not None:
            # A visitor who has said nothing yet may take all the time in the world.
            undecided = self._parser is None or self._negotiation.held
            return self._heard_at + SILENCE_DECIDES if undecided else 0.0
        pauses = self._parser is not None and self._parser.awaits_pause
        return self._heard_at + PAUSE_ENDS_MESSAGE if pauses else 0.0

    def read(self, now: float) -> None:
        """Read what has come."""
        try:
            data = self.sock.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.gone = True
            return
        if self._last_words_until:
            self.gone = not data
        elif data:
            self._take_in(data, now)
        else:
            self._end_input()

    def passed(self, now: float) -> None:
        """Note that the deadline has come."""
        if self._last_words_until:
            self.gone = True
            return
        self._heard_at = now
        if self._negotiation is not None:
            self._negotiated(self._negotiation, begins=self._negotiation.pause())
        elif self._parser is not None:
            self._parser.pause()

    def go_on(self, now: float) -> bool:
        """Send, tell, answer: some of what there is to do; tell whether there is more.

        Raises:
            ChatSimplesError: the transcript can't be read.
        """
        self._busy = False
        self._send()
        listener = self._listener
        if self._out or self.gone or listener is None:
            self._end_if_over(now)
            return False
        responder = self._responder
        self._out += responder.go_on(listener)
        if responder.is_idle(listener):
            self._answer(listener)
        self._send()
        unfinished = bool(self._asked) or not responder.is_idle(listener)
        self._busy = not self._out and not listener.is_over and unfinished
        self._end_if_over(now)
        return self._busy

    def close(self) -> None:
        """Close the connection."""
        self.gone = True
        self.sock.close()

    def _answer(self, listener: Listener) -> None:
        """Answer, as long as there is no more to tell than that."""
        for _ in range(_COMMANDS_AT_ONCE):
            full = len(self._out) > _OUT_AT_ONCE
            if listener.is_over or full or not self._responder.is_idle(listener):
                break
            command = self._next_command()
            if command is None:
                listener.is_over = self._input_ended
                return
            self._out += self._responder.answer(listener, command)
        if not listener.is_over and (command := self._next_command()):
            self._asked.appendleft(command)

    def _next_command(self) -> Command | None:
        if not self._asked and self._parser is not None:
            self._take_command(self._parser)
            if not self._asked and self._input_ended and not self._drained:
                self._drained = True
                self._parser.end()
                self._take_command(self._parser)
        return self._asked.popleft() if self._asked else None

    def _take_command(self, parser: Parser) -> None:
        self._asked += parser.take(1)
        attempt = parser.take_attempt()
        if attempt is not None:
            # Nobody has to prove anything to hear what was recorded.
            if attempt.unproved is not None:
                self._asked.append(attempt.unproved)
            else:
                parser.judge(Finding(code="login_failed"))

    def _take_in(self, data: bytes, now: float) -> None:
        self._heard_at = now
        if self._negotiation is not None:
            self._negotiated(self._negotiation, begins=self._negotiation.feed(data))
        elif self._parser is not None:
            self._parser.feed(data)

    def _end_input(self) -> None:
        self._input_ended = True
        if self._negotiation is not None:
            self._negotiated(self._negotiation, begins=self._negotiation.end())
        if self._listener is None:
            self.gone = True

    def _negotiated(self, negotiation: Negotiation, *, begins: bool) -> None:
        self._parser = negotiation.parser
        if begins and negotiation.dialect is not None:
            self._listener, told = self._responder.welcome(negotiation.dialect, self._number)
            self._out += told
        if negotiation.settled:
            self._negotiation = None

    def _send(self) -> None:
        while self._out:
            try:
                sent = self.sock.send(self._out)
            except BlockingIOError:
                return
            except OSError:
                self.gone = True
                self._out.clear()
                return
            del self._out[:sent]

    def _end_if_over(self, now: float) -> None:
        if self._listener is None or not self._listener.is_over or self._out or self._last_words_until:
            return
        self._last_words_until = now + LAST_WORDS
        self._listener = None
        self.gone = self._input_ended
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
