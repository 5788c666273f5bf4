"""Coming in: connections are opened, a few at a time, and each is brought into its room."""

from __future__ import annotations

import math
import socket
import time
from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

from chatsimples.loadtest.wire.connections import Wire, connect, is_usable, new_socket
from chatsimples.loadtest.wire.frames import Unframer
from chatsimples.loadtest.wire.poller import Poller
from chatsimples.loadtest.wire.protocols import Protocol
from chatsimples.loadtest.wire.secure_socket import SecureSocket, Security


class Member:
    """A connection that comes into a room, or is there.

    Attributes:
        began: when its socket began to connect, in nanoseconds of the monotonic clock.
        registered: whether it may enter a room.
        in_room: whether it has entered its own.
        unframer: makes lines of what it receives, if it does not receive lines.
    """

    __slots__ = ("began", "in_room", "nick", "registered", "room", "sock", "unframer")

    def __init__(self, nick: str, room: int, host: str, security: Security | None = None) -> None:
        self.nick = nick
        self.room = room
        sock = new_socket(host)
        self.sock: Wire = sock if security is None else SecureSocket(sock, security)
        self.began = 0
        self.registered = False
        self.in_room = False
        self.unframer: Unframer | None = None

    def greet(self, protocol: Protocol) -> None:
        """Send what brings it into its room, as it is connected now."""
        self.unframer = protocol.unframer()
        greeting = protocol.greeting(self.nick, self.room)
        if greeting:
            self.sock.send(greeting)
        self.registered = not protocol.registered
        self.in_room = not protocol.welcome

    def advance(self, protocol: Protocol, received: bytes) -> None:
        """Go on towards its room, as far as what it has received until now allows."""
        if not self.registered and protocol.registered in received:
            self.registered = True
            self.sock.send(protocol.entering(self.nick, self.room))
        self.in_room = self.in_room or protocol.welcome in received


Coming = TypeVar("Coming", bound=Member)


class Entrance(Generic[Coming]):
    """Brings members into their rooms.

    Args:
        members: in the order in which they come.
        protocol: how the server speaks.
        poller: told which sockets to watch.
        address: the server's host and port.
        most: how many may be on their way at once.

    Attributes:
        took: microseconds that each took which is in its room.
    """

    def __init__(
        self,
        members: Iterable[Coming],
        protocol: Protocol,
        poller: Poller,
        address: tuple[str, int],
        *,
        most: int,
    ) -> None:
        self._waiting = deque(members)
        self._protocol = protocol
        self._poller = poller
        self._address = address
        self._most = most
        self._connecting: dict[int, Coming] = {}
        self._on_their_way = 0
        self._began = math.inf
        self.took: list[int] = []

    def open(self) -> None:
        """Begin to let them in."""
        self._began = time.monotonic()
        self._connect_more()

    def __contains__(self, descriptor: int) -> bool:
        """Tell whether the socket of this descriptor is being connected."""
        return descriptor in self._connecting

    @property
    def missing(self) -> int:
        """How many are not in their rooms yet."""
        return len(self._waiting) + self._on_their_way

    @property
    def seconds(self) -> float:
        """How long it is open; less than nothing if it is not."""
        return time.monotonic() - self._began

    def connected(self, descriptor: int) -> Coming | None:
        """Greet with a member on whose socket something has happened; None if it has not shaken hands yet.

        Raises:
            ConnectionError: it could not be connected.
        """
        member = self._connecting[descriptor]
        usable = is_usable(member.sock, *self._address)
        self._poller.change(descriptor, write=False)
        if not usable:
            return None
        del self._connecting[descriptor]
        member.greet(self._protocol)
        self._note(member)
        return member

    def advance(self, member: Coming, received: bytes) -> None:
        """Go on with a member that is not in its room yet, by what it has received until now."""
        member.advance(self._protocol, received)
        self._note(member)

    def _note(self, member: Coming) -> None:
        if member.in_room:
            self._on_their_way -= 1
            self.took.append((time.monotonic_ns() - member.began) // 1000)
            self._connect_more()

    def _connect_more(self) -> None:
        while self._waiting and self._on_their_way < self._most:
            member = self._waiting.popleft()
            member.began = time.monotonic_ns()
            member.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connect(member.sock, *self._address)
            self._on_their_way += 1
            self._connecting[member.sock.fileno()] = member
            self._poller.add(member.sock.fileno(), write=True)
