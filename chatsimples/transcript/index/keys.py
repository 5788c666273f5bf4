"""Keys: by what a record is looked for, each a number of 64 bits. Those of rooms are odd, all others even.

A record of a room that all its members hear has the room's key. Every other one is for single connections: it
has those of the connections and sessions that it names, what is done to somebody on the whole server also
that of the moderators, and what is for everybody that of all. Whoever looks for all keys of what an outlet
hears (see `chatsimples.server.broadcaster.block_index`) so meets every record that it hears. Two different
things may have the same key, one in some 10^19: whoever reads then reads a little in vain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter

from chatsimples.chat.audience import is_for_everybody, is_of_server
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record

Keys = frozenset[int]
"""The keys that somebody looks for."""

MODERATORS = "*"
"""Those who govern the server, as one owner; no identity of a session is so."""

EVERYBODY = "**"
"""All who are there, as one owner."""


_GOLDEN = 0x9E3779B97F4A7C15
_EVEN = (1 << 64) - 2

_room = attrgetter("room")
_quiet = attrgetter("quiet")


@lru_cache(maxsize=8_192)
def room_key(key: str) -> int:
    """Return the key of a room.

    Args:
        key: the key of the room's name, see `chatsimples.chat.names.name_key`.
    """
    return _digest(key) | 1


@lru_cache(maxsize=8_192)
def spelling_key(room: str) -> int:
    """Return the key of a room as its name is written in a record."""
    return room_key(name_key(room))


def is_room(key: int) -> bool:
    """Tell whether a key is that of a room."""
    return key & 1 == 1


def owner_key(owner: int | str) -> int:
    """Return the key of a connection, told by its number, or of a session, told by its identity."""
    if isinstance(owner, int):
        # Connections come and go by the thousand: this spreads their numbers as well as a hash does.
        return owner * _GOLDEN & _EVEN
    return _digest(owner) & _EVEN


def parted(records: Sequence[Record]) -> tuple[set[str], list[Record]]:
    """Part records by who hears them.

    Returns:
        The rooms, as they are written, of which all members hear some of them; and those that are not for a
        whole room.
    """
    # Most are messages in rooms, and this is done with each of them: so it is done without a loop.
    rooms = set(map(_room, records))
    if "" not in rooms and True not in map(_quiet, records):
        return rooms, []
    return (
        {record.room for record in records if record.room and not record.quiet},
        [record for record in records if record.quiet or not record.room],
    )


def owners_of(record: Record) -> set[int | str]:
    """Return whom a record is for that is not for a whole room; those that are empty are nobody."""
    owners: set[int | str] = {record.conn, record.to_conn, record.by_conn}
    if record.to:
        owners |= {record.identity, record.to_identity}
    if is_of_server(record):
        owners.add(MODERATORS)
    if is_for_everybody(record):
        owners.add(EVERYBODY)
    return owners


def owner_keys(records: Iterable[Record]) -> set[int]:
    """Return the keys of records that are not for a whole room."""
    return {owner_key(owner) for record in records for owner in owners_of(record) if owner}


def _digest(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest())
