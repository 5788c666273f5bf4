"""The acceptor: who is let in, who waits, and who gets a socket first."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from support.waiting import DEADLINE, eventually

from chatsimples.chat import commands
from chatsimples.config.server import ServerSettings
from chatsimples.errors import explain
from chatsimples.net.doors import Door, DoorKind, listen
from chatsimples.net.passing import channel, give
from chatsimples.net.peers import Peer, TlsFacts
from chatsimples.server.acceptor import admission
from chatsimples.server.acceptor import loop as module
from chatsimples.server.acceptor.loop import Acceptor
from chatsimples.server.channels import (
    END_OF_COMMANDS,
    Channels,
    Go,
    HandOver,
    Ready,
    Stop,
    receive_news,
    send,
    spawn_context,
)
from chatsimples.server.hashing import channel as hashing_channel
from chatsimples.server.tasks import AcceptorTask

FAR = Peer.at("198.51.100.7")


class Items(list[bytes]):
    """What stands for the Queue: it keeps what is put on it."""

    put = list.append

    def commands(self) -> list[commands.Command]:
        """Return the commands that were put on it."""
        return [command for item in self if item != END_OF_COMMANDS for command in commands.unpack(item)]


class Heart:
    """What stands for the heart: it counts the turns of the loop."""

    def __init__(self) -> None:
        self.beats = 0

    def beat(self) -> None:
        self.beats += 1


@pytest.fixture(autouse=True)
def items_are_kept_in_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is put go to `Items` as it is, without a pipe."""
    monkeypatch.setattr("chatsimples.server.acceptor.loop.ItemWriter", lambda items: items)


class FarDoor(Door):
    """A door through which everybody comes from far away."""

    def accept(self) -> tuple[socket.socket, Peer]:
        sock, _ = super().accept()
        return sock, FAR


class Gate:
    """An acceptor that runs in a thread, with all that it is given and the other ends of that."""

    def __init__(
        self, *, most: int = 1_000, far: bool = False, more: Sequence[Door] = (), **settings: Any
    ) -> None:
        self.channels = Channels(spawn_context())
        self.channels.hand_over.taking.setblocking(False)
        self.items = Items()
        self.heart = Heart()
        doors = [FarDoor(*door) if far else door for door in listen("127.0.0.1", 0)]
        doors += more
        self.address = doors[0].sock.getsockname()
        self._asking, self._asked = hashing_channel.channel()
        queue: Any = self.items
        heart: Any = self.heart
        task = AcceptorTask(
            ServerSettings(**settings),
            doors,
            queue,
            self.channels.hand_over.giving,
            self.channels.acceptor_end,
            heart,
            self._asking,
            self._asking,
        )
        self._acceptor = Acceptor(task, most)
        self._doors = doors
        self._thread = threading.Thread(target=self._acceptor.run)
        self._open: list[socket.socket] = []

    def start(self, first_conn: int = 1) -> None:
        """Run the acceptor, and let it accept."""
        self._thread.start()
        assert Ready() == receive_news(self.channels.acceptor)
        if first_conn:
            send(self.channels.acceptor, Go(first_conn))

    def connect(self) -> socket.socket:
        """Open a connection to it."""
        self._open.append(socket.create_connection(self.address, DEADLINE))
        return self._open[-1]

    def handed_over(self) -> list[int]:
        """Return the numbers of the connections that were handed to the broadcaster since the last call."""
        numbers = []
        for conn, descriptor in HandOver.take(self.channels.hand_over.taking):
            numbers.append(conn)
            os.close(descriptor)
        return numbers

    def hand_over(self, count: int) -> list[int]:
        """Wait until so many are handed over; return their numbers."""
        numbers: list[int] = []
        while len(numbers) < count:
            numbers += eventually(self.handed_over, "the next is handed over")
        return numbers

    def end(self) -> None:
        """Wait until it has ended."""
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    def close(self) -> None:
        if self._thread.is_alive():
            with suppress(OSError):
                send(self.channels.acceptor, Stop())
            self.end()
        for each in (*self._open, *(door.sock for door in self._doors)):
            each.close()
        self._asking.close()
        self._asked.close()
        self.channels.hand_over.giving.close()
        self.channels.hand_over.taking.close()
        self.channels.acceptor_end.close()
        self.channels.broadcaster_end.close()
        self.channels.broadcaster.close()
        self.channels.close()


MakeGate = Callable[..., Gate]


@pytest.fixture
def make_gate() -> Iterator[MakeGate]:
    made: list[Gate] = []

    def make(**how: Any) -> Gate:
        made.append(Gate(**how))
        return made[-1]

    yield make
    for gate in made:
        gate.close()


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what the acceptor logs, which is otherwise not written anywhere."""
    logged: list[str] = []

    def note(event: str, **_: object) -> None:
        logged.append(event)

    for each in (module, admission):
        monkeypatch.setattr(each, "log", SimpleNamespace(info=note, warning=note))
    return logged


def opened(conn: int) -> commands.Command:
    return commands.Open(conn, "text", "127.0.0.1", visitor=True)


# The loop.


def test_nobody_is_accepted_before_the_order_and_then_whoever_came_meanwhile(make_gate: MakeGate) -> None:
    gate = make_gate()
    gate.start(first_conn=0)
    gate.connect().sendall(b"oi\n")
    assert [] == gate.handed_over()
    send(gate.channels.acceptor, Go(41))
    assert [41] == gate.hand_over(1)
    eventually(lambda: gate.items, "what it said is queued")
    assert [opened(41), commands.Say(41, "oi")] == gate.items.commands()


def test_connections_are_numbered_in_the_order_in_which_they_came(make_gate: MakeGate) -> None:
    gate = make_gate(workers=3)
    gate.start(first_conn=7)
    numbers: list[int] = []
    for number in range(20):
        gate.connect().sendall(b"I am %d\n" % number)
        numbers += gate.hand_over(1)
    assert list(range(7, 27)) == numbers

    def said() -> dict[int, str]:
        return {each.conn: each.text for each in gate.items.commands() if isinstance(each, commands.Say)}

    expected = {7 + number: f"I am {number}" for number in range(20)}
    eventually(lambda: expected == said(), "each is heard under its number")


def test_when_it_stops_what_was_said_comes_first_and_then_the_end_of_commands(make_gate: MakeGate) -> None:
    gate = make_gate()
    gate.start()
    client = gate.connect()
    client.sendall(b"oi\n")
    eventually(lambda: gate.items, "a worker has it")
    client.sendall(b"tchau\n")
    send(gate.channels.acceptor, Stop())
    gate.end()
    assert END_OF_COMMANDS == gate.items[-1]
    assert [opened(1), commands.Say(1, "oi"), commands.Say(1, "tchau")] == gate.items.commands()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(gate.address, DEADLINE)


def test_when_the_supervisor_is_gone_it_ends(make_gate: MakeGate) -> None:
    gate = make_gate()
    gate.start()
    gate.channels.acceptor.close()
    gate.end()
    assert [] == gate.items


def test_when_the_broadcaster_is_gone_it_ends(make_gate: MakeGate) -> None:
    gate = make_gate()
    gate.start()
    gate.channels.hand_over.taking.close()
    gate.connect()
    gate.end()
    assert [] == gate.items


# Who is refused.


def test_too_many_from_one_address_are_told_so_and_handed_to_nobody(
    make_gate: MakeGate, events: list[str]
) -> None:
    gate = make_gate(connections_per_address=2, lang="en", far=True)
    gate.start()
    first, _ = gate.connect(), gate.connect()
    assert [1, 2] == gate.hand_over(2)
    told = json.loads(gate.connect().makefile("rb").read())
    assert ("error", "too_many_connections") == (told["type"], told["code"])
    assert explain("too_many_connections", {"limit": "2"}, str) == told["text"]
    assert [] == gate.handed_over()
    assert 1 == events.count("a connection was refused")
    first.close()
    eventually(
        lambda: any(isinstance(each, commands.Close) for each in gate.items.commands()), "one has gone"
    )
    gate.connect()
    assert [3] == gate.hand_over(1)


def test_those_who_come_too_often_are_told_so_and_handed_to_nobody(
    make_gate: MakeGate, events: list[str]
) -> None:
    gate = make_gate(connection_rate=0.01, connection_burst=2, lang="en", far=True)
    gate.start()
    for number in (1, 2):
        gate.connect().close()
        assert [number] == gate.hand_over(1)
    told = json.loads(gate.connect().makefile("rb").read())
    assert ("too_many_connections", {"limit": "2"}) == (told["code"], told["detail"])
    assert [] == gate.handed_over()


def test_those_on_this_machine_are_not_bounded(make_gate: MakeGate) -> None:
    gate = make_gate(connections_per_address=1, connection_rate=0.01, connection_burst=1)
    gate.start()
    for _ in range(3):
        gate.connect()
    assert [1, 2, 3] == gate.hand_over(3)


# Those of whom others tell who they are.


def test_one_that_another_process_passes_on_comes_in_as_what_it_is(make_gate: MakeGate) -> None:
    giving, taking = channel()
    gate = make_gate(
        more=[Door(DoorKind.PASSED, taking)], connections_per_address=1, trusted_proxy="198.51.100.7"
    )
    gate.start()
    ours, theirs = socket.socketpair()
    with giving, ours, theirs:
        assert give(giving, theirs, Peer.at("198.51.100.7", TlsFacts("TLSv1.3")))
        theirs.close()
        assert [1] == gate.hand_over(1)
        ours.sendall(b"oi\n")
        eventually(lambda: gate.items, "what it said is queued")
        assert commands.Open(1, "text", "198.51.100.7", visitor=True) == gate.items.commands()[0]
        second, its_end = socket.socketpair()
        with second, its_end:
            give(giving, its_end, Peer.at("198.51.100.7"))
            its_end.close()
            assert b"too_many_connections" in second.makefile("rb").read()


def test_a_proxy_tells_who_comes_and_is_waited_for(make_gate: MakeGate, events: list[str]) -> None:
    gate = make_gate(trusted_proxy="127.0.0.1", handshake_timeout=0.2)
    gate.start()
    proxy = gate.connect()
    proxy.sendall(b"PROXY TCP4 198.51.100.7 127.0.0.1 1 2\r\n")
    assert [1] == gate.hand_over(1)
    proxy.sendall(b"oi\n")
    eventually(lambda: gate.items, "what it said is queued")
    assert commands.Open(1, "text", "198.51.100.7", visitor=True) == gate.items.commands()[0]
    gate.connect().sendall(b"oi\n")
    assert b"" == gate.connect().recv(1)
    assert [] == gate.handed_over()
    eventually(lambda: ["a proxy has sent no right header"] * 2 == events, "both are told")


def test_those_who_have_yet_to_tell_who_they_are_take_room(make_gate: MakeGate) -> None:
    gate = make_gate(most=1, trusted_proxy="127.0.0.1")
    gate.start()
    first = gate.connect()
    second = gate.connect()
    second.sendall(b"PROXY UNKNOWN\r\n")
    assert turns_while_waiting(gate) < 20
    assert [] == gate.handed_over()
    first.close()
    assert [1] == gate.hand_over(1)


# What a connection is asked for.


@pytest.mark.parametrize(
    ("interval", "timeout", "keeps_alive"), [(60, 30, True), (0, 30, False), (60, 0, False)]
)
def test_a_vanished_peer_is_found_out_in_the_times_of_pings(
    make_gate: MakeGate, interval: float, timeout: float, keeps_alive: bool
) -> None:
    gate = make_gate(ping_interval=interval, ping_timeout=timeout)
    gate.start()
    gate.connect()
    ((_, descriptor),) = eventually(
        lambda: HandOver.take(gate.channels.hand_over.taking), "it is handed over"
    )
    with socket.socket(fileno=descriptor) as ours:
        assert keeps_alive == bool(ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        if keeps_alive and hasattr(socket, "TCP_USER_TIMEOUT"):
            assert 90_000 == ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)


# No room.


def turns_while_waiting(gate: Gate, seconds: float = 1.0) -> int:
    """Count how often the loop goes round in that time, in which nothing happens that it could act on."""
    before = gate.heart.beats
    threading.Event().wait(seconds)
    return gate.heart.beats - before


def test_above_the_most_connections_wait_without_a_busy_loop_and_come_in_later(
    make_gate: MakeGate, events: list[str]
) -> None:
    gate = make_gate(most=2)
    gate.start()
    clients = [gate.connect() for _ in range(5)]
    assert [1, 2] == gate.hand_over(2)
    assert turns_while_waiting(gate) < 20
    assert ["no room for more connections: they wait"] == events
    assert [] == gate.handed_over()
    for client in clients[:2]:
        client.close()
    assert [3, 4] == gate.hand_over(2)
