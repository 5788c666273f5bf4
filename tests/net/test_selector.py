"""The quick selector does what the standard library's does, as far as loops here ask for it."""

from __future__ import annotations

import select
import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from chatsimples.net.selector import MOST_AT_ONCE, quick_selector

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = socket.socketpair()
    yield made
    for each in made:
        each.close()


@pytest.fixture(params=[quick_selector, selectors.DefaultSelector])
def selector(request: pytest.FixtureRequest) -> Iterator[selectors.BaseSelector]:
    made: selectors.BaseSelector = request.param()
    yield made
    made.close()


def test_what_is_ready_is_told_with_what_it_was_registered_with(
    selector: selectors.BaseSelector, pair: Pair
) -> None:
    near, far = pair
    selector.register(near, selectors.EVENT_READ, "near")
    selector.register(far, selectors.EVENT_WRITE, "far")
    assert ["far"] == [key.data for key, _ in selector.select(0)]
    far.send(b"x")
    assert {"near", "far"} == {key.data for key, _ in selector.select(None)}
    near.recv(10)
    selector.unregister(far)
    assert [] == selector.select(0)


def test_an_end_is_readable(selector: selectors.BaseSelector, pair: Pair) -> None:
    near, far = pair
    selector.register(near, selectors.EVENT_READ)
    far.close()
    assert [near] == [key.fileobj for key, _ in selector.select(10)]


def test_with_nothing_ready_it_waits_as_long_as_it_may(selector: selectors.BaseSelector, pair: Pair) -> None:
    assert [] == selector.select(0)
    selector.register(pair[0], selectors.EVENT_READ)
    began = time.monotonic()
    assert [] == selector.select(0.05)
    assert time.monotonic() - began >= 0.045
    assert [] == selector.select(-1)


def test_it_knows_what_is_registered(selector: selectors.BaseSelector, pair: Pair) -> None:
    near, far = pair
    selector.register(near, selectors.EVENT_READ)
    assert [True, False] == [each in selector.get_map() for each in pair]
    with pytest.raises(KeyError):
        selector.register(near, selectors.EVENT_WRITE)
    with pytest.raises(KeyError):
        selector.unregister(far)
    selector.unregister(near)
    assert near not in selector.get_map()


def test_one_that_was_closed_can_be_unregistered_and_its_number_used_again(
    selector: selectors.BaseSelector, pair: Pair
) -> None:
    near, _ = pair
    selector.register(near, selectors.EVENT_READ, "old")
    number = near.fileno()
    near.close()
    selector.unregister(near)
    again, other = socket.socketpair()
    with again, other:
        assert number in (again.fileno(), other.fileno())
        for each in (again, other):
            selector.register(each, selectors.EVENT_READ, each.fileno())
        again.send(b"x")
        assert [other.fileno()] == [key.data for key, _ in selector.select(10)]


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="only epoll is asked for some at a time")
def test_of_many_some_are_told_at_a_time_and_each_in_turn() -> None:
    with ExitStack() as things:
        selector = things.enter_context(quick_selector())
        for number in range(3 * MOST_AT_ONCE):
            near, far = socket.socketpair()
            things.enter_context(far)
            selector.register(things.enter_context(near), selectors.EVENT_WRITE, number)
        told = [[key.data for key, _ in selector.select(0)] for _ in range(3)]
        assert [MOST_AT_ONCE] * 3 == [len(each) for each in told]
        assert 3 * MOST_AT_ONCE == len({number for each in told for number in each})
