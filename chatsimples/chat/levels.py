"""Who stands above whom, in a room and on the server. Nobody can act against somebody of the same level.

A room of guests has no owner that lasts: there operators may do what owners may elsewhere.
"""

from __future__ import annotations

from enum import IntEnum

from chatsimples.chat.charters import Charter
from chatsimples.chat.names import name_key
from chatsimples.chat.persons import Person


class Level(IntEnum):
    """What somebody is in a room, or on the server, from the lowest on."""

    NOBODY = 0
    VOICE = 1
    OPERATOR = 2
    OWNER = 3
    ADMIN = 4
    CONSOLE = 5
    """The server's operator, at its own terminal."""


ROOM_ROLES = {"owner": Level.OWNER, "operator": Level.OPERATOR, "voice": Level.VOICE, "none": Level.NOBODY}
"""What the roles in a room are."""

SERVER_ROLES = {"admin": Level.ADMIN, "moderator": Level.OPERATOR}
"""What the roles of accounts are, on the server and in every room; all others are nothing."""


def on_server(person: Person) -> Level:
    """Return what somebody is on the server."""
    return SERVER_ROLES.get(person.role, Level.NOBODY)


def by_role(charter: Charter | None, person: Person) -> Level:
    """Return what somebody is by their role in a room; in a room without a charter nobody has one."""
    if charter is None:
        return Level.NOBODY
    return max(of_account(charter, account_key(person)), _level(charter, charter.guests.get(person.conn, "")))


def account_key(person: Person) -> str:
    """Return the key of somebody's account; of a guest one that no account has."""
    return name_key(person.account) if person.account else ""


def of_account(charter: Charter, account: str) -> Level:
    """Return what an account is by its role in a room, by the key of its name."""
    return _level(charter, charter.roles.get(account, ""))


def role_in(charter: Charter, person: Person) -> str:
    """Return the role that somebody has in a room, the higher one of account and connection; "" for none."""
    roles = charter.roles.get(account_key(person), ""), charter.guests.get(person.conn, "")
    return max(roles, key=lambda role: ROOM_ROLES.get(role, Level.NOBODY))


def in_room(charter: Charter | None, person: Person) -> Level:
    """Return what somebody is in a room: by the role there, or on the server."""
    return max(by_role(charter, person), on_server(person))


def _level(charter: Charter, role: str) -> Level:
    if role == "operator" and not charter.lasts:
        return Level.OWNER
    return ROOM_ROLES.get(role, Level.NOBODY)
