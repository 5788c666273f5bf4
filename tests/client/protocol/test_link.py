"""The link: it connects, stays connected, comes back, and knows when to give up."""

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
from chatsimples.client.protocol.link import Connected, Connecting, Link, Timing, Waiting, retry_delay
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
    """A link with its core, and everything that was told of them."""

    def __init__(self, port: int, nick: str = "ana", **options: Any) -> None:
        self.core = Core(nick)
        self.told: list[events.Event] = []
        self.states: list[object] = []
        self.link = Link(
            self.core, "127.0.0.1", port, self._hear, str, changed=self._state, **{"timing": QUICK, **options}
        )
        self.task = asyncio.create_task(self.link.run())

    def _hear(self, event: events.Event) -> None:
        self.told.append(event)

    def _state(self) -> None:
        self.states.append(self.link.state)

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
            each.record.text for each in self.told if isinstance(each, events.Happened) and each.record.text
        ]


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
    talks = set()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())
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


def test_it_connects_says_and_hears(server: Server, clients: Clients) -> None:
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


def test_it_comes_back_after_a_restart_and_says_what_waited(start_server: StartServer) -> None:
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


def test_whoever_is_sent_away_does_not_come_back(server: Server) -> None:
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
        side.core.call_me("eva")
        side.link.wake()
        await side.until(lambda: side.connected)
        await side.link.leave()

    run(test())


def test_without_a_nick_it_waits_for_one(server: Server) -> None:
    async def test() -> None:
        side = Side(server.port, nick="")
        await asyncio.sleep(0)
        assert [] == side.states
        side.core.call_me("ana")
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


def test_a_first_attempt_in_vain_is_the_end() -> None:
    async def test(port: int) -> None:
        assert f"can't connect to 127.0.0.1:{port}: Connection refused" == await Side(port).failed()

    with unused_port() as port:
        run(test(port))


def test_who_is_patient_goes_on_trying_and_can_leave_at_once() -> None:
    async def test(port: int) -> None:
        side = Side(port, patient=True)
        await side.until(lambda: isinstance(side.link.state, Waiting) and side.link.state.attempts >= 3)
        await side.link.leave()
        assert side.task.done()
        assert not side.link.was_connected

    with unused_port() as port:
        run(test(port))


def test_who_wants_it_once_does_not_try_again(start_server: StartServer) -> None:
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
def test_a_host_that_is_none_is_told_clearly(host: str) -> None:
    async def test() -> None:
        link = Link(Core("ana"), host, 5000, lambda _: None, str, timing=QUICK)
        with pytest.raises(LinkError, match=f"{host}:5000"):
            await link.run()

    run(test())


def test_an_ipv6_address_is_written_with_brackets() -> None:
    async def test() -> None:
        assert "[::1]:5000" == Link(Core("ana"), "::1", 5000, lambda _: None, str).address

    run(test())


def test_attempts_come_quickly_first_and_then_more_and_more_slowly() -> None:
    timing = Timing()
    soon, late = ([retry_delay(timing, n, chance) for n in range(12)] for chance in (0.0, 1.0))
    assert [0.05, 0.1] == [soon[0], late[0]]
    assert sorted(late) == late
    assert [5.0, 10.0] == [soon[-1], late[-1]]
    assert 10.0 == retry_delay(timing, 10_000, 1.0)


# With something else there.


def test_another_kind_of_server_is_told_clearly() -> None:
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


def test_a_connection_that_gives_no_sign_of_life_is_asked_for_one_and_then_dropped() -> None:
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


def test_who_can_not_take_in_more_still_gives_signs_of_life() -> None:
    signs = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(WELCOME)
        while line := await reader.readline():
            signs.append(line)

    async def test() -> None:
        free = asyncio.Event()
        async with stand_in(talk) as port:
            side = Side(port, ready=free.wait)
            await side.until(lambda: len(signs) >= 8)
            # No questions, as nobody would read the answers; and no lost connection, in more than ``dead``.
            assert {b'{"type":"pong"}\n'} == set(signs)
            assert [Connecting(), Connected()] == side.states
            free.set()
            await side.link.leave()

    run(test())


def test_a_goodbye_that_nobody_answers_does_not_keep_anyone() -> None:
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


def test_leaving_before_it_began_is_nothing() -> None:
    async def test() -> None:
        await Link(Core("ana"), "127.0.0.1", 1, lambda _: None, str).leave()

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
