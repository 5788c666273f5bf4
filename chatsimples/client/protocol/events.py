"""What the core tells its owner, and what it asks of the server."""

from __future__ import annotations

import msgspec

from chatsimples.chat.effects import HistoryEnd, Members, RoomList
from chatsimples.chat.records import Record
from chatsimples.client.protocol.replies import Welcome


class Position(msgspec.Struct, frozen=True):
    """A place in a log. A seq means nothing without its log."""

    log: str
    seq: int


class Hello(msgspec.Struct, omit_defaults=True, frozen=True):
    """The first command of a connection."""

    type: str
    nick: str
    rooms: list[str]
    session: str
    since: Position | None = None


class Command(msgspec.Struct, omit_defaults=True, frozen=True):
    """A command that is answered: by the record that it makes, by a reply, or by an error."""

    type: str
    id: str
    room: str = ""
    to: str = ""
    text: str = ""
    nick: str = ""
    before: int = 0
    limit: int = 0


class Welcomed(msgspec.Struct, frozen=True):
    """Registered with the server.

    Attributes:
        again: it is not the first time.
        gap: it is not the first time, and what happened meanwhile will not come.
    """

    welcome: Welcome
    again: bool
    gap: bool


class Happened(msgspec.Struct, frozen=True):
    """A record.

    Attributes:
        own: this connection did it, or an earlier one of this client.
        past: it was asked for with ``history``: it is not part of what happens now.
        command: the command that it answers.
        line: the bytes that came, without the line's end: the transcript's own.
    """

    record: Record
    own: bool
    past: bool
    command: Command | None
    line: bytes = b""


class Answered(msgspec.Struct, frozen=True):
    """The answer to a question.

    Attributes:
        command: the question; None if it was not this client's.
    """

    reply: Members | RoomList | HistoryEnd
    command: Command | None = None
    line: bytes = b""


class Known(msgspec.Struct, frozen=True):
    """A text that was sent again was on record already, as ``seq``.

    ``unseen`` if its record is not part of what this connection receives.
    """

    command: Command
    seq: int
    unseen: bool


class Refused(msgspec.Struct, frozen=True):
    """The server refuses a command, or tells (``command`` is None) what is wrong with the connection.

    Attributes:
        detail: what the placeholders of the code's text stand for, for who shows it in words of their own.
    """

    code: str
    text: str
    command: Command | None = None
    detail: dict[str, str] = {}


class NickRefused(msgspec.Struct, frozen=True):
    """The server refuses the nick in ``hello``: another one is needed (`Core.call_me`)."""

    code: str
    text: str
    nick: str
    detail: dict[str, str] = {}


class Dismissed(msgspec.Struct, frozen=True):
    """The server does not want this client: coming back would not help."""

    code: str
    text: str
    detail: dict[str, str] = {}


class Garbled(msgspec.Struct, frozen=True):
    """What came is none of the protocol. The core listens no more until the next connection."""

    reason: str


Event = Welcomed | Happened | Answered | Known | Refused | NickRefused | Dismissed | Garbled
