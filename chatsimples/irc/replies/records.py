"""Records as lines of IRC, in one style.

The source of what somebody does is written from the record alone: ``ana!u@c7`` is ana on connection 7. No
address of a person is ever told.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from chatsimples.chat.records import BY_OPERATOR, Record
from chatsimples.irc import capabilities as caps
from chatsimples.irc.isupport import CHANNEL
from chatsimples.irc.message import format_tags
from chatsimples.irc.people import People
from chatsimples.irc.server import Server
from chatsimples.irc.texts import ACTION, LONGEST_LINE, fit, pieces

USER = "u"
"""The user's name in the source of a line."""

_TOLD_OF_EACH = frozenset({"away", "setname"})


class Line(NamedTuple):
    """A line, without its end.

    Attributes:
        text: without its tags.
        tags: as they are written, without the ``@``; empty for none.
    """

    text: str
    tags: str = ""


def source_of(nick: str, conn: int) -> str:
    """Return who a line is from."""
    return f"{nick}!{USER}@c{conn}"


def merged(record: Record) -> Hashable | None:
    """Tell what is equal of the records of one command that are one line in IRC, in however many rooms."""
    if record.type == "nick":
        return ("nick", record.conn, record.new, record.at)
    if record.type == "leave" and record.reason != "left" and not record.by:
        return ("quit", record.conn)
    if record.type in _TOLD_OF_EACH:
        return (record.type, record.conn, record.text or record.realname, record.at)
    return None


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

    def write(self, record: Record) -> list[Line]:
        """Write a record; nothing if it has no meaning in IRC, or for those who read it."""
        if record.type == "message":
            return self._message(record)
        if record.type in {"tags", "signal"}:
            return self._tags_alone(record)
        tags = self.tags(record)
        return [Line(text, tags) for text in self._texts(record)]

    def tags(self, record: Record) -> str:
        """Write the tags of a record's line."""
        if not (self._accounts or record.tags) and record.type != "signal":
            # Most have no others.
            if not self._tagged:
                return f"time={record.at[:23]}Z" if self._timed else ""
            mark = f"msgid={self._log}/{record.seq}"
            return f"time={record.at[:23]}Z;{mark}" if self._timed else mark
        parts = [f"time={record.at[:23]}Z"] if self._timed else []
        if self._tagged and record.type != "signal":
            parts.append(f"msgid={self._log}/{record.seq}")
        account = self._accounts.get(record.by_conn if record.by else record.conn) if self._accounts else None
        if account:
            parts.append(format_tags({"account": account}))
        if record.tags and self._tagged:
            parts.append(format_tags(record.tags))
        return ";".join(parts)

    def _message(self, record: Record) -> list[Line]:
        """Write a message as lines that are not too long; the first of them is the one with the id."""
        if not record.text:
            return []
        verb = "NOTICE" if record.kind == "notice" else "PRIVMSG"
        target = record.to or f"{CHANNEL}{record.room}"
        head = f":{source_of(record.nick, record.conn)} {verb} {target} :"
        end = ""
        if record.kind == "action":
            head, end = f"{head}{ACTION}", "\x01"
        tags = self.tags(record)
        line = f"{head}{record.text}{end}"
        if len(line) * 4 <= LONGEST_LINE:
            return [Line(line, tags)]
        room = LONGEST_LINE - 2 - len(head.encode()) - len(end)
        first, *more = pieces(record.text, room)
        rest = f"time={record.at[:23]}Z" if self._timed else ""
        return [Line(f"{head}{first}{end}", tags), *[Line(f"{head}{each}{end}", rest) for each in more]]

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
