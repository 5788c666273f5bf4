"""A reader process: holds many readers, and compares what they receive as it comes.

It alone knows what its readers have; the sender process learns through shared counters how far all of them
are, so that a closed loop needs no message for it.
"""

from __future__ import annotations

import math
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from ctypes import Array, c_uint64
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from chatsimples.loadtest.checking.stream import Piece, RoomStream, StreamReader
from chatsimples.loadtest.generator import orders
from chatsimples.loadtest.generator.latencies import Latencies
from chatsimples.loadtest.generator.parts import be_a_part, work
from chatsimples.loadtest.generator.visitors import Visitors
from chatsimples.loadtest.wire.connections import check_connected, connect, new_socket
from chatsimples.loadtest.wire.poller import Poller
from chatsimples.loadtest.wire.protocols import PROTOCOLS, READER
from chatsimples.loadtest.wire.texts import mark

_READ_BYTES = 262_144
_UNDER_WAY = 128
_TELL_EVERY = 1.0
_TICK = _LOOK_EVERY = 0.02


class ReadersTask(msgspec.Struct):
    """What a reader process is given.

    Attributes:
        rooms: the room of each of its readers.
        first: its readers' numbers begin here.
        tag: of the names in this load test.
        marks_tag: of the marks.
        all_rooms: how many rooms there are.
        slow: readers that take ``slow_bytes`` a second each, if any.
        churn: reconnects a second, of readers beside these.
        done: for each room, how many texts all readers of this process have.
        wake: a byte here tells the senders to look at ``done``.
        digest: keep digests, to be compared with other processes'.
        size: bytes of every text; 0 if they differ.
        patience: seconds in which its readers must be in their rooms.
    """

    host: str
    port: int
    protocol: str
    tag: str
    marks_tag: int
    all_rooms: int
    rooms: list[int]
    first: int
    slow: int
    slow_bytes: int
    churn: float
    done: Array[c_uint64]
    wake: socket.socket
    pipe: Connection[Any, Any]
    digest: bool
    patience: float
    size: int = 0


def run(task: ReadersTask) -> None:
    """Be a reader process until the order to finish, or until the load test is gone."""
    be_a_part("readers")
    serve(task)


def serve(task: ReadersTask) -> None:
    """Do a reader process's work in this one; what goes wrong is told as news."""
    work(lambda: Readers(task).run(), task.pipe, "a reader")


class _Reader:
    """A reader's connection: until its place in the stream is found, what it has received."""

    __slots__ = ("began", "greeted", "in_room", "place", "room", "seen", "sock", "started")

    def __init__(self, room: int, host: str) -> None:
        self.room = room
        self.sock = new_socket(host)
        self.began = 0
        self.greeted = False
        self.in_room = False
        self.seen = -1
        self.started = b""
        self.place: StreamReader | None = None


class Readers:
    """The loop of a reader process."""

    def __init__(self, task: ReadersTask) -> None:
        self._task = task
        self._protocol = PROTOCOLS[task.protocol](task.tag, task.all_rooms, task.size)
        self._poller = Poller()
        self._pipe = task.pipe
        self._poller.add(self._pipe.fileno())
        self._wake = task.wake
        self._wake.setblocking(False)
        self._latencies = Latencies()
        self._streams = {
            room: RoomStream(room, self._protocol, self._passed, digest=task.digest)
            for room in sorted(set(task.rooms))
        }
        self._waiting = [_Reader(room, task.host) for room in reversed(task.rooms)]
        self._connecting: dict[int, _Reader] = {}
        self._readers: dict[int, _Reader] = {}
        self._coming: set[int] = set()
        self._took: list[int] = []
        self._began = math.inf
        self._joined = False
        self._mark: orders.Mark | None = None
        self._unmarked: set[int] = set()
        self._buffer = bytearray(_READ_BYTES)
        self._view = memoryview(self._buffer)
        self._origin = 0
        self._loading = False
        self._bytes = self._deliveries = 0
        self._told_bytes = self._told_deliveries = 0
        self._tell_at = 0.0
        self._last_delivery = 0
        self._segments = 0
        self._expect: orders.Expect | None = None
        self._give_up_at = 0.0
        self._come_before = -1
        self._look_at = 0.0
        self._texts: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        self._ended = 0
        self._first_end = ""
        self._visitors = Visitors(task, self._protocol, self._poller)
        self._finished = False

    def run(self) -> None:
        """Obey and read, until told to finish."""
        pipe = self._pipe.fileno()
        while not self._finished:
            for descriptor in self._poller.wait(_TICK):
                reader = self._readers.get(descriptor)
                if reader is not None:
                    self._read(descriptor, reader)
                elif descriptor == pipe:
                    self._obey(orders.decode_order(self._pipe.recv_bytes()))
                elif descriptor in self._connecting:
                    self._connected(descriptor)
                else:
                    self._visitors.ready(descriptor)
                    self._say_joined()
            self._keep_house(time.monotonic())
        # Nobody leaves before all have said what they have: others would hear of it.
        self._pipe.poll(None)
        for reader in self._readers.values():
            reader.sock.close()

    # Orders.

    def _obey(self, order: orders.Order) -> None:
        match order:
            case orders.Connect():
                self._began = time.monotonic()
                self._visitors.connect()
                self._connect_more()
                self._say_joined()
            case orders.Mark():
                self._mark = order
                self._unmarked = {fd for fd, reader in self._readers.items() if reader.seen < order.number}
                for descriptor in list(self._unmarked):
                    self._look_for_mark(descriptor, self._readers[descriptor])
                self._say_seen()
            case orders.Begin():
                self._begin(order)
            case orders.Expect():
                self._expect = order
                self._give_up_at = time.monotonic() + order.patience
                self._visitors.stay()
            case orders.Finish():
                self._finish()

    def _say(self, news: orders.News) -> None:
        self._pipe.send_bytes(orders.encode(news))

    def _begin(self, order: orders.Begin) -> None:
        self._origin = self._last_delivery = order.start
        self._loading = True
        self._expect = None
        self._latencies.take()
        self._segments = self._count_segments()
        self._told_bytes, self._told_deliveries = self._bytes, self._deliveries
        self._tell_at = order.start / 1e6 + _TELL_EVERY
        self._visitors.begin()

    def _finish(self) -> None:
        sent = self._sent()
        expected = exact = lost = duplicated = reordered = 0
        damaged = sum(stream.damaged for stream in self._streams.values())
        first = self._first_end
        places = [reader.place for reader in self._readers.values() if reader.place is not None]
        for place in places:
            room = sent[place.stream.number]
            own = place.finish(room)
            due = sum(room.values())
            expected += due
            damaged += place.damaged + own.strangers(room)
            lost += own.lost
            duplicated += own.duplicated
            reordered += own.reordered
            first = first or own.first_fault
            exact += due - own.lost - own.reordered
        for stream in self._streams.values():
            first = first or stream.ledger.first_fault or stream.first_damage
        visited = self._visitors.finish(sent)
        self._say(
            orders.Found(
                expected=expected,
                exact=exact,
                lost=lost + visited.lost,
                duplicated=duplicated + visited.duplicated,
                reordered=reordered + visited.reordered,
                damaged=damaged + visited.damaged,
                ended=self._ended + visited.ended,
                first=first or visited.first,
                slow_behind=visited.behind,
                reconnected=visited.reconnected,
                digests={
                    number: stream.digest.hexdigest()
                    for number, stream in self._streams.items()
                    if stream.digest is not None
                },
            )
        )
        self._finished = True

    def _sent(self) -> list[dict[bytes, int]]:
        if self._expect is None:
            return [{} for _ in range(self._task.all_rooms)]
        return [{name.encode(): count for name, count in room.items()} for room in self._expect.sent]

    # Coming in.

    def _connect_more(self) -> None:
        while self._waiting and len(self._connecting) + len(self._coming) < _UNDER_WAY:
            reader = self._waiting.pop()
            reader.began = time.monotonic_ns()
            reader.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connect(reader.sock, self._task.host, self._task.port)
            self._connecting[reader.sock.fileno()] = reader
            self._poller.add(reader.sock.fileno(), write=True)

    def _connected(self, descriptor: int) -> None:
        reader = self._connecting.pop(descriptor)
        check_connected(reader.sock, self._task.host, self._task.port)
        self._poller.change(descriptor, write=False)
        self._readers[descriptor] = reader
        number = self._task.first + len(self._readers) - 1
        greeting = self._protocol.greeting(f"{READER}{number}", reader.room)
        if greeting:
            reader.sock.send(greeting)
        reader.greeted = not self._protocol.registered
        if self._protocol.welcome:
            self._coming.add(descriptor)
        else:
            self._in_room(descriptor, reader)

    def _in_room(self, descriptor: int, reader: _Reader) -> None:
        reader.in_room = True
        self._coming.discard(descriptor)
        self._took.append((time.monotonic_ns() - reader.began) // 1000)
        self._connect_more()
        self._say_joined()

    def _say_joined(self) -> None:
        if not self._joined and len(self._took) == len(self._task.rooms) and self._visitors.all_in:
            self._joined = True
            self._say(orders.Joined(self._took, time.monotonic() - self._began))

    # Reading.

    def _read(self, descriptor: int, reader: _Reader) -> None:
        try:
            count = reader.sock.recv_into(self._buffer)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if not count:
            self._reader_ended(descriptor, reader)
            return
        place = reader.place
        if place is None:
            self._come_in(descriptor, reader, bytes(self._view[:count]))
            return
        place.receive(self._view[:count], time.monotonic_ns() // 1000 - self._origin)
        self._bytes += count
        if place.strays:
            answer = self._protocol.answer * place.strays
            place.strays = 0
            try:
                reader.sock.send(answer)
            except BlockingIOError:
                return
            except OSError:
                self._reader_ended(descriptor, reader)

    def _come_in(self, descriptor: int, reader: _Reader, data: bytes) -> None:
        reader.started += data
        if not reader.greeted and self._protocol.registered in reader.started:
            reader.greeted = True
            reader.sock.send(self._protocol.entering(reader.room))
        if not reader.in_room and self._protocol.welcome in reader.started:
            self._in_room(descriptor, reader)
        if descriptor in self._unmarked:
            self._look_for_mark(descriptor, reader)
            self._say_seen()

    def _look_for_mark(self, descriptor: int, reader: _Reader) -> None:
        if self._mark is None:
            return
        found = self._protocol.mark(mark(self._mark.number, self._task.marks_tag)).search(reader.started)
        if found is None:
            return
        reader.seen = self._mark.number
        self._unmarked.discard(descriptor)
        if self._mark.number == orders.LAST_MARK:
            # From here on everybody in the room receives the same.
            reader.place = StreamReader(self._streams[reader.room])
            rest, reader.started = reader.started[found.end() :], b""
            if rest:
                reader.place.receive(memoryview(rest), 0)

    def _say_seen(self) -> None:
        if self._mark is not None and not self._unmarked:
            self._say(orders.Seen(self._mark.number))
            self._mark = None

    def _reader_ended(self, descriptor: int, reader: _Reader) -> None:
        if reader.place is None:
            last = reader.started[-200:].decode("utf-8", "replace").strip()
            raise ConnectionError(f"the server ended a connection that was coming in; it last said: {last!r}")
        self._ended += 1
        last = reader.place.held[-200:].decode("utf-8", "replace").strip()
        why = f"the server ended a connection{f'; it last said: {last!r}' if last else ''}"
        self._first_end = self._first_end or why
        self._poller.remove(descriptor)
        reader.sock.close()
        reader.place.leave()
        # It stays among the readers, so that what it lacks is counted; its descriptor may be used anew.
        del self._readers[descriptor]
        self._readers[-self._ended] = reader

    def _passed(self, stream: RoomStream, piece: Piece) -> None:
        """A piece has been received by all readers of its room."""
        self._deliveries += sum(texts for _, texts in piece.dues) * len(piece.arrivals)
        self._latencies.add(piece.arrivals, piece.dues)
        if piece.dues:
            self._last_delivery = time.monotonic_ns() // 1000
            self._task.done[stream.number] = piece.texts
            with suppress(BlockingIOError):
                self._wake.send(b"\0")

    # What time brings.

    def _keep_house(self, now: float) -> None:
        self._visitors.keep_house(now)
        if self._loading and now >= self._tell_at:
            self._tell(now)
        if self._expect is not None and self._loading:
            self._watch_for_the_end(now)
        if not self._joined and now - self._began > self._task.patience:
            missing = len(self._task.rooms) - len(self._took)
            raise TimeoutError(f"{missing or 'slow'} readers were not in their rooms in time")

    def _tell(self, now: float) -> None:
        self._say(
            orders.Progress(
                now - self._origin / 1e6,
                self._deliveries - self._told_deliveries,
                self._bytes - self._told_bytes,
                self._latencies.take(),
            )
        )
        self._told_bytes, self._told_deliveries = self._bytes, self._deliveries
        self._tell_at = now + _TELL_EVERY

    def _watch_for_the_end(self, now: float) -> None:
        if self._expect is None:
            return
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_EVERY
        come, everything = self._come()
        if come != self._come_before:
            self._come_before = come
            self._give_up_at = now + self._expect.patience
        if everything or now >= self._give_up_at:
            self._tell(now)
            self._loading = False
            segments = self._count_segments()
            counted = segments - self._segments if segments >= 0 else -1
            self._say(orders.Delivered(self._last_delivery, counted, everything))

    def _come(self) -> tuple[int, bool]:
        """Tell how much has come that was still due, as a number, and whether that is everything.

        Whatever else comes does not count: a server that repeats itself, or tells of others, would be waited
        for without end.
        """
        sent = self._sent()
        come, everything = 0, True
        for number, stream in self._streams.items():
            texts = stream.ledger.come(sent[number])
            if texts != self._texts.get(number):
                self._texts[number], self._ends[number] = texts, stream.end
            come += texts
            due = sum(sent[number].values())
            everything = everything and texts - stream.ledger.lost >= due and not stream.pieces
        for descriptor, reader in self._readers.items():
            place = reader.place
            if place is None or descriptor < 0:
                continue
            if place.own is None:
                come += min(place.position, self._ends[place.stream.number])
            else:
                texts = place.own.come(sent[reader.room])
                come += texts
                everything = everything and texts - place.own.lost >= sum(sent[reader.room].values())
        return come, everything

    def _count_segments(self) -> int:
        """Count the TCP segments with data that its readers have received; -1 where the system does not."""
        sockets: Sequence[socket.socket] = [
            reader.sock for descriptor, reader in self._readers.items() if descriptor >= 0
        ]
        return sum(map(_data_segments, sockets)) if hasattr(socket, "TCP_INFO") else -1


def _data_segments(sock: socket.socket) -> int:
    # struct tcp_info of linux/tcp.h: tcpi_data_segs_in, a 32-bit number, is at 152.
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
    number: int = struct.unpack_from("=I", info, 152)[0]
    return number
