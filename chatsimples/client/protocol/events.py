"""The events that the core gives to its owner."""

from __future__ import annotations

import msgspec

from chatsimples.chat.effects import HistoryEnd, IsAway, Members, RoomList, Status
from chatsimples.chat.records import Record
from chatsimples.client.protocol.commands import Command
from chatsimples.client.protocol.replies import Welcome


class Welcomed(msgspec.Struct, frozen=True):
    """The server has registered the client.

    Attributes:
        again: it is not the first time.
        gap: it is not the first time, and the records in between will not come.
    """

    welcome: Welcome
    again: bool
    gap: bool


class RecordReceived(msgspec.Struct, frozen=True):
    """A record.

    Attributes:
        own: this client caused it, on this connection or an earlier one.
        past: it answers ``history``, and is no part of the live stream.
        command: the command that it answers.
        line: the bytes that came, without the line's end: the transcript's own.
    """

    record: Record
    own: bool
    past: bool
    command: Command | None
    line: bytes = b""


class ReplyReceived(msgspec.Struct, frozen=True):
    """The reply to a question, or that somebody to whom a text was said is away.

    Attributes:
        command: the question; None if there was none, or it was not this client's.
        line: the bytes that came, without the line's end.
    """

    reply: Members | RoomList | HistoryEnd | Status | IsAway
    command: Command | None = None
    line: bytes = b""


class AlreadyRecorded(msgspec.Struct, frozen=True):
    """A text that was sent again was on record already.

    Attributes:
        seq: of its record.
        unseen: this connection does not receive that record.
    """

    command: Command
    seq: int
    unseen: bool


class Refused(msgspec.Struct, frozen=True):
    """The server refuses a command or, if ``command`` is None, says what is wrong with the connection.

    Attributes:
        detail: the values of the placeholders in the code's text, for a text of one's own.
    """

    code: str
    text: str
    command: Command | None = None
    detail: dict[str, str] = {}


class NickRefused(msgspec.Struct, frozen=True):
    """The server refuses the nick in ``hello``: another one is needed (`Core.set_nick`)."""

    code: str
    text: str
    nick: str
    detail: dict[str, str] = {}


class LoginRefused(msgspec.Struct, frozen=True):
    """The server refuses the password in ``hello``: another one is needed (`Core.set_password`)."""

    code: str
    text: str
    detail: dict[str, str] = {}


class Dismissed(msgspec.Struct, frozen=True):
    """The server does not want this client: to connect again would not help."""

    code: str
    text: str
    detail: dict[str, str] = {}


class ProtocolViolated(msgspec.Struct, frozen=True):
    """The bytes that came are not of the protocol. What follows on this connection is ignored."""

    reason: str


Denied = Refused | NickRefused | LoginRefused

Event = (
    Welcomed
    | RecordReceived
    | ReplyReceived
    | AlreadyRecorded
    | Refused
    | NickRefused
    | LoginRefused
    | Dismissed
    | ProtocolViolated
)
