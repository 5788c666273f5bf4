"""The TLS process's loop: who is let in, who waits, and what becomes of each."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from server.tls.pairs import shake
from support.tls import Authority, connect
from support.waiting import DEADLINE, eventually

from chatsimples.config.server import ServerSettings
from chatsimples.errors import StartError
from chatsimples.net.doors import Door, listen
from chatsimples.net.passing import channel, take
from chatsimples.net.peers import Peer
from chatsimples.server.channels import News, Ready, Reload, Stop, Told, receive_news, send, spawn_context
from chatsimples.server.tasks import TlsTask
from chatsimples.server.tls import loop as module
from chatsimples.server.tls.loop import HANDSHAKES_PER_TURN, Terminator

FAR = Peer.at("198.51.100.7")


class FarDoor(Door):
    """A door through which everybody comes from far away."""

    def accept(self) -> tuple[socket.socket, Peer]:
        sock, _ = super().accept()
        return sock, FAR


class Heart:
    """What stands for the heart: it counts the turns of the loop."""

    def __init__(self) -> None:
        self.beats = 0

    def beat(self) -> None:
        self.beats += 1


class Running:
    """A terminator that runs in a thread, and the acceptor's end of what it gives."""

    def __init__(self, folder: Path, *, most: int = 1_000, far: bool = False, **settings: Any) -> None:
        self.authority = Authority(folder)
        self.pair = self.authority.issue()
        self.doors = [FarDoor(*door) if far else door for door in listen("127.0.0.1", 0)]
        self.port = self.doors[0].sock.getsockname()[1]
        self.giving, self.taking = channel()
        self.heart = Heart()
        self.pipe: Connection[Any, Any]
        self.pipe, self._theirs = spawn_context().Pipe()
        heart: Any = self.heart
        own = {"tls_cert": str(self.pair.cert), "tls_key": str(self.pair.key), **settings}
        task = TlsTask(ServerSettings(**own), self.doors, self.giving, self._theirs, heart)
        self._opened: list[socket.socket] = []
        self._thread = threading.Thread(target=Terminator(task, most).run)

    def start(self) -> Running:
        self._thread.start()
        assert Ready() == self.news()
        return self

    def news(self) -> News:
        assert self.pipe.poll(60)
        return receive_news(self.pipe)

    def connect(self) -> ssl.SSLSocket:
        self._opened.append(connect(self.port, self.authority.context()))
        client = self._opened[-1]
        assert isinstance(client, ssl.SSLSocket)
        return client

    def raw(self) -> socket.socket:
        self._opened.append(socket.create_connection(("127.0.0.1", self.port), DEADLINE))
        return self._opened[-1]

    def taken(self) -> tuple[socket.socket, Peer]:
        """Take the next that comes, as the acceptor would."""

        def one() -> tuple[socket.socket, Peer] | None:
            with suppress(BlockingIOError):
                sock, peer, _ = take(self.taking)
                return sock, peer
            return None

        found = eventually(one, "one is given")
        assert found is not None
        self._opened.append(found[0])
        found[0].settimeout(DEADLINE)
        return found

    def end(self) -> None:
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    def close(self) -> None:
        self.pipe.close()
        if self._thread.is_alive():
            self.end()
        self._theirs.close()
        for each in (self.giving, self.taking, *self._opened, *(door.sock for door in self.doors)):
            each.close()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def makes(**how: Any) -> Running:
        made.append(Running(tmp_path / str(len(made)), **how))
        return made[-1]

    yield makes
    for each in made:
        each.close()


@pytest.fixture(autouse=True)
def logged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, object]]]:
    events: list[tuple[str, dict[str, object]]] = []

    def note(event: str, **details: object) -> None:
        events.append((event, details))

    log = SimpleNamespace(info=note, warning=note, error=note, follow_file=lambda: note("followed"))
    monkeypatch.setattr(module, "log", log)
    return events


Make = Callable[..., Running]
Logged = list[tuple[str, dict[str, object]]]


def test_one_that_has_shaken_hands_is_given_on_with_what_tls_tells(make: Make) -> None:
    running = make().start()
    client = running.connect()
    plain, peer = running.taken()
    assert ("127.0.0.1", True) == (peer.address, peer.is_local)
    assert peer.tls is not None
    assert "TLSv1.3" == peer.tls.version
    client.sendall(b"oi\n")
    assert b"oi\n" == plain.recv(100)
    plain.sendall(b"ola\n")
    assert b"ola\n" == client.recv(100)
    plain.close()
    assert b"" == client.recv(100)


def test_without_a_certificate_it_does_not_begin(make: Make, tmp_path: Path) -> None:
    with pytest.raises(StartError, match="can't be read"):
        make(tls_cert=str(tmp_path / "none.pem"))


@contextmanager
def not_busy(running: Running) -> Iterator[None]:
    """The loop must turn now and then only, as long as this takes."""
    began, beats = time.monotonic(), running.heart.beats
    yield
    assert running.heart.beats - beats < 20 + 40 * (time.monotonic() - began)


def test_those_who_come_while_the_acceptor_is_away_wait_and_are_all_given(make: Make) -> None:
    running = make().start()
    clients = [running.connect() for _ in range(60)]
    for number, client in enumerate(clients):
        client.sendall(b"%d\n" % number)
    heard = {running.taken()[0].recv(100) for _ in clients}
    assert {b"%d\n" % number for number in range(len(clients))} == heard
    with not_busy(running):
        time.sleep(0.5)


def test_too_many_of_an_address_are_ended_before_they_cost_a_handshake(make: Make, logged: Logged) -> None:
    running = make(far=True, connections_per_address=2).start()
    first, _ = running.connect(), running.connect()
    with running.raw() as third:
        assert b"" == third.recv(1)
    assert "a TLS connection was refused" in {event for event, _ in logged}
    running.taken()[0].close()
    first.close()
    eventually(lambda: shaken(running), "there is room again")


def shaken(running: Running) -> bool:
    with suppress(OSError):
        running.connect()
        return True
    return False


def test_handshakes_are_rationed_and_those_who_are_there_come_between(make: Make) -> None:
    running = make().start()
    client = running.connect()
    plain, _ = running.taken()
    others = []
    for _ in range(8 * HANDSHAKES_PER_TURN):
        sock = running.raw()
        sock.setblocking(False)
        others.append(
            running.authority.context().wrap_socket(
                sock, server_hostname="localhost", do_handshake_on_connect=False
            )
        )
    before = running.heart.beats
    for each in others:
        shake(each)
    client.sendall(b"oi\n")
    assert b"oi\n" == plain.recv(100)
    done = dict.fromkeys(others, False)

    def all_done() -> bool:
        for each in others:
            done[each] = done[each] or shake(each)
        return all(done.values())

    eventually(all_done, "all have shaken hands")
    assert running.heart.beats - before >= len(others) // HANDSHAKES_PER_TURN
    for each in others:
        each.close()


def test_a_handshake_that_takes_too_long_is_given_up(make: Make, logged: Logged) -> None:
    running = make(handshake_timeout=0.2).start()
    assert b"" == running.raw().recv(1)
    eventually(lambda: logged, "it is told")
    assert [{"address": "127.0.0.1", "why": "it has taken too long"}] == [details for _, details in logged]


def test_above_the_most_connections_wait_without_a_busy_loop(make: Make, logged: Logged) -> None:
    running = make(most=1).start()
    client = running.connect()
    running.taken()
    waiting = running.raw()
    waiting.settimeout(0.5)
    with not_busy(running), pytest.raises(TimeoutError):
        running.authority.context().wrap_socket(waiting, server_hostname="localhost")
    assert "no room for more TLS connections: they wait" in {event for event, _ in logged}
    client.close()
    eventually(lambda: "there is room for TLS connections again" in {event for event, _ in logged}, "room")


def test_one_that_was_ended_and_reads_nothing_does_not_stay_for_ever(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FAREWELL", 0.2)
    running = make(most=1).start()
    running.connect()
    plain, _ = running.taken()
    plain.settimeout(0.5)
    with pytest.raises(TimeoutError):
        while True:
            plain.sendall(b"x" * 65_536)
    plain.close()
    # There is room for one.
    running.connect()


def test_a_proxys_header_is_taken_before_tls(make: Make) -> None:
    running = make(trusted_proxy="127.0.0.1").start()
    sock = running.raw()
    sock.sendall(b"PROXY TCP4 198.51.100.7 127.0.0.1 1 2\r\n")
    with running.authority.context().wrap_socket(sock, server_hostname="localhost"):
        _, peer = running.taken()
    assert ("198.51.100.7", False) == (peer.address, peer.is_local)


def test_a_reload_is_told_whatever_comes_of_it(make: Make, logged: Logged) -> None:
    running = make(lang="en").start()
    send(running.pipe, Reload())
    assert Told(["chatsimples: The certificate was reloaded."]) == running.news()
    running.pair.key.write_text("broken")
    send(running.pipe, Reload())
    news = running.news()
    assert isinstance(news, Told)
    assert "the old one stays" in news.lines[0]
    running.connect()


@pytest.mark.parametrize(("days", "told"), [(400.0, 0), (3.0, 1), (-1.0, 1)])
def test_a_certificate_that_ends_soon_is_told(
    make: Make, logged: Logged, monkeypatch: pytest.MonkeyPatch, days: float, told: int
) -> None:
    monkeypatch.setattr(module, "days_left", lambda *_: days)
    make().start()
    assert told == len([event for event, _ in logged if "certificate" in event])


def test_when_it_stops_nobody_comes_in_and_who_is_there_is_served_to_the_end(make: Make) -> None:
    running = make().start()
    client = running.connect()
    plain, _ = running.taken()
    half = running.raw()
    send(running.pipe, Stop())
    assert b"" == half.recv(1)
    with pytest.raises(OSError):
        running.connect()
    plain.sendall(b"adeus\n")
    plain.close()
    assert b"adeus\n" == client.recv(100)
    assert b"" == client.recv(100)
    client.close()
    running.end()


def test_who_stays_is_ended_when_time_is_over(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    running = make(stop_timeout=0.0).start()
    client = running.connect()
    running.taken()
    monkeypatch.setattr(module, "FAREWELL", 0.2)
    send(running.pipe, Stop())
    running.end()
    with pytest.raises(ssl.SSLEOFError):
        client.recv(1)


def test_when_the_supervisor_is_gone_it_ends(make: Make) -> None:
    running = make().start()
    running.pipe.close()
    running.end()
