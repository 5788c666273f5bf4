"""What the broadcaster counts is what its connections receive, and an admin is told it."""

from __future__ import annotations

import os
import random
from pathlib import Path

import msgspec
import pytest
from server.rig import Peer, Rig, open_rig

from chatsimples.chat import commands, effects
from chatsimples.server.broadcaster.meter import Meter, occupied_memory, waiting_bytes
from chatsimples.server.broadcaster.turns import Turns

ASKED = effects.Measure(1, {"json": 1}, 7, "s")


def status(rig: Rig, admin: Peer) -> effects.Status:
    """Return what an admin is told, and let them receive it."""
    rig.do(commands.Status(admin.conn, "s"))
    rig.come_to_rest()
    line = next(each for each in reversed(admin.lines) if each.startswith(b'{"type":"status"'))
    return msgspec.json.decode(line, type=effects.Status)


def an_admin(rig: Rig) -> Peer:
    admin = rig.account(99, "chefe", "geral")
    rig.do(commands.Login(99, "chefe", "admin"))
    rig.come_to_rest()
    return admin


def received(rig: Rig) -> tuple[int, int]:
    """Return how many records all have received, and how many bytes."""
    lines = [line for peer in rig.peers.values() for line in peer.lines]
    records = [line for line in lines if line.startswith(b'{"seq":')]
    return len(records), sum(len(peer.received) for peer in rig.peers.values())


def test_what_is_counted_is_what_all_receive(rig: Rig) -> None:
    admin = an_admin(rig)
    rig.json(1, "ana")
    rig.json(2, "bia", "geral", "x")
    rig.do(
        *(commands.Say(1, f"frase {number}", room="geral") for number in range(20)),
        commands.Say(2, "segredo", to="ana"),
        commands.Join(1, "x", "j"),
        commands.Say(2, "olá", room="x"),
        commands.Leave(2, "geral", "l"),
        commands.Say(1, "tchau", room="geral"),
    )
    rig.come_to_rest()
    expected = received(rig)
    told = status(rig, admin)
    assert expected == (told.deliveries, told.bytes)
    assert (len(rig.records), rig.records[-1].seq) == (told.records, told.seq)
    assert ({"json": 3}, 0, 0, "s") == (told.connections, told.backlog, told.catching_up, told.id)


def test_those_who_read_slowly_are_told_of_and_all_that_they_get_is_counted(small_rig: Rig) -> None:
    admin = an_admin(small_rig)
    small_rig.json(1, "ana")
    slow = small_rig.json(2, "bia", buffer=1)
    for number in range(60):
        small_rig.do(commands.Say(1, f"frase {number} " + "x" * 200, room="geral"))
        admin.read()
        small_rig.peers[1].read()
    small_rig.do(commands.Status(admin.conn, "s"))
    small_rig.flush()
    admin.read()
    told = msgspec.json.decode(admin.lines[-1], type=effects.Status)
    assert told.backlog > 0
    assert 1 == told.catching_up
    small_rig.come_to_rest()
    assert slow.lines
    expected = received(small_rig)
    told = status(small_rig, admin)
    assert (expected, 0, 0) == ((told.deliveries, told.bytes), told.backlog, told.catching_up)


@pytest.mark.parametrize("max_backlog", [300, 1 << 20])
def test_whatever_they_do_and_however_they_read_the_counts_are_right(
    tmp_path: Path, chance: random.Random, max_backlog: int
) -> None:
    with open_rig(tmp_path, max_backlog=max_backlog) as rig:
        admin = an_admin(rig)
        conns = range(1, 6)
        for conn in conns:
            make = chance.choice((rig.json, rig.websocket))
            make(conn, f"n{conn}", buffer=chance.choice((0, 1)))
        for number in range(150):
            asked = [
                chance.choice((
                    commands.Say(conn, f"frase {number} " + "x" * 50, room=chance.choice(("geral", "x"))),
                    commands.Say(conn, "só para ti", to=f"n{chance.choice(conns)}"),
                    commands.Join(conn, "x", "j"),
                    commands.Leave(conn, chance.choice(("geral", "x")), "l"),
                    commands.Rename(conn, f"{chance.choice('nN')}{conn}"),
                    commands.Ping(conn, "p"),
                ))
                for conn in chance.choices(conns, k=chance.randint(1, 4))
            ]  # fmt: skip
            rig.do(*asked)
            rig.turn()
            for peer in rig.peers.values():
                peer.read(chance.choice((1, 100, 1 << 20)))
        rig.come_to_rest()
        expected = received(rig)
        told = status(rig, admin)
        assert expected == (told.deliveries, told.bytes)


def test_a_status_tells_what_the_rules_know_and_what_was_counted() -> None:
    now = [5.0]
    counting = Meter(Turns(), lambda: 42, lambda: now[0])
    counting.records = 3
    counting.delivered(2, 100, 50)
    counting.delivered(0, 7)
    now[0] = 65.5
    told = counting.status(ASKED, [])
    assert (60.5, 7, {"json": 1}, "s") == (told.uptime, told.seq, told.connections, told.id)
    assert (3, 100, 5_007, 42) == (told.records, told.deliveries, told.bytes, told.queue)
    assert told.rss > 1_000_000


def test_a_pipe_tells_how_much_waits_in_it() -> None:
    reading, writing = os.pipe()
    assert 0 == waiting_bytes(reading)
    os.write(writing, b"x" * 1_234)
    assert 1_234 == waiting_bytes(reading)
    os.close(writing)
    os.close(reading)
    assert 0 == waiting_bytes(reading)


def test_memory_is_told_where_there_is_no_proc(tmp_path: Path) -> None:
    assert occupied_memory() > 1_000_000
    assert occupied_memory(tmp_path / "statm") > 10_000
