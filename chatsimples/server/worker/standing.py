"""Who a connection is, and what it may ask for while that is not known. No I/O, and no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from chatsimples.chat.commands import (
    Bye,
    Close,
    Command,
    Fault,
    Hello,
    Login,
    Rename,
    Request,
    Say,
    SayAs,
    Style,
    Transmit,
    refused,
)
from chatsimples.chat.identities import session_of
from chatsimples.dialects.attempts import Finding
from chatsimples.errors import Refusal
from chatsimples.server.worker.gate import Gate, Verdict


class Standing:
    """What is known of whoever is at the other end.

    Args:
        gate: knows who may come.
    """

    # There is one for each connection.
    __slots__ = ("_account", "_admitted", "_gate", "_logins", "_proved", "_role")

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._account = ""
        self._role = ""
        self._admitted = False
        # The account that it has proved to be, with its epoch then.
        self._proved: tuple[str, int] | None = None
        self._logins: list[tuple[str, int]] | None = None

    @property
    def is_barred(self) -> bool:
        """Whether it may do nothing but say who it is."""
        if self._account:
            return False
        return self._gate.needs_account or (self._gate.needs_password and not self._admitted)

    @property
    def needs_a_look(self) -> bool:
        """Whether what it asks for has to be looked at, command by command."""
        return self.is_barred or bool(self._gate) or self._proved is not None

    def take(self, verdict: Verdict) -> None:
        """Note what was found out."""
        if verdict.account:
            self._account, self._role = verdict.account, verdict.role
            self._proved = verdict.account, verdict.epoch
        self._admitted = self._admitted or verdict.admits

    def judged(self, verdict: Verdict, code: str, detail: Mapping[str, str]) -> Finding:
        """Note what was found out, unless it was refused after all; return what the parser is told."""
        if code:
            return Finding(code=code, detail=detail)
        self.take(verdict)
        return verdict.finding

    def take_logins(self) -> list[tuple[str, int]]:
        """Give the accounts, with their epochs, as which the commands since the last call log in."""
        logins, self._logins = self._logins, None
        return logins or []

    def screened(self, taken: Sequence[Command]) -> Iterator[Command]:
        """Give what it may ask for, and of the rest a refusal."""
        for command in taken:
            try:
                known = self._checked(command)
            except Refusal as refusal:
                yield refused(command, refusal.code, refusal.detail)
                if isinstance(command, SayAs) and command.text and not self.is_barred:
                    # As the rules have it where a nick can't be had.
                    yield Say(command.conn, command.line)
            else:
                yield known

    def _checked(self, command: Command) -> Command:
        if isinstance(command, Request):
            known = tuple(self._checked(each) for each in command.commands)
            return msgspec.structs.replace(command, commands=known)
        if isinstance(command, Hello):
            command = self._of_whom(command)
        if isinstance(command, Hello | Login) and command.account:
            self._check_proved(command.account)
        if self.is_barred and not isinstance(command, Bye | Close | Fault | Style | Transmit):
            raise Refusal("login_required")
        if isinstance(command, Hello | Rename | SayAs):
            self._gate.check_nick(command.nick, self._account)
        return command

    def _of_whom(self, hello: Hello) -> Hello:
        if hello.renames and not hello.account:
            # It says nothing of who it is: what it has shown before still holds.
            # So what it was told in private is its own when it comes back, too.
            session = session_of(hello.dialect, hello.nick) if self._account else hello.session
            return msgspec.structs.replace(hello, account=self._account, role=self._role, session=session)
        # Who said hello before, and was refused, is not who says it now.
        self._account, self._role = hello.account, hello.role
        return hello

    def _check_proved(self, account: str) -> None:
        """See that an account is the one that was proved, and has not changed since."""
        if self._proved is None or self._proved != (account, self._gate.epoch(account)):
            raise Refusal("login_failed")
        self._logins = [*(self._logins or ()), self._proved]
