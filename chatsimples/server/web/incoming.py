"""The requests of one connection, read one after the other, each bounded in size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import h11

from chatsimples.errors import HeadError
from chatsimples.web.head import LONGEST_HEAD, Head, head_length, parse_head

_READ_BYTES = 65_536


class Patience(NamedTuple):
    """How long a client is waited for, in seconds.

    Attributes:
        head: for the rest of a head, once a byte of it is there.
        body: for the whole body.
        idle: for the next request.
        write: for some of what is sent to be taken.
        farewell: for the client to close a connection that was ended.
    """

    head: float = 10.0
    body: float = 30.0
    idle: float = 60.0
    write: float = 30.0
    farewell: float = 2.0


class BodyTooLargeError(Exception):
    """A body is larger than it may be."""


class Incoming:
    """Reads requests.

    Args:
        reader: of the connection.
        first: what was read of it already.
        patience: how long is waited.
    """

    def __init__(self, reader: asyncio.StreamReader, first: bytes, patience: Patience) -> None:
        self._reader = reader
        self._waiting = first
        self._patience = patience
        self._is_first = True

    async def head(self) -> tuple[Head, h11.Connection] | None:
        """Return the next request's head, and its connection as h11 sees it; None if there is no request.

        Each request has a connection of its own: so no byte of it comes to h11 before its head was looked at.

        Raises:
            HeadError: the head can't be taken; what follows it is not to be read.
            TimeoutError: the client was waited for long enough.
        """
        data = self._waiting
        # An empty line or two may stand before a request (RFC 9112, section 2.2).
        while not data.lstrip(b"\r\n"):
            if len(data) > LONGEST_HEAD:
                raise HeadError(400, "there is no request line")
            async with asyncio.timeout(self._patience.head if self._is_first else self._patience.idle):
                more = await self._reader.read(_READ_BYTES)
            if not more:
                return None
            data += more
        self._is_first = False
        data = data.lstrip(b"\r\n")
        async with asyncio.timeout(self._patience.head):
            while not (length := head_length(data)):
                more = await self._reader.read(_READ_BYTES)
                if not more:
                    raise HeadError(400, "the head is not complete")
                data += more
        head = parse_head(data[:length])
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
        connection.receive_data(data[:length])
        connection.next_event()
        # Of a request without a body, this is the next one, whether or not `body` is called.
        self._waiting = data[length:]
        return head, connection

    async def body(self, connection: h11.Connection, most: int, go_ahead: Callable[[bytes], None]) -> bytes:
        """Return the request's body.

        Args:
            connection: as `head` gave it.
            most: bytes that it may have.
            go_ahead: sends what tells a client to send the body, if it waits for that.

        Raises:
            BodyTooLargeError: it has more.
            HeadError: it is cut off, or not framed rightly.
            TimeoutError: the client was waited for long enough.
        """
        parts: list[bytes] = []
        size = 0
        async with asyncio.timeout(self._patience.body):
            while True:
                event = _next(connection)
                if event is h11.NEED_DATA:
                    if connection.they_are_waiting_for_100_continue and not self._waiting:
                        sent = connection.send(h11.InformationalResponse(status_code=100, headers=[]))
                        go_ahead(sent or b"")
                    data = self._waiting or await self._reader.read(_READ_BYTES)
                    self._waiting = b""
                    connection.receive_data(data)
                elif isinstance(event, h11.Data):
                    parts.append(bytes(event.data))
                    size += len(event.data)
                    if size > most:
                        raise BodyTooLargeError
                elif isinstance(event, h11.EndOfMessage):
                    self._waiting = connection.trailing_data[0] + self._waiting
                    return b"".join(parts)
                else:
                    raise HeadError(400, "the body is cut off")


def _next(connection: h11.Connection) -> object:
    try:
        return connection.next_event()
    except h11.RemoteProtocolError as error:
        raise HeadError(error.error_status_hint, str(error)) from None


def has_body(head: Head) -> bool:
    """Tell whether a body follows a head."""
    return bool(head.get("transfer-encoding") or head.get("content-length").strip("0"))
