"""Snapshots as they were written before: as JSON, in two versions of one form.

They did not tell whether a session had spoken. Each counts as one that has, so that nobody loses anything.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from chatsimples.chat.ids import Ids
from chatsimples.chat.limits import UNKNOWN_LIMITS, Limits
from chatsimples.chat.names import name_key
from chatsimples.chat.sessions import Session, Sessions
from chatsimples.chat.snapshots import FORM, Saved, SavedConnection, SavedSession


class _Connection(msgspec.Struct, array_like=True):
    conn: int
    dialect: str
    nick: str
    identity: str
    rooms: dict[str, str]
    # In version 1 there was no such field, and all were of this kind.
    ends_unsaid: bool = True


class _Snapshot(msgspec.Struct):
    seq: int
    last_conn: int
    connections: list[_Connection]
    sessions: list[tuple[str, str, int, str, list[int], dict[str, int]]]
    server: str = ""
    limits: Limits | None = None
    version: Literal[1, 2] = 1


_decode = msgspec.json.Decoder(_Snapshot).decode


def is_older(snapshot: bytes) -> bool:
    """Tell whether a snapshot is of this form."""
    return snapshot.startswith(b"{")


def read(snapshot: bytes) -> Saved:
    """Read a snapshot of this form as if it were one of today.

    Raises:
        ValueError: it is none.
    """
    saved = _decode(snapshot)
    there = {each.conn: each for each in saved.connections}
    connected: dict[int, SavedSession] = {}
    cut = Sessions()
    for identity, nick, conn, left_at, connections, ids in saved.sessions:
        if conn in there:
            connected[conn] = SavedSession(True, connections, msgspec.Raw(Ids(ids).written()))
        else:
            # Version 1 kept sessions whose connections were on no record. Nothing tells when these were cut.
            known = "" if conn else nick
            cut.keep(identity, Session(known, 0, left_at, True, connections, Ids(ids)))
    holders = {name_key(each.nick): each.conn for each in saved.connections}
    return Saved(
        FORM,
        saved.seq,
        saved.last_conn,
        saved.server,
        saved.limits or UNKNOWN_LIMITS,
        [
            SavedConnection(
                each.conn,
                each.nick,
                key if holders[key := name_key(each.nick)] == each.conn else "",
                each.dialect,
                each.identity,
                each.ends_unsaid,
                each.rooms,
                connected.get(each.conn),
            )
            for each in saved.connections
        ],
        cut.kept(),
    )
