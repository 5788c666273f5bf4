"""What the connections of a worker have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from chatsimples.chat.commands import Command
from chatsimples.dialects.base import Dialect
from chatsimples.dialects.negotiation import Negotiation
from chatsimples.net.peers import Peer
from chatsimples.server.worker.gate import OPEN, Gate, Verdict
from chatsimples.server.worker.ledger import Ledger
from chatsimples.server.worker.pacing import Pace
from chatsimples.server.worker.requests import Requests
from chatsimples.server.worker.timers import Timers


class Context(msgspec.Struct, frozen=True):
    """What the connections of a worker have in common.

    Attributes:
        dialects: by name.
        ledger: gives them their allowances.
        timers: where they set theirs.
        batch: where their commands go.
        warn: tells the operator something about a peer.
        gate: knows who may come.
        answer: brings the verdict of an attempt back, with its connection's number; from any thread.
        logins: the accounts that somebody is logged in as by a command of the batch, with their epochs.
        requests: decides what becomes of HTTP requests; None if they are refused.
    """

    dialects: Mapping[str, Dialect]
    ledger: Ledger
    timers: Timers
    batch: list[Command]
    warn: Callable[[str, Peer], None] = lambda _what, _peer: None
    gate: Gate = OPEN
    answer: Callable[[int, Verdict], None] = lambda _, __: None
    logins: list[tuple[str, int]] = []
    requests: Requests | None = None

    def negotiation(self, conn: int, peer: Peer) -> Negotiation:
        """Begin a connection."""
        return Negotiation(
            self.dialects,
            conn,
            takes_requests=self.requests is not None,
            is_tls=peer.tls is not None,
            is_local=peer.is_local,
        )

    @property
    def pace(self) -> Pace:
        """What clients may do in which time."""
        return self.ledger.pace
