"""The supervisor's side of the TLS process: heard, ordered, mended at a growing distance, and ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from types import SimpleNamespace

import pytest
from server.terminators import dies, fails, hangs, obeys, serves_and_dies
from support.clock import Clock
from support.waiting import DEADLINE, eventually

from chatsimples.config.base import DEFAULT_TLS_PORT
from chatsimples.config.server import ServerSettings
from chatsimples.errors import SettingError, StartError
from chatsimples.net.doors import places
from chatsimples.server import child
from chatsimples.server.channels import spawn_context
from chatsimples.server.tasks import TlsTask
from chatsimples.server.termination import Termination, check

Start = Callable[..., Termination]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what is logged."""
    events: list[str] = []

    def note(event: str, **_: object) -> None:
        events.append(event)

    monkeypatch.setattr(child, "log", SimpleNamespace(error=note))
    return events


@pytest.fixture
def start(clock: Clock) -> Iterator[Start]:
    made: list[Termination] = []

    def begin(be_tls: Callable[[TlsTask], None], silence: float = 1_000.0) -> Termination:
        settings = ServerSettings(tls_port=0, tls_cert="x", tls_key="y")
        made.append(Termination(spawn_context(), settings, silence, be_tls, clock=clock))
        made[-1].start()
        return made[-1]

    yield begin
    for each in made:
        each.end()
        for door in (*each.doors, each.door):
            door.sock.close()


def ready(termination: Termination) -> None:
    """Wait until it serves."""

    def is_ready() -> bool:
        termination.hear()
        return termination.is_ready

    eventually(is_ready, "it serves")


def mended(termination: Termination, logged: list[str], deaths: int) -> None:
    """Watch until it was found dead so many times."""

    def found() -> bool:
        termination.hear()
        termination.watch()
        return deaths == logged.count("the tls process has died")

    eventually(found, f"it was found dead {deaths} times")


# What it takes.


def test_without_a_word_there_is_no_tls_and_with_half_of_it_there_is_an_error() -> None:
    assert not check(ServerSettings())
    assert check(ServerSettings(tls_cert="x", tls_key="y"))
    for half in (
        ServerSettings(tls_cert="x"),
        ServerSettings(tls_key="x"),
        ServerSettings(tls_client_ca="x"),
        ServerSettings(tls_port=DEFAULT_TLS_PORT + 1),
    ):
        with pytest.raises(SettingError, match="TLS needs --tls-cert and --tls-key"):
            check(half)


def test_its_doors_are_open_before_it_is(start: Start) -> None:
    termination = start(obeys)
    assert places(termination.doors).startswith("127.0.0.1:")
    assert "" == places([termination.door])


# While it serves.


def test_it_is_given_its_orders_and_stops(start: Start) -> None:
    termination = start(obeys)
    ready(termination)
    termination.reload()
    termination.follow_log()
    termination.stop()
    told: list[str] = []
    while len(told) < 3:
        wait(termination.wakeful)
        told += termination.hear()
    assert ["Reload", "FollowLog", "Stop"] == told
    termination.join(DEADLINE)
    assert [] == termination.wakeful
    termination.watch()
    assert not termination.is_ready


def test_one_that_dies_is_started_again_at_once_and_then_later_and_later(
    start: Start, clock: Clock, logged: list[str]
) -> None:
    termination = start(serves_and_dies)
    mended(termination, logged, 1)
    # At once.
    mended(termination, logged, 2)
    assert [] == termination.wakeful
    termination.watch()
    assert [] == termination.wakeful
    clock.now += 1
    mended(termination, logged, 3)
    clock.now += 2
    termination.watch()
    assert [] == termination.wakeful
    clock.now += 1
    mended(termination, logged, 4)


def test_one_that_has_served_for_a_while_is_started_again_at_once(
    start: Start, clock: Clock, logged: list[str]
) -> None:
    termination = start(hangs, silence=0.3)
    for count in range(1, 4):
        ready(termination)
        clock.now += 60

        def found(count: int = count) -> bool:
            termination.watch()
            return count == logged.count("the tls process hangs")

        eventually(found, "it is found out")
        assert termination.wakeful


# When it can't serve.


def test_one_that_cannot_begin_ends_the_start_with_its_words(start: Start) -> None:
    termination = start(fails)
    with pytest.raises(StartError, match="no certificate"):
        while wait(termination.wakeful):
            termination.hear()


def test_one_that_dies_before_it_served_ends_the_start(start: Start) -> None:
    termination = start(dies)
    with pytest.raises(StartError, match="before it could serve"):
        while wait(termination.wakeful):
            termination.hear()
            termination.watch()


def test_it_is_ended_whatever_it_does(start: Start) -> None:
    termination = start(obeys)
    termination.end()
    termination.end()
    assert [] == termination.wakeful
    termination.reload()
