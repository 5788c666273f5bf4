"""Whom a record is for beside those whom it names."""

from __future__ import annotations

from chatsimples.chat.levels import SERVER_ROLES
from chatsimples.chat.records import Record

_SANCTIONS = frozenset({"ban", "unban", "mute"})
_ROLES = frozenset({"hello", "login", "role"})


SAID = frozenset({"message", "tags"})
"""The types of records that their author is given back only where the dialect echoes."""


def is_for_everybody(record: Record) -> bool:
    """Tell whether a record goes to all who are there."""
    return record.type == "announcement"


def is_of_server(record: Record) -> bool:
    """Tell whether a record says what a moderator or the operator did to somebody on the whole server."""
    if record.room or not record.by:
        return False
    return record.type in _SANCTIONS or record.type == "bye"


def moderates(record: Record) -> bool | None:
    """Tell whether its connection governs the server from a record on; None if that says nothing of it."""
    if record.room or record.type not in _ROLES:
        return None
    return record.role in SERVER_ROLES
