"""Records for tests of what the rules can have made: told by their fields, numbered where they stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chatsimples.chat.records import Record

AT = "2026-11-22T15:00:00.000000Z"

Fields = dict[str, Any]

STOP: Fields = {"type": "stop"}


def as_records(given: Iterable[Fields]) -> list[Record]:
    """Make the records, with dense seqs."""
    return [Record(seq, AT, **each) for seq, each in enumerate(given, 1)]


def hello(conn: int, nick: str, **more: Any) -> Fields:
    return {"type": "hello", "conn": conn, "nick": nick, "dialect": "json", "identity": f"I{conn}", **more}


def bye(conn: int, nick: str, reason: str = "quit", **more: Any) -> Fields:
    return {"type": "bye", "conn": conn, "nick": nick, "reason": reason, **more}


def join(conn: int, nick: str, room: str = "geral", **more: Any) -> Fields:
    return {"type": "join", "conn": conn, "nick": nick, "room": room, **more}


def first(conn: int, nick: str, room: str = "geral", **more: Any) -> Fields:
    """Give the join that introduces a connection in version 1."""
    return join(conn, nick, room, dialect="json", identity=f"I{conn}", **more)


def leave(conn: int, nick: str, room: str = "geral", reason: str = "quit", **more: Any) -> Fields:
    return {"type": "leave", "conn": conn, "nick": nick, "room": room, "reason": reason, **more}


def say(conn: int, nick: str, room: str = "geral", text: str = "oi", **more: Any) -> Fields:
    return {"type": "message", "conn": conn, "nick": nick, "room": room, "text": text, **more}


def rename(conn: int, nick: str, new: str, room: str = "geral", **more: Any) -> Fields:
    return {"type": "nick", "conn": conn, "nick": nick, "new": new, "room": room, **more}
