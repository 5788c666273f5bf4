"""What an IRC client proves: by SASL, by registering an account, as an operator. No I/O.

Each is an attempt that is no command: what was found out comes back, and becomes the request that answers it.
Secrets are in no mark.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chatsimples.chat.commands import Command, Login, Request
from chatsimples.dialects.attempts import Attempt, Finding, Scram
from chatsimples.irc import marks
from chatsimples.irc.marks import Mark
from chatsimples.irc.sasl import Claim, Dialogue, Kind, Outcome, Step, pieces

_WORDS: Final = {
    Kind.FAILED: "failed",
    Kind.TOO_LONG: "too_long",
    Kind.ABORTED: "aborted",
    Kind.UNKNOWN: "unknown",
}


class Proofs:
    """The proofs of one connection.

    Args:
        conn: the connection.
        new_nonce: makes the server's part of a nonce of SCRAM.
    """

    # There is one for each connection that proves something.
    __slots__ = ("_asked", "_conn", "_dialogue")

    def __init__(self, conn: int, new_nonce: Callable[[], str]) -> None:
        self._conn = conn
        self._dialogue = Dialogue(new_nonce)
        self._asked = Mark("")

    def authenticate(self, mark: Mark) -> Attempt | Request | None:
        """Take an ``AUTHENTICATE``; None if more of it is to come."""
        self._asked = Mark("AUTHENTICATE", label=mark.label)
        return self._go_on(self._dialogue.receive(mark.params[0]), "")

    def register(self, mark: Mark, account: str) -> Attempt:
        """Take a ``REGISTER`` of an account."""
        self._asked = Mark("REGISTER", label=mark.label)
        return Attempt(command=None, account=account, password=mark.params[2], registers=True)

    def become_operator(self, mark: Mark) -> Attempt:
        """Take an ``OPER``."""
        self._asked = Mark("OPER", label=mark.label)
        return Attempt(command=None, account=mark.params[0], password=mark.params[1], needs_role=True)

    def abort(self) -> Request | None:
        """Give up what is under way; return what is told of it, if anything was."""
        if not self._dialogue.abort():
            return None
        return self._answer(Mark("AUTHENTICATE", (_WORDS[Kind.ABORTED],)))

    def judge(self, finding: Finding, *, is_registered: bool) -> Attempt | Request | None:
        """Take what was found out about the last attempt."""
        if self._asked.command == "AUTHENTICATE":
            outcome = Outcome(finding.account, finding.salt, finding.iterations, finding.signature)
            return self._go_on(self._dialogue.told(outcome), finding.role, is_registered=is_registered)
        asked = self._asked
        if finding.code:
            why = finding.detail.get("why", "")
            return self._answer(Mark(asked.command, ("failed", finding.code, why), asked.label))
        mark = Mark(asked.command, ("success", finding.account, finding.role), asked.label)
        return self._answer(mark, *self._login(finding.account, finding.role, is_registered=is_registered))

    def _go_on(self, step: Step, role: str, *, is_registered: bool = False) -> Attempt | Request | None:
        label = self._asked.label
        match step.kind:
            case Kind.MORE:
                return None
            case Kind.CLAIM if step.claim is not None:
                return _attempt(step.claim)
            case Kind.CHALLENGE:
                return self._answer(Mark("AUTHENTICATE", ("challenge", *pieces(step.data)), label))
            case Kind.SUCCESS:
                mark = Mark("AUTHENTICATE", ("success", step.account), label)
                return self._answer(mark, *self._login(step.account, role, is_registered=is_registered))
        return self._answer(Mark("AUTHENTICATE", (_WORDS[step.kind],), label))

    def _login(self, account: str, role: str, *, is_registered: bool) -> tuple[Command, ...]:
        # Before that, what was proved goes with the hello.
        return (Login(self._conn, account, role),) if is_registered else ()

    def _answer(self, mark: Mark, *asked: Command) -> Request:
        return Request(self._conn, marks.pack(mark), asked)


def _attempt(claim: Claim) -> Attempt:
    match claim.mechanism:
        case "PLAIN":
            return Attempt(command=None, account=claim.account, password=claim.password)
        case "EXTERNAL":
            return Attempt(command=None, account=claim.account, certificate=True)
    return Attempt(command=None, account=claim.account, scram=Scram(claim.exchanged, claim.proof))
