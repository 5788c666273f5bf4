"""Which records one command can have made."""

from __future__ import annotations

from typing import Any

import pytest

from chatsimples.chat.records import Record
from chatsimples.replay.proof.groups import group_size

AT = "2026-11-22T15:00:00.000000Z"
Fields = dict[str, Any]
START: Fields = {"type": "start", "server": "s"}
STOP: Fields = {"type": "stop"}


def leave(conn: int, reason: str, room: str = "x") -> Fields:
    return {"type": "leave", "conn": conn, "nick": "n", "room": room, "reason": reason}


def bye(conn: int, reason: str) -> Fields:
    return {"type": "bye", "conn": conn, "nick": "n", "reason": reason}


def nick(conn: int, new: str, room: str, **more: str) -> Fields:
    return {"type": "nick", "conn": conn, "nick": "ana", "new": new, "room": room, **more}


def hello(conn: int, name: str, identity: str = "I") -> Fields:
    return {"type": "hello", "conn": conn, "nick": name, "dialect": "d", "identity": identity}


def join(conn: int, name: str) -> Fields:
    return {"type": "join", "conn": conn, "nick": name, "room": "x"}


@pytest.mark.parametrize(
    ("size", "records"),
    [
        (1, [{"type": "message"}, {"type": "message"}]),
        (1, [START, START]),
        (4, [START, leave(1, "crash"), bye(1, "crash"), bye(2, "crash"), leave(3, "quit")]),
        (4, [leave(1, "shutdown"), bye(1, "shutdown"), bye(2, "shutdown"), STOP, START]),
        (2, [bye(1, "shutdown"), STOP]),
        (2, [leave(1, "shutdown"), bye(1, "shutdown"), START]),
        (1, [STOP, START]),
        (1, [leave(1, "left"), leave(1, "left", "y")]),
        (3, [leave(1, "quit"), leave(1, "quit", "y"), bye(1, "quit"), bye(2, "quit")]),
        (1, [bye(1, "quit"), bye(2, "quit")]),
        (1, [leave(1, "quit"), leave(1, "closed")]),
        (3, [leave(1, "replaced"), bye(1, "replaced"), hello(2, "n"), join(2, "n")]),
        (2, [leave(1, "replaced"), bye(1, "replaced"), hello(2, "n", "")]),
        (1, [leave(1, "replaced"), hello(2, "n")]),
        (2, [leave(1, "closed"), bye(1, "closed"), hello(2, "n")]),
        (2, [nick(1, "eva", "x"), nick(1, "eva", "y"), nick(1, "bia", "x")]),
        (1, [nick(1, "eva", "x", id="1"), nick(1, "eva", "y", id="2")]),
        (2, [nick(1, "visitante-1", "x", reason="reclaimed"), hello(2, "ANA"), hello(3, "ana")]),
        (1, [nick(1, "visitante-1", "x", reason="reclaimed"), hello(2, "bia")]),
        (1, [hello(1, "ana"), join(1, "ana")]),
        (2, [hello(1, "visitante-1", ""), join(1, "visitante-1"), join(1, "visitante-1")]),
        (1, [hello(1, "visitante-1", ""), join(2, "visitante-2")]),
    ],
)
def test_size(size: int, records: list[Fields]) -> None:
    assert size == group_size([Record(seq, AT, **each) for seq, each in enumerate(records, 1)], 0)
