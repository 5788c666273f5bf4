"""A link connects, stays connected, reconnects, and gives up when that would not help."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from support.clients import Clients
from support.server import Server
from support.waiting import DEADLINE

from chatsimples.client.protocol import events
from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.link import Connected, Connecting, Link, Waiting
from chatsimples.client.protocol.timing import Timing
from chatsimples.errors import LinkError

QUICK = Timing(
    connect=0.3,
    first_retry=0.02,
    longest_retry=0.05,
    quiet=0.2,
    unanswered=0.2,
    dead=0.2,
    leave=0.3,
    look=0.02,
)

StartServer = Callable[..., Server]


class Side:
    """A link with its core, and everything that its listener was told.

    Args:
        port: of the server.
        nick: of the core.
        free: is set while more can be received; None: always.
        options: of the link.
    """

    def __init__(
        self, port: int, nick: str = "ana", *, free: asyncio.Event | None = None, **options: Any
    ) -> None:
        self.core = Core(nick)
        self.told: list[events.Event] = []
        self.states: list[object] = []
        self._free = free
        self.link = Link(self.core, "127.0.0.1", port, self, str, **{"timing": QUICK, **options})
        self.task = asyncio.create_task(self.link.run())

    def event_received(self, event: events.Event) -> None:
        self.told.append(event)

    def link_changed(self) -> None:
        self.states.append(self.link.state)

    async def ready(self) -> None:
        if self._free is not None:
            await self._free.wait()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not condition():
                assert not self.task.done(), self.task
                await asyncio.sleep(0.005)

    async def failed(self) -> str:
        """Wait until the link gives up, and return why."""
        async with asyncio.timeout(DEADLINE):
            with pytest.raises(LinkError) as error:
                await self.task
        return str(error.value)

    def say(self, text: str) -> None:
        self.core.say(text, room="geral")
        self.link.wake()

    @property
    def connected(self) -> bool:
        return self.core.registered

    @property
    def texts(self) -> list[str]:
        return [
            each.record.text
            for each in self.told
            if isinstance(each, events.RecordReceived) and each.record.text
        ]


class Nobody:
    """A listener that does nothing."""

    def event_received(self, event: events.Event) -> None:
        pass

    def link_changed(self) -> None:
        pass

    async def ready(self) -> None:
        pass


NOBODY = Nobody()


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


@contextmanager
def unused_port() -> Iterator[int]:
    """Hold a port on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@asynccontextmanager
async def stand_in(talk: Talk) -> AsyncIterator[int]:
    """Run something that is no well-behaved server."""
    talks: set[asyncio.Task[Any]] = set()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for each in talks:
            each.cancel()


WELCOME = b'{"type":"welcome","nick":"ana","log":"L","seq":1,"head":1}\n'


# With a real server.


def test_it_connects_sends_and_receives(server: Server, clients: Clients) -> None:
    bia = clients.json(server, "bia")

    async def test() -> None:
        side = Side(server.port)
        side.say("antes")
        await side.until(lambda: side.texts == ["antes"])
        bia.ask("message", room="geral", text="olá", id="1")
        await side.until(lambda: side.texts == ["antes", "olá"])
        assert [Connecting(), Connected()] == side.states
        await side.link.leave()
        assert side.task.done()

    run(test())
    assert "quit" == bia.expect(type="leave", nick="ana")["reason"]


def test_it_reconnects_after_a_restart_and_sends_what_waited(start_server: StartServer) -> None:
    server = start_server()

    def start_again() -> None:
        start_server(logs=server.logs, port=server.port)

    async def test() -> None:
        side = Side(server.port)
        await side.until(lambda: side.connected)
        await asyncio.to_thread(server.kill)
        await side.until(lambda: isinstance(side.link.state, Waiting))
        side.say("um")
        side.say("dois")
        await side.until(lambda: any(isinstance(each, Waiting) and each.attempts for each in side.states))
        await asyncio.to_thread(start_again)
        await side.until(lambda: side.texts == ["um", "dois"])
        await side.link.leave()

    run(test())
    assert ["um", "dois"] == [entry.said["text"] for entry in server.transcript.having(type="message")]


def test_a_kicked_client_does_not_reconnect(server: Server) -> None:
    async def test() -> None:
        side = Side(server.port, patient=True)
        await side.until(lambda: side.connected)
        server.type("/kick ana")
        assert "you were removed from the chat" == await side.failed()

    run(test())


def test_a_nick_that_is_taken_is_asked_for_again(server: Server, clients: Clients) -> None:
    clients.json(server, "ana")

    async def test() -> None:
        side = Side(server.port)
        await side.until(lambda: side.core.nick_wanted)
        assert ["nick_in_use"] == [each.code for each in side.told if isinstance(each, events.NickRefused)]
        side.core.set_nick("eva")
        side.link.wake()
        await side.until(lambda: side.connected)
        await side.link.leave()

    run(test())


def test_without_a_nick_it_waits_for_one(server: Server) -> None:
    async def test() -> None:
        side = Side(server.port, nick="")
        await asyncio.sleep(0)
        assert [] == side.states
        side.core.set_nick("ana")
        side.link.wake()
        await side.until(lambda: side.connected)
        await side.link.leave()

    run(test())


def test_leaving_without_a_nick_is_possible(server: Server) -> None:
    async def test() -> None:
        side = Side(server.port, nick="")
        await asyncio.sleep(0)
        await side.link.leave()
        assert side.task.done()

    run(test())


# With nobody there.


def test_a_first_attempt_in_vain_is_an_error() -> None:
    async def test(port: int) -> None:
        assert f"can't connect to 127.0.0.1:{port}: Connection refused" == await Side(port).failed()

    with unused_port() as port:
        run(test(port))


def test_a_patient_link_goes_on_trying_and_can_leave_at_once() -> None:
    async def test(port: int) -> None:
        side = Side(port, patient=True)
        await side.until(lambda: isinstance(side.link.state, Waiting) and side.link.state.attempts >= 3)
        await side.link.leave()
        assert side.task.done()
        assert not side.link.was_connected

    with unused_port() as port:
        run(test(port))


def test_a_link_for_once_does_not_try_again(start_server: StartServer) -> None:
    server = start_server()

    async def test() -> None:
        side = Side(server.port, patient=True, once=True)
        await side.until(lambda: side.connected)
        await asyncio.to_thread(server.kill)
        assert "the connection was lost" in await side.failed()

    run(test())
    with unused_port() as port:

        async def nobody() -> None:
            await Side(port, patient=True, once=True).failed()

        run(nobody())


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid", "a..b"])
def test_an_unknown_host_is_a_clear_error(host: str) -> None:
    async def test() -> None:
        link = Link(Core("ana"), host, 5000, NOBODY, str, timing=QUICK)
        with pytest.raises(LinkError, match=f"{host}:5000"):
            await link.run()

    run(test())


def test_an_ipv6_address_is_written_with_brackets() -> None:
    async def test() -> None:
        assert "[::1]:5000" == Link(Core("ana"), "::1", 5000, NOBODY, str).address

    run(test())


# With something else there.


def test_another_kind_of_server_is_a_clear_error() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-\x1b[2J\r\n")
        await reader.read()

    async def test() -> None:
        async with stand_in(talk) as port:
            reason = await Side(port, patient=True).failed()
        assert reason.startswith(f"127.0.0.1:{port} is no ChatSimples server: ")
        assert reason.isprintable()

    run(test())


def test_a_server_that_says_nothing_does_not_answer() -> None:
    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async def test() -> None:
        async with stand_in(talk) as port:
            assert f"127.0.0.1:{port} does not answer" == await Side(port).failed()

    run(test())


def test_a_known_server_that_says_something_else_is_tried_again() -> None:
    connections = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        writer.write(WELCOME)
        if len(connections) == 1:
            writer.write(b"out of order\n")
        await reader.read()

    async def test() -> None:
        async with stand_in(talk) as port:
            side = Side(port)
            await side.until(lambda: len(connections) == 2 and side.connected)
            (waiting,) = [each for each in side.states if isinstance(each, Waiting)]
            assert "is no ChatSimples server" in waiting.reason
            await side.link.leave()

    run(test())


def test_a_silent_connection_is_asked_for_a_sign_of_life_and_dropped() -> None:
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await reader.readline()
        writer.write(WELCOME)
        heard.append(await reader.readline())
        assert b"hello" in hello
        await reader.read()

    async def test() -> None:
        async with stand_in(talk) as port:
            side = Side(port)
            await side.until(lambda: any(isinstance(each, Waiting) for each in side.states))
            assert [b'{"type":"ping"}\n'] == heard[:1]
            (waiting, *_) = [each for each in side.states if isinstance(each, Waiting)]
            assert "the connection gave no sign of life" == waiting.reason
            await side.link.leave()

    run(test())


def test_after_a_sleep_the_connection_is_tried_at_once() -> None:
    heard: list[bytes] = []
    asleep = [0.0]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(WELCOME)
        heard.append(await reader.readline())
        await reader.read()

    async def test() -> None:
        async with stand_in(talk) as port:
            # Nothing else would ask for a sign of life: these waits are longer than any test.
            timing = Timing(first_retry=0.02, look=0.02, awake=0.1)
            side = Side(port, timing=timing, wall=lambda: time.monotonic() + asleep[0])
            await side.until(lambda: side.connected)
            asleep[0] = 3_600.0
            await side.until(lambda: any(isinstance(each, Waiting) for each in side.states))
            assert [b'{"type":"ping"}\n'] == heard[:1]
            await side.link.leave()

    run(test())


def test_a_sign_of_life_keeps_the_connection() -> None:
    pings = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(WELCOME)
        while await reader.readline():
            pings.append(1)
            writer.write(b'{"type":"pong"}\n')

    async def test() -> None:
        async with stand_in(talk) as port:
            side = Side(port)
            await side.until(lambda: len(pings) >= 3)
            assert [Connecting(), Connected()] == side.states
            await side.link.leave()

    run(test())


def test_a_client_that_reads_no_further_still_gives_signs_of_life() -> None:
    signs = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(WELCOME)
        while line := await reader.readline():
            signs.append(line)

    async def test() -> None:
        free = asyncio.Event()
        async with stand_in(talk) as port:
            side = Side(port, free=free)
            await side.until(lambda: len(signs) >= 8)
            # No questions, as nobody would read the answers; and no lost connection, in more than ``dead``.
            assert {b'{"type":"pong"}\n'} == set(signs)
            assert [Connecting(), Connected()] == side.states
            free.set()
            await side.link.leave()

    run(test())


def test_leaving_does_not_wait_for_a_goodbye_that_never_comes() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(WELCOME)
        await reader.read()
        await asyncio.Event().wait()

    async def test() -> None:
        async with stand_in(talk) as port:
            side = Side(port, timing=Timing(leave=0.1))
            await side.until(lambda: side.connected)
            async with asyncio.timeout(DEADLINE):
                await side.link.leave()
            assert side.task.done()

    run(test())


def test_leaving_before_it_began_does_nothing() -> None:
    async def test() -> None:
        await Link(Core("ana"), "127.0.0.1", 1, NOBODY, str).leave()

    run(test())


def test_a_connection_that_is_broken_off_is_made_again() -> None:
    connections = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        await reader.readline()
        writer.write(WELCOME)
        await writer.drain()
        if len(connections) == 1:
            await reader.readline()
            # With a time to linger of 0, closing resets the connection.
            broken = writer.get_extra_info("socket")
            broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        await reader.read()

    async def test() -> None:
        async with stand_in(talk) as port:
            side = Side(port)
            side.say("oi")
            await side.until(lambda: len(connections) == 2 and side.connected)
            (waiting,) = [each for each in side.states if isinstance(each, Waiting)]
            assert "the connection was lost: Connection reset by peer" == waiting.reason
            await side.link.leave()

    run(test())
