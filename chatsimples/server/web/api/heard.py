"""What the chat says on a connection, as far as requests are answered by it."""

from __future__ import annotations

from typing import Any

import msgspec

ROOM_CODES = frozenset({"bad_key", "banned", "login_required", "room_closed", "room_full"})
"""Without an id, and with a room among their details, they are about one of the rooms of a hello."""

NICK_CODES = frozenset({"bad_nick", "nick_confusable", "nick_in_use", "nick_registered"})
"""Another nick is needed."""

PASSING_CODES = frozenset(
    {
        "flood",
        "login_busy",
        "registration_timeout",
        "replaced",
        "server_full",
        "storage_failed",
        "timeout",
        "too_many_connections",
    }
)
"""They end a connection, or refuse its hello, and the next one may do better."""


class Heard(msgspec.Struct):
    """A line: a record, which has a ``seq`` and a time, or a reply."""

    type: str
    seq: int = 0
    at: str = ""
    conn: int = 0
    nick: str = ""
    new: str = ""
    room: str = ""
    id: str = ""
    by: str = ""
    reason: str = ""
    quiet: bool = False
    # Of replies.
    log: str = ""
    head: int = 0
    resumed: bool = False
    complete: bool = True
    before: int = 0
    after: int = 0
    code: str = ""
    text: str = ""
    detail: dict[str, str] = {}
    members: list[str] = []
    rooms: list[dict[str, Any]] = []
    count: int = 0
    next: str = ""
    topic: str = ""

    @property
    def is_record(self) -> bool:
        """Whether it is a record."""
        return bool(self.at)


def _lenient(line: bytes) -> Heard | None:
    """Read a line of which a field has another type than is known: of that what the type tells is enough."""
    try:
        told = msgspec.json.decode(line)
        return Heard(type=str(told["type"]), id=str(told.get("id", "")))
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        return None


_decode = msgspec.json.Decoder(Heard).decode


def read(line: bytes) -> Heard | None:
    """Read a line; None if it is none that a program is told."""
    if not line.startswith(b"{"):
        return None
    try:
        return _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _lenient(line)
