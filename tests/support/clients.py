"""Small blocking clients that keep every byte they receive; they know docs/protocol.md and nothing else."""

from __future__ import annotations

import json
import selectors
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from support import websocket
from support.server import Server
from support.waiting import DEADLINE, eventually

RECORDS = {"hello", "join", "leave", "nick", "message", "bye"}

Said = dict[str, Any]


class EndedError(AssertionError):
    """The connection ended before what was waited for came."""


def _connected(port: int, receive_buffer: int) -> socket.socket:
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(DEADLINE)
    try:
        sock.connect(("127.0.0.1", port))
    except OSError:
        sock.close()
        raise
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class Connection:
    """A connection to a server.

    Args:
        port: the server's port on loopback, or a socket that is connected to it already.
        receive_buffer: bytes that the kernel holds for a client that does not read; 0 for its default.
    """

    def __init__(self, port: int | socket.socket, receive_buffer: int = 0) -> None:
        self.socket = port if isinstance(port, socket.socket) else _connected(port, receive_buffer)
        self.lines: list[bytes] = []
        self.ended = False
        self._begun = b""
        self._taken = 0

    @property
    def raw(self) -> bytes:
        """Every byte received."""
        return b"".join(self.lines) + self._begun

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.socket.settimeout(DEADLINE)
        self.socket.sendall(data)

    def dribble(self, data: bytes, pause: float = 0.0) -> None:
        """Send bytes one at a time, with ``pause`` seconds between them."""
        for position in range(len(data)):
            self.send(data[position : position + 1])
            time.sleep(pause)

    def receive(self, within: float = DEADLINE) -> bool:
        """Receive what is there, waiting for it; tell whether anything came."""
        self.socket.settimeout(max(within, 0.000_001))
        try:
            data = self.socket.recv(1 << 18)
        except (TimeoutError, BlockingIOError):
            return False
        except (ConnectionError, ssl.SSLZeroReturnError):
            data = b""
        self.ended = not data
        *complete, self._begun = (self._begun + self._lines_in(data)).split(b"\n")
        self.lines += [line + b"\n" for line in complete]
        return True

    def _lines_in(self, data: bytes) -> bytes:
        """Give the lines, or parts of them, in what was received."""
        return data

    def next_line(self, what: str = "another line", within: float = DEADLINE) -> bytes:
        """Return the next line not taken yet.

        Raises:
            EndedError: the connection ended first.
            AssertionError: it did not come in time.
        """
        until = time.monotonic() + within
        while self._taken == len(self.lines):
            last = b"".join(self.lines[-4:]).decode("utf-8", "replace")
            if self.ended:
                raise EndedError(f"waited for {what}; the connection ended after:\n{last}")
            left = until - time.monotonic()
            if left <= 0:
                raise AssertionError(f"waited {within:g} s for {what}; the last lines were:\n{last}")
            self.receive(left)
        self._taken += 1
        return self.lines[self._taken - 1]

    def read_to_end(self, within: float = DEADLINE) -> bytes:
        """Receive until the server ends the connection; return all that ever came."""
        until = time.monotonic() + within
        while not self.ended:
            left = until - time.monotonic()
            assert left > 0, f"not ended within {within:g} s; received so far: {self.raw[-400:]!r}"
            self.receive(left)
        return self.raw

    def finish_sending(self) -> None:
        """Send the end of the stream, and stay to read."""
        self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close it the ordinary way."""
        self.socket.close()

    def reset(self) -> None:
        """Break it off with a TCP reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class JsonClient(Connection):
    """Speaks JSON lines. What it has read is in ``received``, the records' lines also in ``records``."""

    def __init__(self, port: int | socket.socket, receive_buffer: int = 0) -> None:
        super().__init__(port, receive_buffer)
        self.received: list[tuple[bytes, Said]] = []
        self.records: list[bytes] = []
        self.welcome: Said = {}
        self.conn = 0

    def ask(self, type: str, **fields: object) -> None:  # noqa: A002 - the protocol's name for it
        """Send a command."""
        self.send(command(type, **fields))

    def next(self, what: str = "another line", within: float = DEADLINE) -> Said:
        """Return the next thing received: one object, one line.

        Where half a second passed before the hello was sent, as the machine has other work, it was taken for
        plain text until then: what it heard as such is passed over.
        """
        line = self.next_line(what, within)
        while not self.received and not line.startswith(b"{"):
            line = self.next_line(what, within)
        said = json.loads(line)
        assert isinstance(said, dict), line
        self.received.append((line, said))
        if said["type"] in RECORDS:
            self.records.append(line)
        return said

    def expect(self, within: float = DEADLINE, **fields: object) -> Said:
        """Read on until something with these fields comes, and return it."""
        while True:
            said = self.next(f"{fields}", within)
            if fields.items() <= said.items():
                return said

    def answer(self, id: str, within: float = DEADLINE) -> Said:  # noqa: A002 - the protocol's name for it
        """Read on to the record or reply that carries this ``id``."""
        return self.expect(within, id=id)

    def refused(self, code: str, within: float = DEADLINE) -> Said:
        """Read on to the next error, which must have this code."""
        error = self.expect(within, type="error")
        assert code == error["code"], error
        assert error["text"]
        return error

    def hello(self, nick: str, **fields: object) -> Said:
        """Say hello and read on to the welcome, its own hello and, if it enters rooms, its own last join.

        With ``since``, read to the welcome only: what follows begins with the past.
        """
        self.ask("hello", nick=nick, **fields)
        self.welcome = self.next_but_ping("welcome")
        assert "welcome" == self.welcome["type"], self.welcome
        if "since" not in fields:
            rooms = fields.get("rooms", ["geral"])
            assert isinstance(rooms, list)
            self.conn = self.expect(type="hello")["conn"]
            for room in rooms:
                self.expect(type="join", conn=self.conn, room=room)
        return self.welcome

    def expect_visitor(self) -> Said:
        """Read on until somebody comes in who has no nick yet, and return that."""
        while not (join := self.expect(type="join"))["nick"].startswith("visitante-"):
            pass
        return join

    def back_in(self, room: str, *earlier: JsonClient) -> int:
        """Read on to its own join of a room, past those of its earlier connections."""
        before = {client.conn for client in earlier}
        while (join := self.expect(type="join", nick=self.welcome["nick"], room=room))["conn"] in before:
            pass
        self.conn = join["conn"]
        return self.conn

    def next_but_ping(self, what: str) -> Said:
        """Return the next thing that is no ping."""
        while True:
            said = self.next(what)
            if said["type"] != "ping":
                return said

    def say(self, text: str, id: str, room: str = "geral") -> Said:  # noqa: A002 - the protocol's name for it
        """Say something in a room and wait for the ack."""
        self.ask("message", room=room, text=text, id=id)
        record = self.answer(id)
        assert "message" == record["type"], record
        return record

    def settle(self) -> None:
        """Read on until everything that was asked for so far has been answered."""
        self.ask("ping")
        self.expect(type="pong")

    def take_in(self, within: float = 0.0) -> None:
        """Receive what is there, waiting at most so many seconds, and read all of it."""
        self.receive(within)
        while self._taken < len(self.lines):
            self.next()

    def must_have(self, expected: list[bytes], within: float = DEADLINE) -> None:
        """Read on until it has as many records, and compare them byte for byte.

        More than ``expected`` may follow: what happened after that was looked up.
        """
        until = time.monotonic() + within
        while len(self.records) < len(expected) and not self.ended and time.monotonic() < until:
            self.take_in(0.1)
        for number, (line, own) in enumerate(zip(expected, self.records, strict=False)):
            assert line == own, f"its record {number} is not the transcript's line"
        assert len(expected) <= len(self.records), f"missing from {expected[len(self.records)]!r} on"

    def heard(self, **fields: object) -> list[Said]:
        """Return what it has received and read with these fields."""
        return [said for _, said in self.received if fields.items() <= said.items()]


class BrowserClient(JsonClient):
    """Speaks JSON lines in the messages of a WebSocket, and keeps to the protocol as a browser does.

    Attributes:
        frames: what it has received beside messages: the kinds of frames, each with its payload.
        closed: the code and reason of the server's goodbye; 0 before it.
    """

    def __init__(self, port: int | socket.socket, receive_buffer: int = 0, *headers: str) -> None:
        super().__init__(port, receive_buffer)
        self.frames: list[websocket.Received] = []
        self.closed = (0, "")
        self._reader = websocket.WebSocketClient()
        self._greeting = b""
        self.answered: websocket.Response | None = None
        self.send_bytes(websocket.head("Sec-WebSocket-Protocol: chatsimples.v1", *headers))
        until = time.monotonic() + DEADLINE
        while self.answered is None and not self.ended:
            self.receive(max(0.0, until - time.monotonic()))
            assert time.monotonic() < until, "the request for a WebSocket is answered"

    def send(self, data: bytes) -> None:
        """Send lines, each as a message."""
        self.send_bytes(b"".join([websocket.text(line) for line in data.splitlines()]))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        super().send(data)

    def _lines_in(self, data: bytes) -> bytes:
        if self.answered is None:
            self._greeting += data
            if b"\r\n\r\n" not in self._greeting:
                return b""
            self.answered = websocket.response(self._greeting)
            data = self.answered.rest
        lines = b""
        for each in self._reader.receive(data) if self.answered.status == _SWITCHING else ():
            if each.kind == "TEXT":
                lines += each.data + b"\n"
            else:
                self._hear(each)
        return lines

    def _hear(self, frame: websocket.Received) -> None:
        self.frames.append(frame)
        if frame.kind == "PING":
            self.send_bytes(websocket.pong(frame.data))
        elif frame.kind == "CLOSE":
            self.closed = websocket.goodbye(frame.data)


_SWITCHING = 101


class TextClient(Connection):
    """Speaks plain text, a message a line."""

    _settled = 0

    def type(self, line: str) -> None:
        """Send a line."""
        self.send(line.encode() + b"\n")

    def next(self, what: str = "another line", within: float = DEADLINE) -> str:
        """Return the next line, without its end."""
        return self.next_line(what, within).decode().rstrip("\r\n")

    def expect(self, line: str, within: float = DEADLINE) -> str:
        """Read on until exactly this line comes."""
        while True:
            if line == self.next(repr(line), within):
                return line

    def expect_notice(self, *words: str, mark: str = "* ", within: float = DEADLINE) -> str:
        """Read on until a line comes that begins with ``mark`` and holds these words."""
        while True:
            line = self.next(f"a line {mark!r} with {words}", within)
            if line.startswith(mark) and all(word in line for word in words):
                return line

    def enter(self, nick: str) -> None:
        """Take a nick, and wait until it is there under it."""
        self.type(f"/nick {nick}")
        self.type("/who")
        self.expect_notice(nick)
        self.settle()

    def settle(self) -> None:
        """Read on until everything that was typed so far has been answered: an unknown command, too."""
        self._settled += 1
        self.type(f"/settled{self._settled}")
        self.expect_notice(f"/settled{self._settled}")

    @property
    def shown(self) -> list[str]:
        """All lines received so far, without their ends."""
        return [line.decode().rstrip("\r\n") for line in self.lines]

    @property
    def messages(self) -> list[str]:
        """The lines ``nick: text`` among them."""
        return [line for line in self.shown if not line.startswith(("* ", "["))]


class CourseClient(TextClient):
    """The networking course's client: it never sends a newline, and names itself in front of what it says."""

    def __init__(self, port: int, nick: str) -> None:
        super().__init__(port)
        self.nick = nick

    def say(self, text: str) -> None:
        """Send one message the way it does."""
        self.send(f"{self.nick}: {text}".encode())

    def goodbye(self) -> None:
        """Take leave the way it does when its user types ``/sair``."""
        self.send(f"{self.nick} saiu do chat.".encode())


Opened = TypeVar("Opened", bound=Connection)


class IrcClient(TextClient):
    """Speaks IRC."""

    def enter(self, nick: str, *capabilities: str) -> None:
        """Register with a nick, and with capabilities."""
        if capabilities:
            self.type(f"CAP REQ :{' '.join(capabilities)}")
        self.type(f"NICK {nick}")
        self.type(f"USER {nick} 0 * :{nick}")
        self.type("CAP END")
        self.settle()

    def settle(self) -> None:
        """Read on until everything that was typed so far has been answered."""
        self._settled += 1
        self.type(f"PING settled{self._settled}")
        self.await_end(f" :settled{self._settled}")

    def await_end(self, end: str) -> str:
        """Read on until a line comes that ends so."""
        while True:
            line = self.next(f"a line that ends with {end!r}")
            if line.endswith(end):
                return line

    def answer(self, *lines: str) -> list[str]:
        """Type lines, and return all that comes up to their end, without tags and the server's name."""
        before = len(self.lines)
        for line in lines:
            self.type(line)
        self.settle()
        return [_bare(line) for line in self.shown[before:-1]]


def _bare(line: str) -> str:
    """Return a line without its tags, and without the name of the server in front."""
    line = line.partition(" ")[2] if line.startswith("@") else line
    source, _, rest = line.partition(" ")
    return line if "!" in source or not source.startswith(":") else rest


class Clients:
    """Opens clients, and closes them all. ``may_look``: whether anybody may see who is in which room."""

    def __init__(self, *, may_look: bool = True) -> None:
        self._may_look = may_look
        self._open: list[Connection] = []
        self._servers: dict[int, Server] = {}

    def json(self, server: Server, nick: str = "", receive_buffer: int = 0, **hello: object) -> JsonClient:
        """Open a JSON connection; with a nick, say hello too."""
        client = self._opened(server, JsonClient(server.port, receive_buffer))
        if nick:
            client.hello(nick, **hello)
        return client

    def browser(
        self, server: Server, nick: str = "", receive_buffer: int = 0, **hello: object
    ) -> BrowserClient:
        """Open a WebSocket; with a nick, say hello too."""
        client = self._opened(server, BrowserClient(server.port, receive_buffer))
        if nick:
            client.hello(nick, **hello)
        return client

    def text(self, server: Server, nick: str = "", receive_buffer: int = 0) -> TextClient:
        """Open a plain-text connection; with a nick, take it."""
        client = self._opened(server, TextClient(server.port, receive_buffer))
        if nick:
            client.enter(nick)
        return client

    def course(self, server: Server, nick: str) -> CourseClient:
        """Open a connection of the course's client."""
        return self._opened(server, CourseClient(server.port, nick))

    def irc(self, server: Server, nick: str = "", receive_buffer: int = 0, *capabilities: str) -> IrcClient:
        """Open a connection of IRC; with a nick, register with these capabilities."""
        client = self._opened(server, IrcClient(server.port, receive_buffer))
        if nick:
            client.enter(nick, *capabilities)
        return client

    def raw(self, server: Server, receive_buffer: int = 0) -> Connection:
        """Open a connection that says nothing by itself."""
        return self._opened(server, Connection(server.port, receive_buffer))

    def _opened(self, server: Server, client: Opened) -> Opened:
        self._open.append(client)
        self._servers[server.port] = server
        return client

    def close(self) -> None:
        """Close them all, and see to it that no server still has anybody in a room."""
        for client in self._open:
            client.close()
        for server in self._servers.values():
            if self._may_look and server.process.poll() is None:
                with suppress(OSError):
                    _see_empty(server)


def _see_empty(server: Server) -> None:
    watcher = JsonClient(server.port)
    try:
        watcher.hello("zelador", rooms=[])

        def empty() -> bool:
            watcher.ask("rooms")
            return not any(room["members"] for room in watcher.expect(type="rooms")["rooms"])

        eventually(empty, f"everybody has left the rooms of {server}")
        # The next one has the same nick.
        watcher.ask("bye")
        watcher.read_to_end()
    finally:
        watcher.close()


def command(type: str, **fields: object) -> bytes:  # noqa: A002 - the protocol's name for it
    """Write a command of JSON lines."""
    return json.dumps({"type": type, **fields}, ensure_ascii=False).encode() + b"\n"


def without_hellos_and_byes(lines: Iterable[bytes]) -> list[bytes]:
    """Leave out of a client's records what was for one of its connections alone, and not for its session."""
    return [line for line in lines if b'"type":"hello"' not in line and b'"type":"bye"' not in line]


def pump(
    connections: Iterable[Connection], done: Callable[[], bool], what: str, within: float = DEADLINE
) -> None:
    """Receive on many connections at once, as it comes, until ``done``.

    Raises:
        AssertionError: it was not done in time, or one of them ended.
    """
    until = time.monotonic() + within
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        while not done():
            assert time.monotonic() < until, f"not within {within:g} s: {what}"
            for key, _ in selector.select(0.05):
                key.data.receive()
                assert not key.data.ended, f"a connection ended while waiting: {what}"
