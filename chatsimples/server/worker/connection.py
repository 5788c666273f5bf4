"""A connection as its worker sees it: bytes and times go in, commands come out. No I/O, and no clock.

What it is, and what can happen to it then, says `conditions`; whoever reads its socket goes by that.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chatsimples.chat.commands import Close, Command, Fault, Hello, Open, Silent
from chatsimples.dialects.base import PAUSE_ENDS_MESSAGE, Dialect, Parser
from chatsimples.dialects.negotiation import SILENCE_DECIDES, Negotiation
from chatsimples.server.worker.conditions import HEEDED, Condition, Event, Timer, follow
from chatsimples.server.worker.pacing import Allowance, Pace
from chatsimples.server.worker.timers import Timers

_COMMANDS_PER_READ = 65_536
# Looking a member up at its class is felt where everything that is read passes.
_SPEAKING = Condition.SPEAKING
_THROTTLED = Condition.THROTTLED
_UNHEARD_BYTES = 1_048_576


class Context(msgspec.Struct, frozen=True):
    """What the connections of a worker have in common.

    Attributes:
        dialects: by name.
        pace: what clients may do in which time.
        timers: where they set theirs.
        batch: where their commands go.
    """

    dialects: Mapping[str, Dialect]
    pace: Pace
    timers: Timers
    batch: list[Command]


class WorkerConnection:
    """A connection.

    Args:
        conn: its number.
        address: where its client is.
        context: what it has in common with others.
        now: the time, in seconds that never go back.

    Attributes:
        condition: what it is. Only `receive`, `finish`, `fail` and `elapsed` change that.
    """

    # There are ten thousand.
    __slots__ = (
        "_allowance", "_awaits_hello", "_awaits_silence", "_context", "_heard_at", "_negotiation", "_parser",
        "_pause_at", "_pinged", "_unheard", "address", "condition", "conn",
    )  # fmt: skip

    def __init__(self, conn: int, address: str, context: Context, now: float) -> None:
        self.conn = conn
        self.address = address
        self.condition = Condition.UNDECIDED
        self._context = context
        self._negotiation: Negotiation | None = Negotiation(context.dialects, conn)
        self._parser: Parser | None = None
        self._allowance = Allowance(context.pace, now) if context.pace.is_bound else None
        self._heard_at = now
        self._awaits_hello = False
        self._awaits_silence = False
        self._pause_at = 0.0
        self._pinged = False
        self._unheard = 0
        self._await_silence(now)

    @property
    def held(self) -> int:
        """How many bytes wait for what completes them; limits bound them."""
        negotiated = self._negotiation.held if self._negotiation else 0
        return negotiated + (self._parser.held if self._parser else 0)

    def receive(self, data: bytes, now: float) -> None:
        """Take in what was received."""
        self._heard_at = now
        self._pinged = False
        if self.condition is _SPEAKING and self._parser is not None:
            self._parser.feed(data)
            self._take(self._parser, now)
        elif self._negotiation is not None:
            self._negotiated(self._negotiation, now, begins=self._negotiation.feed(data))
        else:
            self._unheard += len(data)
            if self._unheard > _UNHEARD_BYTES:
                self.fail("closed")

    def finish(self, now: float) -> None:
        """Note the end of input: what is unfinished is taken as finished.

        What is more than the pace allows is given first, in its time; the end is then seen again.
        """
        negotiation = self._negotiation
        if negotiation is not None:
            begins = negotiation.end()
            if negotiation.settled:
                self._negotiated(negotiation, now, begins=begins)
        parser = self._parser
        if parser is not None and self.condition is _SPEAKING:
            parser.end()
            self._take(parser, now)
        if self.condition is not _THROTTLED:
            self.fail("closed")

    def fail(self, reason: str) -> None:
        """Note that the connection has ended, for a reason that goes on record; nothing unfinished counts."""
        self._ask(Close(self.conn, reason))
        self._go(Event.ENDED)

    def elapsed(self, timer: Timer, now: float) -> None:
        """Note that the time of a timer has come."""
        if self.condition not in HEEDED[timer]:
            return
        match timer:
            case Timer.SILENCE:
                self._silence(now)
            case Timer.PAUSE:
                self._pause(now)
            case Timer.PACE:
                self._unthrottle(now)
            case Timer.REGISTRATION:
                self._check_registration()
            case Timer.PING:
                self._ping(now)

    # Which dialect it speaks.

    def _negotiated(self, negotiation: Negotiation, now: float, *, begins: bool) -> None:
        self._parser = negotiation.parser
        if begins and negotiation.dialect is not None:
            self._begin(negotiation.dialect, now)
        if negotiation.settled and self._parser is not None:
            self._negotiation = None
            self._go(Event.SETTLED)
            self._take(self._parser, now)
        elif begins:
            self._go(Event.SILENT)
        elif negotiation.held:
            self._await_silence(now)

    def _begin(self, dialect: Dialect, now: float) -> None:
        visitor = not dialect.registers
        self._ask(Open(self.conn, dialect.name, self.address, visitor))
        pace = self._context.pace
        if dialect.registers:
            self._awaits_hello = True
            if pace.registration_timeout:
                self._wait(now + pace.registration_timeout, Timer.REGISTRATION)
        if dialect.is_pinged and pace.ping_interval:
            self._wait(now + pace.ping_interval, Timer.PING)

    def _await_silence(self, now: float) -> None:
        if not self._awaits_silence:
            self._awaits_silence = True
            self._wait(now + SILENCE_DECIDES, Timer.SILENCE)

    def _silence(self, now: float) -> None:
        self._awaits_silence = False
        if now - self._heard_at < SILENCE_DECIDES:
            self._await_silence(self._heard_at)
        elif self._negotiation is not None:
            self._negotiated(self._negotiation, now, begins=self._negotiation.pause())

    # What it says, at its pace.

    def _take(self, parser: Parser, now: float) -> None:
        allowance = self._allowance
        limit = _COMMANDS_PER_READ if allowance is None else allowance.count(now)
        taken = parser.take(limit)
        if taken:
            batch = self._context.batch
            batch += taken
            last = taken[-1]
            if isinstance(last, Fault) and last.fatal:
                self._go(Event.REFUSED)
                return
            if self._awaits_hello:
                self._awaits_hello = not any(isinstance(each, Hello) for each in taken)
        if allowance is not None:
            count = len(taken)
            allowance.left -= count
            if count >= limit:
                self._throttle(allowance, now)
            elif self.condition is _THROTTLED:
                allowance.recover()
                self._go(Event.ALLOWED)
        if parser.awaits_pause:
            self._await_pause(now)

    def _throttle(self, allowance: Allowance, now: float) -> None:
        if self.condition is not _THROTTLED:
            allowance.exhaust(now)
            self._go(Event.LIMITED)
        self._wait(now + allowance.wait, Timer.PACE)

    def _unthrottle(self, now: float) -> None:
        # It is silent because it is not read from.
        self._heard_at = now
        if self._allowance is not None and self._allowance.is_flood(now):
            self._refuse("flood", rate=self._context.pace.message_rate)
        elif self._parser is not None:
            self._take(self._parser, now)

    def _await_pause(self, now: float) -> None:
        if not self._pause_at:
            self._wait(now + PAUSE_ENDS_MESSAGE, Timer.PAUSE)
        self._pause_at = now + PAUSE_ENDS_MESSAGE

    def _pause(self, now: float) -> None:
        if now < self._pause_at:
            self._wait(self._pause_at, Timer.PAUSE)
            return
        self._pause_at = 0.0
        parser = self._parser
        if parser is None:
            return
        parser.pause()
        if self.condition is _SPEAKING:
            self._take(parser, now)

    # Silence, and the end.

    def _check_registration(self) -> None:
        if self._awaits_hello:
            self._refuse("registration_timeout", seconds=self._context.pace.registration_timeout)

    def _ping(self, now: float) -> None:
        pace = self._context.pace
        silence = now - self._heard_at
        if silence < pace.ping_interval:
            self._wait(self._heard_at + pace.ping_interval, Timer.PING)
            return
        self._ask(Silent(self.conn, int(silence), self._pinged))
        self._pinged = bool(pace.ping_timeout)
        self._wait(now + (pace.ping_timeout or pace.ping_interval), Timer.PING)

    def _refuse(self, code: str, **detail: float) -> None:
        words = {name: f"{value:g}" for name, value in detail.items()}
        self._ask(Fault(self.conn, code, words, fatal=True))
        self._go(Event.REFUSED)

    def _ask(self, command: Command) -> None:
        self._context.batch.append(command)

    def _wait(self, when: float, timer: Timer) -> None:
        self._context.timers.set(when, self.conn, timer)

    def _go(self, event: Event) -> None:
        self.condition = follow(self.condition, event)
