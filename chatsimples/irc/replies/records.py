"""Records as lines of IRC, in one style.

The source of what somebody does is written from the record alone: ``ana!u@c7`` is ana on connection 7. No
address of a person is ever told.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from msgspec import structs

from chatsimples.chat.records import BY_OPERATOR, Record
from chatsimples.irc import capabilities as caps
from chatsimples.irc import modes
from chatsimples.irc.isupport import CHANNEL
from chatsimples.irc.message import format_tags
from chatsimples.irc.multiline import BATCH_TYPE, CONCAT
from chatsimples.irc.people import People
from chatsimples.irc.server import Server
from chatsimples.irc.sources import USER, source_of
from chatsimples.irc.texts import ACTION, LONGEST_LINE, fit, pieces

# The lines of a message are neighbours; but several who catch up are served in turns.
_HEADS_KEPT = 64
_EVERYBODY = "$*"
_TOLD_OF_EACH = frozenset({"away", "setname"})


class Line(NamedTuple):
    """A line, without its end.

    Attributes:
        text: without its tags.
        tags: as they are written, without the ``@``; empty for none.
    """

    text: str
    tags: str = ""


def merged(record: Record) -> Hashable | None:
    """Tell what is equal of the records of one command that are one line in IRC, in however many rooms."""
    if record.type == "nick":
        return ("nick", record.conn, record.new, record.at)
    if record.type == "leave" and record.reason != "left" and not record.by:
        return ("quit", record.conn)
    if record.type in _TOLD_OF_EACH:
        return (record.type, record.conn, record.text or record.realname, record.at)
    return None


class _Head:
    """The first record of a message of several lines.

    Attributes:
        tags: that clients have added.
        told: the seq of the record that was written with the message's id; 0 for none yet.
    """

    __slots__ = ("tags", "told")

    def __init__(self, tags: dict[str, str] | None, told: int = 0) -> None:
        self.tags = tags
        self.told = told


class RecordWriter:
    """Writes records.

    Args:
        server: the server.
        style: the capabilities of those who read it.
        people: whoever is there.
    """

    def __init__(self, server: Server, style: int, people: People) -> None:
        self._server = server
        self._log = server.log
        self._people = people
        self._style = style
        self._timed = bool(style & caps.SERVER_TIME)
        self._tagged = bool(style & caps.MESSAGE_TAGS)
        self._batched = bool(style & caps.MULTILINE and style & caps.BATCH and self._tagged)
        self._heads: dict[int, _Head] = {}
        self._hears_wallops = not style & caps.NO_WALLOPS
        self._accounts = people.accounts if style & caps.ACCOUNT_TAG else {}

    def plain(self, record: Record) -> bytes:
        """Write what nearly all records are: a message in a room that is one line, as it goes to the socket.

        Nothing if the record is something else, or not so simple: then `write` it.
        """
        if record.type != "message" or not record.room or record.kind or record.parts or not record.text:
            return b""
        said = (
            f":{record.nick}!{USER}@c{record.conn} PRIVMSG {CHANNEL}{record.room} :{record.text}\r\n".encode()
        )
        if len(said) > LONGEST_LINE:
            return b""
        tags = self.tags(record)
        return b"@%b %b" % (tags.encode(), said) if tags else said

    def write(self, record: Record, *, alone: bool = False) -> list[Line]:
        """Write a record; nothing if it has no meaning in IRC, or for those who read it.

        Args:
            record: of those of a message of several lines each is written in turn.
            alone: write one of these as a message by itself.
        """
        if record.type == "message":
            return self._message(structs.replace(record, part=0, parts=0) if alone else record)
        if record.type in {"tags", "signal"}:
            return self._tags_alone(record)
        if record.type == "announcement":
            return self._announcement(record)
        tags = self.tags(record)
        return [Line(text, tags) for text in self._texts(record)]

    def tags(self, record: Record, *, has_id: bool = True) -> str:
        """Write the tags of a record's line, with the message's id if it has one."""
        if not (self._accounts or record.tags) and record.type != "signal" and has_id:
            # Most have no others.
            if not self._tagged:
                return f"time={record.at[:23]}Z" if self._timed else ""
            mark = f"msgid={self._log}/{record.seq}"
            return f"time={record.at[:23]}Z;{mark}" if self._timed else mark
        parts = [f"time={record.at[:23]}Z"] if self._timed else []
        if self._tagged and record.type != "signal" and has_id:
            parts.append(f"msgid={self._log}/{record.seq}")
        account = self._accounts.get(record.by_conn if record.by else record.conn) if self._accounts else None
        if account:
            parts.append(format_tags({"account": account}))
        if record.tags and self._tagged:
            parts.append(format_tags(record.tags))
        return ";".join(parts)

    def _message(self, record: Record) -> list[Line]:
        """Write a message as lines that are not too long; the first of them is the one with the id."""
        if not record.text and not record.parts:
            return []
        verb = "NOTICE" if record.kind == "notice" else "PRIVMSG"
        target = record.to or f"{CHANNEL}{record.room}"
        head = f":{source_of(record.nick, record.conn)} {verb} {target} :"
        end = ""
        if record.kind == "action":
            head, end = f"{head}{ACTION}", "\x01"
        room = LONGEST_LINE - 2 - len(head.encode()) - len(end)
        texts = [f"{head}{piece}{end}" for piece in pieces(record.text, room)]
        if self._batched and (record.parts or len(texts) > 1):
            return self._batch(record, target, texts)
        if record.parts:
            return self._part(record, texts)
        rest = self.tags(record, has_id=False) if len(texts) > 1 else ""
        return [Line(text, rest if number else self.tags(record)) for number, text in enumerate(texts)]

    def _announcement(self, record: Record) -> list[Line]:
        """Write what everybody is told, as lines that are not too long.

        What the server's operator tells nobody can turn off.
        """
        if record.by != BY_OPERATOR and not self._hears_wallops:
            return []
        command = f"NOTICE {_EVERYBODY}" if record.by == BY_OPERATOR else "WALLOPS"
        head = f":{self._by(record)} {command} :"
        first, *more = pieces(record.text, LONGEST_LINE - 2 - len(head.encode()))
        rest = self.tags(record, has_id=False) if more else ""
        return [Line(f"{head}{first}", self.tags(record)), *[Line(f"{head}{each}", rest) for each in more]]

    def _batch(self, record: Record, target: str, texts: list[str]) -> list[Line]:
        """Write a message, or its part, within the batch that it is."""
        first = record.seq - max(record.part, 1) + 1
        source = source_of(record.nick, record.conn)
        tag = f"batch={first}"
        begin = Line(f":{source} BATCH +{first} {BATCH_TYPE} {target}", self.tags(record))
        end = Line(f":{source} BATCH -{first}")
        inside = [
            Line(text, f"{tag};{CONCAT}" if number or record.joined else tag)
            for number, text in enumerate(texts)
        ]
        begins, ends = record.part <= 1, record.part == record.parts
        return [*([begin] if begins else ()), *inside, *([end] if ends else ())]

    def _part(self, record: Record, texts: list[str]) -> list[Line]:
        """Write one of several lines for those to whom each is a message.

        The first that says something has the id; all of them carry what clients have added,
        which is on record with the first.
        """
        first = record.seq - record.part + 1
        if record.part == 1:
            self._heads[first] = _Head(record.tags)
            if len(self._heads) > _HEADS_KEPT:
                del self._heads[next(iter(self._heads))]
        head = self._heads.get(first)
        if head is None:
            # The first one was written long ago.
            head = _Head(None, told=first)
        if not record.text:
            return []
        head.told = head.told or record.seq
        whole = structs.replace(record, seq=first, tags=head.tags)
        with_id = self.tags(whole, has_id=head.told == record.seq)
        rest = self.tags(whole, has_id=False)
        return [Line(text, rest if number else with_id) for number, text in enumerate(texts)]

    def _tags_alone(self, record: Record) -> list[Line]:
        """Write tags without a text, for those who know tags."""
        if not self._tagged:
            return []
        target = record.to or f"{CHANNEL}{record.room}"
        return [Line(f":{source_of(record.nick, record.conn)} TAGMSG {target}", self.tags(record))]

    def _texts(self, record: Record) -> list[str]:
        channel = f"{CHANNEL}{record.room}"
        who = source_of(record.nick, record.conn)
        match record.type:
            case "join":
                return self._join(record, who, channel)
            case "leave" if record.by:
                # As other servers have it where no reason is given.
                reason = record.text or (record.by if record.reason == "kicked" else record.reason)
                return [fit(f":{self._by(record)} KICK {channel} {record.nick} :{reason}")]
            case "leave" if record.reason == "left":
                return [
                    fit(f":{who} PART {channel} :{record.text}" if record.text else f":{who} PART {channel}")
                ]
            case "leave":
                return [fit(f":{who} QUIT :{record.text or record.reason}")]
            case "nick":
                return [f":{who} NICK {record.new}"]
            case "topic":
                return [fit(f":{self._by(record)} TOPIC {channel} :{record.text}")]
            case "set" | "role" | "ban" | "unban" | "mute" | "exempt" | "admit" if record.room:
                changed = modes.told_record(record)
                return [fit(f":{self._by(record)} MODE {channel} {changed}")] if changed else []
            case "invite":
                return [f":{self._by(record)} INVITE {record.nick} {channel}"]
            case "away" if self._style & caps.AWAY_NOTIFY:
                return [fit(f":{who} AWAY :{record.text}" if record.text else f":{who} AWAY")]
            case "setname" if self._style & caps.SETNAME:
                return [fit(f":{who} SETNAME :{record.realname}")]
        return []

    def _join(self, record: Record, who: str, channel: str) -> list[str]:
        people = self._people
        line = f":{who} JOIN {channel}"
        if self._style & caps.EXTENDED_JOIN:
            account = people.accounts.get(record.conn, "*")
            line = fit(f"{line} {account} :{people.realnames.get(record.conn, record.nick)}")
        away = people.away.get(record.conn, "") if self._style & caps.AWAY_NOTIFY else ""
        return [line, fit(f":{who} AWAY :{away}")] if away else [line]

    def _by(self, record: Record) -> str:
        """Return who did what others did to somebody."""
        return self._server.name if record.by == BY_OPERATOR else source_of(record.by, record.by_conn)
