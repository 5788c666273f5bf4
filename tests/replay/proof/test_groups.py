"""Which records one command can have made."""

from __future__ import annotations

import pytest
from replay.proof.fields import STOP, Fields, as_records, bye, hello, join, leave, rename

from chatsimples.replay.proof.groups import group_size

START: Fields = {"type": "start", "server": "s"}
CRASHED = leave(1, "n", reason="crash")
BAN: Fields = {"type": "ban", "nick": "ana", "by": "*"}
SHUT_DOWN = leave(1, "n", reason="shutdown")


@pytest.mark.parametrize(
    ("size", "records"),
    [
        (1, [{"type": "message"}, {"type": "message"}]),
        (1, [START, START]),
        (4, [START, CRASHED, bye(1, "n", "crash"), bye(2, "n", "crash"), leave(3, "n")]),
        (4, [SHUT_DOWN, bye(1, "n", "shutdown"), bye(2, "n", "shutdown"), STOP, START]),
        (2, [bye(1, "n", "shutdown"), STOP]),
        (2, [SHUT_DOWN, bye(1, "n", "shutdown"), START]),
        (1, [STOP, START]),
        (1, [leave(1, "n", reason="left"), leave(1, "n", "y", "left")]),
        (3, [leave(1, "n"), leave(1, "n", "y"), bye(1, "n"), bye(2, "n")]),
        (1, [bye(1, "n"), bye(2, "n")]),
        (1, [leave(1, "n"), leave(1, "n", reason="closed")]),
        (3, [leave(1, "n", reason="replaced"), bye(1, "n", "replaced"), hello(2, "n"), join(2, "n")]),
        (2, [leave(1, "n", reason="replaced"), bye(1, "n", "replaced"), hello(2, "n", identity="")]),
        (1, [leave(1, "n", reason="replaced"), hello(2, "n")]),
        (2, [leave(1, "n", reason="closed"), bye(1, "n", "closed"), hello(2, "n")]),
        (2, [rename(1, "ana", "eva", "x"), rename(1, "ana", "eva", "y"), rename(1, "ana", "bia", "x")]),
        (1, [rename(1, "ana", "eva", "x", id="1"), rename(1, "ana", "eva", "y", id="2")]),
        (2, [rename(1, "ana", "visitante-1", "x", reason="reclaimed"), hello(2, "ANA"), hello(3, "ana")]),
        (1, [rename(1, "ana", "visitante-1", "x", reason="reclaimed"), hello(2, "bia")]),
        (
            3,
            [
                rename(1, "ana", "visitante-1", "x", reason="reclaimed"),
                rename(2, "rui", "Ana", "x"),
                rename(2, "rui", "Ana", "y"),
                rename(2, "Ana", "Ana", "y"),
            ],
        ),
        (1, [rename(1, "ana", "visitante-1", reason="reclaimed"), rename(2, "rui", "bia")]),
        (1, [rename(1, "ana", "visitante-1", reason="reclaimed"), rename(1, "visitante-1", "ana")]),
        (
            4,
            [
                BAN,
                leave(1, "n", reason="banned"),
                bye(1, "n", "banned", by="*"),
                bye(2, "n", "banned", by="*"),
            ],
        ),
        (2, [BAN, bye(1, "n", "banned", by="*"), leave(2, "n", reason="banned"), bye(2, "n", "banned")]),
        (1, [BAN, bye(2, "n", "banned")]),
        (2, [BAN, leave(1, "n", reason="banned"), STOP]),
        (1, [hello(1, "ana"), join(1, "ana")]),
        (2, [hello(1, "visitante-1", identity=""), join(1, "visitante-1"), join(1, "visitante-1")]),
        (1, [hello(1, "visitante-1", identity=""), join(2, "visitante-2")]),
    ],
)
def test_so_many_records_can_be_of_one_command(size: int, records: list[Fields]) -> None:
    assert size == group_size(as_records(records), 0)
