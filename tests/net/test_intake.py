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
from support.waiting import DEADLINE

from chatsimples.net.doors import Door, DoorKind, listen
from chatsimples.net.intake import ACCEPTS_PER_TURN, PAUSE, Intake
from chatsimples.net.tuning import KeepAlive


def one_door() -> Door:
    """Open one door, and none beside it."""
    door, *others = listen("127.0.0.1", 0)
    for other in others:
        other.sock.close()
    return door


class Program:
    """An intake with a loop of its own, whose time is the test's, and those who come."""

    def __init__(self, *doors: Door, room: int = 1_000) -> None:
        self.now = 100.0
        self.doors = list(doors) or [one_door()]
        self.inside: list[socket.socket] = []
        self.room = room
        self.selector = selectors.DefaultSelector()
        self.intake = Intake(
            self.doors, self.selector, self.has_room, KeepAlive(60, 10), clock=lambda: self.now
        )
        self._outside: list[socket.socket] = []

    def has_room(self) -> bool:
        return len(self.inside) < self.room

    def come(self, count: int = 1) -> None:
        """Open connections; the kernel takes them at once."""
        for _ in range(count):
            self._outside.append(socket.create_connection(self.doors[0].sock.getsockname(), DEADLINE))

    def waiting(self) -> list[Door]:
        """Return the doors that the loop hears of."""
        return [key.data for key, _ in self.selector.select(0)]

    def take_in(self) -> int:
        """Do what a turn of a loop does; return how many came in."""
        before = len(self.inside)
        for door in self.waiting():
            for sock, _ in self.intake.accept(door):
                self.inside.append(sock)
        return len(self.inside) - before

    def close(self) -> None:
        self.intake.close()
        self.selector.close()
        for each in (*self.inside, *self._outside):
            each.close()


@pytest.fixture
def make_program() -> Iterator[Callable[..., Program]]:
    made: list[Program] = []

    def make(*doors: Door, room: int = 1_000) -> Program:
        made.append(Program(*doors, room=room))
        made[-1].intake.open()
        return made[-1]

    yield make
    for program in made:
        program.close()


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
    return Door(DoorKind.TCP, listener)


def test_who_waits_is_taken_in_and_tuned(make_program: Callable[..., Program]) -> None:
    program = make_program()
    program.come(3)
    assert 3 == program.take_in()
    assert [] == program.waiting()
    assert not any(sock.getblocking() for sock in program.inside)
    assert all(sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) for sock in program.inside)


def test_before_it_is_opened_nobody_is_heard_of(make_program: Callable[..., Program]) -> None:
    program = Program()
    program.come()
    assert [] == program.waiting()
    program.intake.open()
    assert program.doors == program.waiting()
    program.close()


def test_a_crowd_is_taken_in_some_at_a_time(make_program: Callable[..., Program]) -> None:
    program = make_program()
    program.come(ACCEPTS_PER_TURN + 10)
    assert [ACCEPTS_PER_TURN, 10, 0] == [program.take_in() for _ in range(3)]


def test_without_room_the_doors_are_not_watched(make_program: Callable[..., Program]) -> None:
    program = make_program(room=2)
    program.come(5)
    assert 2 == program.take_in()
    assert "open files" == program.intake.paused
    assert [] == program.waiting()


def test_when_there_is_room_and_a_moment_has_passed_it_goes_on(make_program: Callable[..., Program]) -> None:
    program = make_program(room=2)
    program.come(5)
    program.take_in()
    program.now += PAUSE
    assert not program.intake.open_again()
    program.room = 4
    program.now -= 0.01
    assert not program.intake.open_again()
    program.now += 0.01
    assert program.intake.open_again()
    assert "" == program.intake.paused
    assert not program.intake.open_again()
    assert 2 == program.take_in()


def test_without_files_it_pauses_and_nobody_is_lost(make_program: Callable[..., Program]) -> None:
    program = make_program()
    program.come(2)
    with no_descriptors_left():
        assert 0 == program.take_in()
        assert os.strerror(errno.EMFILE) == program.intake.paused
        assert [] == program.waiting()
    program.now += PAUSE
    assert program.intake.open_again()
    assert 2 == program.take_in()


@pytest.mark.parametrize("error", [ConnectionAbortedError(), InterruptedError(), BlockingIOError()])
def test_one_who_has_gone_before_it_was_taken_in_is_no_trouble(
    make_program: Callable[..., Program], error: OSError
) -> None:
    program = make_program(door_of(Broken(error)))
    assert 0 == program.take_in()
    assert "" == program.intake.paused


def test_a_door_that_can_not_be_used_is_told(make_program: Callable[..., Program]) -> None:
    program = make_program(door_of(Broken(OSError(errno.EBADF, "Bad file descriptor"))))
    with pytest.raises(OSError, match="Bad file descriptor"):
        program.take_in()


def test_one_whose_socket_can_not_be_tuned_any_more_is_passed_over(
    make_program: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    program = make_program()
    program.come()
    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "setsockopt", refuse)
        assert 0 == program.take_in()
    program.come()
    assert 1 == program.take_in()


def test_two_doors_pause_together(make_program: Callable[..., Program]) -> None:
    doors = [one_door(), one_door()]
    program = make_program(*doors, room=1)
    program.come(2)
    with socket.create_connection(doors[1].sock.getsockname(), DEADLINE):
        assert set(doors) == set(program.waiting())
        assert 1 == program.take_in()
        assert [] == program.waiting()
        program.room, program.now = 10, program.now + PAUSE
        assert program.intake.open_again()
        assert 2 == program.take_in()
