"""A process that stands apart: started, heard, watched, and given up with patience."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import pytest
from server.child_processes import Given, behave
from support.clock import Clock
from support.waiting import DEADLINE, eventually

from chatsimples.server.channels import Heartbeat, Ready, Stop, Told, spawn_context
from chatsimples.server.child import Child


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def child(clock: Clock) -> Iterator[Child[Given]]:
    made = Child(spawn_context(), "helper", behave, clock=clock)
    yield made
    made.end()


def start(child: Child[Given], how: str) -> None:
    def task(pipe: Connection[Any, Any], _: Heartbeat) -> Given:
        return pipe, how

    child.start(task)


def is_ready(child: Child[Given]) -> bool:
    child.hear()
    return child.is_ready


def test_it_is_started_heard_told_to_stop_and_ended(child: Child[Given]) -> None:
    assert child.may_start
    start(child, "serves")
    assert (True, False) == (child.is_there, child.may_start)
    heard: list[object] = []

    def has_said_all() -> bool:
        heard.extend(child.hear())
        return len(heard) == 2

    eventually(has_said_all, "it has said all")
    assert [Ready(), Told(["serves"])] == heard
    assert child.is_ready
    assert child.trouble() is None
    child.send(Stop())
    assert 0 == child.join(DEADLINE)
    child.hear()
    assert child.has_hung_up
    child.end()
    assert (False, False, []) == (child.is_there, child.is_ready, child.wakeful)


def test_one_that_keeps_dying_is_started_later_and_later(child: Child[Given], clock: Clock) -> None:
    waits = []
    for _ in range(4):
        start(child, "dies")
        child.join(DEADLINE)
        trouble = child.trouble()
        assert trouble is not None
        assert ("the helper process has died", {"code": 3}) == (trouble.what, trouble.details)
        child.give_up(trouble)
        before = clock.now
        while not child.may_start:
            clock.now += 0.5
        waits.append(clock.now - before)
    assert [0, 1, 3, 7] == waits


def test_one_that_has_run_for_long_is_started_again_at_once(child: Child[Given], clock: Clock) -> None:
    for _ in range(3):
        start(child, "dies")
        child.join(DEADLINE)
        clock.now += 60
        trouble = child.trouble()
        assert trouble is not None
        child.give_up(trouble)
        assert child.may_start


def test_one_whose_heart_is_silent_hangs_and_one_without_a_bound_never_does(clock: Clock) -> None:
    bound, unbound = (
        Child(spawn_context(), "helper", behave, silence=silence, clock=clock) for silence in (0.001, 0.0)
    )
    try:
        for each in (bound, unbound):
            start(each, "serves")
            eventually(partial(is_ready, each), "it is ready")
        trouble = eventually(bound.trouble, "its heart has been silent for longer")
        assert trouble is not None
        assert "the helper process hangs" == trouble.what
        assert unbound.trouble() is None
    finally:
        bound.end()
        unbound.end()
