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
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from contextlib import suppress

from chatsimples.chat import effects
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.dialects.base import Dialect
from chatsimples.errors import ChatSimplesError
from chatsimples.server.broadcaster.batch import Batch
from chatsimples.server.broadcaster.outlet import Chunk, Outlet
from chatsimples.server.broadcaster.pages import Pages
from chatsimples.server.oplog import log
from chatsimples.transcript.reader import TranscriptReader

_READ_BYTES = 65_536
_STEP_SECONDS = 0.002
_LINGER_SECONDS = 1.0
_STALL_SECONDS = 5.0


class _Room:
    """Who hears a room, by dialect: those who hear only this one, and those who hear several."""

    __slots__ = ("only", "several")

    def __init__(self) -> None:
        self.only: dict[str, dict[int, Outlet]] = {}
        self.several: dict[int, Outlet] = {}


class Fanout:
    """All connections' ways out.

    Args:
        selector: told which sockets to wait for.
        dialects: by name.
        reader: of the transcript.
        max_backlog: bytes that may wait in memory for one connection.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        dialects: dict[str, Dialect],
        reader: TranscriptReader,
        max_backlog: int,
    ) -> None:
        self.outlets: dict[int, Outlet] = {}
        self._selector = selector
        self._dialects = dialects
        self._reader = reader
        self._max_backlog = max_backlog
        self._head = 0
        self._rooms: dict[str, _Room] = {}
        self._watched: set[int] = set()
        self._pages = Pages()
        # In turn. Taking the first one out of a plain dict costs more with each that was there before it.
        self._reading: OrderedDict[int, Outlet] = OrderedDict()
        self._recalls: deque[Iterator[None]] = deque()
        self._ending: dict[int, Outlet] = {}

    def add(self, conn: int, sock: socket.socket) -> None:
        """Take over the writing side of a connection."""
        self.outlets[conn] = Outlet(conn, sock, self._dialects["text"], self._max_backlog)

    def deliver(self, decided: Iterable[Record | effects.Effect], lines: list[bytes], seq: int) -> None:
        """Deliver a batch that is in the transcript up to ``seq``; ``lines`` are its records' lines."""
        self._head = seq
        batch = Batch(seq)
        self._sort(batch, decided, iter(lines))
        for key in batch.rooms:
            self._to_room(batch, key)
        for conn in batch.personal:
            outlet = self.outlets.get(conn)
            if outlet is not None:
                self._to_one(batch, outlet)

    def tell_all(self, answer: effects.Answer) -> None:
        """Send a reply to everybody who is in step."""
        for outlet in list(self.outlets.values()):
            if outlet.idle and outlet.spans:
                self._push(outlet, Chunk(outlet.dialect.reply(answer), self._head))

    def ready(self, outlet: Outlet) -> None:
        """Go on with an outlet whose socket takes bytes again."""
        outlet.flush()
        self._settle(outlet)

    def peer_gone(self, conn: int) -> None:
        """Note that the client itself has closed: nothing is waited for once the rest has gone out."""
        outlet = self.outlets.get(conn)
        if outlet is not None:
            outlet.peer_gone = True

    def note_address(self, conn: int, address: str) -> None:
        """Note where a connection comes from, for the operator."""
        outlet = self.outlets.get(conn)
        if outlet is not None:
            outlet.address = address

    def is_open(self, conn: int) -> bool:
        """Tell whether a connection is there and has not been ended."""
        outlet = self.outlets.get(conn)
        return outlet is not None and not outlet.ended

    def has_moved(self, conn: int) -> bool:
        """Tell whether a connection has taken anything that waited for it since this was last asked."""
        outlet = self.outlets.get(conn)
        if outlet is None:
            return False
        moved, outlet.moved = outlet.moved, False
        return moved

    @property
    def busy(self) -> bool:
        """Whether there is catching up to do right now."""
        return bool(self._reading or self._recalls)

    def catch_up(self) -> None:
        """Read from the transcript for those who need it, for a few milliseconds, each in turn."""
        until = time.monotonic() + _STEP_SECONDS
        while self._reading or self._recalls:
            if self._reading:
                self._read_on(self._reading.popitem(last=False)[1])
            if self._recalls:
                recall = self._recalls.popleft()
                if next(recall, self) is None:
                    self._recalls.append(recall)
            if time.monotonic() >= until:
                return
        # Nobody needs again what was kept for those who catch up.
        self._pages.clear()
        self._reader.forget()

    def sweep(self, now: float) -> None:
        """Close those who have ended and whose time to take the rest is over; call about once a second."""
        for outlet in list(self._ending.values()):
            if outlet.moved and not outlet.idle:
                outlet.deadline = now + _STALL_SECONDS
                outlet.moved = False
            if now >= outlet.deadline:
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

    # Sorting a batch.

    def _sort(self, batch: Batch, decided: Iterable[Record | effects.Effect], lines: Iterator[bytes]) -> None:
        for each in decided:
            if isinstance(each, Record):
                if each.type == "message" and each.room:
                    self._sort_message(batch, each, next(lines))
                else:
                    self._sort_record(batch, each, next(lines))
                continue
            outlet = self.outlets.get(each.conn)
            if outlet is None:
                continue
            match each:
                case effects.Reply(answer=answer):
                    if isinstance(answer, effects.Ping) and outlet.cursor is not None:
                        # A ping tells how far the stream has come: here, as far as the cursor.
                        answer = effects.Ping(outlet.cursor.seq)
                    batch.add_personal(each.conn, outlet.dialect.reply(answer))
                case effects.Attach():
                    self._attach(outlet, each.dialect)
                case effects.Feed():
                    self._leave_rooms(outlet)
                    outlet.feed(self._reader.cursor(each.after), each.rooms, each.connections, each.identity)
                    batch.add_personal(each.conn)
                case effects.Recall():
                    outlet.ask(each)
                    batch.add_personal(each.conn)
                case effects.End():
                    outlet.ended = True
                    batch.add_personal(each.conn)

    def _sort_message(self, batch: Batch, record: Record, line: bytes) -> None:
        batch.add_to_room(name_key(record.room))
        outlet = self.outlets.get(record.conn)
        if outlet is not None and not outlet.dialect.echoes:
            batch.add_unheard(record.conn)
        batch.entries.append((record, line))

    def _sort_record(self, batch: Batch, record: Record, line: bytes) -> None:
        outlet = self.outlets.get(record.conn)
        key = ""
        if record.room:
            key = name_key(record.room)
            if not record.quiet:
                batch.add_to_room(key)
        if outlet is not None:
            match record.type:
                case "join":
                    self._enter(outlet, key, record.seq)
                    batch.add_moved(record.conn)
                case "leave":
                    self._leave(outlet, key, record.seq)
                    batch.add_moved(record.conn)
        if record.quiet or not record.room:
            for conn in {record.conn, record.to_conn}:
                other = self.outlets.get(conn)
                if other is not None and (conn != record.conn or other.dialect.echoes or not record.to):
                    batch.add_personal(conn, other.dialect.render(record, line), record=True)
        batch.entries.append((record, line))

    def _attach(self, outlet: Outlet, dialect: str) -> None:
        self._leave_rooms(outlet)
        # A visitor that turns out to speak JSON is told nothing more of what it heard as a visitor.
        outlet.past = None
        outlet.cursor = None
        outlet.dialect = self._dialects[dialect]

    # Who hears which room.

    def _enter(self, outlet: Outlet, key: str, seq: int) -> None:
        outlet.enter(key, seq)
        room = self._rooms.setdefault(key, _Room())
        if len(outlet.spans) == 1:
            room.only.setdefault(outlet.dialect.name, {})[outlet.conn] = outlet
            return
        for heard in outlet.spans:
            other = self._rooms.setdefault(heard, _Room())
            other.only.get(outlet.dialect.name, {}).pop(outlet.conn, None)
            other.several[outlet.conn] = outlet

    def _leave(self, outlet: Outlet, key: str, seq: int) -> None:
        outlet.leave(key, seq)
        room = self._rooms.get(key)
        if room is not None:
            room.several.pop(outlet.conn, None)
            room.only.get(outlet.dialect.name, {}).pop(outlet.conn, None)
            if not room.several and not any(room.only.values()):
                del self._rooms[key]
        if len(outlet.spans) == 1:
            (last,) = outlet.spans
            room = self._rooms.get(last)
            if room is not None and room.several.pop(outlet.conn, None) is not None:
                room.only.setdefault(outlet.dialect.name, {})[outlet.conn] = outlet

    def _leave_rooms(self, outlet: Outlet) -> None:
        for key in list(outlet.spans):
            self._leave(outlet, key, 0)

    # Delivering a batch.

    def _to_room(self, batch: Batch, key: str) -> None:
        room = self._rooms.get(key)
        if room is None:
            return
        for dialect, members in room.only.items():
            chunk = batch.chunk(self._dialects[dialect], (key,)) if members else None
            if chunk and chunk.data:
                self._send_all(batch, members, chunk)
        # A copy: one who cannot be written to any more may be closed, and so taken out, on the way.
        for outlet in list(room.several.values()):
            heard = tuple(room for room in batch.rooms if room in outlet.spans)
            # Each outlet is met in each of its rooms; it is served at the first.
            if heard[0] == key and outlet.conn not in batch.personal and outlet.cursor is None:
                self._push(outlet, batch.chunk(outlet.dialect, heard))

    def _send_all(self, batch: Batch, members: dict[int, Outlet], chunk: Chunk) -> None:
        data = chunk.data
        size = len(data)
        personal = batch.personal
        for conn, outlet in members.items():
            if personal and conn in personal:
                continue
            if outlet.cursor is not None:
                # It will read this from the transcript.
                continue
            if outlet._queued:  # not `waiting`: a property's call is felt in this loop
                self._push(outlet, chunk)
                continue
            try:
                sent = outlet.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                outlet.drop()
                continue
            if sent != size:
                outlet.push(chunk, sent)
                self._settle(outlet)

    def _to_one(self, batch: Batch, outlet: Outlet) -> None:
        if outlet.cursor is not None:
            # Its records come from the transcript: here are the replies alone.
            data = b"".join([data for _, record, data in batch.personal[outlet.conn] if not record])
        elif outlet.conn in batch.moved:
            data = batch.picked(outlet)
            outlet.past = None
        else:
            heard = tuple(key for key in batch.rooms if key in outlet.spans)
            data = batch.woven(outlet.dialect, heard, outlet.conn)
        if data:
            outlet.push(Chunk(data, batch.seq))
        self._settle(outlet)

    def _push(self, outlet: Outlet, chunk: Chunk) -> None:
        outlet.push(chunk)
        self._settle(outlet)

    # What follows for an outlet after anything was done with it.

    def _settle(self, outlet: Outlet) -> None:
        if outlet.overfull and outlet.cursor is None:
            outlet.catch_up(self._reader.cursor(outlet.position))
        if outlet.deaf:
            outlet.cut()
        waiting = outlet.waiting > 0
        if waiting != (outlet.conn in self._watched):
            self._watch(outlet, waiting)
        if not waiting and outlet.cursor is not None:
            self._reading[outlet.conn] = outlet
        # Only in step: what it is sent of the past must not come before what it has yet to receive live.
        in_step = outlet.cursor is None and outlet.waiting <= self._max_backlog // 2
        asked = outlet.asked
        if asked is not None and in_step and not outlet.recalling:
            outlet.recalling = True
            self._recalls.append(self._recall(outlet, asked))
        if outlet.ended:
            if outlet.conn not in self._ending:
                outlet.deadline = time.monotonic() + _STALL_SECONDS
                self._ending[outlet.conn] = outlet
            if outlet.idle:
                self._say_last(outlet)

    def _watch(self, outlet: Outlet, waiting: bool) -> None:
        if waiting:
            self._watched.add(outlet.conn)
            self._selector.register(outlet.sock, selectors.EVENT_WRITE, outlet)
        else:
            self._watched.discard(outlet.conn)
            self._selector.unregister(outlet.sock)

    def _say_last(self, outlet: Outlet) -> None:
        if outlet.peer_gone or outlet.broken:
            self._close(outlet)
            return
        # Closing at once could destroy what is still unread at the client (RFC 9293, 3.6.1: a close with
        # unread input resets the connection), so only the way out is closed, and its worker reads on.
        try:
            outlet.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(outlet)
            return
        outlet.deadline = time.monotonic() + _LINGER_SECONDS

    def _close(self, outlet: Outlet) -> None:
        if outlet.conn in self._watched:
            self._watch(outlet, waiting=False)
        self._leave_rooms(outlet)
        self._ending.pop(outlet.conn, None)
        self._reading.pop(outlet.conn, None)
        del self.outlets[outlet.conn]
        outlet.cut()
        outlet.sock.close()

    # Reading from the transcript.

    def _read_on(self, outlet: Outlet) -> None:
        if outlet.cursor is None:
            return
        try:
            entries, first = outlet.cursor.read_block(_READ_BYTES)
        except ChatSimplesError as error:
            # Without the transcript it can't be served; cut, it can come back and resume.
            log.warning("a reader is cut: the transcript can't be read", conn=outlet.conn, why=str(error))
            outlet.cut()
            entries, first = [], 0
        if not entries and outlet.cursor is not None and outlet.cursor.seq < self._head:
            log.warning("a reader is cut: a part of the transcript is missing", conn=outlet.conn)
            outlet.cut()
        if entries:
            render = outlet.dialect.render
            heard = self._pages.heard_by(outlet, entries, first)
            data = b"".join([render(record, line) for record, line in heard])
            if data:
                outlet.push(Chunk(data, outlet.cursor.seq))
        else:
            # All that is in the transcript has been delivered to everybody else: it is in step again.
            outlet.cursor = None
            outlet.past = None
        self._settle(outlet)

    def _recall(self, outlet: Outlet, asked: effects.Recall) -> Iterator[None]:
        """Answer the outlet's first request for history, a step at a time; it may be gone meanwhile."""
        key = name_key(asked.room)
        render = outlet.dialect.render
        found: deque[tuple[Record, bytes]] = deque()
        size = 0
        complete = True
        for entries in self._older(outlet, asked.before):
            for record, line in reversed(entries):
                if record.type == "message" and record.room and name_key(record.room) == key:
                    # One more than is sent tells that there is more.
                    if len(found) == asked.limit or size > self._max_backlog // 2:
                        complete = False
                        break
                    found.appendleft((record, render(record, line)))
                    size += len(found[0][1])
            if not complete or outlet.broken:
                break
            yield
        if outlet.asked is not None:
            outlet.answered()
            before = 0 if complete else found[0][0].seq
            end = effects.HistoryEnd(asked.room, complete, before, asked.id)
            data = b"".join([data for _, data in found]) + outlet.dialect.reply(end)
            outlet.push(Chunk(data, self._head))
        outlet.recalling = False
        if outlet.conn in self.outlets:
            self._settle(outlet)

    def _older(self, outlet: Outlet, before: int) -> Iterator[list[tuple[Record, bytes]]]:
        try:
            yield from self._reader.backwards(before)
        except ChatSimplesError as error:
            log.warning("no history: the transcript can't be read", conn=outlet.conn, why=str(error))
            outlet.cut()
