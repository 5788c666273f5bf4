"""What JSON clients say, and tell of themselves: the objects, and their commands."""

from __future__ import annotations

import msgspec

from chatsimples.chat import commands
from chatsimples.chat.lines import check_lines
from chatsimples.chat.names import check_nick, check_room, check_text, printable
from chatsimples.chat.profiles import check_away, check_realname, check_user
from chatsimples.chat.tags import check_tags
from chatsimples.dialects.base import InputLimits
from chatsimples.dialects.json_faults import LONGEST_ID
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

_WHERE = N_("a message goes to a room or to one person")
_KIND = N_("there is no kind of message {name}")
_JOINED = N_("there is nothing to which the first line could be joined")
_TEXT = N_("a message has a text, or lines")


class Object(msgspec.Struct, tag_field="type"):
    """What a client sends: its type says what it is."""


class LineOf(msgspec.Struct):
    """A line of several; ``joined`` if no line break stands before it."""

    text: str = ""
    joined: bool = False


class Message(Object, tag="message"):
    """A text, or several lines of one, with a kind and tags."""

    text: str | None = None
    room: str = ""
    to: str = ""
    id: str = ""
    kind: str = ""
    tags: dict[str, str] | None = None
    lines: list[str | LineOf] | None = None


class Tags(Object, tag="tags"):
    """Tags without a text, for the record."""

    tags: dict[str, str]
    room: str = ""
    to: str = ""
    id: str = ""


class Signal(Object, tag="signal"):
    """Tags that tell what is soon over."""

    tags: dict[str, str]
    room: str = ""
    to: str = ""
    id: str = ""


class Away(Object, tag="away"):
    """Why somebody is away; back without a text."""

    text: str = ""
    id: str = ""


class SetName(Object, tag="setname"):
    """Another real name."""

    realname: str
    id: str = ""


class Announcement(Object, tag="announcement"):
    """What everybody is to be told."""

    text: str
    id: str = ""


Said = Tags | Signal | Away | SetName | Announcement


def message(asked: Message, conn: int, limits: InputLimits) -> commands.Command:
    """Return the command of a message.

    Raises:
        Refusal: something in it can't be taken.
    """
    room, to = asked.room, asked.to
    if bool(room) == bool(to):
        raise Refusal("bad_request", why=_WHERE)
    if asked.text is None or asked.lines is not None or asked.kind or asked.tags:
        return _more(asked, conn, limits)
    return commands.Say(
        conn,
        check_text(asked.text, limits.max_text),
        room and check_room(room, limits.max_name),
        to and check_nick(to, limits.max_name),
        check_id(asked.id),
    )


def command(asked: Said, conn: int, limits: InputLimits) -> commands.Command:
    """Return the command of any other object.

    Raises:
        Refusal: something in it can't be taken.
    """
    mark = check_id(asked.id)
    match asked:
        case Tags():
            return commands.Say(conn, "", *_where(asked, limits), mark, tags=check_tags(asked.tags))
        case Signal():
            return commands.Signal(conn, check_tags(asked.tags), *_where(asked, limits), mark)
        case Away():
            return commands.Away(conn, check_away(asked.text), mark)
        case SetName():
            return commands.SetName(conn, check_realname(asked.realname), mark)
        case Announcement():
            return commands.Announce(conn, check_text(asked.text, limits.max_text), mark)


def person(user: str, realname: str) -> tuple[str, str]:
    """Return what a hello tells of the person, if it may be told.

    Raises:
        Refusal: it may not.
    """
    return user and check_user(user), realname and check_realname(realname)


def check_id(mark: str) -> str:
    """Return a client's own mark if it may be one.

    Raises:
        Refusal: ``bad_request``.
    """
    if mark and (len(mark) > LONGEST_ID or not mark.isprintable()):
        raise Refusal("bad_request", why=N_("an id has at most {most} printable characters"), most=LONGEST_ID)
    return mark


def _more(asked: Message, conn: int, limits: InputLimits) -> commands.Command:
    """Return the command of a message that is not just a text."""
    where, mark = _where(asked, limits), check_id(asked.id)
    if asked.kind not in commands.KINDS:
        raise Refusal("bad_request", why=_KIND, name=printable(asked.kind, 32))
    tags = check_tags(asked.tags) if asked.tags else None
    lines = asked.lines or []
    if (asked.text is None) == (not lines):
        raise Refusal("bad_request", why=_TEXT)
    if len(lines) > 1:
        told = check_lines([_line(each) for each in lines], limits.max_text)
        if told[0].joined:
            raise Refusal("bad_request", why=_JOINED)
        return commands.Lines(conn, told, *where, mark, asked.kind, tags)
    text = check_text(_line(lines[0]).text if asked.text is None else asked.text, limits.max_text)
    return commands.Say(conn, text, *where, mark, asked.kind, tags)


def _line(told: str | LineOf) -> commands.Line:
    return commands.Line(told) if isinstance(told, str) else commands.Line(told.text, told.joined)


def _where(asked: Message | Tags | Signal, limits: InputLimits) -> tuple[str, str]:
    if bool(asked.room) == bool(asked.to):
        raise Refusal("bad_request", why=_WHERE)
    room = asked.room and check_room(asked.room, limits.max_name)
    return room, asked.to and check_nick(asked.to, limits.max_name)
