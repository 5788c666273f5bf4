"""A poller tells what can be read and written, with epoll and without."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator

import pytest
from support.waiting import DEADLINE

from chatsimples.loadtest.wire.poller import Poller, SelectorPoller, new_poller


@pytest.fixture(params=[new_poller, SelectorPoller], ids=["quickest", "selectors"])
def poller(request: pytest.FixtureRequest) -> Iterator[Poller]:
    """Give each kind; the second is what systems without epoll get."""
    made: Poller = request.param()
    yield made
    made.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has epoll")
def test_where_there_is_epoll_it_is_used() -> None:
    made = new_poller()
    assert "EpollPoller" == type(made).__name__
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        one.setblocking(False)
        yield one, other


Pair = tuple[socket.socket, socket.socket]


def test_nothing_is_told_of_what_has_nothing_to_read(poller: Poller, pair: Pair) -> None:
    assert [] == poller.wait(0)
    poller.add(pair[0].fileno())
    assert [] == poller.wait(0)


def test_what_can_be_read_is_told_until_it_has_been(poller: Poller, pair: Pair) -> None:
    poller.add(pair[0].fileno())
    pair[1].sendall(b"x")
    assert [pair[0].fileno()] == poller.wait(DEADLINE)
    assert [pair[0].fileno()] == poller.wait(DEADLINE)
    pair[0].recv(10)
    assert [] == poller.wait(0)


def test_the_end_of_a_connection_is_told(poller: Poller, pair: Pair) -> None:
    poller.add(pair[0].fileno())
    pair[1].close()
    assert [pair[0].fileno()] == poller.wait(DEADLINE)


def test_room_to_write_is_told_only_to_whom_it_is_of_use(poller: Poller, pair: Pair) -> None:
    poller.add(pair[0].fileno(), write=True)
    assert [pair[0].fileno()] == poller.wait(DEADLINE)
    poller.change(pair[0].fileno(), write=False)
    assert [] == poller.wait(0)
    poller.change(pair[0].fileno(), write=True)
    assert [pair[0].fileno()] == poller.wait(DEADLINE)


def test_a_full_socket_has_no_room_until_it_is_read(poller: Poller, pair: Pair) -> None:
    with pytest.raises(BlockingIOError):
        while True:
            pair[0].send(b"x" * 65_536)
    poller.add(pair[0].fileno(), write=True)
    assert [] == poller.wait(0)
    pair[1].setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            pair[1].recv(65_536)
    assert [pair[0].fileno()] == poller.wait(DEADLINE)


def test_of_what_is_removed_nothing_is_told(poller: Poller, pair: Pair) -> None:
    poller.add(pair[0].fileno())
    pair[1].sendall(b"x")
    poller.remove(pair[0].fileno())
    assert [] == poller.wait(0)
    poller.add(pair[0].fileno())
    assert [pair[0].fileno()] == poller.wait(DEADLINE)


def test_each_that_is_ready_is_told_once(poller: Poller) -> None:
    pairs = [socket.socketpair() for _ in range(50)]
    for one, other in pairs:
        poller.add(one.fileno())
        other.sendall(b"x")
    assert sorted(one.fileno() for one, _ in pairs) == sorted(poller.wait(DEADLINE))
    for each in pairs:
        for one in each:
            one.close()


@pytest.mark.parametrize("seconds", [0.0, -0.001, -1.0, -100.0])
def test_who_is_late_already_does_not_wait(poller: Poller, pair: Pair, seconds: float) -> None:
    poller.add(pair[0].fileno())
    assert [] == poller.wait(seconds)


def test_a_wait_goes_on_for_as_long_as_it_was_asked_for(poller: Poller) -> None:
    begin = time.monotonic()
    assert [] == poller.wait(0.05)
    assert time.monotonic() - begin >= 0.04
