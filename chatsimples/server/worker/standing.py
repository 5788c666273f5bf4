"""Who a connection is, and what it may ask for while that is not known. No I/O, and no clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatsimples.chat.commands import Bye, Close, Command, Fault, Hello, Rename, Say, SayAs, Transmit
from chatsimples.errors import Refusal
from chatsimples.server.worker.gate import Gate, Verdict


class Standing:
    """What is known of whoever is at the other end.

    Args:
        gate: knows who may come.
    """

    # There is one for each connection.
    __slots__ = ("_account", "_admitted", "_gate")

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._account = ""
        self._admitted = False

    @property
    def is_barred(self) -> bool:
        """Whether it may do nothing but say who it is."""
        if self._account:
            return False
        return self._gate.needs_account or (self._gate.needs_password and not self._admitted)

    @property
    def needs_a_look(self) -> bool:
        """Whether what it asks for has to be looked at, command by command."""
        return self.is_barred or bool(self._gate)

    def take(self, verdict: Verdict) -> None:
        """Note what was found out."""
        self._account = verdict.account or self._account
        self._admitted = self._admitted or verdict.admits

    def screened(self, taken: Sequence[Command]) -> Iterator[Command]:
        """Give what it may ask for, and of the rest a refusal."""
        for command in taken:
            try:
                self._check(command)
            except Refusal as refusal:
                yield Fault(command.conn, refusal.code, refusal.detail, getattr(command, "id", ""))
                if isinstance(command, SayAs) and command.text and not self.is_barred:
                    # As the rules have it where a nick can't be had.
                    yield Say(command.conn, command.line)
            else:
                yield command

    def _check(self, command: Command) -> None:
        if isinstance(command, Hello):
            # Who said hello before, and was refused, is not who says it now.
            self._account = command.account
        if self.is_barred and not isinstance(command, Bye | Close | Fault | Transmit):
            raise Refusal("login_required")
        if isinstance(command, Hello | Rename | SayAs):
            self._gate.check_nick(command.nick, self._account)
