"""Which records one command can have made."""

import pytest

from chatsimples.chat.records import Record
from chatsimples.replay.proof.version1.groups import group_size

AT = "2026-11-22T15:00:00.000000Z"
START = {"type": "start", "server": "s"}
STOP = {"type": "stop"}


def leave(conn, reason, room="x"):
    return {"type": "leave", "conn": conn, "nick": "n", "room": room, "reason": reason}


def nick(conn, new, room, **more):
    return {"type": "nick", "conn": conn, "nick": "ana", "new": new, "room": room, **more}


def come(conn, name):
    return {"type": "join", "conn": conn, "nick": name, "room": "x", "dialect": "json", "identity": "I"}


@pytest.mark.parametrize(
    ("size", "records"),
    [
        (1, [{"type": "message"}, {"type": "message"}]),
        (1, [START, START]),
        (3, [START, leave(1, "crash"), leave(2, "crash"), leave(3, "quit")]),
        (3, [leave(1, "shutdown"), leave(2, "shutdown"), STOP, START]),
        (1, [leave(1, "shutdown"), START]),
        (1, [STOP, START]),
        (1, [leave(1, "left"), leave(1, "left", "y")]),
        (2, [leave(1, "quit"), leave(1, "quit", "y"), leave(2, "quit")]),
        (1, [leave(1, "quit"), leave(1, "closed")]),
        (2, [nick(1, "eva", "x"), nick(1, "eva", "y"), nick(1, "bia", "x")]),
        (1, [nick(1, "eva", "x", id="1"), nick(1, "eva", "y", id="2")]),
        (2, [nick(1, "visitante-1", "x", reason="reclaimed"), come(2, "ANA"), come(3, "ana")]),
        (1, [nick(1, "visitante-1", "x", reason="reclaimed"), come(2, "bia")]),
    ],
)
def test_size(size, records):
    assert size == group_size([Record(seq, AT, **each) for seq, each in enumerate(records, 1)], 0)
