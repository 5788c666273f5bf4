"""What clients ask: the commands that travel from the worker threads to the broadcaster.

Whoever makes a command has checked its names and texts (`chatsimples.chat.names`); the rules trust them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from chatsimples.chat import asked
from chatsimples.chat.command import BaseCommand
from chatsimples.chat.limits import Limits
from chatsimples.chat.room_settings import SettingsAsked

OPERATOR = 0
"""The ``conn`` of commands that come from the server itself or from its operator, and from no client."""

HERE = "."
"""The room of a command that means the one in which its sender is, or the first of these. None is called so.

Where a command without a room is for the whole server, whoever types it without a room means this one.
"""

KINDS = ("", "action", "notice")
"""What a message is: just said, something done (``/me``), or a notice, which no program answers by itself."""

MOST_LINES = 64
"""Lines of one message; together they are no longer than a text may be."""

RoomRole = Literal["owner", "operator", "voice", "none"]
"""What somebody may be in a room that is governed."""

LIFTED = -1
"""The seconds of a `Mute` that lets somebody speak again."""


class Open(BaseCommand, tag=1):
    """A connection is there and its dialect is known.

    A ``visitor`` gets a nick at once and enters the default room; others say hello first.
    """

    dialect: str
    address: str
    visitor: bool = False


class Hello(BaseCommand, tag=2):
    """A JSON client says who it is. ``session`` is its secret, or a new one made for it.

    ``account`` is the name of the account as which it has been logged in, with its ``role`` on the server;
    both are empty for a guest. Whoever made the command has checked that: no password travels in it. ``keys``
    are the proofs of the keys of rooms, by the keys of their names; see `Join`. ``renames`` lets whoever is
    registered already take the nick, where one command means both. ``user`` and ``realname`` are what else
    they tell of themselves.
    """

    nick: str
    rooms: tuple[str, ...]
    session: str
    since_log: str = ""
    since_seq: int = -1
    dialect: str = "json"
    account: str = ""
    role: str = ""
    keys: dict[str, str] = msgspec.field(default_factory=dict)
    renames: bool = False
    user: str = ""
    realname: str = ""


class Say(BaseCommand, tag=3):
    """Say a text in a room, to one person (``to``), or, with neither, in the room that one is in.

    ``kind`` is one of `KINDS`. ``tags`` are those of the client, see `chatsimples.chat.tags`. With some, the
    text may be empty: it is a reaction or the like.
    """

    text: str
    room: str = ""
    to: str = ""
    id: str = ""
    kind: str = ""
    tags: dict[str, str] | None = None


class SayAs(BaseCommand, tag=4):
    """Say a text under a nick: what an unframed client means by ``nick: text``.

    ``line`` is the whole line, for the case that the nick can't be had. An empty text only takes the nick.
    """

    nick: str
    text: str
    line: str


class Join(BaseCommand, tag=5):
    """Enter a room; ``alone`` leaves the others.

    ``key`` is the proof of the room's key: a slow hash of it and of the room, never the key itself.
    """

    room: str
    id: str = ""
    alone: bool = False
    key: str = ""


class Leave(BaseCommand, tag=6):
    """Leave a room, perhaps with a word."""

    room: str
    id: str = ""
    text: str = ""


class Rename(BaseCommand, tag=7):
    """Take another nick."""

    nick: str
    id: str = ""


class History(BaseCommand, tag=8):
    """Ask for the last ``limit`` messages of a room before a seq (0: before the end).

    With ``after`` (a seq; -1: none) or ``at`` (a time, as records have it; "": none) it asks for the first
    ones after that seq, or from that time on. ``all`` asks for the other records too that all members of the
    room were given.

    Nothing is told that is of the time ``until`` ("": none) or later. ``newest`` asks for the last ones after
    a seq or from a time on instead of the first, ``around`` for as many before it as from it on; ``after`` is
    then among them. With ``to``, a nick, it is about what was said between that person and whoever asks. Of a
    room ``joined`` asks as a member alone. ``mark`` is for the dialect, as that of a `Request`.
    """

    room: str
    before: int
    limit: int
    id: str = ""
    after: int = -1
    at: str = ""
    all: bool = False
    until: str = ""
    to: str = ""
    newest: bool = False
    around: bool = False
    joined: bool = False
    mark: bytes = b""


class Who(BaseCommand, tag=9):
    """Ask who is in a room ("": the first that one is in).

    Told are at most ``limit`` (0: as many as are told at once), after the nick ``after``; if ``numbered``,
    with the numbers of their connections. Whoever asks as they are ``entering`` is told of nobody else where
    it is told to nobody who comes and goes: the list would be wrong at once, and of a thousand who come in
    each would be told of all the others.
    """

    room: str = ""
    id: str = ""
    after: str = ""
    limit: int = 0
    numbered: bool = False
    entering: bool = False


class Rooms(BaseCommand, tag=10):
    """Ask which rooms there are.

    Told are at most ``limit`` (0: as many as are told at once), after the room ``after``.
    """

    id: str = ""
    after: str = ""
    limit: int = 0


class Ping(BaseCommand, tag=11):
    """Ask for a sign of life."""

    id: str = ""


class Help(BaseCommand, tag=12):
    """Ask for the list of commands (plain text)."""


class Bye(BaseCommand, tag=13):
    """Leave for good, perhaps with a word. The nick is free at once."""

    text: str = ""


class Close(BaseCommand, tag=14):
    """The connection has ended; ``reason`` is that of the leave record.

    ``echo`` are the bytes with which the client's own goodbye is answered, in a dialect that has one.
    """

    reason: str
    echo: bytes = b""


class Fault(BaseCommand, tag=15):
    """What the client sent was refused where it came in. ``fatal`` ends the connection."""

    code: str
    detail: dict[str, str]
    id: str = ""
    fatal: bool = False


class Silent(BaseCommand, tag=16):
    """The client has not been heard for a while; ``gone`` if it did not answer a ping either."""

    seconds: int
    gone: bool


class Kick(BaseCommand, tag=17):
    """Remove whoever has the nick from a room or, without one, from the server."""

    nick: str
    room: str = ""
    text: str = ""
    id: str = ""


class Start(BaseCommand, tag=18):
    """The server, a program's name and version, begins to write under these limits.

    Attributes:
        ends: whoever a crash left connected is ended at once; else by a `Close` each, which must follow.
    """

    server: str
    limits: Limits
    ends: bool = True


class Stop(BaseCommand, tag=19):
    """The server ends: everybody leaves."""


class Login(BaseCommand, tag=20):
    """A registered connection has been logged in as an account, which has a role on the server.

    ``renews``: its session goes on as one of the account's; in logs of before there were some that did not.
    """

    account: str
    role: str
    id: str = ""
    renews: bool = True


class Topic(BaseCommand, tag=21):
    """Say what a room is about; an empty text says nothing any more."""

    room: str
    text: str
    id: str = ""


class Invite(BaseCommand, tag=22):
    """Let somebody enter a room that is for those who are invited."""

    room: str
    nick: str
    id: str = ""


class Grant(BaseCommand, tag=23):
    """Give an account a role in a room: ``owner``, ``operator``, ``voice`` or ``none``.

    The account is that of whoever has the nick; without anybody, the one that is called so. Where rooms of
    guests are owned, a guest who is in the room can be an operator or have a voice, as long as they are.
    ``how`` says what becomes of another role that they have: ``raise`` gives one to those below it alone,
    ``lower`` takes this one from those who have it, and both let all others be.
    """

    room: str
    nick: str
    role: RoomRole
    id: str = ""
    how: Literal["", "raise", "lower"] = ""


class Set(BaseCommand, tag=24):
    """Change the settings of a room. A key among them is the proof of one, see `Join`."""

    room: str
    settings: SettingsAsked
    id: str = ""


class Ban(BaseCommand, tag=25):
    """Keep a nick and whoever has it, or an account, out of a room or, without one, off the server.

    In a room the nick may be a mask (`chatsimples.chat.masks`), as it may wherever one is named below: that
    keeps out those who come.

    ``seconds`` are for how long; 0 for ever.
    """

    room: str = ""
    nick: str = ""
    account: str = ""
    seconds: int = 0
    text: str = ""
    id: str = ""


class Exempt(BaseCommand, tag=47):
    """Except a nick or an account from the bans and mutes of a room; if ``lifted``, no more.

    With ``welcome`` it is excepted from the need of an invitation instead.
    """

    room: str
    nick: str = ""
    account: str = ""
    welcome: bool = False
    lifted: bool = False
    id: str = ""


class Unban(BaseCommand, tag=26):
    """Let a nick or an account in again."""

    room: str = ""
    nick: str = ""
    account: str = ""
    id: str = ""


class Mute(BaseCommand, tag=27):
    """Let whoever has the nick say nothing in a room or, without one, on the server.

    ``seconds`` are for how long; 0 for ever, -1 lets them speak again. A mask, and ``ahead`` a nick that
    nobody has, can be muted in a room too; whoever comes and has a voice there speaks all the same.
    """

    room: str = ""
    nick: str = ""
    seconds: int = 0
    text: str = ""
    id: str = ""
    ahead: bool = False


class AccountChanged(BaseCommand, tag=28):
    """An account has another role or, if it ``ended``, none of its connections is logged in any more."""

    account: str
    role: str = ""
    ended: bool = False


class Transmit(BaseCommand, tag=30):
    """Have bytes written as they are: what a dialect itself answers, a handshake or a sign of life."""

    data: bytes


class Forget(BaseCommand, tag=29):
    """Somebody else has the connection: let go of it, and write nothing to it. It is its only command."""


class Request(BaseCommand, tag=32):
    """Do what a client has asked for at once, and answer it as a whole.

    ``mark`` is what its dialect has to know of it to write the answer; nobody else reads it, and it goes on
    no record. The ``commands`` are its own, and no requests.
    """

    mark: bytes
    commands: tuple[Command, ...] = ()


class Style(BaseCommand, tag=33):
    """Write from here on in a variant of the connection's dialect, which knows what ``style`` means."""

    style: int


class Away(BaseCommand, tag=34):
    """Be away, with a word why; an empty text is back again."""

    text: str
    id: str = ""


class SetName(BaseCommand, tag=35):
    """Tell another real name."""

    realname: str
    id: str = ""


class Line(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One line of a message; ``joined`` if no newline stands before it. Not all of a message are empty."""

    text: str
    joined: bool = False


class Lines(BaseCommand, tag=36):
    """Say several lines as one message, at least two: as `Say`, with the tags at its first line."""

    lines: tuple[Line, ...]
    room: str = ""
    to: str = ""
    id: str = ""
    kind: str = ""
    tags: dict[str, str] | None = None


class Signal(BaseCommand, tag=37):
    """Tell those who are in a room, or one person, what is true for a moment and on no record: one types."""

    tags: dict[str, str]
    room: str = ""
    to: str = ""
    id: str = ""


class Announce(BaseCommand, tag=38):
    """Tell everybody on the server something."""

    text: str
    id: str = ""


Whois = asked.Whois
Whowas = asked.Whowas
WhoList = asked.WhoList
Count = asked.Count
Monitor = asked.Monitor
Presence = asked.Presence
Modes = asked.Modes
Conversations = asked.Conversations
MarkRead = asked.MarkRead
Status = asked.Status

Command = (
    Open | Hello | Say | SayAs | Join | Leave | Rename | History | Who | Rooms | Ping | Help | Bye | Close
    | Fault | Silent | Kick | Start | Stop | Login | Topic | Invite | Grant | Set | Ban | Unban | Mute
    | Exempt | AccountChanged | Transmit | Forget | Status | Request | Style | Away | SetName | Lines | Signal
    | Announce | Conversations | MarkRead | Whois | Whowas | WhoList | Count | Monitor | Presence | Modes
)  # fmt: skip


def within(command: Command) -> tuple[Command, ...]:
    """Return the commands of a request; of any other command itself alone."""
    return command.commands if isinstance(command, Request) else (command,)


def weight(commands: Sequence[Command]) -> int:
    """Return for how many commands these count: each line of a message of several is one."""
    total = len(commands)
    for command in commands:
        if type(command) in _HEAVY:
            total += sum(len(each.lines) - 1 for each in within(command) if isinstance(each, Lines))
    return total


def refused(command: Command, code: str, detail: dict[str, str]) -> Command:
    """Return what a command becomes that is refused where it comes in: of a request its answer."""
    fault = Fault(command.conn, code, detail, getattr(command, "id", ""))
    return Request(command.conn, command.mark, (fault,)) if isinstance(command, Request) else fault


_HEAVY = frozenset({Lines, Request})

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Command]).decode


def pack(commands: Sequence[Command]) -> bytes:
    """Write a batch of commands as one Queue item."""
    return _encode(commands)


def unpack(item: bytes) -> list[Command]:
    """Read a batch of commands back."""
    return _decode(item)
