"""The old record and the new: the same but for what can't be the same.

Not compared are the time, the log, and the absolute numbers: of a ``seq`` only that none is missing and none
is too many, of ``conn`` and ``to_conn`` that the same connection has the same number throughout, of
``identity`` that the same person is the same person. A client can't let itself be removed, time out, or be
cut off by a crash or a stop: where the old record has such a reason, ``closed`` is the same, and ``left``,
and why somebody was removed is not compared. Nor can it lose its nick to an account: it changes it itself.
Whoever spoke neither plain text nor JSON speaks JSON now.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

import msgspec

from chatsimples.chat.names import printable
from chatsimples.chat.records import Record, to_line

NOT_A_CLIENTS = frozenset({"banned", "crash", "kicked", "revoked", "shutdown", "timeout"})
"""Reasons of an end that no client can cause."""

_A_CLIENTS = frozenset({"closed", "left"})
_FIELDS = (
    "type", "nick", "new", "room", "to", "text", "id", "quiet", "dialect",
    "kind", "tags", "part", "parts", "joined", "user", "realname",
)  # fmt: skip
_SHOWN = 200

SPOKEN = frozenset({"", "json", "text"})
"""The dialects that are spoken again; whoever spoke another one speaks JSON."""

_compared = attrgetter(*_FIELDS)


class DifferenceError(Exception):
    """The first record that did not come out the same.

    Args:
        old: the recorded one; None if it is something that leaves no record.
        new: what there was instead, for a person to read; empty if there was nothing.
        reason: what is different.
    """

    def __init__(self, old: Record | None, new: str, reason: str) -> None:
        super().__init__(old, new, reason)
        self.old = old
        self.new = new
        self.reason = reason


class Comparison:
    """Compares records in their order.

    Args:
        identity: gives the new identity of an old one.

    Attributes:
        last_seq: of the last new record; at first, of the last one before them.
        same: records that were the same.
        otherwise: connections that ended otherwise than recorded, as a client can't do that.
        outside: the rooms of those who were in none when it was recorded; to be there counts for nothing.
    """

    def __init__(self, identity: Callable[[str], str]) -> None:
        self.last_seq = 0
        self.same = 0
        self.otherwise = 0
        self.outside: set[str] = set()
        self._identity = identity
        self._new_conns: dict[int, int] = {}
        self._old_conns: dict[int, int] = {}

    def passes_over(self, new: Record) -> bool:
        """Pass over a record that somebody comes or goes who was in no room; tell whether it is one."""
        if new.room not in self.outside or new.type not in {"join", "leave"}:
            return False
        self.pass_over()
        return True

    def pass_over(self) -> None:
        """Pass over the next new record, which no recorded one stands for."""
        self.last_seq += 1

    def compare(self, old: Record, new: Record) -> None:
        """Compare the next two.

        Raises:
            DifferenceError: they are not the same.
        """
        counts = msgspec.structs.replace(new, room="") if new.room in self.outside else new
        due = old if old.dialect in SPOKEN else msgspec.structs.replace(old, dialect="json")
        reason = self._difference(due, counts)
        if reason:
            raise DifferenceError(old, to_line(new).decode().rstrip("\n"), reason)
        self.otherwise += old.type == "bye" and old.reason != new.reason
        self.last_seq = new.seq
        self.same += 1

    def take_for_same(self, old: Record) -> None:
        """Count a record that was seen to come out the same, but of which the new line is not known."""
        self.otherwise += old.type == "bye" and old.reason in NOT_A_CLIENTS
        self.last_seq += 1
        self.same += 1

    def _difference(self, old: Record, new: Record) -> str:
        if new.seq > self.last_seq + 1:
            return f"{new.seq - self.last_seq - 1} records before it are not in the recording"
        if new.seq <= self.last_seq:
            return f"it came again, or its seq {new.seq} goes back"
        if _compared(old) != _compared(new):
            for field in _FIELDS:
                if field == "text" and old.reason in NOT_A_CLIENTS:
                    continue
                if getattr(old, field) != getattr(new, field):
                    return _told(field, getattr(old, field), getattr(new, field))
        if old.reason != new.reason and not _is_a_clients_way(old.reason, new.reason):
            return _told("reason", old.reason, new.reason)
        for field, one, other in (("conn", old.conn, new.conn), ("to_conn", old.to_conn, new.to_conn)):
            if not self._is_same_connection(one, other):
                return f"{field} is {other}, which is not the connection that was {one} before"
        for field, person, again in (
            ("identity", old.identity, new.identity),
            ("to_identity", old.to_identity, new.to_identity),
        ):
            if person and self._identity(person) != again:
                return f"{field} is not that of the same person"
        return ""

    def _is_same_connection(self, old: int, new: int) -> bool:
        if not old or not new:
            return old == new
        return self._new_conns.setdefault(old, new) == new and self._old_conns.setdefault(new, old) == old


def _is_a_clients_way(old: str, new: str) -> bool:
    """Tell whether a reason is what a client can do instead of a recorded one."""
    return (old in NOT_A_CLIENTS and new in _A_CLIENTS) or (old == "reclaimed" and not new)


def _told(field: str, old: object, new: object) -> str:
    return f"{field} is {_quoted(new)}, recorded was {_quoted(old)}"


def _quoted(value: object) -> str:
    return printable(repr(value), _SHOWN)
