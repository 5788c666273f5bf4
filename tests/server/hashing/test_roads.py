"""The choice of a hashing process: few are no crowd, many are, and a crowd passes."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from support.clock import Clock

from chatsimples.server.hashing.channel import channel
from chatsimples.server.hashing.roads import CROWD, PER_SECOND, Roads


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def roads(clock: Clock) -> Iterator[Roads]:
    pair: tuple[socket.socket, socket.socket] = channel()
    with pair[0], pair[1]:
        yield Roads(*pair, clock=clock)


def test_a_class_that_comes_in_is_no_crowd_and_more_are(roads: Roads) -> None:
    assert [False] * CROWD + [True] * 100 == [roads.is_crowded() for _ in range(CROWD + 100)]


def test_those_who_come_one_after_the_other_are_never_a_crowd(roads: Roads, clock: Clock) -> None:
    for _ in range(1_000):
        assert not roads.is_crowded()
        clock.now += 1 / PER_SECOND


def test_a_crowd_that_goes_on_stays_one(roads: Roads, clock: Clock) -> None:
    for _ in range(2 * CROWD):
        roads.is_crowded()
    for _ in range(1_000):
        clock.now += 0.5 / PER_SECOND
        assert roads.is_crowded()


def test_however_long_a_crowd_was_it_is_over_some_seconds_after_its_end(roads: Roads, clock: Clock) -> None:
    for _ in range(10_000):
        roads.is_crowded()
    clock.now += (CROWD + 1) / PER_SECOND
    assert not roads.is_crowded()


def test_what_costs_less_makes_a_crowd_later(roads: Roads) -> None:
    assert [False] * 4 * CROWD + [True] == [roads.is_crowded(0.25) for _ in range(4 * CROWD + 1)]
