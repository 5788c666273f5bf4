"""What an outlet hears of a block is what `Outlet.hears` says of each of its records."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from server.rig import DIALECTS
from transcript.index.logs_with_rooms import keys_of

from chatsimples.chat.records import Record
from chatsimples.server.broadcaster.block_index import BlockIndexes, keys_heard
from chatsimples.server.broadcaster.outlet import Outlet
from chatsimples.transcript.reader import Cursor, Line, TranscriptReader

AT = "2026-11-22T15:00:00.000000Z"
ROOMS = ["geral", "Turma", "x"]

MakeOutlet = Callable[..., Outlet]


@pytest.fixture
def make_outlet() -> Iterator[MakeOutlet]:
    near, far = socket.socketpair()

    def make(conn: int, dialect: str = "json") -> Outlet:
        return Outlet(conn, near, DIALECTS[dialect], 1 << 20)

    yield make
    near.close()
    far.close()


def any_record(chance: random.Random, seq: int) -> Record:
    conn = chance.randint(1, 6)
    kind = chance.choice(["message", "message", "join", "leave", "nick"])
    fields: dict[str, Any] = {}
    if kind == "message" and chance.random() < 0.3:
        fields.update(to="ana", to_conn=chance.randint(1, 6))
        fields.update(identity=chance.choice(["", "me", "i2"]), to_identity=chance.choice(["", "me", "i3"]))
    elif kind != "nick" or chance.random() < 0.5:
        fields.update(room=chance.choice(ROOMS), quiet=kind != "message" and chance.random() < 0.5)
    return Record(seq, AT, kind, conn, f"n{conn}", **fields)


@pytest.mark.parametrize("dialect", ["json", "text"])
def test_it_finds_what_the_outlet_hears_in_order(
    tmp_path: Path, make_outlet: MakeOutlet, chance: random.Random, dialect: str
) -> None:
    indexes = BlockIndexes()
    for _ in range(40):
        first = chance.randint(1, 1000)
        lines: list[Line] = [(any_record(chance, first + each), b"%d" % each) for each in range(50)]
        outlet = make_outlet(chance.randint(1, 6), dialect)
        outlet.resume(Cursor(TranscriptReader(tmp_path), 0), ("geral",), (chance.randint(1, 6),))
        outlet.subscribe("turma", first + 10)
        outlet.unsubscribe("turma", first + 30)
        for start in (0, 0, 17, 50):
            expected = [line for line in lines[start:] if outlet.hears(line[0])]
            assert expected == indexes.heard_by(outlet, lines, start)


def test_the_logs_index_has_a_key_for_whatever_an_outlet_hears(
    tmp_path: Path, make_outlet: MakeOutlet, chance: random.Random
) -> None:
    heard = 0
    for _ in range(40):
        outlet = make_outlet(chance.randint(1, 6))
        outlet.arrive("", 1)
        cursor = Cursor(TranscriptReader(tmp_path), 0)
        outlet.resume(cursor, ("geral",), (chance.randint(1, 6),), chance.choice(["", "me"]))
        outlet.subscribe("turma", 10)
        outlet.unsubscribe("turma", 30)
        keys = keys_heard(outlet)
        for seq in range(1, 60):
            record = any_record(chance, seq)
            if outlet.hears(record):
                heard += 1
                assert keys & keys_of(record)
    assert heard > 500


def test_a_list_that_takes_the_place_of_one_let_go_is_another(make_outlet: MakeOutlet) -> None:
    indexes = BlockIndexes()
    outlet = make_outlet(1)
    outlet.subscribe("geral", 1)
    for seq in range(1, 200):
        # Each is freed before the next one is made, which so may stand at the same address.
        record = Record(seq, AT, "message", 2, "bia", room="geral", text="oi")
        assert [(record, b"x")] == indexes.heard_by(outlet, [(record, b"x")], 0)
        if seq % 7 == 0:
            indexes.clear()
