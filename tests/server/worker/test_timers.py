"""Timers come in their order, each once."""

from __future__ import annotations

import random

from chatsimples.server.worker.conditions import Timer
from chatsimples.server.worker.timers import Timers


def test_timers_come_in_the_order_of_their_times(chance: random.Random) -> None:
    timers = Timers()
    times = [chance.uniform(0, 100) for _ in range(200)]
    for number, when in enumerate(times):
        timers.set(when, number, Timer.PING)
    came = [conn for conn, _ in timers.due(50)]
    assert sorted((n for n, when in enumerate(times) if when <= 50), key=times.__getitem__) == came
    assert [] == list(timers.due(50))
    assert 200 == len(came) + len(list(timers.due(100)))


def test_of_two_for_the_same_time_the_one_that_was_set_first_comes_first() -> None:
    timers = Timers()
    timers.set(1, 2, Timer.SILENCE)
    timers.set(1, 1, Timer.PACE)
    assert [(2, Timer.SILENCE), (1, Timer.PACE)] == list(timers.due(1))


def test_one_that_is_set_by_another_comes_in_the_same_round_if_it_is_due() -> None:
    timers = Timers()
    timers.set(1, 1, Timer.PING)
    came = []
    for conn, _ in timers.due(5):
        came.append(conn)
        timers.set(conn + 1, conn + 1, Timer.PING)
    assert [1, 2, 3, 4, 5] == came


def test_the_wait_is_until_the_first_one_and_has_a_bound() -> None:
    timers = Timers()
    assert 1 == timers.wait(0, 1)
    timers.set(10, 1, Timer.PING)
    assert [1, 0.5, 0, 0] == [timers.wait(now, 1) for now in (0, 9.5, 10, 11)]
