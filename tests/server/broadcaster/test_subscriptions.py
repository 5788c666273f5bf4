"""Who hears which rooms: those who hear the same are one group."""

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


@pytest.mark.parametrize("most", [1, 2, 64])
def test_whatever_they_enter_and_leave_each_stands_once_where_it_belongs(
    make_outlet: MakeOutlet, chance: random.Random, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("chatsimples.server.broadcaster.subscriptions.MOST_SHARED", most)
    rooms = "abcd"
    subscriptions = Subscriptions()
    outlets = [make_outlet(conn, chance.choice(("text", "json"))) for conn in range(8)]
    inside: dict[int, set[str]] = {outlet.conn: set() for outlet in outlets}
    for seq in range(400):
        outlet = chance.choice(outlets)
        key = chance.choice(rooms)
        if chance.random() < 0.1:
            subscriptions.leave_all(outlet)
            inside[outlet.conn].clear()
        elif key in inside[outlet.conn]:
            subscriptions.leave(outlet, key, seq)
            inside[outlet.conn].remove(key)
        else:
            subscriptions.enter(outlet, key, seq)
            inside[outlet.conn].add(key)
        if chance.random() < 0.5:
            continue
        subscriptions.settle()
        for room in rooms:
            found = subscriptions.of(room)
            by_what_they_hear: dict[tuple[object, frozenset[str]], set[int]] = {}
            for each in outlets:
                if room in inside[each.conn]:
                    hears = each.dialect, frozenset(inside[each.conn])
                    by_what_they_hear.setdefault(hears, set()).add(each.conn)
            # Those who hear many rooms are not put together.
            several = {hears: who for hears, who in by_what_they_hear.items() if len(hears[1]) <= most}
            alone = [
                {conn} for hears, who in by_what_they_hear.items() if hears not in several for conn in who
            ]
            groups = {(each.dialect, frozenset(each.rooms)): {*each.members} for each in found}
            shared = {hears: who for hears, who in groups.items() if len(hears[1]) <= most}
            assert several == shared
            assert len(several) + len(alone) == len(found)
            assert all({*each.members} in alone for each in found if len(each.rooms) > most)
        assert all({*outlet.subscriptions} == inside[outlet.conn] for outlet in outlets)


def test_a_room_that_nobody_hears_is_not_kept(make_outlet: MakeOutlet) -> None:
    subscriptions = Subscriptions()
    outlet = make_outlet(1, "json")
    subscriptions.enter(outlet, "geral", 5)
    subscriptions.settle()
    assert subscriptions.of("geral")
    subscriptions.leave(outlet, "geral", 9)
    subscriptions.settle()
    assert not subscriptions.of("geral")
    subscriptions.leave(outlet, "geral", 10)
    subscriptions.settle()
    assert not subscriptions.of("geral")


def test_who_goes_with_many_rooms_is_in_no_other_group_on_its_way(make_outlet: MakeOutlet) -> None:
    subscriptions = Subscriptions()
    staying, going = make_outlet(1, "json"), make_outlet(2, "json")
    rooms = [f"room{number}" for number in range(32)]
    for outlet in (staying, going):
        for room in rooms:
            subscriptions.enter(outlet, room, 1)
    subscriptions.settle()
    (before,) = subscriptions.of("room0")
    for room in rooms:
        subscriptions.leave(going, room, 2)
        assert [before] == list(subscriptions.of(room))
    subscriptions.settle()
    assert [before] == list(subscriptions.of("room0"))
    assert [1] == list(before.members)
