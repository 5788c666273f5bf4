"""A chat server that does one thing wrong on purpose, so that the load test can be seen to notice.

It speaks as much of both dialects as the load test does: a nick, a room, an answer to an unknown command or
a ping, and texts said to all in a room.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from support.waiting import DEADLINE

_TEXT = re.compile(rb"([0-9a-y][0-9a-z])[0-9]{14}x*")
_AT = 40
"""With which of the texts the fault begins; enough come before and after."""

_LATE = 0.7

FAULTS = (
    "lose for one", "lose for all", "lose the last for one", "lose the last for all",
    "double for one", "double for all", "swap for one", "swap for all",
    "flip a number for one", "flip a filler for one", "flip a filler for all",
    "foreign line for one", "cut in a line", "cut between lines", "starve one", "starve all",
    "deaf", "repeat for ever", "cut short for all", "tell every room",
)  # fmt: skip
"""What is seen in what was delivered."""

REFUSALS = (
    "mute",
    "errors",
    "close on connect",
    "swallow everything",
    "forget the last mark",
    "reset senders",
)
"""With these no load test gets anywhere."""

HARMLESS = ("", "late", "in little pieces", "noise", "pings")
"""Nothing is wrong with what is delivered."""


class Client:
    """A client, as the server knows it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.nick = ""
        self.room = "geral"
        self.json = False
        self.starved = False
        self.answered = False
        self.held: bytes = b""

    @property
    def is_reader(self) -> bool:
        return self.nick.startswith("r")

    def send(self, data: bytes) -> None:
        if not self.starved and not self.writer.is_closing():
            self.writer.write(data)


class FaultyServer:
    """The server; see `faulty` for how it is run."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.port = 0
        self.texts = 0
        self.clients: list[Client] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._seq = 0
        self._deaf = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, started: threading.Event, stop: asyncio.Event) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, backlog=1_000)
        self.port = server.sockets[0].getsockname()[1]
        self._loop = asyncio.get_running_loop()
        started.set()
        await stop.wait()
        server.close()
        for client in self.clients:
            client.writer.transport.abort()
        for task in self._tasks:
            task.cancel()

    def tell(self, client: Client, data: bytes) -> None:
        """Let a client receive something, from another thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(client.writer.write, data)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault == "close on connect":
            writer.close()
            return
        client = Client(reader, writer)
        self.clients.append(client)
        with suppress(ConnectionError, asyncio.CancelledError, ValueError):
            while line := await reader.readline():
                self._take(client, line)
                while self._deaf:
                    await asyncio.sleep(0.01)
        writer.close()

    def _take(self, client: Client, line: bytes) -> None:
        if self.fault == "mute":
            return
        if self.fault == "errors":
            client.send(b"! no\n")
        elif line.startswith(b"{"):
            self._take_json(client, json.loads(line))
        elif line.startswith(b"/apelido "):
            client.nick = line.split()[1].decode()
        elif line.startswith(b"/entrar "):
            client.room = line.split()[1].decode()
        elif line.startswith(b"/"):
            client.send(b"! there is no " + line)
            client.answered = True
        else:
            self._said(client, line.rstrip(b"\n"))

    def _take_json(self, client: Client, said: dict[str, object]) -> None:
        client.json = True
        match said["type"]:
            case "hello":
                client.nick, [client.room] = str(said["nick"]), list(said["rooms"])  # type: ignore[call-overload]
                client.send(b'{"type":"welcome"}\n')
            case "ping":
                client.send(b'{"type":"pong"}\n')
                client.answered = True
            case "message":
                self._said(client, str(said["text"]).encode())

    def _said(self, sender: Client, text: bytes) -> None:
        if self.fault == "swallow everything":
            return
        if self.fault == "forget the last mark" and text.startswith(b"zz00002"):
            return
        self._seq += 1
        is_text = _TEXT.fullmatch(text) is not None
        self.texts += is_text
        if is_text and self.fault == "reset senders" and self.texts == _AT:
            sender.writer.transport.abort()
        everywhere = is_text and self.fault == "tell every room"
        present = [each for each in self.clients if everywhere or each.room == sender.room]
        chosen = next((each for each in present if each.is_reader), None)
        for client in present:
            unit = self._unit(client, sender.nick, text)
            if not is_text:
                client.send(unit)
            elif client is chosen or (client.is_reader and self.fault.endswith(" all")):
                self._deliver_wrongly(client, unit, last=self._is_last(text))
            else:
                self._deliver(client, unit)
        self._deaf = self._deaf or (is_text and self.fault == "deaf" and self.texts >= _AT)

    def _unit(self, client: Client, nick: str, text: bytes) -> bytes:
        if not client.json:
            return nick.encode() + b": " + text + b"\n"
        record = {"seq": self._seq, "at": "2026-01-01T00:00:00Z", "type": "message", "room": client.room}
        said = json.dumps({**record, "nick": nick, "text": text.decode()}, separators=(",", ":"))
        return said.encode() + b"\n"

    last_number = b""
    """The number of the text that counts as the last."""

    def _is_last(self, text: bytes) -> bool:
        return text[2:7] == self.last_number

    def _deliver(self, client: Client, unit: bytes) -> None:
        match self.fault:
            case "late":
                self._later(client, unit)
            case "in little pieces":
                for begin in range(0, len(unit), 7):
                    client.send(unit[begin : begin + 7])
            case "noise" if client.json:
                said = '{"seq":1,"at":"x","type":"leave","room":"geral","nick":"somebody"}\n'
                client.send(said.encode() + unit)
            case "noise":
                client.send(b"* somebody came\n" + unit)
            case "pings" if client.is_reader and self.texts % 7 == hash(client.nick) % 7:
                client.send(b'{"type":"ping"}\n' + unit)
            case _:
                client.send(unit)

    def _later(self, client: Client, unit: bytes) -> None:
        asyncio.get_running_loop().call_later(_LATE, client.send, unit)

    def _deliver_wrongly(  # noqa: C901, PLR0912 - one case for each fault reads best
        self, client: Client, unit: bytes, *, last: bool
    ) -> None:
        kind = self.fault.removesuffix(" for one").removesuffix(" for all")
        now = self.texts == _AT
        match kind:
            case "lose" if now:
                return
            case "lose the last" if last:
                return
            case "double" if now:
                client.send(unit + unit)
            case "swap" if now:
                client.held = unit
            case "swap" if client.held:
                client.send(unit + client.held)
                client.held = b""
            case "flip a number" if now:
                found = re.search(rb"[0-9]{14}x", unit)
                assert found
                at = found.start() + 4
                client.send(unit[:at] + (b"0" if unit[at:][:1] != b"0" else b"5") + unit[at + 1 :])
            case "flip a filler" if now:
                client.send(unit.replace(b"xx", b"xy", 1))
            case "cut short":
                client.send(unit.replace(b"xx", b"", 1))
            case "foreign line" if now:
                client.send(b"what is this?\n" + unit)
            case "cut in a line" if now:
                client.send(unit[: len(unit) // 2])
                client.writer.close()
            case "cut between lines" if now:
                client.send(unit)
                client.writer.close()
            case "starve one" | "starve all" if now:
                client.starved = True
            case "repeat for ever" if now:
                self._tasks.add(asyncio.get_running_loop().create_task(self._repeat(client, unit)))
            case _:
                self._deliver(client, unit)

    async def _repeat(self, client: Client, unit: bytes) -> None:
        while not client.writer.is_closing():
            client.send(unit)
            await asyncio.sleep(0.005)


@contextmanager
def faulty(fault: str, *, last_number: int = -1) -> Iterator[FaultyServer]:
    """Run a server with a fault in a thread.

    Args:
        fault: one of `FAULTS`, `REFUSALS` or `HARMLESS`.
        last_number: of the text that is lost as the last.
    """
    server = FaultyServer(fault)
    server.last_number = b"%05d" % last_number if last_number >= 0 else b"none"
    started = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def run() -> None:
        loop.run_until_complete(server.serve(started, stop))
        loop.run_until_complete(_end_all(loop))

    thread = threading.Thread(target=run, name=f"faulty: {fault}", daemon=True)
    thread.start()
    assert started.wait(DEADLINE)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(DEADLINE)
        assert not thread.is_alive()
        loop.close()


async def _end_all(loop: asyncio.AbstractEventLoop) -> None:
    tasks = [task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task(loop)]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
