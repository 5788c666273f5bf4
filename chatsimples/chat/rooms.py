"""Rooms, and the connections that are in them: what the state of a chat is made of."""

from __future__ import annotations

import msgspec
from sortedcontainers import SortedList

from chatsimples.chat.charters import Charter
from chatsimples.chat.sessions import Session


class Room(msgspec.Struct, eq=False):
    """A room that somebody is in, or that has an owner who lasts.

    Attributes:
        name: how the first one who came wrote it.
        members: by connection.
        order: the keys of their nicks in order, once there have been more than `SMALL_ROOM`; else None.
        charter: if it is governed.
    """

    key: str
    name: str
    members: dict[int, Connection]
    order: SortedList[str] | None = None
    charter: Charter | None = None


class Connection(msgspec.Struct, eq=False):
    """A client's connection: it has a nick.

    Attributes:
        nick_key: what the nick is compared by.
        session: while this is the session's connection.
        ends_unsaid: it is of version 1: its end is its last ``leave``, as there is no ``bye``.
        rooms: by key, in the order in which it entered them.
        account: as which it is logged in; empty for a guest.
        role: of the account, on the server.
        user, realname: what its client tells of the person.
        away: why nobody is there; empty if somebody is.
    """

    conn: int
    nick: str
    dialect: str
    identity: str
    session: Session | None = None
    ends_unsaid: bool = False
    nick_key: str = ""
    rooms: dict[str, Room] = {}
    account: str = ""
    role: str = ""
    user: str = ""
    realname: str = ""
    away: str = ""
