"""Writers for tests of what is written to IRC clients."""

from __future__ import annotations

from chatsimples.chat.records import Record
from chatsimples.irc.people import People
from chatsimples.irc.replies.records import RecordWriter
from chatsimples.irc.replies.writer import Writer
from chatsimples.irc.server import Bounds, Server

SERVER = Server("irc.test", "LOG", "chatsimples-1", "All is recorded.", Bounds(400, 32, 10), lambda: "noon")
AT = "2026-11-22T15:00:00.123456Z"


def writer(nick: str = "ana", style: int = 0) -> Writer:
    return Writer(SERVER, style, RecordWriter(SERVER, style, People()), str, nick)


def lines(written: Writer) -> list[str]:
    """Return what was written, without the server's name in front."""
    return [line.removeprefix(":irc.test ") for line in written.written().decode().split("\r\n")[:-1]]


def record(kind: str, /, **fields: object) -> Record:
    named = {"conn": 7, "nick": "bia", "room": "x", **fields}
    return Record(12, AT, kind, **named)  # type: ignore[arg-type]
