"""What the rules answer besides records: replies to one connection, and requests to whoever feeds it."""

from __future__ import annotations

import msgspec

from chatsimples.chat.records import Record
from chatsimples.chat.room_settings import RoomSettings


class Welcome(msgspec.Struct, tag="welcome", tag_field="type", frozen=True):
    """Registered: who you are, and the position after which what follows comes."""

    nick: str
    log: str
    seq: int
    session: str
    resumed: bool
    head: int
    server: str
    account: str = ""
    role: str = ""


class Held(msgspec.Struct, omit_defaults=True, frozen=True):
    """Somebody who is banned, muted or excepted: the nick or mask, or the ``account``; by whom, and when."""

    nick: str
    by: str
    until: str = ""
    at: str = ""
    account: bool = False


class Members(msgspec.Struct, tag="members", tag_field="type", omit_defaults=True, frozen=True):
    """Who is in a room: at most 1,000 nicks, and how many there are.

    ``next`` is the nick after which to go on, if there are more. Of a room that has an owner it tells
    also its ``topic``, its ``settings``, whether it has a key (``keyed``), and the ``roles`` of those members
    that have one; and to its operators who is banned and muted. ``conns`` are the numbers of the members'
    connections, where these were asked for.
    """

    room: str
    members: list[str]
    count: int
    next: str = ""
    id: str = ""
    topic: str = ""
    settings: RoomSettings | None = None
    keyed: bool = False
    roles: dict[str, str] = {}
    bans: list[Held] = []
    mutes: list[Held] = []
    conns: list[int] = []


class Someone(msgspec.Struct, omit_defaults=True, frozen=True):
    """Somebody who is there.

    ``role`` is what they are on the server, if they govern it; ``room_role`` what they are in the room that
    the answer is about.
    """

    nick: str
    conn: int
    user: str = ""
    realname: str = ""
    account: str = ""
    away: str = ""
    role: str = ""
    room_role: str = ""


class Whois(msgspec.Struct, tag="whois", tag_field="type", omit_defaults=True, frozen=True):
    """Who somebody is, and their roles in those rooms that whoever asks may see."""

    person: Someone
    rooms: dict[str, str]
    id: str = ""


class Gone(msgspec.Struct, omit_defaults=True, frozen=True):
    """Somebody who had a nick, until when."""

    nick: str
    conn: int
    at: str
    user: str = ""
    realname: str = ""
    account: str = ""


class Whowas(msgspec.Struct, tag="whowas", tag_field="type", omit_defaults=True, frozen=True):
    """Who had a nick, the last one first; nobody, if that is not known any more."""

    nick: str
    people: list[Gone]
    id: str = ""


class People(msgspec.Struct, tag="people", tag_field="type", omit_defaults=True, frozen=True):
    """People; of a room at most 1,000, and ``next`` is the nick after which to go on, if there are more."""

    room: str
    people: list[Someone]
    next: str = ""
    id: str = ""


class Counts(msgspec.Struct, tag="counts", tag_field="type", omit_defaults=True, frozen=True):
    """How many people there are, and were at most since the process began; moderators of them, and rooms."""

    people: int
    most: int
    moderators: int
    rooms: int
    id: str = ""


class Seen(msgspec.Struct, tag="presence", tag_field="type", omit_defaults=True, frozen=True):
    """Who is there and who is not, of those that were asked for or are watched."""

    online: list[Someone] = []
    offline: list[str] = []
    id: str = ""


class Watched(msgspec.Struct, tag="monitor", tag_field="type", omit_defaults=True, frozen=True):
    """The nicks that a connection watches."""

    nicks: list[str]
    id: str = ""


class RoomModes(msgspec.Struct, tag="modes", tag_field="type", omit_defaults=True, frozen=True):
    """How a room is set; without ``settings`` nobody governs it. The lists are for those who are in it."""

    room: str
    settings: RoomSettings | None = None
    keyed: bool = False
    made_at: str = ""
    bans: list[Held] = []
    mutes: list[Held] = []
    exempt: list[Held] = []
    welcome: list[Held] = []
    id: str = ""


class RoomSize(msgspec.Struct, omit_defaults=True, frozen=True):
    """A room, how many members it has, and what it is about."""

    room: str
    members: int
    topic: str = ""


class RoomList(msgspec.Struct, tag="rooms", tag_field="type", omit_defaults=True, frozen=True):
    """Which rooms there are: at most 1,000, and how many there are.

    ``next`` is the room after which to go on, if there are more.
    """

    rooms: list[RoomSize]
    count: int = 0
    next: str = ""
    id: str = ""


class Conversation(msgspec.Struct, omit_defaults=True, frozen=True):
    """A room, or the nick of the other one in a private conversation; and when something was said last."""

    at: str
    room: str = ""
    to: str = ""


class ConversationList(
    msgspec.Struct, tag="conversations", tag_field="type", omit_defaults=True, frozen=True
):
    """Where something was said last within a time, the earliest first.

    ``complete`` tells that there are no others: of private conversations so many are looked at and no more.
    """

    conversations: list[Conversation]
    complete: bool
    id: str = ""


class HistoryEnd(msgspec.Struct, tag="history_end", tag_field="type", omit_defaults=True, frozen=True):
    """The end of an answer to ``history``.

    It tells whether nothing more is there in the direction that was asked for, and where to go on if it is:
    ``before`` which seq with older ones, ``after`` which seq with newer ones. An answer from a time on tells
    both. Of a private conversation it tells with whom (``to``), and no room.
    """

    room: str
    complete: bool
    before: int = 0
    id: str = ""
    after: int = 0
    to: str = ""


class TurnTimes(msgspec.Struct, frozen=True):
    """How long the turns of the broadcaster's loop took since its process began.

    Attributes:
        count: how many turns.
        busy: seconds of all of them together.
        p50_ms, p99_ms, max_ms: milliseconds.
        over_20_ms: how many took longer than that.
        histogram: how many took no longer than so many milliseconds, and longer than the entry before says.
    """

    count: int
    busy: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    over_20_ms: int
    histogram: list[tuple[float, int]]


class Status(msgspec.Struct, tag="status", tag_field="type", omit_defaults=True, frozen=True):
    """How the server does. What is counted is counted since the broadcaster's process began.

    Attributes:
        uptime: seconds since then.
        seq: of the last record.
        connections: that are registered, by dialect.
        records: that were written.
        deliveries: of records to connections.
        bytes: that were given to connections, those that wait included.
        turns: of the loop.
        backlog: bytes that wait in memory for connections that read slowly.
        catching_up: connections that are served from the transcript.
        queue: bytes of commands that wait in the Queue.
        rss: bytes of memory that the process occupies.
    """

    uptime: float
    seq: int
    connections: dict[str, int]
    records: int
    deliveries: int
    bytes: int
    turns: TurnTimes
    backlog: int
    catching_up: int
    queue: int
    rss: int
    id: str = ""


class Ping(msgspec.Struct, tag="ping", tag_field="type", frozen=True):
    """The server asks for a sign of life, and tells the newest position."""

    seq: int


class Pong(msgspec.Struct, tag="pong", tag_field="type", omit_defaults=True, frozen=True):
    """The answer to a client's ping."""

    id: str = ""


class Duplicate(msgspec.Struct, tag="duplicate", tag_field="type", frozen=True):
    """A message with this id has been recorded before, as ``seq``."""

    id: str
    seq: int


class IsAway(msgspec.Struct, tag="is_away", tag_field="type", frozen=True):
    """Somebody to whom something was said is away, and why."""

    nick: str
    text: str


class ReadMarker(msgspec.Struct, frozen=True):
    """Up to when somebody has read a room, or what was said with a person; empty if that is not known."""

    room: str
    to: str
    at: str


class Error(msgspec.Struct, frozen=True):
    """A refusal: a code of `chatsimples.errors.REFUSALS` and what its text's placeholders stand for."""

    code: str
    detail: dict[str, str]
    id: str = ""


class About(msgspec.Struct, frozen=True):
    """What a room is about, for people who have just entered it. Programs ask who is there.

    ``by`` and ``at`` are who said so when; empty where that is not known.
    """

    room: str
    topic: str
    by: str = ""
    at: str = ""


class CommandList(msgspec.Struct, frozen=True):
    """The commands of plain text."""


Answer = (
    Welcome | Members | RoomList | ConversationList | HistoryEnd | Status | Ping | Pong | Duplicate | IsAway
    | ReadMarker | Error | CommandList | About | Whois | Whowas | People | Counts | Seen | Watched
    | RoomModes
)  # fmt: skip


class Reply(msgspec.Struct, frozen=True):
    """An answer for one connection."""

    conn: int
    answer: Answer


class Feed(msgspec.Struct, frozen=True):
    """Serve a connection from the transcript after ``after``, then live.

    It gets the records of ``rooms`` (keys) and the private messages from and to the holder of ``identity``,
    or any of ``connections``, which were its own in version 1 of the transcript.
    """

    conn: int
    after: int
    rooms: tuple[str, ...]
    connections: tuple[int, ...]
    identity: str = ""


class Recall(msgspec.Struct, frozen=True):
    """Send a connection messages of a room, then `HistoryEnd`.

    They are the last ``limit`` before ``before``; with ``after`` (-1: none) or ``at`` ("": none) the first
    ``limit`` after that seq or from that time on, and before ``before``. With ``all`` they are not messages
    alone, but all records that the members of the room were given.

    They are older than ``until`` ("": none). ``newest`` and ``around``: see `commands.History`. Without a
    room they are what was said between the owner of ``own`` (connections by their numbers, a session by its
    identity) and whoever was called ``to`` then, or is of the session ``peer``.
    """

    conn: int
    room: str
    before: int
    limit: int
    id: str
    after: int = -1
    at: str = ""
    all: bool = False
    until: str = ""
    newest: bool = False
    around: bool = False
    to: str = ""
    own: tuple[int | str, ...] = ()
    peer: str = ""
    mark: bytes = b""


class Survey(msgspec.Struct, frozen=True):
    """Tell a connection in which rooms, and with whom, something was said last within a time.

    See `ConversationList`; `Recall` has what ``own`` is.
    """

    conn: int
    rooms: tuple[str, ...]
    own: tuple[int | str, ...]
    before: int
    limit: int
    at: str
    until: str
    id: str = ""
    mark: bytes = b""


class MarkRead(msgspec.Struct, frozen=True):
    """Note up to when somebody has read something, unless ``at`` is empty, and tell them (`ReadMarker`).

    ``owner`` is who that is, ``target`` what it is of, as they are compared; ``others`` are the connections
    of the same account, which are told of a later one.
    """

    conn: int
    owner: str
    target: str
    room: str
    to: str
    at: str
    others: tuple[int, ...] = ()


class Measure(msgspec.Struct, frozen=True):
    """Tell a connection how the server does (`Status`). The rules know the connections and the seq."""

    conn: int
    connections: dict[str, int]
    seq: int
    id: str


class Signal(msgspec.Struct, frozen=True):
    """Tell, in its place between the records, what is on no record: those who hear signals, and nobody later.

    The ``record`` is of the type ``signal``, has tags, the room or the person whom it is for, and the seq of
    the record before; see `chatsimples.chat.records.signal_line`. ``conn`` is its own connection.
    """

    conn: int
    record: Record


class Attach(msgspec.Struct, frozen=True):
    """A connection speaks a dialect from here on."""

    conn: int
    dialect: str


class Transmit(msgspec.Struct, frozen=True):
    """Write bytes to a connection as they are, in their place between the records and replies."""

    conn: int
    data: bytes


class End(msgspec.Struct, frozen=True):
    """Close a connection when everything on its way to it has gone.

    ``why`` is the reason on record or, where something was refused, the refusal's code; ``echo`` answers the
    client's own goodbye.
    """

    conn: int
    why: str
    echo: bytes = b""


class Asked(msgspec.Struct, frozen=True):
    """A connection has asked for something: what follows, up to `Answered`, answers it."""

    conn: int
    mark: bytes


class Answered(msgspec.Struct, frozen=True):
    """All that a connection has asked for at once is decided."""

    conn: int
    mark: bytes


class Style(msgspec.Struct, frozen=True):
    """Write to a connection in this style of its dialect from here on."""

    conn: int
    style: int


Effect = (
    Reply
    | Feed
    | Recall
    | Survey
    | MarkRead
    | Measure
    | Signal
    | Attach
    | Transmit
    | End
    | Asked
    | Answered
    | Style
)
