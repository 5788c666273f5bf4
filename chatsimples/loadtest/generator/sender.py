"""One sender: its connection, and what its socket has not taken yet."""

from __future__ import annotations

from collections import deque

from chatsimples.loadtest.generator.entrance import Member
from chatsimples.loadtest.generator.parts import last_words
from chatsimples.loadtest.wire.poller import Poller
from chatsimples.loadtest.wire.secure_socket import Security
from chatsimples.loadtest.wire.texts import sender_name

_SEND_BYTES = 262_144
KEPT = 4_096
"""Bytes of what a sender receives that are looked at."""


class Sender(Member):
    """A sender's connection.

    Attributes:
        number: which of the senders it is.
        name: by which its texts tell who sent them.
        sent: how many texts it has been given.
        unsent: bytes that its socket has not taken yet.
        received: the end of what it has received.
    """

    __slots__ = ("_poller", "name", "number", "received", "sent", "unsent")

    def __init__(
        self,
        number: int,
        nick: str,
        room: int,
        host: str,
        poller: Poller,
        *,
        security: Security | None = None,
    ) -> None:
        super().__init__(nick, room, host, security)
        self.number = number
        self.name = sender_name(number)
        self.sent = 0
        self.unsent = bytearray()
        self.received = b""
        self._poller = poller

    def send(self, data: bytes) -> None:
        """Send data, or keep what the socket does not take until `flush`.

        Raises:
            ConnectionError: the server has ended the connection.
        """
        if self.unsent:
            self.unsent += data
            return
        sent = self._take(data)
        if sent < len(data):
            self.unsent += data[sent:]
            self._poller.change(self.sock.fileno(), write=True)

    def flush(self) -> None:
        """Send what was kept, as far as the socket takes it.

        Raises:
            ConnectionError: the server has ended the connection.
        """
        if self.unsent:
            del self.unsent[: self._take(bytes(self.unsent[:_SEND_BYTES]))]
            if not self.unsent:
                self._poller.change(self.sock.fileno(), write=False)

    def hear(self, data: bytes) -> None:
        """Keep the end of what was received."""
        self.received = (self.received + data)[-KEPT:]

    def ended(self) -> ConnectionError:
        """Make the error that tells of its connection's end."""
        return ConnectionError(f"the server ended its connection{last_words(self.received)}")

    def _take(self, data: bytes) -> int:
        try:
            return self.sock.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            raise self.ended() from None


class Room:
    """A room's senders, whose turn it is, and how many texts were sent."""

    def __init__(self) -> None:
        self.senders: deque[Sender] = deque()
        self.sent = 0

    def next(self) -> Sender:
        """Give the sender whose turn it is, and then it is the next one's."""
        sender = self.senders[0]
        self.senders.rotate(-1)
        return sender
