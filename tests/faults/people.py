"""People who load a server while it is made to fail, and note all that they do and see for the checker.

They live in one thread with an event loop of its own; the test that makes the server fail is another.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import secrets
import socket
import struct
import threading
import time
from collections.abc import Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

from faults.checker import Account, Stream, Visit, judge
from support.clients import RECORDS, JsonClient, command
from support.transcript import Transcript
from support.waiting import DEADLINE, eventually

from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.events import AlreadyRecorded, Event, RecordReceived, Refused, Welcomed
from chatsimples.client.protocol.link import Link
from chatsimples.i18n import translator

ROOM = "geral"
ROOMS = [ROOM, "turma", "sala"]
WINDOW = 20
SMALL_BUFFER = 4096

_ENDED = (OSError, EOFError)


class Book:
    """The one copy of each line, so that what a hundred received costs memory once."""

    def __init__(self) -> None:
        self._lines: dict[bytes, bytes] = {}

    def __getitem__(self, line: bytes) -> bytes:
        return self._lines.setdefault(line, line)


class Person:
    """Somebody with an account, who talks until told to stop and stays until the last word came.

    Args:
        crowd: whom to ask what to do.
        nick: nobody else's.
        pause: mean seconds between two texts; 0 to say nothing.
    """

    def __init__(self, crowd: Crowd, nick: str, pause: float) -> None:
        self.crowd = crowd
        self.account = Account(nick)
        self.chance = random.Random(crowd.chance.random())
        self.pause = pause
        self.done = False
        self.connections = 0
        self._count = 0

    @property
    def unanswered(self) -> int:
        """How many of its texts were neither acked nor refused."""
        return len(self.account.sent) - len(self.account.acked | self.account.refused)

    def next_text(self) -> str:
        """Make up a text that says whose it is."""
        self._count += 1
        filler = "é" * self.chance.choice((0, 3, 40, 400))
        return f"{self.account.nick} {self._count} {filler}".rstrip()

    def wish(self) -> str:
        """Choose somebody to tell something in private; mostly nobody."""
        return self.chance.choice(self.crowd.nicks) if self.chance.random() < 0.15 else ""

    def heard(self, line: bytes) -> None:
        """Note a record; the last word is the end."""
        self.account.streams[-1].lines.append(self.crowd.book[line])
        self.done = self.done or self.crowd.last_word in line


class RawPerson(Person):
    """Speaks the protocol as its page says it, with no code of the client's.

    Args:
        crowd, nick, pause: see `Person`.
        appetite: bytes a second that it reads at most, while it is hungry; 0: nothing at all.
        alone: it is in no room, and hears and says private messages only.
    """

    def __init__(
        self, crowd: Crowd, nick: str, pause: float, appetite: float | None = None, *, alone: bool = False
    ) -> None:
        super().__init__(crowd, nick, pause)
        self.appetite = appetite
        self.alone = alone
        self.rooms = set() if alone else {ROOM, self.chance.choice(ROOMS)}
        self._session = secrets.token_hex(16)
        self._position: dict[str, Any] = {}
        self._unanswered: dict[str, bytes] = {}
        self._conn = 0
        self._moving = False

    async def live(self) -> None:
        """Connect, talk and listen, again and again."""
        while not self.done:
            with socket.socket() as sock:
                if self.appetite is not None:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
                sock.setblocking(False)
                with suppress(*_ENDED):
                    await self.crowd.connect(sock)
                    self.connections += 1
                    await self._converse(sock)
            await asyncio.sleep(self.chance.uniform(0.02, 0.1))

    async def _converse(self, sock: socket.socket) -> None:
        self._conn = 0
        self._moving = False
        self._welcomed = asyncio.Event()
        rooms = sorted(self.rooms)
        hello: dict[str, Any] = {"nick": self.account.nick, "rooms": rooms, "session": self._session}
        if self._position:
            hello["since"] = self._position
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(sock, command("hello", **hello))
        talking = asyncio.create_task(self._talk(sock))
        try:
            await self._listen(sock, rooms)
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

    async def _listen(self, sock: socket.socket, rooms: list[str]) -> None:
        begun = b""
        try:
            while not self.done:
                data = await self._bite(sock)
                if not data:
                    return
                *lines, begun = (begun + data).split(b"\n")
                for line in lines:
                    await self._hear(sock, line + b"\n", rooms)
        finally:
            if self.account.streams and self._welcomed.is_set():
                self.account.streams[-1].torn = b"" if self.done else begun

    async def _bite(self, sock: socket.socket) -> bytes:
        loop = asyncio.get_running_loop()
        appetite = self.appetite
        while appetite == 0 and self._welcomed.is_set() and self.crowd.hunger.is_set():
            await asyncio.sleep(0.1)
            if self.chance.random() < 0.02:
                break  # It has to be read once in a while that the connection is lost.
        if appetite and self.crowd.hunger.is_set():
            await asyncio.sleep(0.2)
            return await loop.sock_recv(sock, max(1, int(appetite * 0.2)))
        return await loop.sock_recv(sock, 1 << 16)

    async def _hear(self, sock: socket.socket, line: bytes, rooms: list[str]) -> None:
        said = json.loads(line)
        kind = said["type"]
        if kind in RECORDS:
            self.heard(line)
            self._position["seq"] = said["seq"]
            self._follow(said)
        elif kind == "welcome":
            self.account.streams.append(Stream(rooms, said["resumed"], said["seq"], said["head"]))
            self._position = {"log": said["log"], "seq": said["seq"]}
            self._welcomed.set()
            await asyncio.get_running_loop().sock_sendall(sock, b"".join(self._unanswered.values()))
        elif kind == "ping":
            await asyncio.get_running_loop().sock_sendall(sock, command("pong"))
        elif kind == "duplicate":
            self._answered(said["id"], self.account.acked)
        elif kind == "error" and said.get("id") in self._unanswered:
            self._answered(said["id"], self.account.refused)
        elif kind == "error" and said["code"] not in self.crowd.expected_errors:
            self.crowd.trouble.append(f"{self.account.nick}: {said}")

    def _follow(self, said: dict[str, Any]) -> None:
        if said.get("id") in self._unanswered and said["nick"] == self.account.nick:
            self._answered(said["id"], self.account.acked)
        own = said["nick"] == self.account.nick and said["seq"] > self.account.streams[-1].head
        if own and said["type"] == "join":
            self.rooms.add(said["room"])
            self._moving = False
        elif own and said["type"] == "leave" and said["reason"] == "left":
            self.rooms.discard(said["room"])
            self._moving = False

    def _answered(self, mark: str, how: set[str]) -> None:
        how.add(mark)
        self._unanswered.pop(mark, None)

    async def _talk(self, sock: socket.socket) -> None:
        await self._welcomed.wait()
        while self.pause:
            await asyncio.sleep(self.chance.expovariate(1 / self.pause))
            if self.crowd.talking.is_set() and len(self._unanswered) < WINDOW:
                with suppress(OSError):
                    await asyncio.get_running_loop().sock_sendall(sock, self._something())

    def _something(self) -> bytes:
        # One at a time: before it is seen, it is not known where one is.
        if self.chance.random() < 0.02 and not self._moving and not self.alone:
            self._moving = True
            room = self.chance.choice(ROOMS[1:])
            return command("leave" if room in self.rooms else "join", room=room)
        text, to = self.next_text(), self.wish()
        where = {"to": to or self.crowd.nicks[0]} if to or self.alone else {"room": ROOM}
        mark = f"{self.account.nick}-{len(self.account.sent)}"
        self.account.sent[mark] = text
        self._unanswered[mark] = command("message", text=text, id=mark, **where)
        return self._unanswered[mark]


class OurPerson(Person):
    """Uses the project's own client: its core, kept connected by its link."""

    def __init__(self, crowd: Crowd, nick: str, pause: float) -> None:
        super().__init__(crowd, nick, pause)
        self._core = Core(nick, [ROOM])
        self._link = Link(
            self._core, "127.0.0.1", crowd.port, self, translator("en"), patient=True
        )  # fmt: skip

    async def live(self) -> None:
        """Stay connected and talk."""
        self._ended = asyncio.Event()
        running = asyncio.create_task(self._link.run())
        try:
            while not self.done:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), self.chance.expovariate(1 / self.pause))
                if self.crowd.talking.is_set() and not self._core.full:
                    text, to = self.next_text(), self.wish()
                    said = self._core.say(text, to=to) if to else self._core.say(text, room=ROOM)
                    self.account.sent[said.id] = text
                    self._link.wake()
                if running.done():
                    self.crowd.trouble.append(f"{self.account.nick} has given up: {running.exception()}")
                    return
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def link_changed(self) -> None:
        """Do nothing: what counts is what comes."""

    async def ready(self) -> None:
        """Receive more at once."""

    def event_received(self, event: Event) -> None:
        """Note what the core tells."""
        match event:
            case Welcomed(welcome=welcome):
                self.connections += 1
                stream = Stream(self._core.rooms, welcome.resumed, welcome.seq, welcome.head)
                self.account.streams.append(stream)
            case RecordReceived(command=answered, past=False, line=line):
                self.heard(line + b"\n")
                if self.done:
                    self._ended.set()
                if answered is not None:
                    self.account.acked.add(answered.id)
            case AlreadyRecorded(command=answered):
                self.account.acked.add(answered.id)
            case Refused(command=answered) if answered is not None:
                self.account.refused.add(answered.id)
            case Refused(code=code) if code in self.crowd.expected_errors:
                pass
            case _:
                self.crowd.trouble.append(f"{self.account.nick}: {event}")


class Passerby:
    """Comes again and again in plain text, says a few words, and goes in one way or another."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd = crowd
        self.number = number
        self.chance = random.Random(crowd.chance.random())
        self.visits: list[Visit] = []

    async def live(self) -> None:
        """Come and go while the others talk."""
        for count in itertools.count():
            if not self.crowd.talking.is_set():
                return
            visit = Visit(f"t{self.number}-{count}")
            with socket.socket() as sock:
                sock.setblocking(False)
                with suppress(*_ENDED, TimeoutError):
                    await self.crowd.connect(sock)
                    self.visits.append(visit)
                    async with asyncio.timeout(10):
                        await self._pass_by(sock, visit)
            await asyncio.sleep(self.chance.uniform(0.05, 0.5))

    async def _pass_by(self, sock: socket.socket, visit: Visit) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(sock, f"/nick {visit.nick}\n".encode())
        listening = asyncio.create_task(self._listen(sock, visit))
        try:
            for number in range(self.chance.randint(0, 5)):
                await asyncio.sleep(self.chance.uniform(0, 0.1))
                visit.said.append(f"{visit.nick} diz {number}")
                await loop.sock_sendall(sock, f"{visit.said[-1]}\n".encode())
            await self._go(sock, listening)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _go(self, sock: socket.socket, listening: asyncio.Task[None]) -> None:
        match self.chance.choice(("/sair", "close", "reset", "half")):
            case "/sair":
                await asyncio.get_running_loop().sock_sendall(sock, b"/sair\n")
                await listening
            case "half":
                sock.shutdown(socket.SHUT_WR)
                await listening
            case "reset":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def _listen(self, sock: socket.socket, visit: Visit) -> None:
        begun = b""
        with suppress(OSError):
            while data := await asyncio.get_running_loop().sock_recv(sock, 1 << 16):
                *lines, begun = (begun + data).split(b"\n")
                shown = [line.decode().removesuffix("\r") for line in lines]
                visit.shown += [line for line in shown if not line.startswith(("* ", "["))]


class Crowd(threading.Thread):
    """All of them, at the server on one port.

    Args:
        port: whoever serves there.
        seed: of all that they do.
        raw, ours, alone, slow, stalled, passing: how many of each kind.
        pause: mean seconds between two texts of a person.
        expected_errors: codes that a server may say by itself.
    """

    def __init__(
        self,
        port: int,
        seed: float,
        *,
        raw: int = 6,
        ours: int = 4,
        alone: int = 1,
        slow: int = 1,
        stalled: int = 1,
        passing: int = 3,
        pause: float = 0.05,
        expected_errors: frozenset[str] = frozenset({"replaced", "storage_full", "storage_failed"}),
    ) -> None:
        super().__init__(name="crowd", daemon=True)
        self.port = port
        self.chance = random.Random(seed)
        self.expected_errors = expected_errors
        self.book = Book()
        self.trouble: list[str] = []
        self.talking = threading.Event()
        self.hunger = threading.Event()
        self.last_word = b"none has been said"
        self.attempts = 0
        kinds = {"r": raw, "o": ours, "q": alone}
        self.nicks = [*(f"{kind}{n}" for kind in kinds for n in range(kinds[kind])), "ninguém"]
        self.people: list[RawPerson | OurPerson] = [
            *(RawPerson(self, f"r{n}", pause) for n in range(raw)),
            *(OurPerson(self, f"o{n}", pause) for n in range(ours)),
            *(RawPerson(self, f"q{n}", pause, alone=True) for n in range(alone)),
            *(RawPerson(self, f"s{n}", 0, appetite=2_000) for n in range(slow)),
            *(RawPerson(self, f"p{n}", 0, appetite=0) for n in range(stalled)),
        ]
        self.passersby = [Passerby(self, n) for n in range(passing)]
        self._abandoned = False
        self.talking.set()
        self.hunger.set()

    @property
    def acked(self) -> int:
        """How many texts were acked so far."""
        return sum(len(person.account.acked) for person in self.people)

    @property
    def received(self) -> int:
        """How many records were received so far."""
        return sum(len(s.lines) for person in self.people for s in person.account.streams)

    @property
    def connections(self) -> int:
        """How many connections were made so far by those who resume."""
        return sum(person.connections for person in self.people)

    async def connect(self, sock: socket.socket) -> None:
        """Connect a socket to the server."""
        self.attempts += 1
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))

    def run(self) -> None:
        """Be the thread."""
        try:
            asyncio.run(self._live())
        except Exception as error:
            self.trouble.append(repr(error))

    async def _live(self) -> None:
        lives: list[Coroutine[Any, Any, None]] = [each.live() for each in (*self.people, *self.passersby)]
        living = asyncio.gather(*lives)
        while not living.done() and not self._abandoned:
            await asyncio.wait([living], timeout=0.1)
        if self._abandoned:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
        else:
            living.result()

    def begin(self) -> Crowd:
        """Start, and wait until everybody is in and talks."""
        self.start()
        eventually(
            lambda: self.trouble or all(person.account.streams for person in self.people), "everybody is in"
        )
        return self

    def finish(self, within: float = DEADLINE) -> int:
        """Let all that was said be acked and received by everybody; return the last record's seq."""
        self.talking.clear()
        self.hunger.clear()

        def settled() -> bool:
            return bool(self.trouble) or not any(person.unanswered for person in self.people)

        eventually(settled, f"everything said is acked: {self.unanswered()}", within)
        nick = f"fim-{secrets.token_hex(4)}"
        # Known before it is said, as they may hear it before who says it does.
        self.last_word = b'"id":"%b' % nick.encode()
        last = JsonClient(self.port)
        try:
            last.hello(nick)
            for number, person in enumerate(self._alone()):
                eventually(
                    partial(_told, last, person.account.nick, f"{nick}-{number}"), "it is there", within
                )
            seq = int(last.say("fim", id=nick)["seq"])
            self.join(within)
        finally:
            last.close()
        waiting = [person.account.nick for person in self.people if not person.done]
        assert not self.is_alive(), f"these never heard the end: {waiting}; {self.trouble}"
        return seq

    def _alone(self) -> list[RawPerson]:
        return [person for person in self.people if isinstance(person, RawPerson) and person.alone]

    def unanswered(self) -> dict[str, int]:
        """Tell whose texts are not answered."""
        return {each.account.nick: each.unanswered for each in self.people if each.unanswered}

    def judge(self, transcript: Transcript, until: int) -> list[str]:
        """Return all that is wrong with what they hold."""
        visits = [visit for passerby in self.passersby for visit in passerby.visits]
        return self.trouble + judge(transcript, [person.account for person in self.people], visits, until)

    def abandon(self) -> None:
        """End whatever still lives."""
        self._abandoned = True
        if self.ident is not None:
            self.join(DEADLINE)


def _told(who: JsonClient, nick: str, mark: str) -> bool:
    """Say the last word to one person; tell whether it was there."""
    who.ask("message", to=nick, text="fim", id=mark)
    return bool(who.answer(mark)["type"] == "message")


def serves_again(port: int, within: float = DEADLINE) -> float:
    """Wait until a new client is let in and its words are acked; return the seconds that took."""
    begin = time.monotonic()
    nick = f"sonda-{secrets.token_hex(4)}"

    def served() -> bool:
        with suppress(OSError, AssertionError):
            client = JsonClient(port)
            try:
                client.ask("hello", nick=nick)
                client.ask("message", room=ROOM, text="responde?", id=nick)
                return bool(client.expect(2.0, type="message", id=nick))
            finally:
                client.close()
        return False

    eventually(served, "it serves again", within)
    return time.monotonic() - begin
