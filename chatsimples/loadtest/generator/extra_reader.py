"""One reader beside the others: its connection, and the check of what it receives."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import suppress

from chatsimples.loadtest.checking.ledger import Ledger
from chatsimples.loadtest.checking.stream import RoomStream
from chatsimples.loadtest.generator.entrance import Member
from chatsimples.loadtest.results import Checks
from chatsimples.loadtest.wire.poller import Poller
from chatsimples.loadtest.wire.protocols import Protocol
from chatsimples.loadtest.wire.secure_socket import Security

_LONGEST_UNIT = 1 << 20


class ExtraReader(Member):
    """One of them. A slow one is checked from the mark on, another from when it is in its room."""

    __slots__ = ("_poller", "connected", "held", "ledger", "opened", "slow")

    def __init__(
        self, nick: str, room: int, host: str, security: Security | None = None, *, slow: bool
    ) -> None:
        super().__init__(nick, room, host, security)
        self.slow = slow
        self.connected = False
        self.opened = time.monotonic()
        self.held = b""
        self.ledger: Ledger | None = None
        self._poller: Poller | None = None

    @property
    def gone(self) -> bool:
        """Whether its connection is closed."""
        return self.sock.fileno() < 0

    @property
    def taken(self) -> int:
        """How many texts it has received since its ledger began."""
        return 0 if self.ledger is None else sum(self.ledger.received.values())

    def watch(self, poller: Poller | None, *, write: bool = False) -> None:
        """Be watched by a poller, or by none, instead of the one before."""
        if self._poller is not None:
            self._poller.remove(self.sock.fileno())
        if poller is not None:
            poller.add(self.sock.fileno(), write=write)
        self._poller = poller

    def come(self, sent: Mapping[bytes, int]) -> int:
        """Count what has come of what was sent; -1 before its ledger has begun."""
        return -1 if self.ledger is None else self.ledger.come(sent) - self.ledger.lost


class ExtraCheck:
    """Checks such readers one by one, as each receives something else.

    Args:
        protocol: how the server speaks.
        mark: finds the mark behind which slow ones are checked.
        checks: takes what is found.
    """

    def __init__(self, protocol: Protocol, mark: re.Pattern[bytes], checks: Checks) -> None:
        self._protocol = protocol
        self._mark = mark
        self._checks = checks
        # How units are counted does not depend on the room.
        self._units = RoomStream(0, protocol, lambda _stream, _piece: None)

    def take(self, reader: ExtraReader, data: bytes) -> None:
        """Take in what a reader has received."""
        data = reader.held + data
        if not reader.in_room:
            # If it can't be written to, reading from it will tell.
            with suppress(OSError):
                reader.advance(self._protocol, data)
        if reader.in_room and reader.ledger is None:
            data = self._begin_ledger(reader, data)
        if reader.ledger is None:
            reader.held = data
            return
        complete = self._protocol.complete(data)
        if complete:
            self._checks.damaged += self._units.take_alone(reader.ledger, data[:complete])[1]
        reader.held = data[complete:]
        if len(reader.held) > _LONGEST_UNIT:
            self._damage(reader)

    def _begin_ledger(self, reader: ExtraReader, data: bytes) -> bytes:
        """Begin a ledger if it can be; give what is still to be looked at."""
        if reader.slow:
            found = self._mark.search(data)
            if found is None:
                return data[self._protocol.complete(data) :]
            reader.ledger = Ledger()
            return data[found.end() :]
        # The welcome may be within a line; the rest of it is no unit.
        welcome = self._protocol.welcome
        line_end = data.find(b"\n", data.index(welcome) + len(welcome) - 1)
        if line_end < 0:
            return data
        reader.ledger = Ledger(midway=True)
        return data[line_end + 1 :]

    def _damage(self, reader: ExtraReader) -> None:
        self._checks.damaged += 1
        self._checks.first = self._checks.first or f"a reader got {reader.held[:80]!r}"
        reader.held = b""

    def sum_up(self, reader: ExtraReader) -> None:
        """Count what was wrong with what a reader has received in all; nothing more is taken of it."""
        ledger, reader.ledger = reader.ledger, None
        if ledger is None:
            return
        start = self._protocol.start
        if b"\n" in reader.held and not (reader.held.startswith(start) or start.startswith(reader.held)):
            self._damage(reader)
        self._checks.lost += ledger.lost
        self._checks.duplicated += ledger.duplicated
        self._checks.reordered += ledger.reordered
        self._checks.first = self._checks.first or ledger.first_fault
