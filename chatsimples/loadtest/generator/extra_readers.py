"""Readers beside the others: slow ones, and ones that come and go.

They make trouble for the server, and are checked one by one, as each receives something else. Slow ones read
on when the load is over: only then can be told what they were not sent.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from chatsimples.loadtest.checking.ledger import Ledger
from chatsimples.loadtest.generator.extra_reader import ExtraCheck, ExtraReader
from chatsimples.loadtest.generator.tasks import Extras
from chatsimples.loadtest.results import Checks
from chatsimples.loadtest.wire.connections import connect, is_usable
from chatsimples.loadtest.wire.poller import Poller, new_poller
from chatsimples.loadtest.wire.protocols import EXTRA, Protocol
from chatsimples.loadtest.wire.secure_socket import Security

_READ_BYTES = 65_536
_CATCH_UP_BYTES = 262_144


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How long what takes, in seconds.

    Attributes:
        stay: for which one that comes and goes is in its room.
        late: after which one that is not in its room counts as kept out.
        read_every: between two reads of a slow one.
        silence: without anything new after the load, when slow ones wait no longer for the rest.
        catch_up: for that in all; the load test waits 60 s for what its reader processes have found.
    """

    stay: float = 1.0
    late: float = 15.0
    read_every: float = 0.1
    silence: float = 5.0
    catch_up: float = 50.0


class ExtraReaders:
    """The extra readers of a process.

    Args:
        extras: how many, and how slow.
        rooms: over which they are spread.
        first: their numbers begin here.
        address: the server's host and port.
        mark: finds the mark behind which slow ones are checked.
        protocol: how the server speaks.
        poller: told which sockets to watch; `ready` is called with what it says of them.
        security: whom they trust if they speak TLS.
        timing: how long what takes.

    Attributes:
        checks: what was wrong with what they have received, as far as it is known.
    """

    def __init__(
        self,
        extras: Extras,
        *,
        rooms: Iterable[int],
        first: int,
        address: tuple[str, int],
        mark: re.Pattern[bytes],
        protocol: Protocol,
        poller: Poller,
        security: Security | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._extras = extras
        self._address = address
        self._protocol = protocol
        self._poller = poller
        self._security = security
        self._timing = timing or Timing()
        self._watched: dict[int, ExtraReader] = {}
        self._slow: list[ExtraReader] = []
        self._numbers = itertools.count(first)
        self._next_room = itertools.cycle(sorted(set(rooms)) or [0])
        self._begun = False
        self._churning = False
        self._next_visit = 0.0
        self._read_at = 0.0
        self.checks = Checks()
        self._check = ExtraCheck(protocol, mark, self.checks)

    def connect(self) -> None:
        """Bring the slow ones in."""
        for _ in range(self._extras.slow):
            self._slow.append(self._open(slow=True))

    @property
    def all_in(self) -> bool:
        """Whether all slow ones are in their rooms."""
        return len(self._slow) == self._extras.slow and all(reader.in_room for reader in self._slow)

    def begin(self) -> None:
        """Be slow from now on, and come and go."""
        self._begun = self._churning = True
        self._next_visit = time.monotonic()
        for reader in self._slow:
            if self._watched.pop(reader.sock.fileno(), None) is not None:
                reader.watch(None)

    def ready(self, descriptor: int) -> None:
        """Go on with one of them."""
        reader = self._watched.get(descriptor)
        if reader is None:
            return
        if not reader.connected:
            self._greet(reader)
            return
        self._read(reader, _READ_BYTES)

    def keep_house(self, now: float) -> None:
        """Let those come and go, and read a little, whose time it is."""
        if not self._begun:
            return
        if self._churning and self._extras.churn and now >= self._next_visit:
            self._next_visit = max(self._next_visit + 1 / self._extras.churn, now - 1)
            self._open(slow=False)
        if now >= self._read_at:
            self._read_at = now + self._timing.read_every
            for reader in self._slow if self._extras.slow_bytes else ():
                if not reader.gone:
                    self._read(reader, max(1, int(self._extras.slow_bytes * self._timing.read_every)))
            if self._churning:
                self._let_go(now)

    def stay(self) -> None:
        """Come and go no more until the next load: what is said of it would never end."""
        self._churning = False

    def behind(self, sent: Sequence[Mapping[bytes, int]]) -> int:
        """Count the texts that slow ones have not read of what was sent."""
        return sum(max(0, sum(sent[reader.room].values()) - reader.taken) for reader in self._slow)

    def finish(self, sent: Sequence[Mapping[bytes, int]]) -> Checks:
        """Let slow ones read the rest, and tell what was wrong; all leave with their process.

        Args:
            sent: for each room, how many texts each sender said.
        """
        self.checks.slow_behind = self.behind(sent)
        self._catch_up(sent)
        for reader in self._slow:
            reader.ledger = reader.ledger or Ledger()
            reader.ledger.miss(sent[reader.room])
        for reader in {*self._slow, *self._watched.values()}:
            self._check.sum_up(reader)
        return self.checks

    def _catch_up(self, sent: Sequence[Mapping[bytes, int]]) -> None:
        """Read what slow ones have not read, until they have everything or nothing new comes."""
        poller = new_poller()
        waiting: dict[int, ExtraReader] = {}
        for reader in self._slow:
            if not reader.gone and reader.come(sent[reader.room]) < sum(sent[reader.room].values()):
                reader.watch(poller)
                waiting[reader.sock.fileno()] = reader
        now = time.monotonic()
        end, silent_at = now + self._timing.catch_up, now + self._timing.silence
        while waiting and now < min(end, silent_at):
            for descriptor in poller.wait(min(end, silent_at) - now):
                reader = waiting[descriptor]
                room = sent[reader.room]
                before = reader.come(room)
                self._read(reader, _CATCH_UP_BYTES)
                come = reader.come(room)
                # Only what is due counts: whoever repeats itself would be waited for until the end.
                if come != before:
                    silent_at = time.monotonic() + self._timing.silence
                if reader.gone or come >= sum(room.values()):
                    reader.watch(None)
                    del waiting[descriptor]
            now = time.monotonic()
        for reader in waiting.values():
            reader.watch(None)
        poller.close()

    # Coming and going.

    def _open(self, *, slow: bool) -> ExtraReader:
        host, port = self._address
        nick, room = f"{EXTRA}{next(self._numbers)}", next(self._next_room)
        reader = ExtraReader(nick, room, host, self._security, slow=slow)
        try:
            connect(reader.sock, host, port)
        except ConnectionError as error:
            self._fault(reader, str(error))
            return reader
        self._watched[reader.sock.fileno()] = reader
        reader.watch(self._poller, write=True)
        return reader

    def _greet(self, reader: ExtraReader) -> None:
        try:
            usable = is_usable(reader.sock, *self._address)
            self._poller.change(reader.sock.fileno(), write=False)
            if not usable:
                return
            reader.greet(self._protocol)
        except OSError as error:
            self._fault(reader, str(error))
            return
        reader.connected = True
        if reader.in_room and not reader.slow:
            reader.ledger = Ledger(midway=True)

    def _let_go(self, now: float) -> None:
        for reader in list(self._watched.values()):
            if reader.slow or now - reader.opened < self._timing.stay:
                continue
            if reader.in_room:
                self.checks.reconnected += 1
                self._remove(reader)
            elif now - reader.opened > self._timing.late:
                self._fault(reader, f"a reader was not in its room after {self._timing.late:g} s")

    def _fault(self, reader: ExtraReader, why: str) -> None:
        if not self._begun:
            raise ConnectionError(why)
        self.checks.ended += 1
        self.checks.first = self.checks.first or why
        self._remove(reader)

    def _remove(self, reader: ExtraReader) -> None:
        self._watched.pop(reader.sock.fileno(), None)
        reader.watch(None)
        reader.sock.close()
        if not reader.slow:
            # What a slow one lacks is known when the load is over.
            self._check.sum_up(reader)

    # Reading.

    def _read(self, reader: ExtraReader, most: int) -> None:
        try:
            data = reader.sock.recv(most)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._fault(reader, "the server ended a connection that came and went, or was slow")
            return
        if reader.unframer is not None:
            data = reader.unframer.take(memoryview(data))
        self._check.take(reader, data)
