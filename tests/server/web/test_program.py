"""The web process: what it takes, answers, and does when it is told to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

import pytest
from server.web.sites import SITE
from support.waiting import DEADLINE

from chatsimples.config.server import ServerSettings
from chatsimples.net import open_files, passing
from chatsimples.net.peers import Peer
from chatsimples.server.channels import Heartbeat, Ready, Stop, receive_news, send, spawn_context
from chatsimples.server.tasks import WebTask
from chatsimples.server.web import program
from chatsimples.server.web.api.site import Api
from chatsimples.server.web.chat_link import ChatDoor
from chatsimples.server.web.program import Made, WebServer

T = TypeVar("T")
PEER = Peer.at("198.51.100.7")
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Running:
    """A web server, its supervisor's side, and its clients."""

    def __init__(self, **settings: Any) -> None:
        self._context = spawn_context()
        self.giving, self._taking = passing.channel()
        self.links, self._link_taking = passing.channel()
        self.supervisor: Connection[Any, Any]
        self.supervisor, theirs = self._context.Pipe()
        heart = Heartbeat(self._context)
        task = WebTask(ServerSettings(**settings), self._taking, self.links, theirs, heart, b"secret")
        self.server = WebServer(task)
        self.serving = asyncio.create_task(self.server.run())

    async def client(
        self, data: bytes = b"", peer: Peer = PEER
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Pass a connection on of which this was read; return the client's side."""
        ours, theirs = socket.socketpair()
        with theirs:
            assert passing.give(self.giving, theirs, peer, data)
        return await asyncio.open_connection(sock=ours)


def running(use: Callable[[Running], Awaitable[T]], **settings: Any) -> T:
    async def run() -> T:
        web = Running(**settings)
        async with asyncio.timeout(DEADLINE):
            try:
                return await use(web)
            finally:
                if not web.supervisor.closed:
                    send(web.supervisor, Stop())
                await web.serving

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def _site(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(task: WebTask) -> Made:
        api = Api(ChatDoor(task.giving).connect, task.settings, task.secret, SITE.refusals, str)
        return Made(SITE, api)

    monkeypatch.setattr(program, "make_site", make)


def test_it_says_that_it_serves_and_answers_what_is_passed_on() -> None:
    async def use(web: Running) -> bytes:
        reader, _ = await web.client(GET)
        told = await reader.readuntil(b"GET / {} ")
        assert isinstance(receive_news(web.supervisor), Ready)
        return told

    assert running(use).startswith(b"HTTP/1.1 200")


def test_connections_of_a_network_are_bounded_and_a_place_is_free_again() -> None:
    async def use(web: Running) -> list[bytes]:
        clients = [await web.client(GET) for _ in range(3)]
        told = [await reader.readline() for reader, _ in clients]
        for _, writer in clients:
            writer.close()
        while True:
            reader, writer = await web.client(GET)
            line = await reader.readline()
            writer.close()
            if b"200" in line:
                return [*told, line]

    told = running(use, connections_per_address=2)
    assert [b"200", b"200", b"429", b"200"] == [each.split()[1] for each in told]


def test_who_comes_above_all_bounds_waits_until_somebody_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_files, "open_files_limit", lambda: 0)

    async def use(web: Running) -> tuple[bool, bytes]:
        here = Peer.at("127.0.0.1")
        clients = [await web.client(GET, here) for _ in range(17)]
        for reader, _ in clients[:16]:
            await reader.readuntil(b"GET / {} ")
        last = asyncio.create_task(clients[16][0].readline())
        # Meanwhile another one is served.
        clients[1][1].write(GET)
        await clients[1][0].readuntil(b"GET / {} ")
        waited = not last.done()
        clients[0][1].close()
        return waited, await last

    waited, line = running(use)
    assert waited
    assert line.startswith(b"HTTP/1.1 200")


def test_a_stop_ends_what_has_no_end_and_what_is_idle_at_once() -> None:
    async def use(web: Running) -> list[bytes]:
        idle, _ = await web.client(GET)
        await idle.readuntil(b"GET / {} ")
        endless, _ = await web.client(GET.replace(b"/ ", b"/endless "))
        await endless.readuntil(b"first")
        silent, _ = await web.client(b"GET ")
        send(web.supervisor, Stop())
        await web.serving
        return [await _rest(reader) for reader in (idle, endless, silent)]

    assert [b"", b"\r\n", b""] == running(use)


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


def test_the_supervisors_end_is_its_end() -> None:
    async def use(web: Running) -> None:
        web.supervisor.close()
        await web.serving

    running(use)


def test_a_program_of_which_the_page_is_the_default_has_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    async def use(web: Running) -> list[bytes]:
        told = []
        for target in (b"/", b"/nothing"):
            reader, writer = await web.client(GET.replace(b"/ ", target + b" "))
            told.append(await reader.readline())
            writer.close()
        return told

    assert [b"200", b"404"] == [each.split()[1] for each in running(use)]
