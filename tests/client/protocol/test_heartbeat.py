"""A connection without signs of life is given up, and no other is."""

from __future__ import annotations

import json

import pytest

from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.heartbeat import Heartbeat
from chatsimples.client.protocol.timing import Timing

TIMING = Timing(connect=10.0, quiet=90.0, unanswered=10.0, dead=15.0, asleep=10.0, awake=5.0)
WELCOME = b'{"type":"welcome","nick":"ana","log":"L","seq":1,"head":1}\n'


class Watched:
    """A connection whose time a test moves on."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept = 0.0
        self.core = Core("ana")
        self.core.connection_made()
        self.core.data_to_send()
        self.heartbeat = Heartbeat(self.core, TIMING, lambda: self.now, lambda: self.now + self.slept)

    def welcome(self) -> None:
        self.core.receive_data(WELCOME)
        self.heartbeat.heard()

    def after(self, seconds: float) -> str:
        self.now += seconds
        return self.heartbeat.check()

    def sent(self) -> list[str]:
        return [json.loads(line)["type"] for line in self.core.data_to_send().splitlines()]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_welcome_must_come_in_time(watched: Watched) -> None:
    assert "" == watched.after(10.0)
    assert "no welcome" == watched.after(0.1)


def test_a_quiet_connection_is_asked_for_a_sign_of_life(watched: Watched) -> None:
    watched.welcome()
    assert ("", []) == (watched.after(90.0), watched.sent())
    assert ("", ["ping"]) == (watched.after(0.1), watched.sent())
    assert ("", []) == (watched.after(15.0), watched.sent())
    assert "no sign of life" == watched.after(0.1)


def test_any_data_is_a_sign_of_life(watched: Watched) -> None:
    watched.welcome()
    watched.after(90.1)
    assert ["ping"] == watched.sent()
    watched.now += 14.0
    watched.heartbeat.heard()
    assert ("", []) == (watched.after(60.0), watched.sent())


def test_an_answer_that_is_due_makes_it_ask_sooner(watched: Watched) -> None:
    watched.welcome()
    watched.core.say("oi", room="geral")
    watched.sent()
    assert ("", ["ping"]) == (watched.after(10.1), watched.sent())


def test_after_a_sleep_of_the_machine_it_asks_at_once_and_waits_less(watched: Watched) -> None:
    watched.welcome()
    watched.slept = 3_600.0
    assert ("", ["ping"]) == (watched.after(1.0), watched.sent())
    assert "" == watched.after(5.0)
    assert "no sign of life" == watched.after(0.1)


def test_a_client_that_reads_no_further_gives_signs_of_life_and_expects_none(watched: Watched) -> None:
    watched.welcome()
    watched.heartbeat.held = True
    assert ("", ["pong"]) == (watched.after(31.0), watched.sent())
    assert ("", []) == (watched.after(29.0), watched.sent())
    assert ("", ["pong"]) == (watched.after(1_000.0), watched.sent())
    watched.heartbeat.held = False
    assert ("", []) == (watched.after(1.0), watched.sent())
