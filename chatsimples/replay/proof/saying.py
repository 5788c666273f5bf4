"""The commands behind what people say, and tell of themselves; and which records are of one such command."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from chatsimples.chat import commands
from chatsimples.chat.commands import MOST_LINES
from chatsimples.chat.names import printable
from chatsimples.chat.records import Record
from chatsimples.replay.proof.verdict import UnruledError

SAID = frozenset({"message", "tags"})
"""The types of records of what is said."""

_message = attrgetter("type", "conn", "room", "to_conn", "parts")
_told = attrgetter("type", "conn", "nick", "id", "text", "realname")


def saying_command(group: Sequence[Record]) -> commands.Command:
    """Return the command that made records of which the first is a ``message``, ``tags``, ``away`` and so on.

    Raises:
        UnruledError: none can have made them.
    """
    first = group[0]
    match first.type:
        case "message" if first.parts:
            return _lines(group)
        case "message" | "tags":
            return commands.Say(
                first.conn, first.text, first.room, first.to, first.id, first.kind, first.tags
            )
        case "away":
            return commands.Away(first.conn, first.text, first.id)
        case "setname":
            return commands.SetName(first.conn, first.realname, first.id)
        case "announcement":
            return commands.Announce(first.by_conn, first.text, first.id)
    raise UnruledError(first.seq, f"nobody can say this: {printable(first.type, 40)}")


def lines_size(records: Sequence[Record], start: int) -> int:
    """Return how many records are lines of one message."""
    first, end = records[start], start + 1
    if first.parts:
        expected = _message(first)
        while end < len(records) and _message(records[end]) == expected:
            if records[end].part != end - start + 1:
                break
            end += 1
    return end - start


def told_size(records: Sequence[Record], start: int) -> int:
    """Return how many records tell the same of somebody, each in another room."""
    first, end = records[start], start + 1
    expected, rooms = _told(first), {first.room}
    while end < len(records) and _told(records[end]) == expected and records[end].room not in rooms:
        rooms.add(records[end].room)
        end += 1
    return end - start


def _lines(group: Sequence[Record]) -> commands.Lines:
    """Return what said several lines; those that are missing, as a group may be cut, are empty."""
    first, last = group[0], group[-1]
    if first.part != 1:
        raise UnruledError(first.seq, "the first line of its message is missing")
    lines = [commands.Line(each.text, each.joined) for each in group]
    lines += [commands.Line("")] * (min(first.parts, MOST_LINES) - len(lines))
    return commands.Lines(first.conn, tuple(lines), first.room, first.to, last.id, first.kind, first.tags)
