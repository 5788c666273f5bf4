"""Which records came of one command: they stand one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record


def group_size(records: Sequence[Record], start: int) -> int:
    """Return how many records from ``start`` on can have come of one command, or one start or stop.

    Where the records end with the group, more of it may follow.
    """
    first = records[start]
    match first.type:
        case "start":
            return 1 + _run(records, start + 1, lambda each: _is_ending(each) and each.reason == "crash")
        case "leave" if first.reason == "shutdown":
            size = _run(records, start, lambda each: _is_ending(each) and each.reason == "shutdown")
            stops = start + size < len(records) and records[start + size].type == "stop"
            return size + stops
        case "leave" if first.reason != "left":
            return _run(
                records, start, lambda each: _is_ending(each) and _same(each, first, "conn", "reason")
            )
        case "nick":
            # The rooms of one change of nick are different ones.
            size = _run(records, start, lambda each: each.type == "nick" and _same(each, first, *_NICK))
            if first.reason == "reclaimed" and start + size < len(records):
                size += _comes_for(records[start + size], first.nick)
            return size
    return 1


_NICK = ("conn", "nick", "new", "id", "reason")


def _run(records: Sequence[Record], start: int, belongs: Callable[[Record], bool]) -> int:
    end = start
    while end < len(records) and belongs(records[end]):
        end += 1
    return end - start


def _is_ending(record: Record) -> bool:
    return record.type == "leave" and record.reason != "left"


def _same(one: Record, other: Record, *fields: str) -> bool:
    return all(getattr(one, field) == getattr(other, field) for field in fields)


def _comes_for(record: Record, nick: str) -> bool:
    """Tell whether the record is the first of a connection that has just taken the nick back."""
    return record.dialect == "json" and name_key(record.nick) == name_key(nick)
