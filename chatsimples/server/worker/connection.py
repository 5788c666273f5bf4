"""A connection as its worker sees it: bytes and times go in, commands come out. No I/O, and no clock.

What it is, and what can happen to it then, says `conditions`; whoever reads its socket goes by that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from chatsimples.chat import commands
from chatsimples.chat.commands import Close, Command, Fault, Forget, Hello, Login, Open, Rename, Silent
from chatsimples.dialects.attempts import Attempt
from chatsimples.dialects.base import PAUSE_ENDS_MESSAGE, Dialect, Parser
from chatsimples.dialects.negotiation import SILENCE_DECIDES, Negotiation
from chatsimples.net.peers import Peer
from chatsimples.server.worker.conditions import HEEDED, Condition, Event, Timer, follow
from chatsimples.server.worker.context import Context
from chatsimples.server.worker.gate import Verdict
from chatsimples.server.worker.pacing import Allowance
from chatsimples.server.worker.requests import BROWSING, OPENED_EARLY, Course
from chatsimples.server.worker.standing import Standing

_COMMANDS_PER_READ = 65_536
# Looking a member up at its class is felt where everything that is read passes.
_SPEAKING = Condition.SPEAKING
_THROTTLED = Condition.THROTTLED
_WAITING = Condition.WAITING
_NOT_BEGUN = (Condition.UNDECIDED, Condition.REQUESTING, Condition.PASSING)
_UNHEARD_BYTES = 1_048_576
_PASS_AGAIN_AFTER = 0.02
# What takes connections may have to be started, and that again and again.
_PASSING_ENDS = 60.0


class WorkerConnection:
    """A connection.

    Args:
        conn: its number.
        peer: its client, as the door knew it.
        context: what it has in common with others.
        now: the time, in seconds that never go back.

    Attributes:
        condition: what it is. Only `receive`, `finish`, `fail`, `answered`, `elapsed` and what is told of its
            being passed on change that.
    """

    # There are ten thousand.
    __slots__ = (
        "_allowance", "_attempt", "_awaits_hello", "_awaits_silence", "_came_at", "_context", "_heard_at",
        "_hung_up", "_negotiation", "_opening", "_parser", "_pause_at", "_pinged", "_standing", "_unheard",
        "_unopened", "condition", "conn", "peer",
    )  # fmt: skip

    def __init__(self, conn: int, peer: Peer, context: Context, now: float) -> None:
        self.conn = conn
        self.peer = peer
        self.condition = Condition.UNDECIDED
        self._context = context
        self._negotiation: Negotiation | None = context.negotiation(conn, peer)
        self._parser: Parser | None = None
        self._allowance: Allowance | None = None
        self._came_at = now
        self._heard_at = now
        self._hung_up = False
        self._awaits_hello = False
        self._awaits_silence = False
        self._opening: Open | None = None
        self._pause_at = 0.0
        self._pinged = False
        self._unheard = 0
        self._standing = Standing(context.gate)
        self._attempt: Attempt | None = None
        self._unopened: Dialect | None = None
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
                self.fail("closed", now)

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
        if self.condition is _THROTTLED:
            self.hang_up(now)
        elif self.condition is not _WAITING:
            self.fail("closed", now)

    def fail(self, reason: str, now: float) -> None:
        """Note that the connection has ended, for a reason that goes on record; nothing unfinished counts."""
        self._end(Event.ENDED, reason, now)

    @property
    def request(self) -> bytes:
        """What has come of an HTTP request that is to be passed on, and behind it."""
        return self._negotiation.first if self._negotiation else b""

    def await_room(self, now: float) -> None:
        """Note that it can't be passed on now."""
        self._wait(now + _PASS_AGAIN_AFTER, Timer.PASS)

    def taken(self) -> None:
        """Note that it was passed on. Nothing else was ever asked in its name."""
        self._go(Event.TAKEN)
        self._ask(Forget(self.conn))

    def abandon(self, now: float) -> None:
        """Note that nobody takes it."""
        self._end(Event.ABANDONED, "closed", now)

    def hang_up(self, now: float) -> None:
        """Note that the client of one that has to wait sends no more: what it has said may be left behind."""
        allowance = self._allowance
        if self._hung_up or allowance is None:
            return
        self._hung_up = True
        if not self._context.ledger.hang_up(allowance, self.peer.network, now):
            self._end(Event.ABANDONED, "closed", now)

    def banish(self, why: Mapping[str, str]) -> bool:
        """End it, as its address is banned; tell whether it was, which can't be while it waits."""
        condition = self.condition
        if condition is Condition.DEAF or condition is Condition.GONE:
            return True
        if condition is _WAITING or condition in _NOT_BEGUN:
            return False
        self._ask(Fault(self.conn, "banned", dict(why)))
        self._ask(Close(self.conn, "banned"))
        self._go(Event.REFUSED)
        return True

    def answered(self, verdict: Verdict, now: float) -> None:
        """Take in what became of its attempt, and what it has sent after that."""
        attempt, self._attempt = self._attempt, None
        if self.condition is not _WAITING or attempt is None or self._parser is None:
            return
        # It was silent because it was not read from.
        self._heard_at = now
        self._go(Event.ANSWERED)
        self._settle(attempt, verdict, now)
        self._take(self._parser, now)

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
                self._check_registration(now)
            case Timer.PING:
                self._ping(now)
            case Timer.HEAD:
                # Whoever has it answers that it took too long.
                self._pass_on(now)
            case Timer.PASS:
                if now - self._came_at > _PASSING_ENDS:
                    self.abandon(now)

    # Which dialect it speaks.

    def _negotiated(self, negotiation: Negotiation, now: float, *, begins: bool) -> None:
        self._parser = negotiation.parser
        if begins and negotiation.dialect is not None:
            self._begin(negotiation.dialect, now)
        if negotiation.settled and self._parser is not None:
            self._negotiation = None
            self._go(Event.SETTLED)
            self._take(self._parser, now)
        elif negotiation.is_request:
            self._requested(negotiation, now)
        elif self.condition is Condition.REQUESTING:
            # Its first line is not complete, and not yet one that can't be a request's.
            return
        elif begins:
            self._go(Event.SILENT)
            self._let_in(now)
        elif negotiation.held:
            self._await_silence(now)

    def _requested(self, negotiation: Negotiation, now: float) -> None:
        """Go on with an HTTP request."""
        requests = self._context.requests
        if requests is None:
            return
        if self.condition is Condition.UNDECIDED:
            self._go(Event.REQUESTED)
            timeout = self._context.pace.registration_timeout
            if timeout:
                self._wait(now + timeout, Timer.HEAD)
        decision = requests.decide(negotiation.first, self.peer)
        if decision.course is Course.UPGRADE and negotiation.upgrade(decision.length):
            self._negotiated(negotiation, now, begins=True)
        elif decision.course is not Course.MORE:
            self._pass_on(now)

    def _pass_on(self, now: float) -> None:
        self._go(Event.PASSED)
        self._came_at = now

    def _begin(self, dialect: Dialect, now: float) -> None:
        if dialect.warning:
            self._context.warn(dialect.warning, self.peer)
        self._allowance = self._bound(now)
        # A visitor is in a room at once, which is on record: it counts as a command, and waits for its turn.
        is_visitor = not (dialect.registers or self._standing.is_barred)
        self._opening = Open(self.conn, dialect.name, self.peer.address, is_visitor)
        pace = self._context.pace
        self._unopened = None
        if not is_visitor:
            self._ask(self._opening)
            self._opening = None
            self._awaits_hello = True
            if not dialect.registers:
                self._unopened = dialect
                self._ask(Fault(self.conn, "login_required", {}))
            if pace.registration_timeout:
                self._wait(now + pace.registration_timeout, Timer.REGISTRATION)
        if dialect.is_pinged and pace.ping_interval:
            self._wait(now + pace.ping_interval, Timer.PING)

    def _bound(self, now: float) -> Allowance | None:
        """Return its allowance, if there is a bound; it gets it when it begins, and not when it connects."""
        ledger = self._context.ledger
        if self._allowance is None and ledger.is_bound:
            return ledger.open(self.peer.network, now)
        return self._allowance

    def _let_in(self, now: float) -> None:
        """Let a visitor in, if its pace allows that."""
        allowance = self._allowance
        if self._opening is not None and (allowance is None or allowance.count(now)):
            self._give((self._opening,), now)
            self._opening = None
            if allowance is not None:
                allowance.recover()

    def _await_silence(self, now: float) -> None:
        if not self._awaits_silence:
            self._awaits_silence = True
            self._wait(now + SILENCE_DECIDES, Timer.SILENCE)

    def _silence(self, now: float) -> None:
        self._awaits_silence = False
        if now - self._heard_at < SILENCE_DECIDES:
            self._await_silence(self._heard_at)
        elif self._is_browsers(now):
            self._await_silence(now)
        elif self._negotiation is not None:
            allowance = self._allowance = self._bound(now)
            if allowance is not None and not allowance.count(now):
                self._awaits_silence = True
                self._wait(now + allowance.exhaust(now), Timer.SILENCE)
                return
            self._negotiated(self._negotiation, now, begins=self._negotiation.pause())

    def _is_browsers(self, now: float) -> bool:
        """Tell whether it is one that a browser may have opened before it needs one."""
        requests, negotiation = self._context.requests, self._negotiation
        return (
            requests is not None
            and negotiation is not None
            and not negotiation.held
            and now - self._came_at < OPENED_EARLY
            and requests.browses(self.peer.network, self._came_at - BROWSING)
        )

    # What it says, at its pace.

    def _take(self, parser: Parser, now: float) -> None:
        allowance = self._allowance
        if self._opening is not None:
            self._let_in(now)
        if allowance is None:
            limit = _COMMANDS_PER_READ
        else:
            if self._awaits_hello and not self._take_hello(parser, allowance, now):
                return
            limit = allowance.count(now)
        left = self._take_up_to(parser, limit, now)
        if self.condition is Condition.DEAF or self.condition is _WAITING:
            return
        if allowance is not None:
            if left <= 0:
                self._throttle(allowance, now)
            elif self.condition is _THROTTLED:
                allowance.recover()
                self._go(Event.ALLOWED)
        if parser.awaits_pause:
            self._await_pause(now)

    def _take_hello(self, parser: Parser, allowance: Allowance, now: float) -> bool:
        """Take commands one by one up to the hello: who it is decides how many more it may give.

        Returns:
            whether more may be taken now.
        """
        while self._awaits_hello and allowance.count(now):
            left = self._take_up_to(parser, 1, now)
            if self.condition is Condition.DEAF or self.condition is _WAITING:
                return False
            if left:
                break
        return True

    def _take_up_to(self, parser: Parser, limit: int, now: float) -> int:
        """Take at most so many commands, attempts among them; return how many more could have been."""
        while True:
            taken = parser.take(limit)
            if taken:
                self._give(taken, now)
            limit -= len(taken)
            attempt = parser.take_attempt()
            if attempt is None or self.condition is Condition.DEAF:
                return limit
            limit -= 1
            self._try(attempt, now)
            if self.condition is _WAITING or limit <= 0:
                return limit

    def _give(self, taken: Sequence[Command], now: float, *, is_paid: bool = False) -> None:
        allowance = self._allowance
        count = commands.weight(taken)
        if self._standing.needs_a_look:
            taken = list(self._standing.screened(taken))
            self._context.logins.extend(self._standing.take_logins())
        self._context.batch.extend(taken)
        if allowance is not None and not is_paid:
            self._context.ledger.spend(allowance, self.peer.network, count, now)
        if allowance is not None or self._awaits_hello:
            for command in taken:
                if type(command) is Hello:
                    self._awaits_hello = False
                    if allowance is not None:
                        self._context.ledger.resume(allowance, command.session, now)
        last = taken[-1]
        if isinstance(last, Fault) and last.fatal:
            self._go(Event.REFUSED)

    def _throttle(self, allowance: Allowance, now: float) -> None:
        if self.condition is not _THROTTLED:
            self._go(Event.LIMITED)
        self._wait(now + allowance.exhaust(now), Timer.PACE)

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

    # Who it is.

    def _try(self, attempt: Attempt, now: float) -> None:
        """Have an attempt looked at; it is a command like others, as far as its pace goes."""
        if self._allowance is not None:
            self._context.ledger.spend(self._allowance, self.peer.network, 1, now)
        answer = partial(self._context.answer, self.conn)
        verdict = self._context.gate.ask(self.conn, attempt, self.peer, answer)
        if verdict is None:
            self._attempt = attempt
            self._go(Event.ASKED)
        else:
            self._settle(attempt, verdict, now)

    def _settle(self, attempt: Attempt, verdict: Verdict, now: float) -> None:
        code, detail = verdict.code, dict(verdict.detail)
        if not code and verdict.account and self._context.gate.epoch(verdict.account) != verdict.epoch:
            # The account has changed since it was looked at.
            code = "login_busy"
        if attempt.is_typed and attempt.proves and not self.peer.is_private:
            self._ask(Fault(self.conn, "sent_in_clear", {}))
        if attempt.command is None:
            if self._parser is not None:
                self._parser.judge(self._standing.judged(verdict, code, detail))
            return
        if code or verdict.command is None:
            self._ask(commands.refused(attempt.command, code, detail))
            return
        if isinstance(verdict.command, Login):
            self._log_in(attempt, verdict, verdict.command, now)
        else:
            self._standing.take(verdict)
            self._give((verdict.command,), now, is_paid=True)

    def _log_in(self, attempt: Attempt, verdict: Verdict, login: Login, now: float) -> None:
        """Let one go on that was there already, as an account or as one that knows the password for all."""
        self._standing.take(verdict)
        given: list[Command] = []
        dialect = self._unopened
        if dialect is not None and not self._standing.is_barred:
            self._unopened = None
            self._awaits_hello = False
            given.append(Open(self.conn, dialect.name, self.peer.address, visitor=True))
        if verdict.account:
            given.append(login)
            if attempt.is_typed:
                # A person who types who they are wants to be called so.
                given.append(Rename(self.conn, verdict.account))
        if given:
            self._give(given, now, is_paid=True)

    # Silence, and the end.

    def _end(self, event: Event, reason: str, now: float) -> None:
        self._go(event)
        self._ask(Close(self.conn, reason))
        if self._allowance is not None:
            self._context.ledger.close(self._allowance, self.peer.network, now)

    def _check_registration(self, now: float) -> None:
        timeout = self._context.pace.registration_timeout
        if not self._awaits_hello:
            return
        if self.condition is _THROTTLED or self.condition is _WAITING:
            # Its hello may be there, and has to wait.
            self._wait(now + timeout, Timer.REGISTRATION)
        else:
            self._refuse("registration_timeout", seconds=timeout)

    def _ping(self, now: float) -> None:
        pace = self._context.pace
        if self.condition is _WAITING:
            # It is not read from.
            self._heard_at = now
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
