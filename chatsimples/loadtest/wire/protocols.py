"""How each kind of chat server is spoken to: pure functions from intentions to bytes, and patterns back.

A reader connects, sends its `Protocol.greeting`, and is in its room when it has received `Protocol.welcome`.
What then reaches it are *units*, each a text (`Protocol.said` matches it) or something else that everybody in
the room gets alike (`Protocol.noise`: who comes and goes). `Protocol.stray` is what a server sends to one
connection when it likes, and `Protocol.answer` what it wants to hear then, or does not mind hearing.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from functools import lru_cache

import msgspec

from chatsimples.loadtest.wire.frames import HEAD_ENDS, PING, PONG_FRAME, Lent, Unframer, request, text_head
from chatsimples.loadtest.wire.texts import HEAD, PATTERN

SENDER, READER, EXTRA = "s", "r", "x"
"""What the nicks of senders, readers and extra readers begin with."""

_READY = "/pronto"


class Protocol(ABC):
    """A way of speaking to a server.

    Args:
        tag: what this load test's names end with, so that two at one server do not meet.
        rooms: how many rooms there are.
        size: bytes that every text has; 0 if they differ, and then what is cut off a text's end is not seen.

    Attributes:
        said: matches a unit that is a text, its first 16 bytes as group 1.
        noise: matches other units.
        stray: matches units that one connection gets alone.
        answer: what is sent back for a stray.
        registered: is in what a connection receives when it may enter a room; empty if it may at once.
        welcome: is in what a connection receives when it is in its room; empty if it is there at once.
        lines: how many newlines a text's unit has.
        start: what a text's unit begins with, if it has more than one line.
        longest_text: bytes that a text may have; 0 for any.
    """

    name: str
    said: re.Pattern[bytes]
    noise: re.Pattern[bytes] | None = None
    stray: re.Pattern[bytes] | None = None
    answer = b""
    registered = b""
    welcome = b""
    lines = 1
    start = b""
    longest_text = 0

    def __init__(self, tag: str, rooms: int, size: int = 0) -> None:
        self.tag = tag
        self.rooms = [self._room(number) for number in range(rooms)]
        # Texts of any size, as a cut one and a mark are.
        self._any = self.said
        if size:
            filling = b"x{%d}" % (size - HEAD)
            self.said = re.compile(self.said.pattern.replace(b"x*", filling), self.said.flags)

    def _room(self, number: int) -> str:
        return f"carga{self.tag}-{number}"

    @abstractmethod
    def greeting(self, nick: str, room: int) -> bytes:
        """Write what brings a connection into a room."""

    def entering(self, nick: str, room: int) -> bytes:  # noqa: ARG002 - as every protocol is asked
        """Write what brings a connection that is registered into a room, if its greeting did not."""
        return b""

    def unframer(self) -> Unframer | None:
        """Make what makes lines of what a connection receives, if it does not receive lines."""
        return None

    @abstractmethod
    def frame(self, room: int, size: int) -> tuple[bytes, bytes]:
        """Write what stands before and after a text of ``size`` bytes that is said in a room."""

    def complete(self, data: bytes) -> int:
        """Tell where the last complete unit in the data ends; 0 if there is none."""
        if self.lines == 1:
            return data.rfind(b"\n") + 1
        last = data.rfind(self.start)
        if last < 0:
            return data.rfind(b"\n") + 1 if self.stray else 0
        found = self._any.match(data, last)
        if found is None:
            return last
        # Behind the last text there may still be lines for this connection alone.
        return max(found.end(), data.rfind(b"\n") + 1) if self.stray else found.end()

    def mark(self, mark: bytes) -> re.Pattern[bytes]:
        """Make the pattern of the unit that says a mark."""
        return re.compile(self._any.pattern.replace(PATTERN, mark), self._any.flags)


class TextLines(Protocol):
    """ChatSimples in plain text."""

    name = "text"
    said = re.compile(rb"(?m)^[^ \n]+: (" + PATTERN + rb")x*\n")
    noise = re.compile(rb"\* [^\n]*\n")
    welcome = _READY.encode()

    def __init__(self, tag: str, rooms: int, size: int = 0) -> None:
        super().__init__(tag, rooms, size)
        if not tag:
            # Who comes is there already; nothing else is on a server of one's own.
            self.rooms[0] = "geral"

    def greeting(self, nick: str, room: int) -> bytes:
        """Take a nick, enter the room, and ask for what does not exist."""
        # An unknown command is answered, in whatever language, with its name: by then all before is done.
        enter = f"/entrar {self.rooms[room]}\n" if self.rooms[room] != "geral" else ""
        return f"/apelido {nick}{self.tag}\n{enter}{_READY}\n".encode()

    def frame(self, room: int, size: int) -> tuple[bytes, bytes]:  # noqa: ARG002 - as every protocol is asked
        """End the line."""
        return b"", b"\n"


class JsonLines(Protocol):
    """ChatSimples in JSON lines."""

    name = "json"
    said = re.compile(rb'(?m)^\{"seq":[0-9]+,"at":[^\n]*"text":"(' + PATTERN + rb')x*"[^\n]*\n')
    noise = re.compile(rb'\{"seq":[0-9]+,"at":"[^"]*","type":"(?:join|leave|nick)"[^\n]*\n')
    stray = re.compile(rb'\{"type":"ping"[^\n]*\n|\{"seq":[0-9]+,"at":"[^"]*","type":"(?:hello|bye)"[^\n]*\n')
    answer = b'{"type":"pong"}\n'
    welcome = b'"type":"pong"'

    def greeting(self, nick: str, room: int) -> bytes:
        """Say hello, and ask for a pong."""
        hello = {"type": "hello", "nick": nick + self.tag, "rooms": [self.rooms[room]]}
        return msgspec.json.encode(hello) + b'\n{"type":"ping"}\n'

    def frame(self, room: int, size: int) -> tuple[bytes, bytes]:  # noqa: ARG002 - as every protocol is asked
        """Make it an object."""
        return f'{{"type":"message","room":"{self.rooms[room]}","text":"'.encode(), b'"}\n'


class WebSocketLines(JsonLines):
    """ChatSimples in JSON lines, in the messages of a WebSocket."""

    name = "websocket"
    stray = re.compile(re.escape(PING) + b"|" + JsonLines.stray.pattern)
    answer = PONG_FRAME
    registered = HEAD_ENDS

    def __init__(self, tag: str, rooms: int, size: int = 0) -> None:
        super().__init__(tag, rooms, size)
        self._lent = Lent()

    def greeting(self, nick: str, room: int) -> bytes:  # noqa: ARG002 - as every protocol is asked
        """Ask for a WebSocket."""
        return request("/ws", "Sec-WebSocket-Protocol: chatsimples.v1")

    def entering(self, nick: str, room: int) -> bytes:
        """Say hello, and ask for a pong."""
        said = super().greeting(nick, room)
        return text_head(len(said)) + said

    @lru_cache(maxsize=4_096)  # noqa: B019 - a protocol lives as long as its process
    def frame(self, room: int, size: int) -> tuple[bytes, bytes]:
        """Make it a message of one line."""
        before, after = super().frame(room, size)
        after = after.removesuffix(b"\n")
        return text_head(len(before) + size + len(after)) + before, after

    def unframer(self) -> Unframer:
        """Make lines of messages."""
        return Unframer(self._lent)


class Course(Protocol):
    """The networking course's server: whatever one sends, all others receive."""

    name = "course"
    said = re.compile(rb"(?m)^(" + PATTERN + rb")x*\n")

    def greeting(self, nick: str, room: int) -> bytes:  # noqa: ARG002 - as every protocol is asked
        """Say nothing: who is there is in the room."""
        return b""

    def frame(self, room: int, size: int) -> tuple[bytes, bytes]:  # noqa: ARG002 - as every protocol is asked
        """End the line."""
        return b"", b"\n"


class Broadcast(Course):
    """A server for WebSockets that sends what one says to all at the same path."""

    welcome = HEAD_ENDS
    stray = re.compile(re.escape(PING))
    answer = PONG_FRAME

    def __init__(self, tag: str, rooms: int, size: int = 0) -> None:
        super().__init__(tag, rooms, size)
        self._lent = Lent()

    def greeting(self, nick: str, room: int) -> bytes:  # noqa: ARG002 - as every protocol is asked
        """Ask for a WebSocket: who has one is in the room."""
        return request(f"/{self.rooms[room]}")

    @lru_cache(maxsize=4_096)  # noqa: B019 - a protocol lives as long as its process
    def frame(self, room: int, size: int) -> tuple[bytes, bytes]:  # noqa: ARG002 - as every protocol is asked
        """Make it a message."""
        return text_head(size), b""

    def unframer(self) -> Unframer:
        """Make lines of messages."""
        return Unframer(self._lent)


class Uvicorn(Broadcast):
    """Broadcasting by uvicorn with websockets."""

    name = "uvicorn"


class Picows(Broadcast):
    """Broadcasting by picows."""

    name = "picows"


class Redis(Protocol):
    """Redis publish/subscribe, in RESP2: https://redis.io/docs/latest/develop/reference/protocol-spec/."""

    name = "redis"
    start = b"*3\r\n$7\r\nmessage\r\n"
    lines = 7
    said = re.compile(
        rb"(?m)^" + re.escape(start) + rb"\$[0-9]+\r\n[^\r]+\r\n\$[0-9]+\r\n(" + PATTERN + rb")x*\r\n"
    )
    welcome = b":1\r\n"

    def greeting(self, nick: str, room: int) -> bytes:
        """Subscribe; a sender only asks for an answer."""
        if nick.startswith(SENDER):
            # Who has subscribed may not publish; this is answered with the end of what a subscription is.
            return _resp(b"ECHO", b":1")
        return _resp(b"SUBSCRIBE", self.rooms[room].encode())

    @lru_cache(maxsize=4_096)  # noqa: B019 - a protocol lives as long as its process
    def frame(self, room: int, size: int) -> tuple[bytes, bytes]:
        """Publish."""
        name = self.rooms[room].encode()
        return b"*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%s\r\n$%d\r\n" % (len(name), name, size), b"\r\n"


class Nats(Protocol):
    """NATS publish/subscribe: https://docs.nats.io/reference/reference-protocols/nats-protocol."""

    name = "nats"
    start = b"MSG "
    lines = 2
    said = re.compile(rb"(?m)^MSG [^\r]+\r\n(" + PATTERN + rb")x*\r\n")
    stray = re.compile(rb"PING\r\n|INFO [^\n]*\n")
    answer = b"PONG\r\n"
    welcome = b"PONG\r\n"

    def greeting(self, nick: str, room: int) -> bytes:
        """Subscribe, and ask for a pong."""
        connect = b'CONNECT {"verbose":false,"pedantic":false,"echo":false}\r\n'
        subscribe = b"" if nick.startswith(SENDER) else f"SUB {self.rooms[room]} 1\r\n".encode()
        return connect + subscribe + b"PING\r\n"

    def frame(self, room: int, size: int) -> tuple[bytes, bytes]:
        """Publish."""
        return f"PUB {self.rooms[room]} {size}\r\n".encode(), b"\r\n"


class Irc(Protocol):
    """ChatSimples in IRC: https://modern.ircdocs.horse/."""

    name = "irc"
    said = re.compile(rb"(?m)^:[^ \n]+ PRIVMSG [^ \n]+ :?(" + PATTERN + rb")x*\r\n")
    noise = re.compile(rb":[^ \n]+ (?:JOIN|PART|QUIT|NICK|MODE|NOTICE) [^\n]*\n")
    stray = re.compile(rb"PING [^\n]*\n|:[^ \n]+ (?:PONG|[0-9]{3}) [^\n]*\n")
    answer = b"PONG :x\r\n"
    registered = b" 001 "
    welcome = b" PONG "
    longest_text = 400

    def greeting(self, nick: str, room: int) -> bytes:  # noqa: ARG002 - as every protocol is asked
        """Register."""
        return f"NICK {nick}{self.tag}\r\nUSER u 0 * :u\r\n".encode()

    def entering(self, nick: str, room: int) -> bytes:  # noqa: ARG002 - as every protocol is asked
        """Join, and ask for a pong."""
        return f"JOIN #{self.rooms[room]}\r\nPING :ready\r\n".encode()

    def frame(self, room: int, size: int) -> tuple[bytes, bytes]:  # noqa: ARG002 - as every protocol is asked
        """Say it in the channel."""
        return f"PRIVMSG #{self.rooms[room]} :".encode(), b"\r\n"


class InspIRCd(Irc):
    """InspIRCd."""

    name = "inspircd"


class NgIRCd(Irc):
    """ngIRCd."""

    name = "ngircd"


def _resp(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join([b"$%d\r\n%s\r\n" % (len(word), word) for word in words])


_KINDS = (
    TextLines, JsonLines, WebSocketLines, Irc, Course, Uvicorn, Picows, Redis, Nats, InspIRCd, NgIRCd,
)  # fmt: skip
PROTOCOLS: dict[str, type[Protocol]] = {each.name: each for each in _KINDS}
