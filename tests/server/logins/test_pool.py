"""Work waits in a bounded list for threads, each of which does one piece at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from support.waiting import eventually

from chatsimples.server.logins.pool import MOST_OF_ONE, Do, Pool


class Piece(NamedTuple):
    owner: str
    number: int = 0


class Rig:
    """Threads that do what they are given when they may, and what they have done."""

    def __init__(self) -> None:
        self.may = threading.Semaphore(0)
        self.done: list[Piece] = []
        self.waits: dict[int, float] = {}
        self.threads: set[str] = set()

    def make(self) -> Do[Piece]:
        def do(piece: Piece) -> float:
            self.may.acquire()
            self.threads.add(threading.current_thread().name)
            wait = self.waits.pop(piece.number, 0.0)
            if not wait:
                self.done.append(piece)
            return wait

        return do


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.may.release(1_000)


def test_what_is_given_is_done_in_order(rig: Rig) -> None:
    pool = Pool[Piece]("login", 1, rig.make)
    for number in range(5):
        assert pool.give(Piece("ana", number))
    rig.may.release(5)
    eventually(lambda: 5 == len(rig.done), "the work is done")
    assert list(range(5)) == [piece.number for piece in rig.done]
    eventually(lambda: 0 == len(pool), "the work is done")
    pool.stop()


def test_there_are_no_threads_before_there_is_work_and_so_many_at_most(rig: Rig) -> None:
    pool = Pool[Piece]("few", 2, rig.make)
    assert 0 == threads_of("few")
    for number in range(10):
        pool.give(Piece(f"n{number}"))
    assert 2 == threads_of("few")
    rig.may.release(10)
    eventually(lambda: 10 == len(rig.done), "the work is done")
    pool.stop()


def threads_of(name: str) -> int:
    return len([each for each in threading.enumerate() if each.name.startswith(f"{name}-")])


def test_a_full_list_takes_nothing_and_there_is_room_when_work_is_done(rig: Rig) -> None:
    pool = Pool[Piece]("login", 1, rig.make, most=3)
    assert [True] * 3 + [False] == [pool.give(Piece(f"n{number}")) for number in range(4)]
    assert 3 == len(pool)
    rig.may.release()
    eventually(lambda: 2 == len(pool), "the work is done")
    assert pool.give(Piece("another"))
    pool.stop()


def test_one_owner_leaves_room_for_others(rig: Rig) -> None:
    pool = Pool[Piece]("login", 1, rig.make)
    given = [pool.give(Piece("ana", number)) for number in range(MOST_OF_ONE + 5)]
    assert [True] * MOST_OF_ONE + [False] * 5 == given
    assert pool.give(Piece("bia"))
    assert pool.give(Piece("ana"), is_bound=False)
    pool.stop()


def test_work_that_has_to_wait_lets_others_pass(rig: Rig) -> None:
    pool = Pool[Piece]("login", 1, rig.make)
    rig.waits[0] = 0.2
    for number in range(3):
        pool.give(Piece("ana", number))
    rig.may.release(4)
    eventually(lambda: 3 == len(rig.done), "the work is done")
    assert [1, 2, 0] == [piece.number for piece in rig.done]
    pool.stop()


def test_a_pool_that_is_stopped_begins_nothing(rig: Rig) -> None:
    pool = Pool[Piece]("stopped", 1, rig.make)
    pool.give(Piece("ana", 1))
    pool.give(Piece("ana", 2))
    pool.stop()
    assert not pool.give(Piece("ana", 3))
    rig.may.release(5)
    eventually(
        lambda: not [each for each in threading.enumerate() if each.name.startswith("stopped")], "it ends"
    )
    assert {1} >= {piece.number for piece in rig.done}
