"""Members come in: a few at a time, each greeted as its protocol asks."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from support.waiting import DEADLINE

from chatsimples.dialects.websocket_frames import text_frame
from chatsimples.dialects.websocket_handshake import answer
from chatsimples.loadtest.generator.entrance import Entrance, Member
from chatsimples.loadtest.wire.poller import Poller, new_poller
from chatsimples.loadtest.wire.protocols import PROTOCOLS
from chatsimples.loadtest.wire.secure_socket import Security, Trust

HOST = "127.0.0.1"
GREETING = b"/apelido r0-t\n/entrar carga-t-0\n/pronto\n"
WELCOME = b"! there is no /pronto\n"


@pytest.fixture
def poller() -> Iterator[Poller]:
    made = new_poller()
    yield made
    made.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(DEADLINE)
        yield server


class Door:
    """An entrance to a server that says only what a test says."""

    def __init__(
        self, listener: socket.socket, poller: Poller, members: int, most: int = 10, protocol: str = "text"
    ) -> None:
        self.poller = poller
        self.entrance = Entrance(
            [Member(f"r{number}", 0, HOST) for number in range(members)],
            PROTOCOLS[protocol]("-t", 1),
            poller,
            (HOST, listener.getsockname()[1]),
            most=most,
        )

    def connected(self) -> list[Member]:
        """Greet with those that are connected by now, one at least."""
        ready = [
            self.entrance.connected(each) for each in self.poller.wait(DEADLINE) if each in self.entrance
        ]
        return [member for member in ready if member is not None]


def test_nobody_comes_before_it_is_open(listener: socket.socket, poller: Poller) -> None:
    entrance = Door(listener, poller, 3).entrance
    assert (3, []) == (entrance.missing, entrance.took)
    assert entrance.seconds < 0


def test_a_member_is_greeted_and_is_in_its_room_when_it_is_welcomed(
    listener: socket.socket, poller: Poller
) -> None:
    door = Door(listener, poller, 1)
    door.entrance.open()
    connection, _ = listener.accept()
    [member] = door.connected()
    with connection:
        assert GREETING == connection.recv(100)
    for received in (b"", WELCOME[:15]):
        door.entrance.advance(member, received)
        assert (False, 1) == (member.in_room, door.entrance.missing)
    door.entrance.advance(member, WELCOME)
    assert (True, 0, 1) == (member.in_room, door.entrance.missing, len(door.entrance.took))


def test_where_nobody_is_welcomed_a_member_is_in_its_room_at_once(
    listener: socket.socket, poller: Poller
) -> None:
    door = Door(listener, poller, 1, protocol="course")
    door.entrance.open()
    [member] = door.connected()
    assert (True, 0) == (member.in_room, door.entrance.missing)


def test_a_room_is_entered_only_by_who_is_registered(listener: socket.socket, poller: Poller) -> None:
    door = Door(listener, poller, 1, protocol="inspircd")
    door.entrance.open()
    connection, _ = listener.accept()
    [member] = door.connected()
    with connection:
        assert b"JOIN" not in connection.recv(100)
        received = b":irc.local 001 r0-t :Welcome\r\n"
        for _ in range(2):
            door.entrance.advance(member, received)
        assert b"JOIN #carga-t-0\r\nPING :ready\r\n" == connection.recv(100), "once"
        door.entrance.advance(member, received + b":irc.local PONG irc.local :ready\r\n")
    assert member.in_room


def test_a_websocket_says_hello_once_its_request_is_answered(listener: socket.socket, poller: Poller) -> None:
    door = Door(listener, poller, 1, protocol="websocket")
    door.entrance.open()
    connection, _ = listener.accept()
    [member] = door.connected()
    assert member.unframer is not None
    with connection:
        greeting = answer(connection.recv(1_000)).data
        received = member.unframer.take(memoryview(greeting))
        for _ in range(2):
            door.entrance.advance(member, received)
        assert b'"hello"' in connection.recv(1_000)
        received += member.unframer.take(memoryview(text_frame(b'{"type":"pong"}')))
        door.entrance.advance(member, received)
    assert (True, b'{"type":"pong"}\n') == (member.in_room, received[-16:])


def test_no_more_are_on_their_way_than_may_be(listener: socket.socket, poller: Poller) -> None:
    door = Door(listener, poller, 3, most=1)
    door.entrance.open()
    for left in (3, 2, 1):
        assert left == door.entrance.missing
        [member] = door.connected()
        assert [] == poller.wait(0), "the next one waits"
        door.entrance.advance(member, WELCOME)
        member.sock.close()
    assert 0 == door.entrance.missing


def test_by_tls_nothing_is_said_before_hands_are_shaken(listener: socket.socket, poller: Poller) -> None:
    address = (HOST, listener.getsockname()[1])
    member = Member("r0", 0, HOST, Security(Trust("localhost")))
    entrance = Entrance([member], PROTOCOLS["text"]("", 1), poller, address, most=1)
    entrance.open()
    connection, _ = listener.accept()
    with connection:
        [descriptor] = poller.wait(DEADLINE)
        assert entrance.connected(descriptor) is None
        hello = connection.recv(4_096)
        assert (22, 1) == (hello[0], hello[5]), "a handshake, and in it a ClientHello"
        assert descriptor in entrance
        assert [] == poller.wait(0), "it waits for the server"
        assert 1 == entrance.missing
        member.sock.close()


def test_a_server_that_is_not_there_is_told(poller: Poller) -> None:
    with socket.create_server((HOST, 0)) as nobody:
        port = nobody.getsockname()[1]
    entrance = Entrance([Member("r0", 0, HOST)], PROTOCOLS["text"]("", 1), poller, (HOST, port), most=1)
    with pytest.raises(ConnectionError, match=f"could not connect to {HOST} port {port}"):
        entrance.open()
        [descriptor] = poller.wait(DEADLINE)
        entrance.connected(descriptor)
