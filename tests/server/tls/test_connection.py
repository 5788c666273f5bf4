"""A connection: bytes both ways, no more than one piece held, and each end told as what it was."""

from __future__ import annotations

import selectors
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from server.tls.pairs import contexts, shake, sockets
from support.waiting import eventually

from chatsimples.net.peers import Peer
from chatsimples.net.tuning import was_closed
from chatsimples.server.tls.connection import Condition, TlsConnection

PEER = Peer.at("198.51.100.7")
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Line:
    """A connection with both of its ends, moved on by the test as a loop would."""

    def __init__(self, folder: Path) -> None:
        self.client, tls = sockets(*contexts(folder))
        eventually(lambda: shake(self.client) & shake(tls), "hands are shaken")
        ours, self.plain = socket.socketpair()
        self.plain.setblocking(False)
        self.connection = TlsConnection(tls, ours, PEER)
        self._ours = ours

    @property
    def condition(self) -> Condition:
        return self.connection.condition

    def turn(self) -> None:
        """Let it do all that it can now."""
        for _ in range(1_000):
            if not self._step():
                return
        raise AssertionError("it has something to do again and again")

    def _step(self) -> bool:
        did = False
        for is_tls, sock in ((True, self.connection.tls), (False, self._ours)):
            wanted = self.connection.wants_tls if is_tls else self.connection.wants_plain
            if not wanted or sock.fileno() < 0:
                continue
            with selectors.DefaultSelector() as selector:
                selector.register(sock, wanted)
                if selector.select(0):
                    (self.connection.tls_ready if is_tls else self.connection.plain_ready)()
                    did = True
        return did

    def client_hears(self) -> bytes:
        """Return what the client receives now; raises what an end is for it."""
        heard = b""
        with suppress(ssl.SSLWantReadError):
            while data := self.client.recv(65_536):
                heard += data
        return heard

    def plain_hears(self) -> bytes:
        heard = b""
        with suppress(BlockingIOError):
            while data := self.plain.recv(65_536):
                heard += data
        return heard

    def close(self) -> None:
        self.connection.close()
        self.client.close()
        self.plain.close()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path)
    yield made
    made.close()


def until(line: Line, what: Callable[[], object], words: str) -> None:
    """Move on until something is so."""

    def is_so() -> bool:
        line.turn()
        return bool(what())

    eventually(is_so, words)


def fill(send: Callable[[bytes], int], line: Line) -> bytes:
    """Send until no more is taken, whoever moves on; return what was sent."""
    sent = b""
    piece = bytes(range(256)) * 256
    for _ in range(10_000):
        line.turn()
        try:
            count = send(piece)
        except (BlockingIOError, ssl.SSLWantWriteError):
            line.turn()
            return sent
        sent += piece[:count]
    raise AssertionError("there is no bound")


def test_bytes_go_both_ways(line: Line) -> None:
    line.client.send(b"oi\n")
    until(line, lambda: line.plain_hears() == b"oi\n", "the plain side has it")
    line.plain.send(b"ola\n")
    until(line, lambda: line.client_hears() == b"ola\n", "the client has it")
    assert (READ, READ) == (line.connection.wants_tls, line.connection.wants_plain)


def test_a_plain_side_that_does_not_read_makes_the_client_wait_and_loses_nothing(line: Line) -> None:
    sent = fill(line.client.send, line)
    assert not line.connection.wants_tls & READ
    assert line.connection.wants_plain & WRITE
    # The other way is open.
    line.plain.send(b"ola\n")
    until(line, lambda: line.client_hears() == b"ola\n", "the client has it")
    heard = b""
    while len(heard) < len(sent):
        heard += line.plain_hears()
        line.turn()
    assert sent == heard[: len(sent)]


def test_a_client_that_does_not_read_makes_the_plain_side_wait_and_loses_nothing(line: Line) -> None:
    sent = fill(line.plain.send, line)
    assert not line.connection.wants_plain & READ
    assert line.connection.wants_tls & WRITE
    line.client.send(b"oi\n")
    until(line, lambda: line.plain_hears() == b"oi\n", "the plain side has it")
    heard = b""
    while len(heard) < len(sent):
        heard += line.client_hears()
        line.turn()
    assert sent == heard


def test_a_goodbye_is_an_end_of_input_that_can_be_answered(line: Line) -> None:
    line.client.send(b"oi\n")
    with suppress(ssl.SSLWantReadError):
        line.client.unwrap()
    heard = b""

    def ended() -> bool:
        nonlocal heard
        with suppress(BlockingIOError):
            data = line.plain.recv(100)
            heard += data
            return not data
        return False

    until(line, ended, "the end is seen")
    assert b"oi\n" == heard
    assert not was_closed(line.plain)
    line.plain.send(b"adeus\n")
    until(line, lambda: line.client_hears() == b"adeus\n", "it is answered")
    line.plain.close()
    until(line, lambda: line.condition is Condition.LEAVING, "it leaves")
    line.client.close()
    until(line, lambda: line.condition is Condition.GONE, "it is gone")


@pytest.mark.parametrize("pending", [False, True])
def test_one_without_a_goodbye_is_a_cut(line: Line, pending: bool) -> None:
    sent = fill(line.client.send, line) if pending else b""
    # All that was sent is taken in before the end is.
    line.client.close()
    heard = b""

    def closed() -> bool:
        nonlocal heard
        heard += line.plain_hears()
        return line.condition is Condition.GONE

    until(line, closed, "it is gone")
    heard += line.plain_hears()
    assert was_closed(line.plain)
    # Of a piece that was not taken, a part may have gone.
    assert sent[: len(heard)] == heard[: len(sent)]


def test_one_that_says_goodbye_and_hears_no_more_is_not_cut(line: Line) -> None:
    with suppress(ssl.SSLWantReadError):
        line.client.unwrap()
    until(line, lambda: not line.connection.wants_tls, "the goodbye is heard")
    line.client.close()
    for _ in range(20):
        with suppress(BlockingIOError):
            line.plain.send(b"x" * 1_000)
        line.turn()
    assert Condition.OPEN is line.condition
    assert not was_closed(line.plain)
    line.plain.close()
    until(line, lambda: line.condition in {Condition.LEAVING, Condition.GONE}, "it leaves")


def test_what_the_plain_side_ends_is_told_with_a_goodbye_after_all_else(line: Line) -> None:
    line.plain.send(b"adeus\n")
    line.plain.close()
    until(line, lambda: line.condition is Condition.LEAVING, "it leaves")
    assert READ == line.connection.wants_tls
    # No SSLEOFError: there was a goodbye.
    assert b"adeus\n" == line.client_hears()
    line.client.close()
    until(line, lambda: line.condition is Condition.GONE, "it is gone")


def test_a_plain_side_that_is_closed_with_something_unread_is_an_end_too(line: Line) -> None:
    line.client.send(b"oi\n")
    until(line, lambda: selectors.EVENT_READ, "it is passed on")
    line.plain.close()
    until(line, lambda: line.condition is Condition.LEAVING, "it leaves")


def test_one_that_goes_on_talking_after_the_end_is_not_listened_to_for_ever(line: Line) -> None:
    line.plain.close()
    until(line, lambda: line.condition is Condition.LEAVING, "it leaves")
    for _ in range(200):
        with suppress(BlockingIOError, ConnectionError, ssl.SSLError):
            socket.socket.send(line.client, b"x" * 65_536)
        line.turn()
        if line.condition is Condition.GONE:
            break
    assert Condition.GONE is line.condition
