"""The server's lines, read into records and replies."""

from __future__ import annotations

import msgspec

from chatsimples.chat.effects import Duplicate, HistoryEnd, IsAway, Members, Ping, Pong, RoomList, Status
from chatsimples.chat.records import Record, from_line
from chatsimples.words.telling import TELLING
from chatsimples.words.told import GOVERNING

MAX_LINE = 8 * 1_048_576
"""Bytes in a line from a server. (The longest that a server of ours sends has some 200,000.)"""


class ServerLimits(msgspec.Struct, frozen=True):
    """What the server accepts; 0: there is no bound, or the server does not tell it.

    Attributes:
        max_line: bytes in a command's line.
        max_text: bytes in a message's text.
        max_name: characters in a nick or a room's name.
    """

    max_line: int = 0
    max_text: int = 0
    max_name: int = 0


class Welcome(msgspec.Struct, tag="welcome", frozen=True):
    """The reply to ``hello``.

    The records after ``seq`` follow. Those up to ``head`` are older than the connection, those after it live.
    """

    nick: str
    log: str
    seq: int
    session: str = ""
    resumed: bool = False
    head: int = 0
    server: str = ""
    notice: str = ""
    limits: ServerLimits | None = None
    account: str = ""
    role: str = ""


class Error(msgspec.Struct, tag="error", frozen=True):
    """A refusal: its code, the server's text for people, and the values in that text."""

    code: str
    text: str = ""
    id: str = ""
    detail: dict[str, str] = {}


Reply = Welcome | Members | RoomList | HistoryEnd | Status | Ping | Pong | Duplicate | IsAway | Error

REPLIES: dict[str, type[Reply]] = {
    "welcome": Welcome,
    "members": Members,
    "rooms": RoomList,
    "history_end": HistoryEnd,
    "status": Status,
    "ping": Ping,
    "pong": Pong,
    "duplicate": Duplicate,
    "is_away": IsAway,
    "error": Error,
}
RECORDS = frozenset({"message", "join", "leave", "nick", "hello", "bye", *GOVERNING, *TELLING})


class _Kind(msgspec.Struct):
    type: str


_decode_kind = msgspec.json.Decoder(_Kind).decode
_decoders = {name: msgspec.json.Decoder(cls).decode for name, cls in REPLIES.items()}


def read_line(line: bytes) -> Record | Reply | None:
    """Read one line from the server; None if this client does not know its type.

    Raises:
        ValueError: no ChatSimples server sends such a line.
    """
    # Records come by the thousand and always begin so: their type need not be read first.
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
