"""Clients of a simulated server: what they say, how slowly they read, and how they come back after a cut.

They keep the promises that the protocol asks of a client (who resumes says its last position and sends again
what was not acked) and note all that they did and got, for the judge.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any, Protocol

from dialects.wire import corpus, data_of
from faults.simulated_sockets import Wire
from support.websocket import WebSocketClient, fragments, head

ROOMS = ("geral", "x", "Y")


class Host(Protocol):
    """What a client needs of the world."""

    life: int

    def connect(self) -> tuple[int, Wire] | None: ...

    def stir(self) -> None: ...


@dataclass
class Connection:
    """One connection of a client's, and what came of it.

    Attributes:
        life: of the server, in which it was opened: a number that is on no record may be given again.
        received: every byte.
        rooms, since: of the hello, as sent.
        said: texts meant for a room, in order.
        asked: for each command with an id: its kind; ids in the order in which they were sent.
        seen: for each request for history the seq up to which all of the rooms had been heard.
        framed: a newline has arrived.
        leaving: it has said goodbye.
        cut: the server died, or the client hung up: what was received may end anywhere.
        at_end: the client has read all that the server will ever send.
    """

    conn: int
    wire: Wire
    life: int
    received: bytearray = field(default_factory=bytearray)
    rooms: tuple[str, ...] = ()
    since: int = -1
    said: list[str] = field(default_factory=list)
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    framed: bool = False
    leaving: bool = False
    cut: bool = False

    @property
    def at_end(self) -> bool:
        return self.wire.at_end


class Client:
    """What all of them do."""

    def __init__(self, world: Host, chance: random.Random, number: int) -> None:
        self.world = world
        self.chance = chance
        self.number = number
        self.nick = f"n{number}"
        self.patience = chance.choice(("quick", "quick", "slow", "slow", "moody", "dull"))
        self.connection: Connection | None = None
        self.past: list[Connection] = []
        self.count = 0

    @property
    def connections(self) -> list[Connection]:
        """All that it has had."""
        return [*self.past, *([self.connection] if self.connection else [])]

    def act(self) -> None:
        """Connect, or say something."""
        if self.connection is None:
            opened = self.world.connect()
            if opened is not None:
                self.connection = Connection(*opened, self.world.life)
                self.begin()
        elif not (self.connection.wire.finished or self.connection.leaving or self.connection.wire.hung_up):
            self.speak()

    def begin(self) -> None:
        """Say what is said first."""

    def speak(self) -> None:
        """Say something."""

    def understood(self, data: bytes) -> bytes:
        """Give the lines, or parts of them, in what was received."""
        return data

    def hear(self, data: bytes) -> None:
        """Take in what was received."""

    def come_to_rest(self) -> None:
        """Do what is still to do before everything is settled."""

    def send(self, data: bytes) -> None:
        """Put bytes on their way."""
        if self.connection is not None and not self.connection.wire.hung_up:
            self.connection.wire.flying += data

    def hang_up(self) -> None:
        """Close, whatever is still on its way."""
        if self.connection is not None:
            self.connection.wire.hung_up = True
            self.cut()

    def cut(self) -> None:
        """Note that the connection has ended, but for what may still be read."""
        if self.connection is not None:
            self.connection.cut = True

    def let_arrive(self) -> None:
        """Let some bytes arrive, of any connection that it has or had."""
        for connection in self.connections:
            newline = b"\n" in connection.wire.flying
            if connection.wire.arrive(self.cut_at(connection)):
                connection.framed |= newline
                self.world.stir()

    def cut_at(self, connection: Connection) -> int:
        """Tell how many bytes arrive at once."""
        return self.chance.choice((1, 1, 5, 50, 5_000))

    def read_some(self) -> None:
        """Read as is its way."""
        match self.patience:
            case "quick":
                self.read(1 << 30)
            case "slow":
                self.read(self.chance.choice((1, 7, 100, 900)))
            case "moody" if self.chance.random() < 0.1:
                self.read(1 << 30)
            case "dull" if self.chance.random() < 0.01:
                self.read(1 << 30)

    def read(self, size: int) -> None:
        """Read at most so many bytes; note the end."""
        connection = self.connection
        if connection is None:
            return
        data = b"" if connection.wire.hung_up else connection.wire.take(size)
        if data:
            self.world.stir()
            data = self.understood(data)
            connection.received += data
            self.hear(data)
        if connection.at_end or connection.wire.hung_up:
            self.past.append(connection)
            self.connection = None
            connection.wire.hung_up = True
            self.ended()

    def ended(self) -> None:
        """Note the end of a connection."""

    def settle(self) -> None:
        """Let everything arrive, read everything, and finish what was begun."""
        while any(connection.wire.arrive(1 << 30) for connection in self.connections):
            self.world.stir()
        self.read(1 << 30)
        if self.connection is not None:
            # The network has cleared up.
            self.connection.wire.capacity = max(self.connection.wire.capacity, 2_000)
        if self.connection is None or not self.connection.wire.finished:
            self.come_to_rest()


class JsonClient(Client):
    """A client that keeps its session, resumes after a cut, and sends again what was not acked."""

    def __init__(self, world: Host, chance: random.Random, number: int) -> None:
        super().__init__(world, chance, number)
        self.session = f"the-secret-of-client-{number}"
        self.log = ""
        self.position = -1
        self.heard: list[dict[str, Any]] = []
        self.rooms: set[str] = set(chance.sample(ROOMS, chance.choice((1, 1, 2, 3))))
        self.outbox: dict[str, bytes] = {}
        self.acked: dict[str, int] = {}
        self.refused: set[str] = set()
        self.greeted = self.registered = False
        self._partial = b""

    def begin(self) -> None:
        self.greeted = self.registered = False
        self._partial = b""
        # Whoever dawdles is taken for a visitor first.
        if self.chance.random() < 0.8:
            self._greet()

    def ended(self) -> None:
        self.registered = False

    def come_to_rest(self) -> None:
        if self.outbox:
            self.world.stir()
            if self.connection is None or not self.greeted:
                self.act()

    def speak(self) -> None:
        if not self.greeted:
            self._greet()
        elif self.registered:
            self._ask()
        elif self.chance.random() < 0.1:
            self.count += 1
            self._put({"type": "ping", "id": f"{self.nick}-{self.count}"})

    def hear(self, data: bytes) -> None:
        *whole, self._partial = (self._partial + data).split(b"\n")
        for line in whole:
            if line.startswith(b"{"):
                self._told(json.loads(line))

    def _greet(self) -> None:
        connection = self._here()
        self.greeted = True
        hello: dict[str, Any] = {"type": "hello", "nick": self.nick, "session": self.session}
        hello["rooms"] = connection.rooms = tuple(sorted(self.rooms)) or ("geral",)
        connection.since = -1
        if self.log and self.chance.random() < 0.9:
            connection.since = self.position
            hello["since"] = {"log": self.log, "seq": self.position}
        self._put(hello)

    def _here(self) -> Connection:
        assert self.connection is not None
        return self.connection

    def _put(self, asked: dict[str, Any]) -> bytes:
        line = json.dumps(asked).encode() + self.chance.choice((b"\n", b"\r\n"))
        if "id" in asked:
            self._here().asked[asked["id"]] = asked
        self.send(line)
        return line

    def _ask(self) -> None:
        self.count += 1
        chance, mark = self.chance, f"{self.nick}-{self.count}"
        room = chance.choice(ROOMS)
        match chance.choice(("say",) * 8 + ("to", "join", "leave", "nick", "history", "ask", "odd", "end")):
            case "say":
                for _ in range(chance.choice((1, 1, 3))):
                    self._say(room=chance.choice([*sorted(self.rooms), room]))
            case "to":
                self._say(to=f"{chance.choice('nN')}{chance.randint(1, 9)}")
            case "join":
                self._put({"type": "join", "room": room, "id": mark})
            case "leave":
                self._put({"type": "leave", "room": room, "id": mark})
            case "nick":
                number = chance.choice((self.number, self.number, 1))
                new = f"{chance.choice('nN')}{number}{chance.choice(('', 'b'))}"
                self._put({"type": "nick", "nick": new, "id": mark})
            case "history" if self.position > 0:
                self._ask_for_history(room, mark)
            case "ask":
                self._put({"type": chance.choice(("ping", "who", "rooms")), "id": mark})
            case "odd":
                self.send(
                    chance.choice((b"\n", b"[]\n", b'{"type":"x"}\n', b"\xff\n", b'{"type":"message"}\n'))
                )
            case "end":
                self._end()

    def _ask_for_history(self, room: str, mark: str) -> None:
        chance = self.chance
        asked = {
            "type": "history", "room": room, "limit": chance.choice((1, 3, 1_000)),
            "all": chance.choice((True, False)), "id": mark,
        }  # fmt: skip
        if self.heard and chance.random() < 0.5:
            # Something that was said there is in the answer.
            record = chance.choice(self.heard)
            asked["room"] = record["room"]
            asked |= chance.choice(({"at": record["at"]}, {"after": chance.randrange(record["seq"])}))
        else:
            asked["before"] = chance.randint(1, self.position)
        self._here().seen[mark] = self.position
        self._put(asked)

    def _say(self, **where: str) -> None:
        self.count += 1
        mark = f"{self.number}.{self.count}"
        text = f"{mark} " + "é" * self.chance.choice((0, 3, 40, 200))
        self.outbox[mark] = self._put({"type": "message", **where, "text": text, "id": mark})

    def _end(self) -> None:
        match self.chance.choice(("hang up", "hang up", "bye", "")):
            case "hang up":
                self.read_some()
                self.hang_up()
            case "bye" if not self.outbox:
                self._put({"type": "bye"})
                self._here().leaving = True

    def _told(self, said: dict[str, Any]) -> None:
        match said:
            case {"seq": int(seq), "at": str()}:
                self._happened(said, seq)
            case {"type": "welcome"}:
                self.registered = True
                self.log, self.nick = said["log"], said["nick"]
                self.position = said["seq"]
                for line in self.outbox.values():
                    self._here().asked.update((each["id"], each) for each in [json.loads(line)])
                    self.send(line)
            case {"type": "duplicate"}:
                self._acked(said["id"], said["seq"])
            case {"type": "error", "id": mark}:
                if self.outbox.pop(mark, None) is not None:
                    self.refused.add(mark)
            case {"type": "error", "code": "nick_in_use"} if not self.registered:
                self.nick += "_"
                self._greet()
            case {"type": "ping"}:
                self._put({"type": "pong"})

    def _happened(self, record: dict[str, Any], seq: int) -> None:
        connection = self._here()
        if record["type"] == "message" and record.get("id") in self.outbox:
            self._acked(record["id"], seq)
        if seq <= self.position:
            return
        self.position = seq
        if record["type"] == "message" and "room" in record:
            self.heard.append(record)
        if record["conn"] == connection.conn:
            match record["type"]:
                case "join":
                    self.rooms.add(record["room"])
                case "leave" if record["reason"] == "left":
                    self.rooms.discard(record["room"])
                case "nick":
                    self.nick = record["new"]

    def _acked(self, mark: str, seq: int) -> None:
        if self.outbox.pop(mark, None) is not None:
            self.acked[mark] = seq


class BrowserClient(JsonClient):
    """One that does the same in a WebSocket; where it was taken for a visitor before, it can have none."""

    def __init__(self, world: Host, chance: random.Random, number: int) -> None:
        super().__init__(world, chance, number)
        self._head = b""
        self._frames: WebSocketClient | None = None
        self._refused = False

    def begin(self) -> None:
        self.greeted = self.registered = self._refused = False
        self._partial = self._head = b""
        self._frames = None
        super().send(head())

    def speak(self) -> None:
        if self._frames is not None:
            super().speak()
        elif self._refused:
            self.hang_up()

    def cut_at(self, connection: Connection) -> int:
        """Let a request arrive whole, as a part of it may be what somebody types."""
        return 1 << 30 if self._frames is None else super().cut_at(connection)

    def send(self, data: bytes) -> None:
        """Send lines, each as a message, perhaps in fragments."""
        for line in data.splitlines():
            if line != b"\xff":
                super().send(fragments(line, [self.chance.randint(0, 9)] * self.chance.choice((0, 0, 2))))

    def understood(self, data: bytes) -> bytes:
        if self._refused:
            return b""
        lines = b""
        if self._frames is None:
            lines, data = self._answered(self._head + data)
        for kind, payload in self._frames.receive(data) if self._frames is not None else ():
            if kind == "TEXT":
                lines += payload + b"\n"
            elif kind == "PING":
                lines += b'{"type":"ping","seq":%s}\n' % payload
        return lines

    def _answered(self, received: bytes) -> tuple[bytes, bytes]:
        """Look for the response; give the lines that came before it, and what came after it."""
        before, begin, after = received.partition(b"HTTP/1.1 ")
        if not begin:
            # What may be the beginning of it is kept.
            whole = received.rfind(b"\n") + 1
            self._head = received[whole:]
            return received[:whole], b""
        response, end, rest = after.partition(b"\r\n\r\n")
        if not end:
            self._head = begin + after
            return before, b""
        self._head = b""
        self._refused = not response.startswith(b"101 ")
        if not self._refused:
            self._frames = WebSocketClient()
            self._greet()
        return before, rest


class TextClient(Client):
    """Somebody with nc: lines. The first arrives whole: a part of it could be a message that has paused."""

    def cut_at(self, connection: Connection) -> int:
        return super().cut_at(connection) if connection.framed else 1 << 30

    def speak(self) -> None:
        self.count += 1
        chance = self.chance
        match chance.choice(("say",) * 6 + ("nick", "room", "msg", "ask", "end")):
            case "say":
                text = f"t{self.number}.{self.count} " + "ã" * chance.choice((0, 2, 90))
                self._here().said.append(text)
                self.send(text.encode() + chance.choice((b"\n", b"\r\n")))
            case "nick":
                self.send(f"/nick {chance.choice('tn')}{chance.randint(1, 9)}\n".encode())
            case "room":
                self.send(f"/entrar {chance.choice(ROOMS)}\n".encode())
            case "msg":
                self.send(f"/msg n{chance.randint(1, 9)} p{self.number}.{self.count}\n".encode())
            case "ask":
                self.send(chance.choice((b"/quem\n", b"/salas\n", b"/ajuda\n", b"/nada\n", b"\n", b"\xff\n")))
            case "end":
                self._end()

    def _here(self) -> Connection:
        assert self.connection is not None
        return self.connection

    def _end(self) -> None:
        match self.chance.choice(("hang up", "bye", "", "")):
            case "hang up":
                self.hang_up()
            case "bye":
                self.send(b"/sair\n")
                self._here().leaving = True


class UnframedClient(TextClient):
    """The course's client: `nick: text` with no newline at all. What is sent at once arrives at once."""

    def speak(self) -> None:
        self.count += 1
        text = f"u{self.number}.{self.count}"
        match self.chance.choice(("say", "say", "say", "say", "end")):
            case "say":
                self._here().said.append(text)
                self.send(f"u{self.number}: {text}".encode())
            case "end":
                self._end()

    def cut_at(self, connection: Connection) -> int:
        return 1 << 30

    def _end(self) -> None:
        match self.chance.choice(("hang up", "bye", "", "")):
            case "hang up":
                self.hang_up()
            case "bye":
                self.send(f"u{self.number} saiu do chat.".encode())
                self._here().leaving = True


class NoiseClient(Client):
    """Whatever comes near to what dialects know, and breaks it; nobody else may feel it."""

    _NOISE: tuple[bytes, ...] = (
        *(data_of(case) for name in ("jsonl", "text", "unframed", "negotiation") for case in corpus(name)),
        b"\n", b"\r\n", b"{", b"}", b'"', b"/nick n1\n", b'{"type":"hello","nick":"N2"}\n', b"\xff",
        b"\x00\n", b"GET / HTTP/1.1\r\n\r\n", b"n1: oi", b"x" * 3_000,
    )  # fmt: skip

    def speak(self) -> None:
        self.send(self.chance.choice(self._NOISE))
        if self.chance.random() < 0.1:
            self.hang_up()
