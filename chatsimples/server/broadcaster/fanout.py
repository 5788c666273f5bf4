"""From decided records to sockets.

Promises, numbered because threads and processes meet here:

1. Nothing is delivered before it is in the transcript (`Fanout.deliver` is called after the append).
2. A connection receives the records that it hears (`Outlet.hears`) in order of seq, each once, without a gap
   from where it began, whole lines only.
3. A batch is rendered once per dialect and joined once for all who hear the same; they share the bytes, and
   so do their sockets where that is worth it (see `shared_pages`).
4. No connection delays another: a send never blocks, and catching up is done in bounded steps in between.
5. Nor does a batch hold up the loop, however many receive it: its round is gone on with in steps. Until it is
   over, nothing else is delivered and nobody is served from the transcript: so what a connection has received
   is always a beginning of what it is to receive. A connection that ends in a batch ends when it is served.
6. What a dialect answers by itself (a handshake, a pong) goes out in its place, between whole records,
   replies and frames. A goodbye is the last that is written, after the transcript where one catches up.
7. Memory for a connection that does not read is bounded by its ``max_backlog``.
8. One process at a time writes to a connection. It is this one, unless the first bytes are those of an HTTP
   request that is no upgrade: then nothing was written to it and no command came from it, its worker passes
   it on to the web process, and the command that follows (`Forget`) is the only one. Once it is passed on,
   the web process alone reads from it and writes to it; here its duplicate is closed, and not shut down.
"""

from __future__ import annotations

import math
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from chatsimples.chat import effects
from chatsimples.chat.records import Record
from chatsimples.dialects.base import Dialect
from chatsimples.dialects.every import DEFAULT_DIALECT
from chatsimples.server.broadcaster.catch_up import STEP_SECONDS, CatchUp
from chatsimples.server.broadcaster.conditions import DELIVERING, Delivery, Lifecycle, LifecycleEvent
from chatsimples.server.broadcaster.endings import Endings
from chatsimples.server.broadcaster.meter import Meter
from chatsimples.server.broadcaster.outgoing import Outgoing
from chatsimples.server.broadcaster.outlet import Chunk, Outlet
from chatsimples.server.broadcaster.shared_pages import Sender, SharedPages
from chatsimples.server.broadcaster.sorting import Sorter
from chatsimples.server.broadcaster.subscriptions import Group, Subscriptions
from chatsimples.server.broadcaster.turns import Turns
from chatsimples.transcript.reader import TranscriptReader

SENDS_AT_ONCE = 64
"""How many are sent something in one step of a round: between two looks at the clock, about a millisecond."""

_READ_BYTES = 65_536
_READS_AT_CLOSE = 16
_CLOSED_AT_ONCE = 128
_BYTES_AT_ONCE = 1_048_576
_MEMBERS_AN_AUTHOR = 4


class Fanout:
    """All connections' ways out.

    Args:
        selector: told which sockets to wait for.
        dialects: by name.
        reader: of the transcript.
        max_backlog: bytes that may wait in memory for one connection.
        step_seconds: how long one step of catching up may take.
        meter: counts what is delivered.

    Attributes:
        outlets: by connection.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        dialects: Mapping[str, Dialect],
        reader: TranscriptReader,
        max_backlog: int,
        step_seconds: float = STEP_SECONDS,
        *,
        meter: Meter | None = None,
    ) -> None:
        self.outlets: dict[int, Outlet] = {}
        self._selector = selector
        self._undecided = dialects[DEFAULT_DIALECT]
        self._max_backlog = max_backlog
        self._subscriptions = Subscriptions()
        self._meter = meter or Meter(Turns())
        self._catch_up = CatchUp(reader, max_backlog, self._follow_up, self._meter, step_seconds)
        self._sorter = Sorter(self.outlets, self._subscriptions, dialects, self._catch_up, self._measure)
        self._endings = Endings()
        self._pages = SharedPages()
        self._watched: set[int] = set()
        self._unfinished: set[int] = set()
        self._rounds: deque[Iterator[None]] = deque()

    def add(self, conn: int, sock: socket.socket) -> None:
        """Take over the writing side of a connection."""
        self.outlets[conn] = Outlet(conn, sock, self._undecided, self._max_backlog)

    def forget(self, conn: int) -> None:
        """Let go of a connection that another process has: it stays open, and nothing is on record of it."""
        outlet = self.outlets.pop(conn, None)
        if outlet is not None:
            outlet.sock.close()

    def deliver(self, decided: Iterable[Record | effects.Effect], lines: list[bytes], seq: int) -> None:
        """Begin to deliver a batch that is in the transcript up to ``seq``; see `go_on`.

        Args:
            decided: records and effects.
            lines: the records' lines.
            seq: of the last record.
        """
        self._catch_up.head = seq
        self._meter.records += len(lines)
        self._rounds.append(self._deliver(self._sorter.sort(decided, iter(lines), seq)))

    def tell_all(self, answer: effects.Answer) -> None:
        """Begin to send a reply to everybody who is in step and in a room; see `go_on`."""
        self._rounds.append(self._tell(list(self.outlets.values()), answer))

    @property
    def delivering(self) -> bool:
        """Whether a round is not over. Until it is, `deliver` and `catch_up` must not be called."""
        return bool(self._rounds)

    def go_on(self, until: float = math.inf) -> None:
        """Deliver, until all is done or, after at least one step, the monotonic clock says ``until``."""
        rounds = self._rounds
        while rounds:
            for _ in rounds[0]:
                if time.monotonic() >= until:
                    return
            rounds.popleft()

    def ready(self, outlet: Outlet) -> None:
        """Go on with an outlet whose socket takes bytes again."""
        outlet.flush()
        self._follow_up(outlet)

    def peer_gone(self, conn: int) -> None:
        """Note that the client itself has closed: nothing is waited for once the rest has gone out."""
        outlet = self.outlets.get(conn)
        if outlet is not None:
            outlet.happens(LifecycleEvent.PEER_GONE)
            self._follow_up(outlet)

    @property
    def busy(self) -> bool:
        """Whether there is catching up to do right now."""
        return self._catch_up.busy

    def catch_up(self) -> None:
        """Read from the transcript for those who need it, for a few milliseconds, each in turn."""
        self._catch_up.step()

    def sweep(self, now: float) -> bool:
        """Close some of those who have ended and whose time to take the rest is over.

        To be called twice a second, and in the next turn again if it returns True: there may be more.
        """
        overdue = self._endings.overdue(now, _CLOSED_AT_ONCE)
        for outlet in overdue:
            self._close(outlet)
        return len(overdue) == _CLOSED_AT_ONCE

    @property
    def pending(self) -> bool:
        """Whether anything is still on its way to anyone."""
        return bool(self._rounds or self._unfinished)

    def close(self, beat: Callable[[], None] = lambda: None) -> None:
        """Close every connection, for the end of the server: nobody else reads from them any more.

        Args:
            beat: called now and then while it goes on.
        """
        self._rounds.clear()
        self._pages.close()
        for number, outlet in enumerate(list(self.outlets.values())):
            if number % _CLOSED_AT_ONCE == 0:
                beat()
            # Closing with unread input would reset the connection and could destroy what is on its way.
            with suppress(OSError):
                for _ in range(_READS_AT_CLOSE):
                    if not outlet.sock.recv(_READ_BYTES):
                        break
            self._close(outlet)

    # Delivering a batch.

    def _deliver(self, outgoing: Outgoing) -> Iterator[None]:
        """Deliver a batch, in steps. In between, outlets may be closed or blocked, but hear nothing else."""
        if outgoing.for_all:
            # Each hears it in its place among what else it hears, which is another one for nearly each.
            for each in list(self.outlets.values()):
                if self.outlets.get(each.conn) is each:
                    outgoing.tell_what_is_for_all(each)
                    self._to_one(outgoing, each)
                    yield
            return
        for group, heard in self._groups(outgoing):
            chunk = outgoing.shared(group.dialect, heard)
            count = outgoing.count(heard)
            step = max(1, min(SENDS_AT_ONCE, _BYTES_AT_ONCE // (len(chunk.data) or 1)))
            for outlets in _authors_first(group.members, outgoing.authors):
                sender = self._pages.sender(chunk.data, len(outlets))
                # Closed ones are skipped: they are not in step.
                for first in range(0, len(outlets), step):
                    self._send_all(outgoing, outlets[first : first + step], chunk, count, sender)
                    yield
        for conn in outgoing.own:
            outlet = self.outlets.get(conn)
            if outlet is not None:
                self._to_one(outgoing, outlet)
                yield

    def _groups(self, outgoing: Outgoing) -> list[tuple[Group, tuple[str, ...]]]:
        """Give each group that hears something, with the rooms of which it does."""
        rooms = outgoing.rooms
        if len(rooms) == 1:
            (key,) = rooms
            return [(group, (key,)) for group in self._subscriptions.of(key)]
        heard: dict[Group, tuple[str, ...]] = {}
        for key in rooms:
            for group in self._subscriptions.of(key):
                heard[group] = (*heard.get(group, ()), key)
        return list(heard.items())

    def _tell(self, outlets: list[Outlet], answer: effects.Answer) -> Iterator[None]:
        for outlet in outlets:
            if outlet.idle and outlet.subscriptions and outlet.lifecycle is not Lifecycle.CLOSED:
                data = outlet.dialect.reply(answer, outlet.nick)
                self._meter.delivered(0, len(data))
                self._push(outlet, Chunk(data, self._catch_up.head))
                yield

    def _send_all(
        self, outgoing: Outgoing, outlets: list[Outlet], chunk: Chunk, records: int, sender: Sender | None
    ) -> None:
        # What is looked up here is looked up for each member of a room: local names are quickest.
        data = chunk.data
        size = len(data)
        own = outgoing.own
        in_step = Delivery.IN_STEP
        if not size:
            return
        served = len(outlets)
        for outlet in outlets:
            if own and outlet.conn in own:
                served -= 1
                continue
            if outlet.delivery is not in_step:
                # One that catches up will read this from the transcript.
                if outlet.delivery is Delivery.BEHIND:
                    self._push(outlet, chunk)
                else:
                    served -= 1
                continue
            try:
                sent = outlet.send(data) if sender is None else sender(outlet)
            except BlockingIOError:
                sent = 0
            except OSError:
                served -= 1
                outlet.fail()
                self._follow_up(outlet)
                continue
            if sent != size:
                outlet.hold(chunk, sent)
                self._follow_up(outlet)
        self._meter.delivered(records, size, served)

    def _to_one(self, outgoing: Outgoing, outlet: Outlet) -> None:
        if outlet.cursor is not None:
            # Its records come from the transcript.
            data, records = outgoing.replies(outlet.conn), 0
        elif outlet.conn in outgoing.movers:
            data, records = outgoing.filtered(outlet)
            outlet.former = None
        else:
            heard = tuple(key for key in outgoing.rooms if key in outlet.subscriptions)
            data = outgoing.interleaved(outlet.dialect, heard, outlet.conn)
            records = outgoing.count(heard, outlet.conn)
        if data:
            self._meter.delivered(records, len(data))
            outlet.push(Chunk(data, outgoing.seq))
        if outlet.conn in outgoing.ended:
            outlet.happens(LifecycleEvent.ENDED)
            outlet.goodbye = outgoing.ended[outlet.conn]
        self._follow_up(outlet)

    def _push(self, outlet: Outlet, chunk: Chunk) -> None:
        outlet.push(chunk)
        self._follow_up(outlet)

    def _measure(self, asked: effects.Measure) -> effects.Status:
        return self._meter.status(asked, [self.outlets[conn] for conn in self._unfinished])

    # What follows once something was done with an outlet.

    def _follow_up(self, outlet: Outlet) -> None:
        if outlet.goodbye:
            outlet.say_goodbye()
        if outlet.delivery is Delivery.BEHIND and outlet.backlog_full:
            outlet.fall_back(self._catch_up.cursor(outlet.position))
        if outlet.oversteps:
            outlet.cut()
        if outlet.idle:
            self._unfinished.discard(outlet.conn)
        else:
            self._unfinished.add(outlet.conn)
        waiting = outlet.waiting > 0
        if waiting != (outlet.conn in self._watched):
            self._watch(outlet, waiting=waiting)
        if outlet.cursor is not None or outlet.asked is not None:
            self._catch_up.consider(outlet)
        if outlet.lifecycle is not Lifecycle.OPEN:
            self._go_on_ending(outlet)

    def _watch(self, outlet: Outlet, *, waiting: bool) -> None:
        if waiting:
            self._watched.add(outlet.conn)
            self._selector.register(outlet.sock, selectors.EVENT_WRITE, outlet)
        else:
            self._watched.discard(outlet.conn)
            self._selector.unregister(outlet.sock)

    def _go_on_ending(self, outlet: Outlet) -> None:
        if outlet.lifecycle in DELIVERING:
            self._endings.begin(outlet, time.monotonic())
            if outlet.idle:
                outlet.finish()
                self._endings.linger(outlet, time.monotonic())
        if outlet.lifecycle is Lifecycle.CLOSED:
            self._close(outlet)

    def _close(self, outlet: Outlet) -> None:
        outlet.happens(LifecycleEvent.ABANDONED)
        if outlet.conn in self._watched:
            self._watch(outlet, waiting=False)
        self._subscriptions.leave_all(outlet)
        self._endings.forget(outlet)
        self._catch_up.forget(outlet)
        del self.outlets[outlet.conn]
        outlet.cut()
        self._unfinished.discard(outlet.conn)
        outlet.sock.close()


def _authors_first(members: Mapping[int, Outlet], authors: set[int]) -> Iterator[list[Outlet]]:
    """Yield the members in the order in which they are served; where most are authors, as they came.

    A program that goes on when it sees what it said goes on while the others are served: so the next batch
    is there when this one has been delivered. Who the others are is looked up when the authors are served.
    """
    if len(authors) * _MEMBERS_AN_AUTHOR > len(members):
        yield list(members.values())
        return
    yield [members[conn] for conn in authors if conn in members]
    yield [outlet for conn, outlet in members.items() if conn not in authors]
