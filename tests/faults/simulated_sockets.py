"""Sockets, selectors and the Queue in memory, as the server's modules see them.

Bytes are on their way until the world lets them arrive; a send takes what fits into a small buffer, or less;
whoever waits is told of what is ready in any order. No call blocks and no descriptor is used.
"""

from __future__ import annotations

import random
import selectors
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from chatsimples.server.channels import Order


class Wire:
    """A connection: both ways of it.

    Args:
        chance: decides how sends are cut.
        capacity: bytes that the server's way holds before the client reads.
        risk: called before each send, in which the process may die.

    Attributes:
        flying: sent by the client, not arrived.
        arrived: not yet read by the server.
        window: sent by the server, not yet read by the client.
        hung_up: the client has closed; ``told`` once the server can know it.
        reset: nothing can be sent or read any more.
        finished: the server sends nothing more; ``shut`` if it reads nothing more either.
    """

    def __init__(self, chance: random.Random, capacity: int, risk: Callable[[], None]) -> None:
        self.chance = chance
        self.capacity = capacity
        self.risk = risk
        self.flying = bytearray()
        self.arrived = bytearray()
        self.window = bytearray()
        self.hung_up = False
        self.told = False
        self.reset = False
        self.finished = False
        self.shut = False
        self.ends = 2

    def arrive(self, size: int) -> bool:
        """Let bytes that are on their way arrive, or the client's goodbye after the last of them."""
        if self.flying:
            self.arrived += self.flying[:size]
            del self.flying[:size]
        elif self.hung_up and not self.told:
            self.told = True
        else:
            return False
        return True

    def take(self, size: int) -> bytes:
        """Read on the client's side."""
        data = bytes(self.window[:size])
        del self.window[:size]
        return data

    @property
    def at_end(self) -> bool:
        """Whether the client has read all that it will ever get."""
        return not self.window and (self.finished or self.reset)


class ServerEnd:
    """One of the server's two handles of a connection: its worker's or its broadcaster's."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._closed = False

    def recv(self, size: int) -> bytes:
        wire = self.wire
        if wire.arrived:
            data = bytes(wire.arrived[:size])
            del wire.arrived[:size]
            return data
        if wire.reset:
            raise ConnectionResetError
        if wire.told or wire.shut:
            return b""
        raise BlockingIOError

    def send(self, data: bytes) -> int:
        wire = self.wire
        wire.risk()
        if wire.reset or wire.told or wire.finished:
            # The peer's kernel answers what comes after its close with a reset.
            wire.reset = True
            raise BrokenPipeError
        free = wire.capacity - len(wire.window)
        if free <= 0:
            raise BlockingIOError
        taken = data[:free]
        if len(taken) > 1 and wire.chance.random() < 0.1:
            taken = taken[: wire.chance.randint(1, len(taken))]
        wire.window += taken
        return len(taken)

    def sendmsg(self, buffers: Sequence[bytes | memoryview]) -> int:
        return self.send(b"".join(buffers))

    def shutdown(self, how: int) -> None:
        """Say that nothing more is sent (``SHUT_WR``), and end reading too (``SHUT_RDWR``)."""
        self.wire.finished = True
        if how == socket.SHUT_RDWR:
            self.wire.shut = True

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.wire.ends -= 1
            self.wire.finished = self.wire.finished or not self.wire.ends

    def readable(self) -> bool:
        wire = self.wire
        return bool(wire.arrived) or wire.told or wire.shut or wire.reset

    def writable(self) -> bool:
        wire = self.wire
        return len(wire.window) < wire.capacity or wire.reset or wire.told or wire.finished


class Signal:
    """Something that can be waited for: a pipe or a socket of which only that matters."""

    def __init__(self, ready: Callable[[], bool]) -> None:
        self.readable = ready

    def setblocking(self, blocking: bool) -> None:
        """Never block anyway."""

    def close(self) -> None:
        """Have nothing to close."""


class Bell(Signal):
    """Both ends of the pair of sockets by which a worker is woken."""

    def __init__(self) -> None:
        super().__init__(lambda: self._rung)
        self._rung = False

    def send(self, data: bytes) -> int:
        self._rung = True
        return len(data)

    def recv(self, size: int) -> bytes:
        if not self._rung:
            raise BlockingIOError
        self._rung = False
        return b"\0"


class HandOver(Signal):
    """The way of client sockets to the broadcaster."""

    def __init__(self) -> None:
        super().__init__(lambda: bool(self.given))
        self.given: list[tuple[int, ServerEnd]] = []

    def take(self) -> list[tuple[int, ServerEnd]]:
        taken, self.given = self.given, []
        return taken


class Orders(Signal):
    """The broadcaster's pipe to the supervisor: orders one way, news the other."""

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        super().__init__(lambda: bool(self.given))
        self.given: deque[bytes] = deque()
        self.send_bytes = hear

    def give(self, order: Order) -> None:
        """Give the broadcaster an order."""
        self.given.append(msgspec.msgpack.encode(order))

    def recv_bytes(self) -> bytes:
        return self.given.popleft()


class Queue:
    """The Queue between workers and broadcaster: its items come in the order in which they were put."""

    def __init__(self, chance: random.Random) -> None:
        self.items: deque[bytes] = deque()
        self._chance = chance
        self.reader = Signal(lambda: bool(self.items))

    def put(self, item: bytes) -> None:
        self.items.append(item)

    # As `chatsimples.server.items.ItemReader`.

    @property
    def pipe(self) -> Signal:
        return self.reader

    is_within_item = False

    def take(self, most: int) -> list[bytes]:
        """Take items, as many as can be seen."""
        taken = [self.items.popleft()]
        while self.items and self._chance.random() < 0.7:
            taken.append(self.items.popleft())
        return taken

    # As `select.poll`, of which the broadcaster asks whether anything is there.

    def register(self, reader: Signal, event: int) -> None:
        assert reader is self.reader

    def poll(self, timeout: int) -> list[tuple[int, int]]:
        """Tell that there is something, as soon as it can be seen."""
        return [(0, 1)] if self.items and self._chance.random() < 0.7 else []


class Selector:
    """A selector that never waits itself: the world goes on meanwhile, if ``wait`` is given.

    Args:
        chance: decides in which order, and at times how many, of what is ready are told.
        wait: lets the world go on; is told how long for at most, and whether anything is ready.
    """

    def __init__(self, chance: random.Random, wait: Callable[[float, bool], None] | None = None) -> None:
        self._chance = chance
        self._wait = wait
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> None:
        if fileobj in self._keys:
            raise KeyError(f"{fileobj} is registered already")
        self._keys[fileobj] = selectors.SelectorKey(fileobj, 0, events, data)

    def unregister(self, fileobj: Any) -> None:
        del self._keys[fileobj]

    def get_map(self) -> dict[Any, selectors.SelectorKey]:
        return self._keys

    def select(self, timeout: float = 0.0) -> list[tuple[selectors.SelectorKey, int]]:
        if self._wait is not None:
            self._wait(timeout, bool(self._ready()))
        ready = self._ready()
        self._chance.shuffle(ready)
        if len(ready) > 1 and self._chance.random() < 0.3:
            ready = ready[: self._chance.randint(1, len(ready))]
        return ready

    def close(self) -> None:
        self._keys.clear()

    def _ready(self) -> list[tuple[selectors.SelectorKey, int]]:
        return [(key, key.events) for key in self._keys.values() if self._is_ready(key.fileobj, key.events)]

    def _is_ready(self, fileobj: Any, events: int) -> bool:
        return bool(fileobj.readable() if events == selectors.EVENT_READ else fileobj.writable())
