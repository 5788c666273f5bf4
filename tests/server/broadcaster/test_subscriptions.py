"""Who hears which room: those who hear only one, and those who hear several."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator

import pytest
from server.rig import DIALECTS

from chatsimples.server.broadcaster.outlet import Outlet
from chatsimples.server.broadcaster.subscriptions import Subscriptions

MakeOutlet = Callable[[int, str], Outlet]


@pytest.fixture
def make_outlet() -> Iterator[MakeOutlet]:
    near, far = socket.socketpair()

    def make(conn: int, dialect: str) -> Outlet:
        return Outlet(conn, near, DIALECTS[dialect], 1 << 20)

    yield make
    near.close()
    far.close()


def test_whatever_they_enter_and_leave_each_stands_once_where_it_belongs(
    make_outlet: MakeOutlet, chance: random.Random
) -> None:
    subscriptions = Subscriptions()
    outlets = [make_outlet(conn, chance.choice(("text", "json"))) for conn in range(8)]
    inside: dict[int, set[str]] = {outlet.conn: set() for outlet in outlets}
    for seq in range(400):
        outlet = chance.choice(outlets)
        key = chance.choice("abcd")
        if chance.random() < 0.1:
            subscriptions.leave_all(outlet)
            inside[outlet.conn].clear()
        elif key in inside[outlet.conn]:
            subscriptions.leave(outlet, key, seq)
            inside[outlet.conn].remove(key)
        else:
            subscriptions.enter(outlet, key, seq)
            inside[outlet.conn].add(key)
        for room in "abcd":
            subscribers = subscriptions.of(room)
            only = {each.conn for each in outlets if {room} == inside[each.conn]}
            several = {each.conn for each in outlets if room in inside[each.conn] and each.conn not in only}
            if subscribers is None:
                assert not only | several
                continue
            assert several == {*subscribers.several}
            by_dialect = {dialect: {*members} for dialect, members in subscribers.only.items() if members}
            assert by_dialect == {
                dialect: {conn for conn in only if outlets[conn].dialect is dialect}
                for dialect in {outlets[conn].dialect for conn in only}
            }
        assert all({*outlet.subscriptions} == inside[outlet.conn] for outlet in outlets)


def test_a_room_that_nobody_hears_is_not_kept(make_outlet: MakeOutlet) -> None:
    subscriptions = Subscriptions()
    outlet = make_outlet(1, "json")
    subscriptions.enter(outlet, "geral", 5)
    subscriptions.leave(outlet, "geral", 9)
    assert subscriptions.of("geral") is None
    subscriptions.leave(outlet, "geral", 10)
    assert subscriptions.of("geral") is None
