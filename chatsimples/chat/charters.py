"""What a room that is governed has beside its members, and what holds for the server as a whole.

Everything in it is bounded, and each bound is kept at a cost that hardly grows with it. What one account
makes fills up bounds of its own: the rooms that it may make, and the lists of these. What guests make goes
with the last of those who are in it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from chatsimples.chat.room_settings import RoomSettings
from chatsimples.chat.sanctions import Sanction, Sanctions

ROOMS_MADE: Final = 32
"""Rooms with an owner that an account can have made."""

ROLES: Final = 256
"""Those who have a role in a room: accounts, and guests who are in it."""

INVITED: Final = 256
"""Those who are invited into a room; the first of them goes when there is one more."""

BANS: Final = 256
"""Bans of a room, and as many mutes, exceptions from both, and of those who need no invitation."""

SERVER_BANS: Final = 4_096
"""Bans of the server, and as many mutes."""


class Charter(msgspec.Struct, eq=False):
    """What the owners of a room, and those whom they let do so, have laid down.

    Attributes:
        founder: the key of the account that made the room, or made it its own; empty for a room of guests.
        bans, mutes: of persons, in this room.
        exempt: those whom no ban or mute holds.
        welcome: those who need no invitation.
        settings: see there.
        key: the proof of the key that opens the room; empty if it has none.
        made_at: when it was made; empty where that is not known.
        topic, topic_by, topic_at: what it is about, and who said so when.
        roles: of accounts, by the keys of their names.
        guests: the roles that connections without an account have, as long as they are in it.
        invited: the keys of those who are invited, the first one first.
    """

    founder: str
    bans: Sanctions
    mutes: Sanctions
    exempt: Sanctions
    welcome: Sanctions
    settings: RoomSettings = RoomSettings()
    key: str = ""
    topic: str = ""
    topic_by: str = ""
    topic_at: str = ""
    made_at: str = ""
    roles: dict[str, str] = {}
    guests: dict[int, str] = {}
    invited: dict[str, None] = {}

    def invite(self, key: str) -> None:
        """Let whoever is known by a key be invited, as the last one."""
        self.invited.pop(key, None)
        self.invited[key] = None
        if len(self.invited) > INVITED:
            del self.invited[next(iter(self.invited))]

    def grant(self, account: str, role: str) -> None:
        """Give an account a role, by the key of its name."""
        if role == "none":
            self.roles.pop(account, None)
        else:
            self.roles[account] = role

    def grant_guest(self, conn: int, role: str) -> None:
        """Give a connection a role, until it leaves."""
        if role == "none":
            self.guests.pop(conn, None)
        else:
            self.guests[conn] = role

    @property
    def lasts(self) -> bool:
        """Whether the room stays when nobody is in it."""
        return bool(self.founder)

    @property
    def roles_count(self) -> int:
        """How many have a role."""
        return len(self.roles) + len(self.guests)

    @property
    def has_owner(self) -> bool:
        """Whether any account owns the room."""
        return "owner" in self.roles.values()


class SavedCharter(msgspec.Struct, array_like=True):
    """A room with its charter, as it stands in a snapshot; without a name, what holds for the server."""

    room: str
    name: str
    founder: str
    settings: RoomSettings
    key: str
    topic: str
    roles: dict[str, str]
    invited: list[str]
    bans: list[Sanction]
    mutes: list[Sanction]
    guests: dict[int, str] = {}
    exempt: list[Sanction] = []
    welcome: list[Sanction] = []
    topic_by: str = ""
    topic_at: str = ""
    made_at: str = ""


def new_charter(founder: str) -> Charter:
    """Make the charter of a new room."""
    return _charter(founder, BANS)


def new_server_charter() -> Charter:
    """Make what holds for a server on which nobody is banned."""
    return _charter("", SERVER_BANS)


def _charter(founder: str, bound: int) -> Charter:
    return Charter(founder, Sanctions(bound), Sanctions(bound), Sanctions(bound), Sanctions(bound))


def saved(key: str, name: str, charter: Charter) -> SavedCharter:
    """Return what is written of a room's charter."""
    return SavedCharter(
        key, name, charter.founder, charter.settings, charter.key, charter.topic, charter.roles,
        list(charter.invited), list(charter.bans), list(charter.mutes), charter.guests, list(charter.exempt),
        list(charter.welcome), charter.topic_by, charter.topic_at, charter.made_at,
    )  # fmt: skip


def restored(of: SavedCharter) -> Charter:
    """Return the charter of which this was written."""
    charter = new_charter(of.founder) if of.room else new_server_charter()
    charter.settings, charter.key, charter.topic = of.settings, of.key, of.topic
    charter.made_at = of.made_at
    charter.guests, charter.topic_by, charter.topic_at = of.guests, of.topic_by, of.topic_at
    charter.roles, charter.invited = of.roles, dict.fromkeys(of.invited)
    for sanctions, those in (
        (charter.bans, of.bans), (charter.mutes, of.mutes), (charter.exempt, of.exempt),
        (charter.welcome, of.welcome),
    ):  # fmt: skip
        for each in those:
            sanctions.restore(each)
    return charter
