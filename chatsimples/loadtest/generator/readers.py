"""A reader process: holds many readers, and compares what they receive as it comes.

It alone knows what its readers have; the sender process learns through shared counters how far all of them
are, so that a closed loop needs no message for it.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterable
from contextlib import suppress

from chatsimples.loadtest.checking.audit import Audit
from chatsimples.loadtest.checking.stream import Piece, RoomStream
from chatsimples.loadtest.checking.stream_reader import StreamReader
from chatsimples.loadtest.generator import orders
from chatsimples.loadtest.generator.entrance import Entrance, Member
from chatsimples.loadtest.generator.extra_readers import ExtraReaders
from chatsimples.loadtest.generator.parts import be_a_part, last_words, work
from chatsimples.loadtest.generator.tally import Tally
from chatsimples.loadtest.generator.tasks import ReadersTask
from chatsimples.loadtest.wire.connections import Wire
from chatsimples.loadtest.wire.poller import new_poller
from chatsimples.loadtest.wire.protocols import PROTOCOLS, READER
from chatsimples.loadtest.wire.secure_socket import Security
from chatsimples.loadtest.wire.texts import mark

_READ_BYTES = 262_144
_UNDER_WAY = 128
_TICK = _LOOK_EVERY = 0.02


def run(task: ReadersTask) -> None:
    """Be a reader process until the order to finish, or until the load test is gone."""
    be_a_part("readers")
    serve(task)


def serve(task: ReadersTask) -> None:
    """Do a reader process's work in this one; what goes wrong is told as news."""
    work(lambda: Readers(task).run(), task.pipe, "a reader")


class _Reader(Member):
    """A reader's connection.

    Attributes:
        seen: the last mark that it has heard.
        started: what it has received until its place in the stream was found.
        place: in its room's stream.
    """

    __slots__ = ("place", "seen", "started")

    def __init__(self, nick: str, room: int, host: str, security: Security | None) -> None:
        super().__init__(nick, room, host, security)
        self.seen = -1
        self.started = b""
        self.place: StreamReader | None = None


class Readers:
    """The loop of a reader process."""

    def __init__(self, task: ReadersTask) -> None:
        self._task = task
        self._protocol = PROTOCOLS[task.protocol](task.tag, task.all_rooms, task.size)
        self._poller = new_poller()
        self._pipe = task.pipe
        self._poller.add(self._pipe.fileno())
        self._wake = task.wake
        self._wake.setblocking(False)
        self._streams = {
            room: RoomStream(room, self._protocol, self._passed, digest=task.digest)
            for room in sorted(set(task.rooms))
        }
        security = Security(task.trust) if task.trust is not None else None
        self._entrance = Entrance(
            [
                _Reader(f"{READER}{number}", room, task.host, security)
                for number, room in enumerate(task.rooms, start=task.first)
            ],
            self._protocol,
            self._poller,
            (task.host, task.port),
            most=_UNDER_WAY,
        )
        self._extras = ExtraReaders(
            task.extras,
            rooms=task.rooms,
            first=task.first,
            address=(task.host, task.port),
            mark=self._protocol.mark(mark(orders.LAST_MARK, task.marks_tag)),
            protocol=self._protocol,
            poller=self._poller,
            security=security,
        )
        self._joined = False
        # Those with a connection, by its descriptor, and those whose connection has ended.
        self._readers: dict[int, _Reader] = {}
        self._ended: list[_Reader] = []
        self._first_end = ""
        self._mark: orders.Mark | None = None
        self._unmarked: set[int] = set()
        self._buffer = bytearray(_READ_BYTES)
        self._view = memoryview(self._buffer)
        self._tally = Tally()
        self._audit = Audit(self._streams)
        self._loading = False
        self._segments = 0
        self._expect: orders.Expect | None = None
        self._come_before = -1
        self._give_up_at = self._look_at = 0.0
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
                elif descriptor in self._entrance:
                    if (reader := self._entrance.connected(descriptor)) is not None:
                        self._readers[descriptor] = reader
                        self._say_joined()
                else:
                    self._extras.ready(descriptor)
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
                self._extras.connect()
                self._entrance.open()
                self._say_joined()
            case orders.Mark():
                self._mark = order
                self._unmarked = {fd for fd, reader in self._readers.items() if reader.seen < order.number}
                for descriptor in list(self._unmarked):
                    self._look_for_mark(descriptor, self._readers[descriptor])
                self._say_seen()
            case orders.Begin():
                self._loading = True
                self._expect = None
                self._tally.begin(order.start)
                self._segments = self._count_segments()
                self._extras.begin()
            case orders.Expect():
                self._expect = order
                self._give_up_at = time.monotonic() + order.patience
                self._extras.stay()
            case orders.Finish():
                self._finish()

    def _say(self, news: orders.News) -> None:
        self._pipe.send_bytes(orders.encode(news))

    def _say_joined(self) -> None:
        if not self._joined and not self._entrance.missing and self._extras.all_in:
            self._joined = True
            self._say(orders.Joined(self._entrance.took, self._entrance.seconds))

    def _finish(self) -> None:
        sent = self._sent()
        checks = self._audit.finish(self._places([*self._readers.values(), *self._ended]), sent)
        checks.ended = len(self._ended)
        checks.first = self._first_end or checks.first
        checks.add(self._extras.finish(sent))
        digests = {
            number: stream.digest.hexdigest()
            for number, stream in self._streams.items()
            if stream.digest is not None
        }
        self._say(orders.Found(checks, digests))
        self._finished = True

    def _sent(self) -> list[dict[bytes, int]]:
        if self._expect is None:
            return [{} for _ in range(self._task.all_rooms)]
        return [{name.encode(): count for name, count in room.items()} for room in self._expect.sent]

    def _places(self, readers: Iterable[_Reader]) -> list[StreamReader]:
        return [reader.place for reader in readers if reader.place is not None]

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
        data = self._view[:count]
        if reader.unframer is not None:
            data = memoryview(reader.unframer.take(data))
        if place is None:
            self._come_in(descriptor, reader, bytes(data))
            return
        place.receive(data, time.monotonic_ns() // 1000 - self._tally.origin)
        self._tally.bytes += count
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
        if not reader.in_room:
            self._entrance.advance(reader, reader.started)
            self._say_joined()
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
            raise ConnectionError(
                f"the server ended a connection that was coming in{last_words(reader.started)}"
            )
        why = f"the server ended a connection{last_words(reader.place.held)}"
        self._first_end = self._first_end or why
        self._poller.remove(descriptor)
        reader.sock.close()
        reader.place.leave()
        # What it lacks is counted in the end.
        del self._readers[descriptor]
        self._ended.append(reader)

    def _passed(self, stream: RoomStream, piece: Piece) -> None:
        """A piece has been received by all readers of its room."""
        self._tally.count(piece)
        if piece.dues:
            self._task.done[stream.number] = piece.texts
            with suppress(BlockingIOError):
                self._wake.send(b"\0")

    # What time brings.

    def _keep_house(self, now: float) -> None:
        self._extras.keep_house(now)
        if self._loading and self._tally.is_due(now):
            self._say(self._tally.progress(now))
        if self._expect is not None and self._loading and now >= self._look_at:
            self._look_at = now + _LOOK_EVERY
            self._look_for_the_end(now, self._expect.patience)
        if not self._joined and self._entrance.seconds > self._task.join_patience:
            missing = self._entrance.missing
            raise TimeoutError(f"{missing or 'slow'} readers were not in their rooms in time")

    def _look_for_the_end(self, now: float, patience: float) -> None:
        come, everything = self._audit.progress(self._places(self._readers.values()), self._sent())
        if come != self._come_before:
            self._come_before = come
            self._give_up_at = now + patience
        if everything or now >= self._give_up_at:
            self._say(self._tally.progress(now))
            self._loading = False
            segments = self._count_segments()
            counted = segments - self._segments if segments >= 0 else -1
            self._say(orders.Delivered(self._tally.last_delivery, counted, everything))

    def _count_segments(self) -> int:
        """Count the TCP segments with data that its readers have received; -1 where the system does not."""
        if not hasattr(socket, "TCP_INFO"):
            return -1
        return sum(_data_segments(reader.sock) for reader in self._readers.values())


def _data_segments(sock: Wire) -> int:
    # struct tcp_info of linux/tcp.h: tcpi_data_segs_in, a 32-bit number, is at 152.
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
    number: int = struct.unpack_from("=I", info, 152)[0]
    return number
