"""Which records came of one command: they are neighbours, with one time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.replay.proof.saying import lines_size, told_size

_NICK = ("conn", "nick", "new", "id", "reason")


def group_size(records: Sequence[Record], start: int) -> int:
    """Return how many records from ``start`` on can have come of one command.

    Where the records end with the group, more of it may follow.
    """
    first = records[start]
    match first.type:
        case "start":
            return 1 + _run(records, start + 1, _ends_by("crash"))
        case "leave" | "bye" if first.reason == "shutdown":
            size = _run(records, start, _ends_by("shutdown"))
            return size + _is(records, start + size, lambda each: each.type == "stop")
        case "leave" if first.by:
            # Somebody was removed from one room.
            return 1
        case "leave" | "bye" if first.reason != "left":
            return _ending(records, start)
        case "ban":
            return 1 + _ends_of_ban(records, start + 1)
        case "join":
            # Whoever makes a room owns it.
            return 1 + _is(
                records,
                start + 1,
                lambda each: each.type == "role" and each.reason == "made" and _same(each, first, "conn"),
            )
        case "role" if not first.room:
            return _run(
                records,
                start,
                lambda each: each.type == "role" and not each.room and _same(each, first, "account", "role"),
            )
        case "set" if first.quiet:
            # The proof of a key stands before all else.
            return 1 + _is(records, start + 1, lambda each: each.type == "set" and not each.quiet)
        case "nick":
            # The rooms of one change of nick are different ones.
            size = _run(records, start, lambda each: each.type == "nick" and _same(each, first, *_NICK))
            if first.reason == "reclaimed":
                size += _taking(records, start + size, first)
            return size
        case "hello" if not first.identity:
            # A visitor is brought into a room by the command that registers it.
            return 1 + _is(
                records, start + 1, lambda each: each.type == "join" and _same(each, first, "conn")
            )
    of_type = _OTHERS.get(first.type)
    return of_type(records, start) if of_type is not None else 1


_OTHERS = {"message": lines_size, "away": told_size, "setname": told_size}


def _ending(records: Sequence[Record], start: int) -> int:
    first = records[start]
    size = _run(records, start, lambda each: each.type == "leave" and _same(each, first, "conn", "reason"))
    ended = _is(
        records, start + size, lambda each: each.type == "bye" and _same(each, first, "conn", "reason")
    )
    size += ended
    if ended and first.reason == "replaced":
        # The session's new connection ends its old one.
        size += _is(records, start + size, lambda each: each.type == "hello" and each.identity != "")
    return size


def _taking(records: Sequence[Record], start: int, lost: Record) -> int:
    """Return how many records tell of whoever gets a nick that another one has had to give up."""
    key = name_key(lost.nick)
    if not _is(records, start, lambda each: each.conn != lost.conn):
        return 0
    first = records[start]
    if first.type == "hello":
        return int(name_key(first.nick) == key)
    return _run(
        records,
        start,
        lambda each: each.type == "nick" and name_key(each.new) == key and _same(each, first, *_NICK),
    )


def _ends_of_ban(records: Sequence[Record], start: int) -> int:
    """Return how many records are the ends that a ban has brought; whose address was banned, ended apart."""
    end = start
    while end < len(records) and _ends_by("banned")(records[end]):
        size = 1 if records[end].by else _ending(records, end)
        last = records[end + size - 1]
        if last.type == "bye" and not last.by:
            break
        end += size
    return end - start


def _run(records: Sequence[Record], start: int, belongs: Callable[[Record], bool]) -> int:
    end = start
    while end < len(records) and belongs(records[end]):
        end += 1
    return end - start


def _is(records: Sequence[Record], index: int, fits: Callable[[Record], bool]) -> int:
    return int(index < len(records) and fits(records[index]))


def _ends_by(reason: str) -> Callable[[Record], bool]:
    return lambda each: each.type in {"leave", "bye"} and each.reason == reason


def _same(one: Record, other: Record, *fields: str) -> bool:
    return all(getattr(one, field) == getattr(other, field) for field in fields)
