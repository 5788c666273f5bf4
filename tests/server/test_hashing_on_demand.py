"""The supervisor's side of the hashing process: not there before it is asked, mended, and ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from types import SimpleNamespace

import pytest
from server.hashers import dies, obeys, replies
from support.clock import Clock
from support.waiting import DEADLINE, eventually

from chatsimples.config.server import ServerSettings
from chatsimples.server import child
from chatsimples.server.channels import spawn_context
from chatsimples.server.hashing.exchange import Question, ask, receive
from chatsimples.server.hashing_on_demand import HashingOnDemand
from chatsimples.server.tasks import HashingTask

Make = Callable[..., HashingOnDemand]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give, of each death that is logged, in how many seconds another one may start."""
    delays: list[float] = []

    def note(_: str, **fields: float) -> None:
        delays.append(fields["again_after"])

    monkeypatch.setattr(child, "log", SimpleNamespace(error=note))
    return delays


@pytest.fixture
def make(clock: Clock) -> Iterator[Make]:
    made: list[HashingOnDemand] = []

    def begin(be_hashing: Callable[[HashingTask], None]) -> HashingOnDemand:
        made.append(HashingOnDemand(spawn_context(), ServerSettings(), be_hashing, clock=clock))
        return made[-1]

    yield begin
    for each in made:
        each.end()


def step(hashing: HashingOnDemand) -> None:
    """Wait until there is something to do, and have it done."""
    assert wait(hashing.wakeful, DEADLINE)
    hashing.watch()


def mended(hashing: HashingOnDemand, logged: list[float]) -> None:
    """Watch until its death is noticed, which its sentinel may tell a moment too early."""
    before = len(logged)
    assert wait(hashing.wakeful, DEADLINE)

    def is_noticed() -> bool:
        hashing.watch()
        return len(logged) > before

    eventually(is_noticed, "its death is noticed")


def answer_of(hashing: HashingOnDemand) -> str:
    """Ask; return the answer."""
    with ask(hashing.asking, Question("x")) as replied:
        replied.settimeout(DEADLINE)
        hashing.watch()
        reply = receive(replied)
    return "" if reply is None else reply.hashed


def test_there_is_none_before_it_is_asked_and_one_from_then_on(make: Make) -> None:
    hashing = make(replies)
    hashing.watch()
    assert [] == wait(hashing.wakeful, 0)
    first = answer_of(hashing)
    assert first
    assert first == answer_of(hashing)
    assert str(os.getpid()) != first


def test_one_that_was_killed_is_replaced_when_the_next_question_comes(
    make: Make, logged: list[float]
) -> None:
    hashing = make(replies)
    first = answer_of(hashing)
    os.kill(int(first), signal.SIGKILL)
    mended(hashing, logged)
    assert [0.0] == logged
    assert [] == wait(hashing.wakeful, 0)
    assert answer_of(hashing) not in {"", first}


def test_one_that_keeps_dying_is_started_later_and_later(
    make: Make, clock: Clock, logged: list[float]
) -> None:
    hashing = make(dies)
    for delay in (0.0, 1.0, 3.0, 7.0, 15.0, 30.0, 30.0):
        assert "" == answer_of(hashing)
        mended(hashing, logged)
        assert delay == logged[-1]
        if delay:
            # What is asked meanwhile waits, and wakes nobody.
            assert [] == hashing.wakeful
            hashing.watch()
            assert [] == hashing.wakeful
        clock.now += delay


def test_one_that_was_there_for_a_while_is_replaced_at_once(
    make: Make, clock: Clock, logged: list[float]
) -> None:
    hashing = make(dies)
    for _ in range(3):
        answer_of(hashing)
        clock.now += 60
        mended(hashing, logged)
    assert [0.0, 0.0, 0.0] == logged


def test_it_is_told_to_follow_the_log(make: Make) -> None:
    hashing = make(obeys)
    hashing.follow_log()
    with ask(hashing.asking, Question("x")) as replied:
        step(hashing)
        hashing.follow_log()
        reply = receive(replied)
    assert reply is not None
    assert "FollowLog" == reply.hashed


def test_one_that_was_stopped_is_made_to_go_on(make: Make) -> None:
    hashing = make(replies)
    first = answer_of(hashing)
    os.kill(int(first), signal.SIGSTOP)
    with ask(hashing.asking, Question("x")) as replied:
        replied.settimeout(0.05)
        for _ in range(int(DEADLINE / 0.05)):
            hashing.watch()
            try:
                reply = receive(replied)
            except TimeoutError:
                continue
            assert reply is not None
            assert first == reply.hashed
            return
    raise AssertionError("it has not gone on")


def test_it_is_ended_whatever_it_does(make: Make) -> None:
    hashing = make(replies)
    pid = int(answer_of(hashing))
    hashing.end()
    hashing.end()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
