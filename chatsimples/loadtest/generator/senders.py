"""The sender process: holds the senders, and sends what is due or, in a closed loop, what there is room for.

It never waits for a socket: what one does not take stays here, counted from when it was due, so that a slow
server can't make its own latency look better by slowing the load (coordinated omission).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

from chatsimples.loadtest.generator import orders
from chatsimples.loadtest.generator.entrance import Entrance
from chatsimples.loadtest.generator.latencies import Latencies
from chatsimples.loadtest.generator.parts import be_a_part, work
from chatsimples.loadtest.generator.schedule import Due, steady
from chatsimples.loadtest.generator.sender import KEPT, Room, Sender
from chatsimples.loadtest.generator.tasks import SendersTask
from chatsimples.loadtest.wire.poller import new_poller
from chatsimples.loadtest.wire.protocols import PROTOCOLS, SENDER
from chatsimples.loadtest.wire.secure_socket import Security
from chatsimples.loadtest.wire.texts import many, mark, text

_TELL_EVERY = 1.0
_UNDER_WAY = 64
_READ_BYTES = 262_144
_PARTS_OF_WINDOW = 4
_COARSE = 0.002
_LONGEST_WAIT = 0.02


def run(task: SendersTask) -> None:
    """Be the sender process until the order to finish, or until the load test is gone."""
    be_a_part("senders")
    serve(task)


def serve(task: SendersTask) -> None:
    """Do a sender process's work in this one; what goes wrong is told as news."""
    work(lambda: Senders(task).run(), task.pipe, "a sender")


class Senders:
    """The loop of the sender process."""

    def __init__(self, task: SendersTask) -> None:
        self._task = task
        self._protocol = PROTOCOLS[task.protocol](task.tag, task.all_rooms)
        self._poller = new_poller()
        self._pipe = task.pipe
        self._poller.add(self._pipe.fileno())
        self._wakes = {wake.fileno(): wake for wake in task.wakes}
        for descriptor, wake in self._wakes.items():
            wake.setblocking(False)
            self._poller.add(descriptor)
        self._rooms = [Room() for _ in range(task.all_rooms)]
        security = Security(task.trust) if task.trust is not None else None
        self._all = [
            Sender(number, f"{SENDER}{number}", room, task.host, self._poller, security=security)
            for number, room in enumerate(task.rooms)
        ]
        self._entrance = Entrance(
            self._all, self._protocol, self._poller, (task.host, task.port), most=_UNDER_WAY
        )
        # By their descriptors, as soon as they are connected.
        self._senders: dict[int, Sender] = {}
        self._buffer = bytearray(_READ_BYTES)
        self._lags = Latencies()
        self._load: orders.Begin | None = None
        self._due: Iterator[Due] = iter(())
        self._next: Due | None = None
        self._told = 0
        self._tell_at = 0.0
        self._waited_for = 0
        self._give_up_at = 0.0
        self._finished = False

    def run(self) -> None:
        """Obey and send, until told to finish."""
        pipe = self._pipe.fileno()
        while not self._finished:
            for descriptor in self._poller.wait(self._patience()):
                if descriptor == pipe:
                    self._obey(orders.decode_order(self._pipe.recv_bytes()))
                elif descriptor in self._wakes:
                    with suppress(BlockingIOError):
                        self._wakes[descriptor].recv(4_096)
                elif descriptor in self._entrance:
                    if (sender := self._entrance.connected(descriptor)) is not None:
                        self._senders[descriptor] = sender
                        self._in_room(sender)
                else:
                    self._ready(self._senders[descriptor])
            self._keep_house()

    def _patience(self) -> float:
        """Tell how long to wait for sockets; the last stretch before a message is slept through exactly."""
        if self._load is None or not self._load.rate or self._next is None:
            return _LONGEST_WAIT
        left = (self._load.start + self._next.at) / 1e6 - time.monotonic()
        if left <= 0:
            return 0.0
        if left < _COARSE:
            # The poller's clock has whole milliseconds.
            time.sleep(left)
            return 0.0
        return min(left - _COARSE / 2, _LONGEST_WAIT)

    def _obey(self, order: orders.Order) -> None:
        match order:
            case orders.Connect():
                self._entrance.open()
                self._say_joined()
            case orders.Mark(number=number):
                for room in self._rooms:
                    if room.senders:
                        sender = room.senders[0]
                        said = mark(number, self._task.marks_tag)
                        head, tail = self._protocol.frame(sender.room, len(said))
                        sender.send(head + said + tail)
            case orders.Begin():
                self._begin(order)
            case orders.Finish():
                for sender in self._all:
                    sender.sock.close()
                self._finished = True

    def _begin(self, load: orders.Begin) -> None:
        self._load = load
        self._waited_for = -1
        self._tell_at = load.start / 1e6 + _TELL_EVERY
        self._lags.take()
        self._told = sum(room.sent for room in self._rooms)
        if load.rate:
            if self._task.workload:
                self._due = iter(self._task.workload)
            else:
                self._due = steady(load.rate, load.seconds, self._task.all_rooms, self._task.size)
            self._next = next(self._due, None)

    def _say(self, news: orders.News) -> None:
        self._pipe.send_bytes(orders.encode(news))

    def _in_room(self, sender: Sender) -> None:
        """Let a sender say something, if it is in its room now."""
        if sender.in_room:
            sender.received = b""
            self._rooms[sender.room].senders.append(sender)
            self._say_joined()

    def _say_joined(self) -> None:
        if not self._entrance.missing:
            self._say(orders.Joined([], self._entrance.seconds))

    def _ready(self, sender: Sender) -> None:
        sender.flush()
        try:
            count = sender.sock.recv_into(self._buffer)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if not count:
            raise sender.ended()
        if sender.unframer is None:
            heard = bytes(self._buffer[max(0, count - KEPT) : count])
        else:
            heard = sender.unframer.take(memoryview(self._buffer)[:count])[-KEPT:]
        sender.hear(heard)
        if not sender.in_room:
            self._entrance.advance(sender, sender.received)
            self._in_room(sender)
        if self._protocol.stray is not None and self._protocol.stray.search(heard):
            sender.send(self._protocol.answer)

    # Sending.

    def _keep_house(self) -> None:
        now = time.monotonic()
        if self._entrance.missing and self._entrance.seconds > self._task.join_patience:
            raise TimeoutError(f"{self._entrance.missing} senders were not in their rooms in time")
        load = self._load
        if load is None or now * 1e6 < load.start:
            return
        if load.rate:
            self._send_due(load)
            over = self._next is None
        else:
            over = now * 1e6 >= load.start + load.seconds * 1e6
            if not over:
                self._fill_windows(load)
        if now >= self._tell_at or over:
            self._tell(now, load)
        if over and self._all_taken(now):
            self._load = None
            sent: list[dict[str, int]] = [{} for _ in self._rooms]
            for sender in self._all:
                sent[sender.room][sender.name.decode()] = sender.sent
            self._say(orders.Sent(sent))

    def _all_taken(self, now: float) -> bool:
        """Tell whether the sockets have taken everything, or take nothing any more."""
        waiting = sum(len(sender.unsent) for sender in self._all)
        if waiting != self._waited_for:
            self._waited_for, self._give_up_at = waiting, now + self._task.patience
        return not waiting or now >= self._give_up_at

    def _send_due(self, load: orders.Begin) -> None:
        """Send all that is due by now, what is one sender's in one piece."""
        pieces: dict[int, list[bytes]] = {}
        now = time.monotonic_ns() // 1000 - load.start
        while self._next is not None and self._next.at <= now:
            due = self._next
            room = self._rooms[due.room]
            sender = room.next()
            head, tail = self._protocol.frame(due.room, due.size)
            said = text(sender.name, sender.sent, due.at, due.size)
            pieces.setdefault(sender.number, []).append(head + said + tail)
            sender.sent += 1
            room.sent += 1
            self._lags.record(now - due.at)
            self._next = next(self._due, None)
        for number, piece in pieces.items():
            self._all[number].send(b"".join(piece))

    def _fill_windows(self, load: orders.Begin) -> None:
        """Send what keeps each room's window full, a part of it at a time, so that the server never idles."""
        part = max(1, load.window // _PARTS_OF_WINDOW)
        for number, room in enumerate(self._rooms):
            if not room.senders:
                continue
            done = min(
                done[number]
                for done, busy in zip(self._task.done, self._task.busy_rooms, strict=True)
                if number in busy
            )
            while room.sent - done + part <= load.window:
                sender = room.next()
                if sender.unsent:
                    break
                now = time.monotonic_ns() // 1000 - load.start
                frame = self._protocol.frame(number, self._task.size)
                sender.send(many(sender.name, sender.sent, part, due=now, frame=frame, size=self._task.size))
                sender.sent += part
                room.sent += part

    def _tell(self, now: float, load: orders.Begin) -> None:
        sent = sum(room.sent for room in self._rooms)
        self._say(orders.Sending(now - load.start / 1e6, sent - self._told, self._lags.take()))
        self._told = sent
        self._tell_at = now + _TELL_EVERY
