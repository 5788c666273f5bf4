"""A sender never waits: what its socket does not take is sent when it does."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from support.waiting import DEADLINE, eventually

from chatsimples.loadtest.generator.sender import KEPT, Room, Sender
from chatsimples.loadtest.wire.poller import Poller, new_poller

LARGE = b"x" * 8_000_000


@pytest.fixture
def poller() -> Iterator[Poller]:
    made = new_poller()
    yield made
    made.close()


def sender_named(number: int, poller: Poller) -> Sender:
    return Sender(number, f"s{number}", 0, "127.0.0.1", poller)


@pytest.fixture
def connected(poller: Poller) -> Iterator[tuple[Sender, socket.socket]]:
    """A sender and what it is connected to."""
    sender = sender_named(0, poller)
    own = sender.sock
    assert isinstance(own, socket.socket)
    with socket.create_server(("127.0.0.1", 0)) as listener, own:
        own.setblocking(True)
        own.connect(listener.getsockname())
        own.setblocking(False)
        poller.add(own.fileno())
        server, _ = listener.accept()
        with server:
            server.settimeout(DEADLINE)
            yield sender, server


def test_what_the_socket_takes_goes_out_at_once(connected: tuple[Sender, socket.socket]) -> None:
    sender, server = connected
    sender.send(b"oi\n")
    assert (b"oi\n", b"") == (server.recv(10), bytes(sender.unsent))


def test_what_it_does_not_take_is_kept_in_order_and_watched_for(
    connected: tuple[Sender, socket.socket], poller: Poller
) -> None:
    sender, server = connected
    sender.send(LARGE)
    kept = len(sender.unsent)
    assert kept
    sender.send(b"last\n")
    assert kept + 5 == len(sender.unsent)
    assert [] == poller.wait(0)
    received = bytearray()

    def all_received() -> bool:
        if poller.wait(0.01):
            sender.flush()
        server.settimeout(0.01)
        try:
            received.extend(server.recv(1 << 20))
        except TimeoutError:
            return False
        return len(received) == len(LARGE) + 5

    eventually(all_received, "everything has come")
    assert received.endswith(b"xlast\n")
    assert b"" == bytes(sender.unsent)
    assert [] == poller.wait(0), "room is not watched for any more"


def test_the_end_of_a_connection_is_told_with_its_last_words(
    connected: tuple[Sender, socket.socket],
) -> None:
    sender, server = connected
    sender.hear(b"! too many\n")
    server.close()

    def ended() -> bool:
        try:
            sender.send(b"oi\n")
        except ConnectionError as error:
            assert "the server ended its connection; it last said: '! too many'" == str(error)
            return True
        return False

    eventually(ended, "the end is seen")


def test_only_the_end_of_what_is_heard_is_kept(poller: Poller) -> None:
    sender = sender_named(0, poller)
    for _ in range(3):
        sender.hear(b"a" * (KEPT - 1) + b"b")
    sender.hear(b"c")
    assert (KEPT, b"abc") == (len(sender.received), sender.received[-3:])
    sender.sock.close()


def test_the_senders_of_a_room_take_turns(poller: Poller) -> None:
    room = Room()
    room.senders.extend(sender_named(number, poller) for number in range(3))
    assert [0, 1, 2, 0] == [room.next().number for _ in range(4)]
    for sender in room.senders:
        sender.sock.close()
