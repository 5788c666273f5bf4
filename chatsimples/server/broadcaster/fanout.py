"""From decided records to sockets.

Promises, numbered because threads and processes meet here:

1. Nothing is delivered before it is in the transcript (`Fanout.deliver` is called after the append).
2. A connection receives the records that it hears (`Outlet.hears`) in order of seq, each once, without a gap
   from where it began, whole lines only.
3. A batch is rendered once per dialect and joined once per room; all who hear just that share the bytes.
4. No connection delays another: a send never blocks, and catching up is done in bounded steps in between.
5. Memory for a connection that does not read is bounded by its ``max_backlog``.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

from chatsimples.chat import effects
from chatsimples.chat.records import Record
from chatsimples.dialects.base import Dialect
from chatsimples.dialects.every import DEFAULT_DIALECT
from chatsimples.server.broadcaster.catch_up import STEP_SECONDS, CatchUp
from chatsimples.server.broadcaster.conditions import DELIVERING, Delivery, Lifecycle, LifecycleEvent
from chatsimples.server.broadcaster.endings import Endings
from chatsimples.server.broadcaster.outgoing import Outgoing
from chatsimples.server.broadcaster.outlet import Chunk, Outlet
from chatsimples.server.broadcaster.sorting import Sorter
from chatsimples.server.broadcaster.subscriptions import Subscriptions
from chatsimples.transcript.reader import TranscriptReader

_READ_BYTES = 65_536


class Fanout:
    """All connections' ways out.

    Args:
        selector: told which sockets to wait for.
        dialects: by name.
        reader: of the transcript.
        max_backlog: bytes that may wait in memory for one connection.
        step_seconds: how long one step of catching up may take.

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
    ) -> None:
        self.outlets: dict[int, Outlet] = {}
        self._selector = selector
        self._undecided = dialects[DEFAULT_DIALECT]
        self._max_backlog = max_backlog
        self._subscriptions = Subscriptions()
        self._catch_up = CatchUp(reader, max_backlog, self._follow_up, step_seconds)
        self._sorter = Sorter(self.outlets, self._subscriptions, dialects, self._catch_up)
        self._endings = Endings()
        self._watched: set[int] = set()

    def add(self, conn: int, sock: socket.socket) -> None:
        """Take over the writing side of a connection."""
        self.outlets[conn] = Outlet(conn, sock, self._undecided, self._max_backlog)

    def deliver(self, decided: Iterable[Record | effects.Effect], lines: list[bytes], seq: int) -> None:
        """Deliver a batch that is in the transcript up to ``seq``; ``lines`` are its records' lines."""
        self._catch_up.head = seq
        outgoing = self._sorter.sort(decided, iter(lines), seq)
        for key in outgoing.rooms:
            self._to_room(outgoing, key)
        for conn in outgoing.own:
            outlet = self.outlets.get(conn)
            if outlet is not None:
                self._to_one(outgoing, outlet)

    def tell_all(self, answer: effects.Answer) -> None:
        """Send a reply to everybody who is in step and in a room."""
        for outlet in list(self.outlets.values()):
            if outlet.idle and outlet.subscriptions:
                self._push(outlet, Chunk(outlet.dialect.reply(answer), self._catch_up.head))

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

    def sweep(self, now: float) -> None:
        """Close those who have ended and whose time to take the rest is over; call about once a second."""
        self._endings.extend(now)
        for outlet in self._endings.overdue(now):
            self._close(outlet)

    @property
    def pending(self) -> bool:
        """Whether anything is still on its way to anyone."""
        return any(not outlet.idle for outlet in self.outlets.values())

    def close(self) -> None:
        """Close every connection, for the end of the server: nobody else reads from them any more."""
        for outlet in list(self.outlets.values()):
            # Closing with unread input would reset the connection and could destroy what is on its way.
            with suppress(OSError):
                while outlet.sock.recv(_READ_BYTES):
                    pass
            self._close(outlet)

    # Delivering a batch.

    def _to_room(self, outgoing: Outgoing, key: str) -> None:
        subscribers = self._subscriptions.of(key)
        if subscribers is None:
            return
        for dialect, members in subscribers.only.items():
            if members:
                self._send_all(outgoing, members.values(), outgoing.shared(dialect, (key,)))
        alike: dict[tuple[Dialect, tuple[str, ...]], list[Outlet]] = {}
        for outlet in subscribers.several.values():
            heard = tuple([room for room in outgoing.rooms if room in outlet.subscriptions])
            # Each outlet is met in each of its rooms; it is served at the first.
            if heard[0] == key:
                alike.setdefault((outlet.dialect, heard), []).append(outlet)
        for (dialect, heard), outlets in alike.items():
            self._send_all(outgoing, outlets, outgoing.shared(dialect, heard))

    def _send_all(self, outgoing: Outgoing, outlets: Iterable[Outlet], chunk: Chunk) -> None:
        # What is looked up here is looked up for each member of a room: local names are quickest.
        data = chunk.data
        size = len(data)
        own = outgoing.own
        in_step = Delivery.IN_STEP
        if not size:
            return
        for outlet in outlets:
            if own and outlet.conn in own:
                continue
            if outlet.delivery is not in_step:
                # One that catches up will read this from the transcript.
                if outlet.delivery is Delivery.BEHIND:
                    self._push(outlet, chunk)
                continue
            try:
                sent = outlet.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                outlet.fail()
                continue
            if sent != size:
                outlet.hold(chunk, sent)
                self._follow_up(outlet)

    def _to_one(self, outgoing: Outgoing, outlet: Outlet) -> None:
        if outlet.cursor is not None:
            # Its records come from the transcript.
            data = outgoing.replies(outlet.conn)
        elif outlet.conn in outgoing.movers:
            data = outgoing.filtered(outlet)
            outlet.former = None
        else:
            heard = tuple(key for key in outgoing.rooms if key in outlet.subscriptions)
            data = outgoing.interleaved(outlet.dialect, heard, outlet.conn)
        if data:
            outlet.push(Chunk(data, outgoing.seq))
        self._follow_up(outlet)

    def _push(self, outlet: Outlet, chunk: Chunk) -> None:
        outlet.push(chunk)
        self._follow_up(outlet)

    # What follows once something was done with an outlet.

    def _follow_up(self, outlet: Outlet) -> None:
        if outlet.delivery is Delivery.BEHIND and outlet.backlog_full:
            outlet.fall_back(self._catch_up.cursor(outlet.position))
        if outlet.oversteps:
            outlet.cut()
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
        outlet.sock.close()
