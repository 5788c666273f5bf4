"""Keys: by what a record is looked for, each a number of 64 bits.

A record of a room that all its members hear has the room's key. Every other one is for single connections: it
has those of the connections and sessions that it names. Whoever looks for all keys of what an outlet hears
(see `chatsimples.server.broadcaster.block_index`) so meets every record that it hears. Two different things
may have the same key, one in some 10^19: whoever reads then reads a little in vain.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

from chatsimples.chat.names import heard_key
from chatsimples.chat.records import Record

Keys = frozenset[int]
"""The keys that somebody looks for."""


@lru_cache(maxsize=8_192)
def room_key(key: str) -> int:
    """Return the key of a room.

    Args:
        key: the key of the room's name, see `chatsimples.chat.names.name_key`.
    """
    return _digest(b"r", key)


def spelling_key(room: str) -> int:
    """Return the key of a room as its name is written in a record."""
    return room_key(heard_key(room))


def owner_key(owner: int | str) -> int:
    """Return the key of a connection, told by its number, or of a session, told by its identity."""
    return _digest(b"c", str(owner)) if isinstance(owner, int) else _digest(b"i", owner)


def rooms_of(records: Iterable[Record]) -> set[str]:
    """Return the rooms, as they are written, of which all members hear one of the records."""
    return {record.room for record in records if record.room and not record.quiet}


def owners_of(record: Record) -> set[int | str]:
    """Return whom a record is for that is not for a whole room; those that are empty are nobody."""
    owners: set[int | str] = {record.conn, record.to_conn}
    if record.to:
        owners |= {record.identity, record.to_identity}
    return owners


def owner_keys(records: Iterable[Record]) -> set[int]:
    """Return the keys of the records that are not for a whole room."""
    alone = [record for record in records if record.quiet or not record.room]
    return {owner_key(owner) for record in alone for owner in owners_of(record) if owner}


def _digest(kind: bytes, name: str) -> int:
    data = kind + name.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest())
