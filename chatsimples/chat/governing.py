"""What the records say of rooms that are governed, and of who is banned or muted: how charters change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Final

from msgspec import UNSET

from chatsimples.chat import charters, levels, masks, persons
from chatsimples.chat.charters import Charter, SavedCharter
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record, microseconds
from chatsimples.chat.room_settings import SettingsChange, changed
from chatsimples.chat.rooms import Connection, Room
from chatsimples.chat.sanctions import Sanction

GOVERNING: Final = frozenset({"topic", "set", "role", "invite", "ban", "unban", "mute", "exempt", "admit"})
"""The types of records that change a charter, those of a ``role`` only with a room."""

_REMOVED = frozenset({"kicked", "banned"})
_OF_THEIR_OWN = frozenset({"left", "quit", "switched"})


class Charters:
    """The charters of rooms, and that of the server.

    Attributes:
        server: the server's.
        rooms: those that have one, by key, in the order in which they got it.
        made: how many of them an account has made, by the key of its name.
    """

    def __init__(self) -> None:
        self.server = charters.new_server_charter()
        self.rooms: dict[str, Room] = {}
        self.made: dict[str, int] = {}

    @property
    def all(self) -> Mapping[str, Room]:
        """What has a charter: without a name the server, and the rooms."""
        return {"": Room("", "", {}, None, self.server), **self.rooms}

    def restore(self, saved: Iterable[SavedCharter]) -> None:
        """Take over what stands in a snapshot."""
        for each in saved:
            charter = charters.restored(each)
            if each.room:
                self._found(Room(each.room, each.name, {}), charter)
            else:
                self.server = charter

    def take(self, record: Record, key: str, there: Mapping[int, Connection], room: Room | None) -> None:
        """Let a charter change as a record says.

        Args:
            record: of a type that is `GOVERNING`.
            key: of its room; empty if it has none.
            there: who is there.
            room: with that key, if it is there.
        """
        charter = self.server if not key else room.charter if room is not None else None
        if record.type == "role" and room is not None:
            self._grant(room, record)
        elif charter is None:
            return
        elif record.type == "topic":
            charter.topic = record.text
            charter.topic_by, charter.topic_at = record.by, record.at
        elif record.type == "invite":
            person = there.get(record.conn)
            if person is not None:
                charter.invite(persons.guest_key(person))
        elif record.settings is not None:
            _set(charter, record.settings)
        else:
            _sanction(charter, record, there, in_room=bool(key))

    def keep_a_seat(self, key: str, connection: Connection, reason: str) -> None:
        """Let whoever is cut off come back into a room that only those enter who are invited.

        Whoever is removed from a room is not invited any longer.
        """
        charter = self.rooms[key].charter
        if charter is None:
            return
        lasting = persons.lasting_keys(connection)
        if reason in _REMOVED:
            _uninvite(charter, persons.all_keys(connection))
        elif reason in _OF_THEIR_OWN or not charter.settings.invite_only or not lasting:
            return
        elif not levels.of_account(charter, levels.account_key(connection)):
            # An account that has a role needs no invitation.
            charter.invite(lasting[0])

    def drop(self, room: Room) -> None:
        """Let a room have no charter any more: it has been given up, or the last one has left it."""
        charter = room.charter
        if charter is not None:
            del self.rooms[room.key]
            room.charter = None
            self._count(charter.founder, -1)

    def _grant(self, room: Room, record: Record) -> None:
        account = name_key(record.account) if record.account else ""
        charter = room.charter
        if charter is None:
            # Whoever makes a room governs it, and with an account owns it.
            charter = charters.new_charter(account)
            charter.made_at = record.at
            self._found(room, charter)
        if not account:
            charter.grant_guest(record.conn, record.role)
            return
        # Of what somebody had before they were logged in, nothing is left beside it.
        charter.grant_guest(record.conn, "none")
        charter.grant(account, record.role)
        if record.role == "owner" and not charter.lasts:
            charter.founder = account
            self._count(account, 1)
        if charter.lasts and not charter.has_owner:
            # It has been given up, and goes on as any other.
            self.drop(room)

    def _found(self, room: Room, charter: Charter) -> None:
        room.charter = charter
        self.rooms[room.key] = room
        self._count(charter.founder, 1)

    def _count(self, founder: str, by: int) -> None:
        if not founder:
            return
        count = self.made.pop(founder, 0) + by
        if count:
            self.made[founder] = count


def saved_charter(of: Room) -> SavedCharter:
    """Return what is written of the charter of a room, or of the server."""
    # Only those are asked for that have one.
    return charters.saved(of.key, of.name, of.charter or charters.new_server_charter())


def known_by(there: Mapping[int, Connection], conn: int, nick: str, account: str) -> tuple[str, ...]:
    """Return what those are known by whom a ban, a mute or their end concerns.

    Args:
        there: who is there.
        conn: their connection; 0 if it is the nick's or the account's alone.
        nick: theirs.
        account: theirs.
    """
    connection = there.get(conn)
    if connection is not None:
        return persons.all_keys(connection)
    if nick:
        return (masks.mask_key(nick),) if masks.is_mask(nick) else persons.nick_keys(name_key(nick))
    return (persons.account_key(account),)


def _set(charter: Charter, change: SettingsChange) -> None:
    if change.key is not UNSET:
        charter.key = change.key
    elif change.keyed is False:
        charter.key = ""
    charter.settings = changed(charter.settings, change)


def _sanction(charter: Charter, record: Record, there: Mapping[int, Connection], *, in_room: bool) -> None:
    keys = known_by(there, record.conn, record.nick, record.account)
    sanctions = _LISTS.get(record.type, _BANS)(charter)
    if record.type == "unban" or record.reason:
        sanctions.lift(keys)
        return
    by = there.get(record.by_conn)
    level = levels.Level.CONSOLE if by is None else levels.in_room(charter if in_room else None, by)
    if record.type == "mute" and not record.conn:
        # Of whoever has the nick then, it is not known who they are.
        level = levels.Level.VOICE
    until = microseconds(record.until) if record.until else 0
    at = microseconds(record.at)
    imposed = Sanction(keys, until, level, record.nick or record.account, record.by, at)
    sanctions.add(imposed, at)
    if record.type == "ban":
        _uninvite(charter, keys)


_BANS: Final = attrgetter("bans")
_LISTS: Final = MappingProxyType(
    {"mute": attrgetter("mutes"), "exempt": attrgetter("exempt"), "admit": attrgetter("welcome")}
)
"""The lists of a charter by the types of records that fill them."""


def _uninvite(charter: Charter, keys: Iterable[str]) -> None:
    for key in keys:
        charter.invited.pop(key, None)
