"""A WebSocket client's side, made of the library's parts and without a socket."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from websockets.frames import Close, Frame, Opcode
from websockets.protocol import CLIENT, OPEN, Protocol

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
"""That of RFC 6455's example, section 1.3."""

ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""What answers it."""


def head(*more: str, path: str = "/ws", host: str = "127.0.0.1:5000", key: str = KEY) -> bytes:
    """Write the head of a request for a WebSocket, with more header lines."""
    lines = (
        f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *more, "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def frame(opcode: Opcode, data: bytes | str = b"", *, fin: bool = True) -> bytes:
    """Write a frame as a client does: masked."""
    data = data.encode() if isinstance(data, str) else data
    return Frame(opcode, data, fin).serialize(mask=True)


def text(data: bytes | str, *, fin: bool = True) -> bytes:
    """Write a text message, or the first fragment of one."""
    return frame(Opcode.TEXT, data, fin=fin)


def more(data: bytes | str, *, fin: bool = True) -> bytes:
    """Write a further fragment of a message."""
    return frame(Opcode.CONT, data, fin=fin)


def ping(data: bytes | str = b"") -> bytes:
    """Write a ping."""
    return frame(Opcode.PING, data)


def pong(data: bytes | str = b"") -> bytes:
    """Write a pong."""
    return frame(Opcode.PONG, data)


def close(code: int = 1000, why: str = "") -> bytes:
    """Write a goodbye."""
    return frame(Opcode.CLOSE, Close(code, why).serialize())


def fragments(data: bytes, sizes: Iterable[int]) -> bytes:
    """Write a text message in fragments of these sizes, and a last one of what is left."""
    parts = []
    for size in sizes:
        parts.append(data[:size])
        data = data[size:]
    parts.append(data)
    frames = [
        frame(Opcode.CONT if number else Opcode.TEXT, part, fin=number == len(parts) - 1)
        for number, part in enumerate(parts)
    ]
    return b"".join(frames)


class Received(NamedTuple):
    """A frame that the server has sent: its kind (``TEXT``, ``PING``, ``CLOSE``...), and what it holds."""

    kind: str
    data: bytes


class WebSocketClient:
    """Reads what a server sends, and holds it to the protocol."""

    def __init__(self) -> None:
        self._protocol = Protocol(CLIENT, state=OPEN, max_size=None)

    def receive(self, data: bytes) -> list[Received]:
        """Take in bytes and return the frames that they complete; fails if they are no server's."""
        self._protocol.receive_data(data)
        events: list[Any] = self._protocol.events_received()
        assert self._protocol.parser_exc is None, self._protocol.parser_exc
        return [Received(each.opcode.name, bytes(each.data)) for each in events]

    @property
    def is_between_frames(self) -> bool:
        """Whether nothing is left that is no complete frame."""
        return not self._protocol.reader.buffer


def received(data: bytes) -> list[Received]:
    """Return the frames of bytes that a server has sent, of which none is cut."""
    client = WebSocketClient()
    frames = client.receive(data)
    assert client.is_between_frames
    return frames


def lines(data: bytes) -> bytes:
    """Return the lines in the messages of bytes that a server has sent, each with its end."""
    return b"".join(each.data + b"\n" for each in received(data) if each.kind == "TEXT")


def goodbye(payload: bytes) -> tuple[int, str]:
    """Return the code and the reason in a goodbye's payload."""
    close = Close.parse(payload)
    return int(close.code), close.reason


def close_code(data: bytes) -> int:
    """Return the code of the goodbye in bytes that a server has sent; 0 if there is none."""
    closes = [each for each in received(data) if each.kind == "CLOSE"]
    return goodbye(closes[-1].data)[0] if closes else 0


class Response(NamedTuple):
    """What a request is answered: the status, the headers by their names in lower case, and what follows."""

    status: int
    headers: dict[str, str]
    rest: bytes


def response(data: bytes) -> Response:
    """Return the response at the beginning of what a server has sent."""
    head_, end, rest = data.partition(b"\r\n\r\n")
    assert end
    first, *lines_ = head_.decode("ascii").split("\r\n")
    headers = [line.partition(": ") for line in lines_]
    return Response(int(first.split()[1]), {name.lower(): value for name, _, value in headers}, rest)
