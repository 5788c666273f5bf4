"""Records as lines of IRC, in one style.

The source of what somebody does is written from the record alone: ``ana!u@c7`` is ana on connection 7. No
address of a person is ever told.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from chatsimples.chat.records import BY_OPERATOR, Record
from chatsimples.irc import capabilities
from chatsimples.irc.isupport import CHANNEL
from chatsimples.irc.server import Server
from chatsimples.irc.texts import LONGEST_LINE, fit, pieces

USER = "u"
"""The user's name in the source of a line."""


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
    return None


class RecordWriter:
    """Writes records.

    Args:
        server: the server.
        style: the capabilities of those who read it.
    """

    def __init__(self, server: Server, style: int) -> None:
        self._server = server
        self._log = server.log
        self._timed = bool(style & capabilities.SERVER_TIME)
        self._identified = bool(style & capabilities.MESSAGE_TAGS)

    def write(self, record: Record) -> list[Line]:
        """Write a record; nothing if it has no meaning in IRC."""
        tags = self.tags(record)
        return [Line(text, tags) for text in self._texts(record)]

    def tags(self, record: Record) -> str:
        """Write the tags of a record's line."""
        time = f"time={record.at[:23]}Z" if self._timed else ""
        if not self._identified:
            return time
        mark = f"msgid={self._log}/{record.seq}"
        return f"{time};{mark}" if time else mark

    def message(self, record: Record) -> list[str]:
        """Write a message as lines that are not too long."""
        target = record.to or f"{CHANNEL}{record.room}"
        head = f":{source_of(record.nick, record.conn)} PRIVMSG {target} :"
        line = head + record.text
        if len(line) * 4 <= LONGEST_LINE:
            return [line]
        return [head + piece for piece in pieces(record.text, LONGEST_LINE - 2 - len(head.encode()))]

    def _texts(self, record: Record) -> list[str]:
        channel = f"{CHANNEL}{record.room}"
        who = source_of(record.nick, record.conn)
        match record.type:
            case "message":
                return self.message(record)
            case "join":
                return [f":{who} JOIN {channel}"]
            case "leave" if record.by:
                return [
                    fit(f":{self._by(record)} KICK {channel} {record.nick} :{record.text or record.reason}")
                ]
            case "leave" if record.reason == "left":
                return [f":{who} PART {channel}"]
            case "leave":
                return [f":{who} QUIT :{record.reason}"]
            case "nick":
                return [f":{who} NICK {record.new}"]
            case "topic":
                return [fit(f":{self._by(record)} TOPIC {channel} :{record.text}")]
            case "invite":
                return [f":{self._by(record)} INVITE {record.nick} {channel}"]
        return []

    def _by(self, record: Record) -> str:
        """Return who did what others did to somebody."""
        return self._server.name if record.by == BY_OPERATOR else source_of(record.by, record.by_conn)
