"""The supervisor's side of the web process: started when somebody comes, mended, and ended."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from types import SimpleNamespace

import pytest
from server.web_processes import answers_once, hangs, takes_one_and_dies
from support.clock import Clock
from support.waiting import DEADLINE, eventually

from chatsimples.config.server import ServerSettings
from chatsimples.net import passing
from chatsimples.net.doors import DoorKind
from chatsimples.net.peers import LOCAL
from chatsimples.server import child
from chatsimples.server.channels import spawn_context
from chatsimples.server.tasks import WebTask
from chatsimples.server.web_service import WebService

Make = Callable[..., WebService]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what is logged."""
    events: list[str] = []
    monkeypatch.setattr(child, "log", SimpleNamespace(error=lambda event, **_: events.append(event)))
    return events


@pytest.fixture
def make(clock: Clock) -> Iterator[Make]:
    made: list[WebService] = []

    def begin(be_web: Callable[[WebTask], None], silence: float = 1_000.0) -> WebService:
        made.append(WebService(spawn_context(), ServerSettings(), silence, be_web, clock=clock))
        return made[-1]

    yield begin
    for each in made:
        each.end()
        each.giving.close()
        each.door.sock.close()


def comes(service: WebService, data: bytes = b"oi") -> socket.socket:
    """Pass a connection on; return its client's end."""
    ours, theirs = socket.socketpair()
    ours.settimeout(DEADLINE)
    with theirs:
        assert passing.give(service.giving, theirs, LOCAL, data)
    return ours


def watched(service: WebService, until: Callable[[], object], what: str) -> None:
    """Watch, as the supervisor does, until something is so."""

    def look() -> object:
        service.watch()
        return until()

    eventually(look, what)


def test_it_is_started_when_the_first_one_waits_and_not_before(make: Make) -> None:
    service = make(answers_once)
    service.watch()
    (readable,) = service.wakeful
    assert [] == wait([readable], 0)
    with comes(service, b"what was read") as client:
        assert [readable] == wait([readable], DEADLINE)
        service.watch()
        assert service.is_running
        assert b"what was read" == client.recv(100)


def test_when_it_has_died_another_one_is_started_for_the_next(
    make: Make, clock: Clock, logged: list[str]
) -> None:
    service = make(takes_one_and_dies)
    for _ in range(2):
        with comes(service) as client:
            watched(service, lambda: service.is_running, "it runs")
            assert b"" == client.recv(1)
            watched(service, lambda: not service.is_running, "its death is seen")
        clock.now += 60
    assert ["the web process has died"] * 2 == logged


def test_one_that_keeps_dying_is_started_later_and_later(make: Make, clock: Clock, logged: list[str]) -> None:
    service = make(takes_one_and_dies)
    for delay in (0, 0, 1, 3, 7):
        with comes(service):
            clock.now += max(0, delay - 0.5)
            assert (service.wakeful == []) == (delay > 0)
            clock.now += 0.5
            watched(service, lambda: service.is_running, "it runs")
            watched(service, lambda: not service.is_running, "its death is seen")
    assert 5 == len(logged)


def test_one_that_hangs_is_ended(make: Make, logged: list[str]) -> None:
    service = make(hangs, silence=-1.0)
    with comes(service):
        watched(service, lambda: service.is_running, "it runs")
        watched(service, lambda: logged, "it is found to hang")
    assert ["the web process hangs"] == logged
    assert not service.is_running


def test_after_a_stop_none_is_started(make: Make) -> None:
    service = make(answers_once)
    with comes(service):
        watched(service, lambda: service.is_running, "it runs")
    service.follow_log()
    service.stop()
    service.join(DEADLINE)
    with comes(service):
        service.watch()
        assert not service.is_running
        assert [] == service.wakeful


def test_links_to_the_chat_come_through_a_door_of_those_that_are_passed_on(make: Make) -> None:
    assert DoorKind.PASSED is make(answers_once).door.kind
