"""What the server says: its lines, read into records and replies."""

from __future__ import annotations

import msgspec

from chatsimples.chat.effects import Duplicate, HistoryEnd, Members, Ping, Pong, RoomList
from chatsimples.chat.records import Record, from_line

MAX_LINE = 8 * 1_048_576
"""Bytes in a line from a server; more is no chat (the longest that it means to send has some 200,000)."""


class Welcome(msgspec.Struct, tag="welcome", frozen=True):
    """The answer to ``hello``.

    What follows comes after ``seq``. What is live comes after ``head``; up to there it is what was missed.
    """

    nick: str
    log: str
    seq: int
    session: str = ""
    resumed: bool = False
    head: int = 0
    server: str = ""
    notice: str = ""


class Error(msgspec.Struct, tag="error", frozen=True):
    """A refusal: its code, the server's words for people, and what these are made from."""

    code: str
    text: str = ""
    id: str = ""
    detail: dict[str, str] = {}


Reply = Welcome | Members | RoomList | HistoryEnd | Ping | Pong | Duplicate | Error

REPLIES: dict[str, type[Reply]] = {
    "welcome": Welcome,
    "members": Members,
    "rooms": RoomList,
    "history_end": HistoryEnd,
    "ping": Ping,
    "pong": Pong,
    "duplicate": Duplicate,
    "error": Error,
}
RECORDS = frozenset({"message", "join", "leave", "nick"})


class _Kind(msgspec.Struct):
    type: str


_decode_kind = msgspec.json.Decoder(_Kind).decode
_decoders = {name: msgspec.json.Decoder(cls).decode for name, cls in REPLIES.items()}


def read_line(line: bytes) -> Record | Reply | None:
    """Read one line from the server; None if it is of a type that this client does not know.

    Raises:
        ValueError: the line is none that a ChatSimples server sends.
    """
    # Records come by the thousand, and always begin so: they need no look at their type first.
    if line.startswith(b'{"seq":'):
        record = from_line(line)
        return record if record.type in RECORDS else None
    try:
        kind = _decode_kind(line).type
        if kind in RECORDS:
            return from_line(line)
        decode = _decoders.get(kind)
        return decode(line) if decode else None
    except RecursionError:
        raise ValueError("nested too deeply") from None
