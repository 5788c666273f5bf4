"""Measures how soon many of the project's own clients are live again after the broadcaster was killed.

    python tests/faults/herd.py --clients 1000 --kills 5

Each is a `Link` with its `Core`, as the terminal client has them, and is live again when the records of its
own arrival have come: before them stands all that it missed. A thousand of them on the server's own machine
take more of it than the server does; of a thousand people each brings a machine. So ``--ours 100`` makes the
others of a kind that waits and resumes likewise, but only looks for its hello in what it receives.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import secrets
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import psutil
from support.clients import JsonClient, command
from support.server import Server
from support.waiting import DEADLINE

from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.events import Event, RecordReceived, Welcomed
from chatsimples.client.protocol.link import Connecting, Link
from chatsimples.client.protocol.timing import DEFAULT_TIMING, retry_delay
from chatsimples.i18n import Translate, translator

_HELLO = b'"type":"hello"'

Back = list[tuple[float, float, int]]
"""Of each client: when it was welcomed and when it was live, in seconds after the kill; its attempts."""


class Member:
    """One client, which notes when it came back."""

    def __init__(self, nick: str, room: str, port: int, translate: Translate) -> None:
        self._head = 0
        self.welcomed_at = self.live_at = 0.0
        self.lives = self.attempts = 0
        self.core = Core(nick, [room])
        self.link = Link(self.core, "127.0.0.1", port, self, translate, patient=True)

    async def run(self) -> None:
        """Stay connected."""
        await self.link.run()

    def link_changed(self) -> None:
        """Count the attempts."""
        self.attempts += isinstance(self.link.state, Connecting)

    async def ready(self) -> None:
        """Receive more at once."""

    def event_received(self, event: Event) -> None:
        """Look for the welcome and for the own join after it."""
        match event:
            case Welcomed(welcome=welcome):
                self.welcomed_at = time.monotonic()
                self._head = welcome.head
            case RecordReceived(own=True, record=record) if record.type == "join" and record.seq > self._head:
                self.live_at = time.monotonic()
                self.lives += 1


class Lean(asyncio.Protocol):
    """A client that comes back as a `Link` does, and understands no more of what it receives than it must."""

    def __init__(self, nick: str, room: str, port: int) -> None:
        self.welcomed_at = self.live_at = 0.0
        self.lives = self.attempts = 0
        self._port = port
        self._session = secrets.token_hex(16)
        self._hello: dict[str, object] = {"nick": nick, "rooms": [room], "session": self._session}
        self._received = bytearray()

    async def run(self) -> None:
        """Stay connected."""
        while True:
            self.attempts += 1
            self._lost = asyncio.Event()
            with suppress(OSError):
                await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._port)
                await self._lost.wait()
            await asyncio.sleep(retry_delay(DEFAULT_TIMING, 0, random.random()))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say hello, and from where to go on."""
        self._received.clear()
        self._live = False
        assert isinstance(transport, asyncio.Transport)
        transport.write(command("hello", **self._hello))

    def data_received(self, data: bytes) -> None:
        """Look for the welcome and, once, for its hello: a record that is for its own connection alone."""
        if not self._received:
            self.welcomed_at = time.monotonic()
        before = max(0, len(self._received) - len(_HELLO))
        self._received += data
        if not self._live and self._received.find(_HELLO, before) >= 0:
            self._live = True
            self.live_at = time.monotonic()
            self.lives += 1

    def connection_lost(self, error: Exception | None) -> None:
        """Note the position of the last whole line."""
        lines = bytes(self._received).splitlines(keepends=True)
        for line in reversed(lines):
            if line.endswith(b"\n") and line.startswith((b'{"seq":', b'{"type":"welcome"')):
                said = json.loads(line)
                log = said.get("log") or json.loads(lines[0])["log"]
                self._hello["since"] = {"log": log, "seq": said["seq"]}
                break
        self._lost.set()


async def _belong(port: int, people: list[tuple[str, str]], ours: int, orders: Connection) -> None:
    translate = translator("en")
    members: list[Member | Lean] = [Member(nick, room, port, translate) for nick, room in people[:ours]]
    members += [Lean(nick, room, port) for nick, room in people[ours:]]
    tasks = []
    for number, member in enumerate(members):
        tasks.append(asyncio.create_task(member.run()))
        if number % 20 == 19:
            await asyncio.sleep(0.01)
    lives = 0
    while True:
        lives += 1
        while any(member.lives < lives for member in members):
            await asyncio.sleep(0.02)
        orders.send([(member.welcomed_at, member.live_at, member.attempts) for member in members])
        for member in members:
            member.attempts = 0
        while not orders.poll():
            await asyncio.sleep(0.05)
        if orders.recv() == "end":
            break
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def belong(port: int, people: list[tuple[str, str]], ours: int, orders: Connection) -> None:
    """Be a process of clients: tell when all are live, again after each order, until ``end``."""
    asyncio.run(_belong(port, people, ours, orders))


def measure(
    folder: Path, *, clients: int, rooms: int, kills: int, processes: int, ours_each: int
) -> list[tuple[Back, float]]:
    """Let so many clients in, kill the broadcaster so many times, and tell when each came back.

    Beside that, the processor seconds of the server's new processes, from their start until all were live.
    """
    server = Server(folder, "--message-rate", "0").start()
    context = multiprocessing.get_context("spawn")
    groups = []
    try:
        for number in range(processes):
            ours, theirs = context.Pipe()
            people = [(f"n{each}", f"sala{each % rooms}") for each in range(number, clients, processes)]
            process = context.Process(
                target=belong, args=(server.port, people, ours_each, theirs), daemon=True
            )
            process.start()
            groups.append((process, ours))
        talker = JsonClient(server.port)
        talker.hello("fala", rooms=["sala0"])
        for _, ours in groups:
            ours.recv()
        talker.close()
        results = []
        for number in range(kills):
            talker = JsonClient(server.port)
            talker.hello(f"fala{number}", rooms=["sala0"])
            for text in range(20):
                talker.say(f"frase {text}", id=f"{text}", room="sala0")
            time.sleep(6)  # A link whose connection has lasted counts its attempts anew.
            victim = server.child("broadcaster")
            for _, ours in groups:
                ours.send("again")
            begin = time.monotonic()
            victim.kill()
            back = [each for _, ours in groups for each in ours.recv()]
            times = [
                psutil.Process(server.child(name).pid).cpu_times() for name in ("acceptor", "broadcaster")
            ]
            spent = sum(each.user + each.system for each in times)
            results.append(
                ([(welcomed - begin, live - begin, tries) for welcomed, live, tries in back], spent)
            )
            talker.close()
        for process, ours in groups:
            ours.send("end")
            process.join(DEADLINE)
    finally:
        server.close()
    return results


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--rooms", type=int, default=1)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--ours", type=int, help="how many use the project's client (default: all)")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = measure(
            Path(folder),
            clients=options.clients,
            rooms=options.rooms,
            kills=options.kills,
            processes=options.processes,
            ours_each=(options.clients if options.ours is None else options.ours) // options.processes,
        )
    rows = [
        "kill  first welcome  last welcome  median live  last live  attempts each  (seconds after the kill)"
    ]
    for number, (back, spent) in enumerate(results, 1):
        welcomed, live, tries = zip(*back, strict=True)
        rows.append(
            f"{number:>4}  {min(welcomed):>13.2f}  {max(welcomed):>12.2f}  {statistics.median(live):>11.2f}"
            f"  {max(live):>9.2f}  {statistics.mean(tries):>13.2f}  {spent:>12.2f}"
        )
    sys.stdout.write("\n".join([*rows, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
