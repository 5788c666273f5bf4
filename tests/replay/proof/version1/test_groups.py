"""Which records one command can have made."""

from __future__ import annotations

import pytest
from replay.proof.fields import STOP, Fields, as_records, first, leave, rename

from chatsimples.replay.proof.version1.groups import group_size

START: Fields = {"type": "start", "server": "s"}


@pytest.mark.parametrize(
    ("size", "records"),
    [
        (1, [{"type": "message"}, {"type": "message"}]),
        (1, [START, START]),
        (3, [START, leave(1, "n", reason="crash"), leave(2, "n", reason="crash"), leave(3, "n")]),
        (3, [leave(1, "n", reason="shutdown"), leave(2, "n", reason="shutdown"), STOP, START]),
        (1, [leave(1, "n", reason="shutdown"), START]),
        (1, [STOP, START]),
        (1, [leave(1, "n", reason="left"), leave(1, "n", "y", "left")]),
        (2, [leave(1, "n"), leave(1, "n", "y"), leave(2, "n")]),
        (1, [leave(1, "n"), leave(1, "n", reason="closed")]),
        (2, [rename(1, "ana", "eva", "x"), rename(1, "ana", "eva", "y"), rename(1, "ana", "bia", "x")]),
        (1, [rename(1, "ana", "eva", "x", id="1"), rename(1, "ana", "eva", "y", id="2")]),
        (2, [rename(1, "ana", "visitante-1", "x", reason="reclaimed"), first(2, "ANA"), first(3, "ana")]),
        (1, [rename(1, "ana", "visitante-1", "x", reason="reclaimed"), first(2, "bia")]),
    ],
)
def test_so_many_records_can_be_of_one_command(size: int, records: list[Fields]) -> None:
    assert size == group_size(as_records(records), 0)
