"""Taking connections in: some at a time, and none while there is no room or no file left."""

from __future__ import annotations

import errno
import os
import resource
import selectors
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chatsimples.net.doors import Door, Kind, listen
from chatsimples.net.entrance import ACCEPTS_PER_TURN, PAUSE, Entrance
from chatsimples.net.tuning import KeepAlive


class House:
    """An entrance with a loop of its own, whose time is the test's, and those who come."""

    def __init__(self, *doors: Door, room: int = 1_000) -> None:
        self.now = 100.0
        self.doors = list(doors) or listen("127.0.0.1", 0)
        self.inside: list[socket.socket] = []
        self.room = room
        self.selector = selectors.DefaultSelector()
        self.entrance = Entrance(
            self.doors, self.selector, self.has_room, KeepAlive(60, 10), clock=lambda: self.now
        )
        self._outside: list[socket.socket] = []

    def has_room(self) -> bool:
        return len(self.inside) < self.room

    def come(self, count: int = 1) -> None:
        """Open connections; the kernel takes them at once."""
        for _ in range(count):
            self._outside.append(socket.create_connection(self.doors[0].sock.getsockname(), 10))

    def waiting(self) -> list[Door]:
        """Return the doors that the loop hears of."""
        return [key.data for key, _ in self.selector.select(0)]

    def take_in(self) -> int:
        """Do what a turn of a loop does; return how many came in."""
        before = len(self.inside)
        for door in self.waiting():
            for sock, _ in self.entrance.accept(door):
                self.inside.append(sock)
        return len(self.inside) - before

    def close(self) -> None:
        self.entrance.close()
        self.selector.close()
        for each in (*self.inside, *self._outside):
            each.close()


@pytest.fixture
def make_house() -> Iterator[Callable[..., House]]:
    made: list[House] = []

    def make(*doors: Door, room: int = 1_000) -> House:
        made.append(House(*doors, room=room))
        made[-1].entrance.open()
        return made[-1]

    yield make
    for house in made:
        house.close()


@contextmanager
def no_descriptors_left() -> Iterator[None]:
    """Allow this process not one more open file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Broken:
    """What stands for a listening socket on which accepting fails."""

    def __init__(self, error: OSError) -> None:
        self._error = error
        self._pair = socket.socketpair()
        self._pair[1].send(b"somebody waits")

    def setblocking(self, blocking: bool) -> None:
        self._pair[0].setblocking(blocking)

    def fileno(self) -> int:
        return self._pair[0].fileno()

    def accept(self) -> None:
        raise self._error

    def close(self) -> None:
        for end in self._pair:
            end.close()


def door_of(broken: Broken) -> Door:
    listener: Any = broken
    return Door(Kind.TCP, listener)


def test_who_waits_is_taken_in_and_tuned(make_house: Callable[..., House]) -> None:
    house = make_house()
    house.come(3)
    assert 3 == house.take_in()
    assert [] == house.waiting()
    assert not any(sock.getblocking() for sock in house.inside)
    assert all(sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) for sock in house.inside)


def test_before_it_is_opened_nobody_is_heard_of(make_house: Callable[..., House]) -> None:
    house = House()
    house.come()
    assert [] == house.waiting()
    house.entrance.open()
    assert house.doors == house.waiting()
    house.close()


def test_a_crowd_is_taken_in_some_at_a_time(make_house: Callable[..., House]) -> None:
    house = make_house()
    house.come(ACCEPTS_PER_TURN + 10)
    assert [ACCEPTS_PER_TURN, 10, 0] == [house.take_in() for _ in range(3)]


def test_without_room_the_doors_are_not_watched(make_house: Callable[..., House]) -> None:
    house = make_house(room=2)
    house.come(5)
    assert 2 == house.take_in()
    assert "open files" == house.entrance.paused
    assert [] == house.waiting()


def test_when_there_is_room_and_a_moment_has_passed_it_goes_on(make_house: Callable[..., House]) -> None:
    house = make_house(room=2)
    house.come(5)
    house.take_in()
    house.now += PAUSE
    assert not house.entrance.open_again()
    house.room = 4
    house.now -= 0.01
    assert not house.entrance.open_again()
    house.now += 0.01
    assert house.entrance.open_again()
    assert "" == house.entrance.paused
    assert not house.entrance.open_again()
    assert 2 == house.take_in()


def test_without_files_it_pauses_and_nobody_is_lost(make_house: Callable[..., House]) -> None:
    house = make_house()
    house.come(2)
    with no_descriptors_left():
        assert 0 == house.take_in()
        assert os.strerror(errno.EMFILE) == house.entrance.paused
        assert [] == house.waiting()
    house.now += PAUSE
    assert house.entrance.open_again()
    assert 2 == house.take_in()


@pytest.mark.parametrize("error", [ConnectionAbortedError(), InterruptedError(), BlockingIOError()])
def test_one_who_has_gone_before_it_was_taken_in_is_no_trouble(
    make_house: Callable[..., House], error: OSError
) -> None:
    house = make_house(door_of(Broken(error)))
    assert 0 == house.take_in()
    assert "" == house.entrance.paused


def test_a_door_that_can_not_be_used_is_told(make_house: Callable[..., House]) -> None:
    house = make_house(door_of(Broken(OSError(errno.EBADF, "Bad file descriptor"))))
    with pytest.raises(OSError, match="Bad file descriptor"):
        house.take_in()


def test_one_whose_socket_can_not_be_tuned_any_more_is_passed_over(
    make_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    house = make_house()
    house.come()
    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "setsockopt", refuse)
        assert 0 == house.take_in()
    house.come()
    assert 1 == house.take_in()


def test_two_doors_pause_together(make_house: Callable[..., House]) -> None:
    doors = [*listen("127.0.0.1", 0), *listen("127.0.0.1", 0)]
    house = make_house(*doors, room=1)
    house.come(2)
    with socket.create_connection(doors[1].sock.getsockname(), 10):
        assert set(doors) == set(house.waiting())
        assert 1 == house.take_in()
        assert [] == house.waiting()
        house.room, house.now = 10, house.now + PAUSE
        assert house.entrance.open_again()
        assert 2 == house.take_in()
