"""Slow readers, and readers that come and go: they disturb the server, and nobody else's figures."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from loadtest.faulty import Client, FaultyServer, faulty
from loadtest.loads import measure
from support.server import Server
from support.waiting import DEADLINE

from chatsimples.loadtest.generator.extra_readers import ExtraReaders, Timing
from chatsimples.loadtest.generator.orders import LAST_MARK
from chatsimples.loadtest.generator.tasks import Extras
from chatsimples.loadtest.run.shape import Load
from chatsimples.loadtest.wire.poller import new_poller
from chatsimples.loadtest.wire.protocols import EXTRA, PROTOCOLS
from chatsimples.loadtest.wire.texts import mark, text

SERVER_OPTIONS = ("--message-rate", "0", "--connections-per-address", "0")
_TAG = 77


class Room:
    """Extra readers with what drives them, and a speaker in their room."""

    def __init__(
        self, server: FaultyServer, extras: Extras, protocol: str, timing: Timing, port: int = 0
    ) -> None:
        self.poller = new_poller()
        spoken = PROTOCOLS[protocol]("-t", 1)
        self.extras = ExtraReaders(
            extras,
            rooms=[0],
            first=5,
            address=("127.0.0.1", port or server.port),
            mark=spoken.mark(mark(LAST_MARK, _TAG)),
            protocol=spoken,
            poller=self.poller,
            timing=timing,
        )
        self.server = server
        self.speaker = socket.create_connection(("127.0.0.1", server.port), DEADLINE)
        self.speaker.sendall(b"/apelido s0-t\n/entrar carga-t-0\n")
        self.extras.connect()

    def until(self, check: Callable[[], object], *, housekeeping: bool = True) -> None:
        deadline = time.monotonic() + DEADLINE
        while not check():
            assert time.monotonic() < deadline
            for descriptor in self.poller.wait(0.01):
                self.extras.ready(descriptor)
            if housekeeping:
                self.extras.keep_house(time.monotonic())

    def say(self, first: int, count: int) -> None:
        self.speaker.sendall(b"".join(text(b"00", first + each, 0, 20) + b"\n" for each in range(count)))
        self.until(lambda: self.server.texts >= first + count)

    def mark(self) -> None:
        self.speaker.sendall(mark(2, _TAG) + b"\n")

    @property
    def known(self) -> list[Client]:
        """The extra readers that have come, as the server knows them."""
        return [each for each in self.server.clients if each.nick.startswith(EXTRA)]

    def be_treated_as_others(self) -> None:
        """Let the first of them be one of those that the server treats wrongly."""
        self.known[0].nick = "r"

    def garbage(self, data: bytes) -> None:
        """Let the first of them receive what it can not read as anything."""
        self.server.tell(self.known[0], data)

    def cut(self) -> None:
        """Let the server end the first one's connection."""
        self.known[0].writer.transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


@contextmanager
def room(
    fault: str = "",
    *,
    protocol: str = "text",
    slow: int = 0,
    slow_bytes: int = 0,
    churn: float = 0.0,
    port: int = 0,
    **timing: float,
) -> Iterator[Room]:
    """Let extra readers into a room."""
    with faulty(fault) as server:
        opened = Room(server, Extras(slow, slow_bytes, churn), protocol, Timing(**timing), port)
        try:
            yield opened
        finally:
            opened.speaker.close()
            opened.poller.close()


def test_slow_ones_are_in_their_rooms_before_the_load() -> None:
    with room(slow=3) as here:
        assert not here.extras.all_in
        here.until(lambda: here.extras.all_in)


def test_one_that_never_reads_is_behind_by_everything_and_that_is_no_fault() -> None:
    with room(slow=2) as here:
        here.until(lambda: here.extras.all_in)
        here.extras.begin()
        here.mark()
        here.say(0, 10)
        found = here.extras.finish([{b"00": 10}])
        assert (20, 0, 0, 0) == (found.slow_behind, found.lost, found.damaged, found.ended)
        assert not found.first


def test_what_one_that_never_read_does_not_get_after_the_load_is_lost() -> None:
    with room(slow=2, silence=0.2) as here:
        here.until(lambda: here.extras.all_in)
        here.extras.begin()
        here.mark()
        here.say(0, 10)
        found = here.extras.finish([{b"00": 13, b"01": 2}])
        assert (30, 10, 0) == (found.slow_behind, found.lost, found.ended)
        assert "the last 3 texts of sender 00 never came" == found.first


def test_one_that_never_sees_the_mark_has_lost_everything() -> None:
    with room(slow=1, silence=0.2) as here:
        here.until(lambda: here.extras.all_in)
        here.extras.begin()
        here.say(0, 10)
        found = here.extras.finish([{b"00": 10}])
        assert (10, 10, 0) == (found.slow_behind, found.lost, found.ended)


def test_what_comes_only_after_the_load_is_waited_for() -> None:
    with room("late", slow=1) as here:
        here.until(lambda: here.extras.all_in)
        here.extras.begin()
        here.mark()
        here.say(0, 10)
        found = here.extras.finish([{b"00": 10}])
        assert (10, 0) == (found.slow_behind, found.lost)


def test_a_server_that_repeats_itself_is_not_waited_for_until_the_end() -> None:
    with room("repeat for ever", slow=1, silence=0.2, catch_up=1_000.0) as here:
        here.until(lambda: here.extras.all_in)
        here.extras.begin()
        here.mark()
        here.be_treated_as_others()
        here.say(0, 41)
        found = here.extras.finish([{b"00": 42}])
        assert 0 < found.duplicated
        assert 1 == found.lost


def test_slow_readers_are_not_waited_for_longer_than_they_may() -> None:
    with room(slow=1, silence=1_000.0, catch_up=0.2) as here:
        here.until(lambda: here.extras.all_in)
        here.extras.begin()
        here.mark()
        here.say(0, 10)
        assert 1 == here.extras.finish([{b"00": 11}]).lost


def test_a_server_that_drops_one_that_does_not_read_is_found_out() -> None:
    with room(slow=1) as here:
        here.until(lambda: here.extras.all_in)
        here.extras.begin()
        here.mark()
        here.say(0, 10)
        here.cut()
        here.say(10, 5)
        found = here.extras.finish([{b"00": 15}])
        assert (15, 5, 1) == (found.slow_behind, found.lost, found.ended)
        assert "the server ended a connection that came and went, or was slow" == found.first


def test_a_slow_one_that_is_dropped_is_counted_once_however_often_it_would_read() -> None:
    with room(slow=2, slow_bytes=1_000_000, read_every=0.01) as here:
        here.until(lambda: here.extras.all_in)
        here.mark()
        here.extras.begin()
        here.say(0, 10)
        here.cut()
        here.until(lambda: here.extras.checks.ended)
        until = time.monotonic() + 0.2
        here.until(lambda: time.monotonic() > until)
        here.say(10, 5)
        found = here.extras.finish([{b"00": 15}])
        assert 1 == found.ended
        assert 5 == found.lost


def test_what_nobody_said_is_damage_to_a_slow_one() -> None:
    with room("foreign line for all", slow=1) as here:
        here.until(lambda: here.extras.all_in)
        here.extras.begin()
        here.mark()
        here.be_treated_as_others()
        here.say(0, 45)
        found = here.extras.finish([{b"00": 45}])
        assert (1, 0) == (found.damaged, found.lost)
        assert "a reader got b'what is this?\\n'" == found.first


def test_what_nobody_said_is_damage_to_one_that_comes_and_goes() -> None:
    with room("foreign line for all", churn=1.0, stay=0.3) as here:
        here.say(0, 38)
        here.extras.begin()
        here.until(lambda: any(each.answered for each in here.known))
        here.be_treated_as_others()
        here.say(38, 5)
        here.until(lambda: here.extras.checks.reconnected >= 1)
        assert 1 == here.extras.finish([{}]).damaged


def test_a_line_without_end_is_damage() -> None:
    with room(slow=1, silence=0.5) as here:
        here.until(lambda: here.extras.all_in)
        here.extras.begin()
        here.mark()
        here.say(0, 1)
        here.garbage(b"x" * 1_500_000)
        found = here.extras.finish([{b"00": 2}])
        assert (1, 1) == (found.damaged, found.lost)


@pytest.mark.parametrize("protocol", ["text", "json"])
def test_who_comes_and_goes_is_no_damage(protocol: str) -> None:
    with room("noise", protocol=protocol, slow=1, churn=20.0, stay=0.1) as here:
        here.until(lambda: here.extras.all_in)
        here.extras.begin()
        here.mark()
        here.say(0, 20)
        here.until(lambda: here.extras.checks.reconnected >= 3)
        here.say(20, 20)
        here.until(lambda: here.extras.checks.reconnected >= 6)
        found = here.extras.finish([{b"00": 40}])
        assert (40, 0, 0) == (found.slow_behind, found.lost, found.damaged)
        assert not found.first


def test_one_that_trickles_is_behind_by_what_it_has_not_read() -> None:
    with room(slow=1, slow_bytes=10_000) as here:
        here.until(lambda: here.extras.all_in)
        here.mark()
        here.extras.begin()
        here.say(0, 10)
        here.until(lambda: 0 == here.extras.behind([{b"00": 10}]))
        here.say(10, 5)
        assert 5 == here.extras.finish([{b"00": 15}]).slow_behind


def test_a_fault_in_what_a_slow_one_receives_is_found() -> None:
    with room("lose for all", slow=1, slow_bytes=100_000, silence=0.2) as here:
        here.until(lambda: here.extras.all_in)
        here.mark()
        here.extras.begin()
        here.be_treated_as_others()
        here.say(0, 45)
        here.until(lambda: 0 == here.extras.behind([{b"00": 45}]))
        found = here.extras.finish([{b"00": 45}])
        assert 1 == found.lost
        assert found.first


def test_those_that_come_leave_after_a_while_and_others_come() -> None:
    with room(churn=50.0, stay=0.1) as here:
        assert here.extras.all_in
        here.extras.begin()
        here.until(lambda: here.extras.checks.reconnected >= 5)
        names = [each.nick for each in here.known]
        assert len(names) == len(set(names))
        assert 0 == here.extras.finish([{}]).ended


def test_nobody_comes_or_goes_once_they_are_to_stay() -> None:
    with room(churn=50.0, stay=0.05) as here:
        here.extras.begin()
        here.until(lambda: here.extras.checks.reconnected >= 1)
        here.extras.stay()
        known, gone = len(here.server.clients), here.extras.checks.reconnected
        until = time.monotonic() + 0.2
        here.until(lambda: time.monotonic() > until)
        assert gone == here.extras.checks.reconnected
        assert len(here.server.clients) <= known + 1
        here.extras.begin()
        here.until(lambda: here.extras.checks.reconnected > gone)


def test_one_that_comes_in_the_middle_is_not_said_to_have_lost_what_was_before() -> None:
    with room(churn=4.0, stay=0.3) as here:
        here.say(0, 20)
        here.extras.begin()
        here.until(lambda: here.known)
        here.say(20, 20)
        here.until(lambda: here.extras.checks.reconnected >= 1)
        found = here.extras.finish([{b"00": 40}])
        assert (0, 0, 0) == (found.lost, found.duplicated, found.reordered)


def test_one_that_the_server_cuts_is_a_fault() -> None:
    with room(churn=20.0) as here:
        here.extras.begin()
        here.until(lambda: here.known)
        here.cut()
        here.until(lambda: here.extras.checks.ended)
        found = here.extras.finish([{}])
        assert 1 == found.ended
        assert "the server ended a connection that came and went, or was slow" == found.first


def test_a_slow_one_that_is_cut_while_it_comes_in_ends_the_load_test() -> None:
    with room("close on connect", slow=1) as here, pytest.raises(ConnectionError, match="ended a connection"):
        here.until(lambda: False)


def test_one_that_can_not_connect_is_a_fault_and_the_others_go_on() -> None:
    with room(churn=20.0, port=_free_port()) as here:
        here.extras.begin()
        here.until(lambda: here.extras.checks.ended >= 2)
        assert "could not connect to 127.0.0.1 port" in here.extras.checks.first


def test_at_a_real_server_nobody_else_notices(server: Server) -> None:
    load = Load(rate=300, window=0, seconds=1.3)
    outcome = measure(server.port, load, slow=2, slow_bytes=500, churn=30.0, processes=2, tag="-visited")
    assert {} == outcome.faults
    assert 3 * 390 == outcome.checks.exact
    assert outcome.checks.reconnected > 1
    assert outcome.checks.slow_behind > 0
    assert 3 == outcome.phases[0].connections


@pytest.mark.parametrize("protocol", ["text", "json"])
def test_one_that_never_reads_gets_everything_from_a_real_server_after_the_load(
    server: Server, protocol: str
) -> None:
    # More than the sockets hold, and than the server keeps in memory for a connection.
    load = Load(rate=8_000, window=0, seconds=1.0)
    outcome = measure(
        server.port, load, protocol=protocol, size=900, slow=2, slow_bytes=0, churn=10.0, tag=f"-{protocol}"
    )
    assert {} == outcome.faults
    assert "" == outcome.checks.first
    assert 2 * 8_000 == outcome.checks.slow_behind


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
