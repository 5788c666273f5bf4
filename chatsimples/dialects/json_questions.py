"""The questions of JSON lines about who and what is there, and the exceptions that owners make."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from chatsimples.chat import commands
from chatsimples.chat.answers import MEMBERS_TOLD
from chatsimples.chat.masks import check_mask
from chatsimples.chat.names import check_nick, check_room
from chatsimples.chat.watching import MOST
from chatsimples.dialects.json_saying import Object
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

_Nicks = Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST)]
_Limit = Annotated[int, msgspec.Meta(ge=0, le=MEMBERS_TOLD)]

_ROOM_OR_NICK = N_("it names a room, or a nick or a mask")


class Whois(Object, tag="whois"):
    """Who somebody is, and where."""

    nick: str
    id: str = ""


class Whowas(Object, tag="whowas"):
    """Who had a nick."""

    nick: str
    limit: _Limit = 0
    id: str = ""


class People(Object, tag="people"):
    """Who is in a room, or has a nick that a mask fits."""

    room: str = ""
    nick: str = ""
    after: str = ""
    limit: _Limit = 0
    id: str = ""


class Counts(Object, tag="counts"):
    """How many there are."""

    id: str = ""


class Monitor(Object, tag="monitor"):
    """Watch nicks, or no more."""

    add: _Nicks = ()
    remove: _Nicks = ()
    clear: bool = False
    tell: Literal["", "list", "status"] = ""
    id: str = ""


class Presence(Object, tag="presence"):
    """Who of several is there."""

    nicks: _Nicks
    id: str = ""


class Modes(Object, tag="modes"):
    """How a room is set."""

    room: str
    lists: bool = False
    id: str = ""


class Exempt(Object, tag="exempt"):
    """Except somebody from bans and mutes."""

    room: str
    nick: str = ""
    account: str = ""
    lifted: bool = False
    id: str = ""


class Admit(Exempt, tag="admit"):
    """Except somebody from the need of an invitation."""


Question = Whois | Whowas | People | Counts | Monitor | Presence | Modes | Exempt | Admit


def ask(conn: int, asked: Question, mark: str, most: int) -> commands.Command:
    """Give the command of a question.

    Args:
        conn: whose it is.
        asked: the question.
        mark: its id.
        most: characters in a name; 0 for no bound.

    Raises:
        Refusal: ``bad_nick``, ``bad_room``, ``bad_request``.
    """
    match asked:
        case Whois():
            return commands.Whois(conn, check_nick(asked.nick, most), mark)
        case Whowas():
            return commands.Whowas(conn, check_nick(asked.nick, most), asked.limit, mark)
        case People():
            return _people(conn, asked, mark, most)
        case Counts():
            return commands.Count(conn, mark)
        case Monitor():
            add, remove = (_nicks(those, most) for those in (asked.add, asked.remove))
            return commands.Monitor(conn, add, remove, asked.clear, asked.tell, mark)
        case Presence():
            return commands.Presence(conn, _nicks(asked.nicks, most), mark)
        case Modes():
            return commands.Modes(conn, check_room(asked.room, most), asked.lists, mark)
        case Exempt():
            room, welcome = check_room(asked.room, most), isinstance(asked, Admit)
            nick = asked.nick and check_mask(asked.nick, most)
            account = asked.account and check_nick(asked.account, most)
            return commands.Exempt(conn, room, nick, account, welcome, asked.lifted, mark)


def _people(conn: int, asked: People, mark: str, most: int) -> commands.WhoList:
    if bool(asked.room) == bool(asked.nick):
        raise Refusal("bad_request", why=_ROOM_OR_NICK)
    room = asked.room and check_room(asked.room, most)
    nick = asked.nick and check_mask(asked.nick, most)
    after = asked.after and check_nick(asked.after, most)
    return commands.WhoList(conn, room, nick, after, asked.limit, id=mark)


def _nicks(names: tuple[str, ...], most: int) -> tuple[str, ...]:
    return tuple(check_nick(name, most) for name in names)
