"""What is offered to an IRC client: the capabilities that the server has for it, by the way that it came.

Strict transport security (IRCv3 ``sts``) is told where it helps. A client that came without TLS is told the
port that has it. One that came by TLS is told for how long to keep to that. A client on this machine that
came without TLS is told nothing: the certificate is for a name by which such clients do not call the server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from chatsimples.irc.server import Bounds

VALUES_SINCE: Final = 302
"""The version of capability negotiation from which clients know values, and lists of several lines."""

_VERSION = re.compile(r"[0-9]{1,9}")


class Offer(msgspec.Struct, frozen=True):
    """What depends on the server's settings.

    Attributes:
        has_accounts: tells whether anybody can log in.
        registers: whether people may make accounts for themselves.
        sts_duration: seconds for which clients are to keep to TLS; 0 for not telling them.
        sts_port: the port for TLS; 0 for none, and then they are not told either.
    """

    has_accounts: Callable[[], bool] = lambda: True
    registers: bool = True
    sts_duration: int = 0
    sts_port: int = 0

    @property
    def withheld(self) -> int:
        """The bits of those capabilities that can't be asked for now."""
        from chatsimples.irc import capabilities  # noqa: PLC0415 - a server may never meet a client of IRC

        if self.registers:
            return 0
        without = capabilities.ACCOUNT_REGISTRATION
        return without if self.has_accounts() else without | capabilities.SASL

    def words(
        self, bounds: Bounds, version: int, *, is_tls: bool = False, is_local: bool = False
    ) -> list[str]:
        """Return what a client is told that knows a version of the negotiation.

        Args:
            bounds: of names and texts, as the values of some capabilities tell them.
            version: as `version_of` gives it.
            is_tls: whether it came by TLS.
            is_local: whether it is on this machine.
        """
        from chatsimples.irc import capabilities  # noqa: PLC0415 - a server may never meet a client of IRC

        with_values = version >= VALUES_SINCE
        found = capabilities.offered(bounds, with_values=with_values, without=self.withheld)
        if not (self.sts_duration and self.sts_port and with_values):
            return found
        if is_tls:
            return [*found, f"sts=duration={self.sts_duration}"]
        return found if is_local else [*found, f"sts=port={self.sts_port}"]


EVERYTHING: Final = Offer()
"""All capabilities that need no setting."""


def version_of(words: Sequence[str]) -> int:
    """Return the version of the negotiation that stands behind a ``CAP LS``; 301 for none."""
    word = words[0] if words else ""
    return int(word) if _VERSION.fullmatch(word) else VALUES_SINCE - 1
