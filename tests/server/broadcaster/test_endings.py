"""Connections that have ended: how long each is waited for."""

from __future__ import annotations

import time

from server.rig import Rig
from server.scenario import check, talk

from chatsimples.chat import commands


def test_one_who_ends_gets_all_that_was_on_its_way_and_then_the_end(rig: Rig) -> None:
    rig.json(1, "ana")
    bia = rig.json(2, "bia", buffer=1)
    talk(rig, 1, 60)
    rig.do(commands.Bye(2))
    talk(rig, 1, 3)
    assert not bia.at_end
    rig.come_to_rest()
    check(rig, bia)
    assert bia.at_end


def test_one_who_ends_and_reads_a_little_now_and_then_is_waited_for(rig: Rig) -> None:
    rig.json(1, "ana")
    bia = rig.json(2, "bia", buffer=1)
    talk(rig, 1, 200)
    rig.do(commands.Bye(2))
    now = time.monotonic()
    for _ in range(5):
        bia.read()
        rig.turn()
        now += 4.5
        rig.fanout.sweep(now)
    assert 2 in rig.fanout.outlets
    rig.come_to_rest()
    check(rig, bia)


def test_one_who_ends_and_reads_nothing_is_closed_after_a_while(rig: Rig) -> None:
    rig.json(1, "ana")
    rig.json(2, "bia", buffer=1)
    talk(rig, 1, 60)
    rig.do(commands.Bye(2))
    now = time.monotonic()
    rig.fanout.sweep(now + 4.0)
    assert 2 in rig.fanout.outlets
    rig.fanout.sweep(now + 60.0)
    rig.fanout.sweep(now + 70.0)
    assert 2 not in rig.fanout.outlets
    assert not rig.fanout.pending


def test_one_who_was_told_the_end_is_closed_soon_and_at_once_if_it_closes(rig: Rig) -> None:
    for conn in (1, 2):
        rig.json(conn, f"n{conn}")
        rig.do(commands.Bye(conn))
    assert [1, 2] == sorted(rig.fanout.outlets)
    rig.do(commands.Close(1, "closed"))
    assert [2] == list(rig.fanout.outlets)
    rig.fanout.sweep(time.monotonic() + 2.0)
    assert {} == rig.fanout.outlets


def test_one_who_has_ended_and_does_not_take_its_history_is_closed_in_time(stepping_rig: Rig) -> None:
    ana = stepping_rig.json(1, "ana")
    bia = stepping_rig.json(2, "bia", buffer=1)
    for _ in range(100):
        talk(stepping_rig, 1, 4, size=2_000)
    stepping_rig.do(commands.History(2, "nobody_spoke_here", 0, 5), commands.Bye(2))
    stepping_rig.turn()
    stepping_rig.fanout.sweep(time.monotonic() + 60)
    assert [1] == list(stepping_rig.fanout.outlets)
    stepping_rig.come_to_rest()
    assert bia.at_end
    check(stepping_rig, ana)
