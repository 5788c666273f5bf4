"""How the server's processes reach each other: made by the supervisor, anew for each pair of children.

    acceptor ── Queue: batches of commands ──► broadcaster
    acceptor ── Unix sockets: client sockets ─► broadcaster
    each child ◄── pipe: orders and news ──► supervisor
    each child ── shared number: when its main loop last came round ──► supervisor

A Queue whose reader or writer was killed may be locked for good: so none of this is used again after a
child's death.
"""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import socket
import struct
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from multiprocessing.queues import SimpleQueue
from typing import Any

import msgspec

QUEUE_BYTES = 1_048_576
"""What the Queue holds, where the system lets its size be chosen; else what the system's pipes hold."""

END_OF_COMMANDS = b""
"""The Queue's last item: the acceptor has stopped."""

_SOCKETS_PER_MESSAGE = 64
_TRY_AGAIN_AFTER = 0.01


class HandOver:
    """The way of client sockets from the acceptor to the broadcaster, each with its connection's number."""

    def __init__(self) -> None:
        self.giving, self.taking = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)

    @staticmethod
    def give(channel: socket.socket, clients: Sequence[tuple[int, socket.socket]]) -> None:
        """Send sockets. Blocks while the broadcaster is not keeping up."""
        for first in range(0, len(clients), _SOCKETS_PER_MESSAGE):
            some = clients[first : first + _SOCKETS_PER_MESSAGE]
            numbers = struct.pack(f"={len(some)}Q", *(conn for conn, _ in some))
            descriptors = [client.fileno() for _, client in some]
            while True:
                try:
                    socket.send_fds(channel, [numbers], descriptors)
                    break
                except OSError as error:
                    # Some systems say this instead of waiting.
                    if error.errno != errno.ENOBUFS:
                        raise
                    time.sleep(_TRY_AGAIN_AFTER)

    @staticmethod
    def take(channel: socket.socket) -> list[tuple[int, int]]:
        """Receive some of what is there, without waiting: connection numbers and file descriptors."""
        try:
            numbers, descriptors, _, _ = socket.recv_fds(
                channel, 8 * _SOCKETS_PER_MESSAGE, _SOCKETS_PER_MESSAGE
            )
        except (BlockingIOError, ConnectionResetError):
            # Some systems say the second when the giver is gone.
            return []
        return list(zip(struct.unpack(f"={len(numbers) // 8}Q", numbers), descriptors, strict=False))


class Heartbeat:
    """A number in shared memory: when the child's main loop last came round."""

    def __init__(self, context: SpawnContext) -> None:
        self._last = context.Value("d", time.monotonic(), lock=False)

    def beat(self) -> None:
        """Say: the main loop is here."""
        self._last.value = time.monotonic()

    def age(self) -> float:
        """Tell how long ago the last beat was, in seconds. The monotonic clock is the whole system's."""
        last: float = self._last.value
        return time.monotonic() - last


class Ready(msgspec.Struct, tag=True, frozen=True):
    """News of a child: it works. The broadcaster tells where the log stands.

    ``unread`` is the place before which it has read nothing: the first seq of a segment, and a byte in it.
    """

    log: str = ""
    seq: int = 0
    last_conn: int = 0
    torn: str = ""
    unread: tuple[int, int] | None = None


class Failed(msgspec.Struct, tag=True, frozen=True):
    """News of a child: it can't work, and starting it again would not help."""

    text: str


class Told(msgspec.Struct, tag=True, frozen=True):
    """The broadcaster's answer to an order of the console: lines for the operator."""

    lines: list[str]


class Go(msgspec.Struct, tag=True, frozen=True):
    """Order to the acceptor: accept; the first connection gets this number."""

    first_conn: int


class Stop(msgspec.Struct, tag=True, frozen=True):
    """Order to a child: finish what is there and end."""


class ListMembers(msgspec.Struct, tag=True, frozen=True):
    """Order of the console: tell who is there."""


class Govern(msgspec.Struct, tag=True, frozen=True):
    """Order of the console: carry out commands of the operator, written as an item of the Queue."""

    item: bytes


class FollowLog(msgspec.Struct, tag=True, frozen=True):
    """Order to a child: open the operational log's file anew, if it was renamed."""


class Reload(msgspec.Struct, tag=True, frozen=True):
    """Order to the TLS process: read the certificates anew."""


News = Ready | Failed | Told
Order = Go | Stop | ListMembers | Govern | FollowLog | Reload

_encode = msgspec.msgpack.Encoder().encode
_decode_news: Callable[[bytes], News] = msgspec.msgpack.Decoder(News).decode
_decode_order: Callable[[bytes], Order] = msgspec.msgpack.Decoder(Order).decode


def send(pipe: Connection[Any, Any], message: News | Order) -> None:
    """Send news or an order; nothing happens if the other side is gone."""
    try:
        pipe.send_bytes(_encode(message))
    except (BrokenPipeError, ConnectionResetError):
        # The other side's end is noticed, and acted on, where its end of file is read.
        return


def receive_news(pipe: Connection[Any, Any]) -> News:
    """Receive news of a child.

    Raises:
        EOFError: it is gone.
    """
    return _decode_news(_receive(pipe))


def receive_order(pipe: Connection[Any, Any]) -> Order:
    """Receive an order of the supervisor.

    Raises:
        EOFError: it is gone.
    """
    return _decode_order(_receive(pipe))


def _receive(pipe: Connection[Any, Any]) -> bytes:
    try:
        return pipe.recv_bytes()
    except ConnectionResetError:
        # It went without having read all that it was sent.
        raise EOFError from None


class Channels:
    """All that a pair of children shares.

    Args:
        context: of spawned processes.
    """

    def __init__(self, context: SpawnContext) -> None:
        # The simple kind: whoever puts writes to the pipe at once, where a Queue hands the item to a thread
        # that does; and a pipe that is full makes him wait, so nothing heaps up in memory.
        self.commands: SimpleQueue[bytes] = context.SimpleQueue()
        _widen(self.commands)
        self.hand_over = HandOver()
        self.acceptor, self.acceptor_end = context.Pipe()
        self.broadcaster, self.broadcaster_end = context.Pipe()
        self.acceptor_heart = Heartbeat(context)
        self.broadcaster_heart = Heartbeat(context)

    def children_have_theirs(self) -> None:
        """Close the children's ends here, so that all others see the death of one as an end of file."""
        self.commands.close()
        self.acceptor_end.close()
        self.broadcaster_end.close()
        self.hand_over.giving.close()
        self.hand_over.taking.close()

    def close(self) -> None:
        """Let go of everything."""
        self.acceptor.close()
        self.broadcaster.close()
        self.commands.close()


def ends_of(queue: SimpleQueue[bytes]) -> tuple[Connection[Any, Any], Connection[Any, Any]]:
    """Return the reading and the writing end of a Queue's pipe.

    A `SimpleQueue` keeps them to itself; but its pipe is to be larger, to be waited for together with
    sockets, and to be closed at one end only. This is the one place that knows where the ends are.
    """
    return queue._reader, queue._writer  # type: ignore[attr-defined]


def _widen(queue: SimpleQueue[bytes]) -> None:
    """Let a Queue hold several batches, so that neither side waits for the other at each of them."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        # It may be more than this user is allowed.
        with suppress(OSError):
            fcntl.fcntl(ends_of(queue)[1].fileno(), fcntl.F_SETPIPE_SZ, QUEUE_BYTES)


def spawn_context() -> SpawnContext:
    """Give the way in which the server's processes are started: fresh, never forked from threads."""
    return multiprocessing.get_context("spawn")
