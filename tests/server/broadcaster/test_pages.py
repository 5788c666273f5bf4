"""What somebody hears of a piece of the transcript is what `Outlet.hears` says of each of its records."""

import random
import socket
from typing import Any

import pytest
from dialects.wire import DEFAULT_LIMITS

from chatsimples.chat.records import Record
from chatsimples.dialects.base import new_session
from chatsimples.dialects.every import every_dialect
from chatsimples.server.broadcaster.outlet import Outlet
from chatsimples.server.broadcaster.pages import Pages
from chatsimples.transcript.reader import Cursor, Line, TranscriptReader

DIALECTS = every_dialect(DEFAULT_LIMITS, str, new_session)
ROOMS = ["geral", "Turma", "x"]


@pytest.fixture
def make_outlet(tmp_path):
    near, far = socket.socketpair()

    def make(conn, dialect="json"):
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
    elif kind != "nick" or chance.random() < 0.5:
        fields.update(room=chance.choice(ROOMS), quiet=kind != "message" and chance.random() < 0.5)
    return Record(seq, "2026-11-22T15:00:00.000000Z", kind, conn, f"n{conn}", **fields)


@pytest.mark.parametrize("dialect", ["json", "text"])
def test_it_is_what_the_outlet_hears_in_order(tmp_path, make_outlet, chance, dialect):
    pages = Pages()
    for _ in range(40):
        first = chance.randint(1, 1000)
        lines: list[Line] = [(any_record(chance, first + each), b"%d" % each) for each in range(50)]
        outlet = make_outlet(chance.randint(1, 6), dialect)
        outlet.feed(Cursor(TranscriptReader(tmp_path), 0), ("geral",), (chance.randint(1, 6),))
        outlet.enter("turma", first + 10)
        outlet.leave("turma", first + 30)
        for start in (0, 0, 17, 50):
            expected = [line for line in lines[start:] if outlet.hears(line[0])]
            assert expected == pages.heard_by(outlet, lines, start)


def test_a_list_that_takes_the_place_of_one_let_go_is_another(tmp_path, make_outlet):
    pages = Pages()
    outlet = make_outlet(1)
    outlet.enter("geral", 1)
    for seq in range(1, 200):
        # Each is freed before the next one is made, which so may stand at the same address.
        record = Record(seq, "2026-11-22T15:00:00.000000Z", "message", 2, "bia", room="geral", text="oi")
        assert [(record, b"x")] == pages.heard_by(outlet, [(record, b"x")], 0)
        if seq % 7 == 0:
            pages.clear()
