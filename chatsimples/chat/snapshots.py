"""How a state is written: MessagePack, in rows that can be told piece by piece.

A snapshot is one array, `Saved`. Its long parts are written row after row behind a header that says how many
there are. Sessions that are cut are in it as they are in memory, packed: nobody reads them to restore it.

A snapshot may also be a pair, of a `Changed` and of a whole one that was made before. The former tells of the
sessions that are cut only what has become of them since. So it alone has to be written, and is read with the
whole one behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec

from chatsimples.chat.changes import Change
from chatsimples.chat.charters import SavedCharter
from chatsimples.chat.generations import Shards
from chatsimples.chat.limits import Limits

FORM: Final = 5


class SavedSession(msgspec.Struct, array_like=True):
    """The session of a connection, which has the connection's nick; ``ids`` as `Ids.written` gives them."""

    spoke: bool
    connections: list[int]
    ids: msgspec.Raw


class SavedConnection(msgspec.Struct, array_like=True):
    """A connection and its session.

    Attributes:
        conn, nick, dialect, identity, ends_unsaid: as in `chatsimples.chat.state.Connection`.
        key: the nick's; empty if somebody else holds the nick, which no server records so.
        rooms: their names by their keys, in the order in which they were entered.
        session: if this is the session's connection.
        account, role, user, realname, away: as in `chatsimples.chat.state.Connection`.
    """

    conn: int
    nick: str
    key: str
    dialect: str
    identity: str
    ends_unsaid: bool
    rooms: dict[str, str]
    session: SavedSession | None
    account: str = ""
    role: str = ""
    user: str = ""
    realname: str = ""
    away: str = ""


class Saved(msgspec.Struct, array_like=True):
    """A whole state; ``version`` is that of this form.

    Version 4 had nothing that people tell of themselves, version 3 had no accounts and no charters either.

    Attributes:
        charters: of the server, and of the rooms that have one, in the order in which these were made.
    """

    version: Literal[3, 4, 5]
    seq: int
    last_conn: int
    server: str
    limits: Limits
    connections: list[SavedConnection]
    kept: Shards
    charters: list[SavedCharter] = []


class Changed(msgspec.Struct, array_like=True):
    """A state but for the sessions that are cut, and the changes to those of a whole one."""

    version: Literal[4, 5]
    seq: int
    last_conn: int
    server: str
    limits: Limits
    connections: list[SavedConnection]
    changes: list[Change]
    charters: list[SavedCharter]


class _Whole(msgspec.Struct, array_like=True):
    """What counts of a `Saved` that stands behind a `Changed`: nothing else is read."""

    version: Literal[4, 5]
    seq: int
    last_conn: int
    server: str
    limits: Limits
    connections: msgspec.Raw
    kept: Shards


class Snapshot(NamedTuple):
    """A state as it is written, and what has to be done then to the sessions that it holds."""

    saved: Saved
    changes: list[Change]


pack = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(Saved).decode
_read_pair = msgspec.msgpack.Decoder(tuple[Changed, _Whole]).decode

_PAIR = b"\x92"
_ARRAY = b"\xdd"
_MAP = b"\xdf"
_FIX_ARRAY = 0x90
_FIX_MAP = 0x80
_SHORT = 16
_MEDIUM = 1 << 16


def read(snapshot: bytes) -> Snapshot:
    """Read a snapshot of this form.

    Raises:
        ValueError: it is none.
    """
    if not snapshot.startswith(_PAIR):
        return Snapshot(_read(snapshot), [])
    now, whole = _read_pair(snapshot)
    saved = Saved(
        now.version, now.seq, now.last_conn, now.server, now.limits, now.connections, whole.kept, now.charters
    )  # fmt: skip
    return Snapshot(saved, now.changes)


def head(seq: int, last_conn: int, server: str, limits: Limits, *, whole: bool = True) -> bytes:
    """Return how a `Saved` with these first fields begins; or, if it is not whole, a `Changed` of a pair."""
    fields = (FORM, seq, last_conn, server, limits)
    begin = b"" if whole else _PAIR
    return begin + bytes([_FIX_ARRAY | len(Saved.__struct_fields__)]) + b"".join(map(pack, fields))


def array_head(count: int) -> bytes:
    """Return how an array of so many values begins."""
    return _ARRAY + count.to_bytes(4)


def map_head(count: int) -> bytes:
    """Return how a map of so many pairs begins."""
    return bytes([_FIX_MAP | count]) if count < _SHORT else _MAP + count.to_bytes(4)


def bare(part: Sequence[Any] | dict[str, bytes]) -> bytes:
    """Write the values of an array, or the pairs of a map, without its beginning."""
    count = len(part)
    return pack(part)[1 if count < _SHORT else 3 if count < _MEDIUM else 5 :]
