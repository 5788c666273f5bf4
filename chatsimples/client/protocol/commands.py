"""The commands that a client sends: JSON objects, one a line."""

from __future__ import annotations

import msgspec

from chatsimples.chat.room_settings import SettingsAsked


class Position(msgspec.Struct, frozen=True):
    """A position in a log. A seq means nothing without its log."""

    log: str
    seq: int


class Hello(msgspec.Struct, omit_defaults=True, frozen=True):
    """The first command of a connection."""

    type: str
    nick: str
    rooms: list[str]
    session: str
    since: Position | None = None
    keys: dict[str, str] = {}
    account: str = ""
    password: str = ""
    token: str = ""


class Command(msgspec.Struct, omit_defaults=True, frozen=True):
    """A command that is answered: by the record that it causes, by a reply, or by an error."""

    type: str
    id: str
    room: str = ""
    to: str = ""
    text: str = ""
    nick: str = ""
    before: int = 0
    limit: int = 0
    after: str | int = ""
    key: str = ""
    role: str = ""
    account: str = ""
    seconds: int = 0
    settings: SettingsAsked | None = None
    at: str = ""
    all: bool = False
    until: str = ""
    kind: str = ""
    realname: str = ""


_encode = msgspec.json.Encoder().encode


def to_line(command: Command | Hello) -> bytes:
    """Return a command's line, newline included."""
    return _encode(command) + b"\n"
