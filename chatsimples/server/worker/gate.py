"""What a worker asks about who may come and who is who; whoever knows that stands above it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from chatsimples.chat.commands import Command
from chatsimples.dialects.attempts import Attempt, Finding
from chatsimples.net.peers import Peer


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an attempt.

    Attributes:
        command: what it is now, without a secret; None if it was refused.
        account: as which the connection is logged in now, if that has changed.
        role: of that account.
        epoch: of that account, when it was looked at.
        admits: whether the password for everybody was right.
        code, detail: of the refusal.
        salt, iterations, signature: of SCRAM, see `chatsimples.dialects.attempts.Finding`.
    """

    command: Command | None = None
    account: str = ""
    role: str = ""
    epoch: int = 0
    admits: bool = False
    code: str = ""
    detail: Mapping[str, str] = {}
    salt: bytes = b""
    iterations: int = 0
    signature: bytes = b""

    @property
    def finding(self) -> Finding:
        """What the parser is told of it."""
        return Finding(
            account=self.account, role=self.role, code=self.code, detail=self.detail, salt=self.salt,
            iterations=self.iterations, signature=self.signature,
        )  # fmt: skip


Answer = Callable[[Verdict], None]
"""How a verdict is given; from another thread."""


class Gate(Protocol):
    """Knows who may come. For any thread."""

    needs_account: bool
    """Whether only those with an account may come."""

    needs_password: bool
    """Whether guests have to know the password for everybody."""

    def __bool__(self) -> bool:
        """Tell whether there is any account, so that nicks have to be checked."""

    def check_nick(self, nick: str, account: str) -> None:
        """Look whether a nick may be had by who is logged in as an account, or by a guest ("").

        Raises:
            Refusal: it is an account's, or looks like it.
        """

    def epoch(self, account: str) -> int:
        """Return the epoch of an account; 0 if there is none."""

    def tell_again(self, account: str) -> None:
        """Let all sessions of an account end, as it has changed while somebody was being logged in."""

    def why_banned(self, address: str) -> Mapping[str, str] | None:
        """Return why nobody may come from an address; None if they may."""

    def ask(self, conn: int, attempt: Attempt, peer: Peer, answer: Answer) -> Verdict | None:
        """Have an attempt looked at; return the verdict where it is known at once."""


class NoGate:
    """A gate that is open to everybody, without accounts."""

    needs_account = False
    needs_password = False

    def __bool__(self) -> bool:
        """Tell that there is no account."""
        return False

    def check_nick(self, nick: str, account: str) -> None:
        """Let anybody have any nick."""

    def epoch(self, account: str) -> int:  # noqa: ARG002 - the shape of a gate
        """Return that of nobody."""
        return 0

    def tell_again(self, account: str) -> None:
        """Tell nothing."""

    def why_banned(self, address: str) -> None:
        """Let everybody come."""

    def ask(self, conn: int, attempt: Attempt, peer: Peer, answer: Answer) -> Verdict:  # noqa: ARG002
        """Refuse whoever says they have an account."""
        return Verdict(code="login_failed")


OPEN = NoGate()
"""Where there are no accounts."""
