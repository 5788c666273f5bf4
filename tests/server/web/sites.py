"""A site for tests, and a browser's side of a connection to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import msgspec
from support.waiting import DEADLINE

from chatsimples.net.peers import Peer
from chatsimples.server.web.bounds import RequestRates
from chatsimples.server.web.connection import Site, WebConnection
from chatsimples.server.web.incoming import Patience
from chatsimples.server.web.messages import Request, Response
from chatsimples.server.web.refusals import Refusals
from chatsimples.server.web.routes import Route, Router
from chatsimples.web.admittance import Admittance

PEER = Peer.at("198.51.100.7")
LARGE = b"0123456789" * 400_000
SHORT = 0.2
"""Seconds, where a time-out is what is tested: it has to come, however late."""

T = TypeVar("T")


async def echo(request: Request) -> Response:
    """Answer with what was asked."""
    told = f"{request.method} {request.path} {dict(request.query)} ".encode()
    return Response(200, told + request.body, "text/plain")


async def large(_request: Request) -> Response:
    """Answer with more than a socket holds."""
    return Response(200, LARGE, "text/plain")


async def fail(_request: Request) -> Response:
    """Fail."""
    raise RuntimeError("a fault of the program")


async def stream(_request: Request) -> Response:
    """Answer with three parts."""

    async def parts() -> AsyncIterator[bytes]:
        for part in (b"one ", b"two ", b"three"):
            yield part

    return Response(200, parts(), "text/plain")


async def endless(_request: Request) -> Response:
    """Answer without end."""

    async def parts() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            CLOSED.append("endless")

    return Response(200, parts(), "text/plain")


CLOSED: list[str] = []
"""The streams that were closed."""


async def breaks(_request: Request) -> Response:
    """Answer with one part, and fail."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        raise RuntimeError("a fault of the program")

    return Response(200, parts(), "text/plain")


async def unchanged(_request: Request) -> Response:
    """Say that nothing has changed."""
    return Response(304, headers=(("ETag", '"x"'),))


SITE = Site(
    Router(
        [
            Route("GET", "/", echo),
            Route("POST", "/say", echo),
            Route("GET", "/large", large),
            Route("GET", "/fails", fail),
            Route("GET", "/stream", stream),
            Route("GET", "/endless", endless),
            Route("GET", "/breaks", breaks),
            Route("GET", "/unchanged", unchanged),
        ]
    ),
    Refusals(str),
    Admittance((), frozenset),
    RequestRates(),
    1_000,
)


def hasty(**patience: float) -> Site:
    """Return the site with less patience."""
    return msgspec.structs.replace(SITE, patience=Patience(**patience))


class Browser:
    """A client's side of a connection.

    Attributes:
        connection: the server's side.
        serving: what serves it.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        connection: WebConnection,
        serving: asyncio.Task[None],
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.connection = connection
        self.serving = serving

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)

    def get(self, target: str = "/", method: str = "GET", *headers: str) -> None:
        """Send a request without a body."""
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *headers]
        self.send("".join(f"{line}\r\n" for line in [*lines, ""]).encode())

    async def head(self) -> str:
        """Return the next response's head."""
        return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def answer(self) -> tuple[int, bytes]:
        """Return the next response's status and body, of which the length is told."""
        head = (await self.head()).lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        return int(head.split()[1]), await self.reader.readexactly(length)

    async def rest(self) -> bytes:
        """Return all that comes up to the end."""
        return await self.reader.read()


def browse(
    use: Callable[[Browser], Awaitable[T]], site: Site = SITE, first: bytes = b"", peer: Peer = PEER
) -> T:
    """Serve a connection, of which ``first`` was read already, while a client uses it."""

    async def run() -> T:
        ours, theirs = socket.socketpair()
        streams = await asyncio.open_connection(sock=ours, limit=1 << 24)
        connection = WebConnection(*await asyncio.open_connection(sock=theirs), peer, first, site)
        serving = asyncio.create_task(connection.run())
        try:
            async with asyncio.timeout(DEADLINE):
                return await use(Browser(*streams, connection, serving))
        finally:
            serving.cancel()
            streams[1].close()
            await asyncio.wait([serving])

    return asyncio.run(run())


def answers(data: bytes, count: int = 1, site: Site = SITE, peer: Peer = PEER) -> list[tuple[int, bytes]]:
    """Send bytes, and return so many responses."""

    async def use(browser: Browser) -> list[tuple[int, bytes]]:
        browser.send(data)
        return [await browser.answer() for _ in range(count)]

    return browse(use, site, peer=peer)
