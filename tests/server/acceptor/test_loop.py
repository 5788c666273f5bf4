"""The acceptor: who is let in, who waits, and who gets a socket first."""

import json
import os
import resource
import socket
import threading
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest
from support.waiting import eventually

from chatsimples.chat import commands
from chatsimples.config.server import ServerSettings
from chatsimples.errors import explain
from chatsimples.net.listener import listen
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
from chatsimples.server.tasks import AcceptorTask

FAR = "198.51.100.7"


class Items(list):
    """What stands for the Queue: it keeps what is put on it."""

    put = list.append

    def commands(self):
        """Return the commands that were put on it."""
        return [command for item in self if item != END_OF_COMMANDS for command in commands.unpack(item)]


class Gate:
    """An acceptor with all that it is given, and the other ends of that."""

    def __init__(self, **settings):
        self.settings = ServerSettings(**settings)
        self.channels = Channels(spawn_context())
        self.channels.hand_over.taking.setblocking(False)
        self.items = Items()
        self.listeners = listen("127.0.0.1", 0)
        self.address = self.listeners[0].getsockname()
        self.beats = 0
        self.acceptor = Acceptor(
            AcceptorTask(
                self.settings,
                self.listeners,
                self.items,
                self.channels.hand_over.giving,
                self.channels.acceptor_end,
                self,
            )
        )
        self._thread = threading.Thread(target=self.acceptor.run)
        self._open = []

    def beat(self):
        """Count the turns of the acceptor's loop: it takes this for its heart."""
        self.beats += 1

    def start(self, first_conn=1):
        """Run the acceptor, in a thread, and let it accept."""
        self._thread.start()
        assert Ready() == receive_news(self.channels.acceptor)
        if first_conn:
            send(self.channels.acceptor, Go(first_conn))

    def connect(self):
        """Open a connection to it."""
        self._open.append(socket.create_connection(self.address, 10))
        return self._open[-1]

    def handed_over(self):
        """Return the numbers of the connections that were handed to the broadcaster since the last call."""
        numbers = []
        for conn, descriptor in HandOver.take(self.channels.hand_over.taking):
            numbers.append(conn)
            os.close(descriptor)
        return numbers

    def pair(self):
        """Return both ends of a TCP connection that nobody has accepted as a client's."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            theirs = socket.create_connection(server.getsockname(), 10)
            ours, _ = server.accept()
        self._open += [ours, theirs]
        return ours, theirs

    def ends(self):
        """Wait until it has ended."""
        self._thread.join(10)
        assert not self._thread.is_alive()

    def close(self):
        if self._thread.is_alive():
            with suppress(OSError):
                send(self.channels.acceptor, Stop())
            self.ends()
        for each in (
            *self._open,
            *self.listeners,
            self.channels.hand_over.giving,
            self.channels.hand_over.taking,
        ):
            each.close()
        self.channels.acceptor_end.close()
        self.channels.broadcaster_end.close()
        self.channels.broadcaster.close()
        self.channels.close()


@pytest.fixture
def make_gate():
    made = []

    def make(**settings):
        made.append(Gate(**settings))
        return made[-1]

    yield make
    for gate in made:
        gate.close()


@contextmanager
def no_descriptors_left():
    """Allow this process not one more open file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# Who is let in.


def test_connections_from_one_address_are_bounded(make_gate):
    gate = make_gate(connections_per_address=2, lang="en")
    admitted = [gate.acceptor._admit(gate.pair()[0], FAR) for _ in range(2)]
    ours, theirs = gate.pair()
    assert [True, True, False] == [*admitted, gate.acceptor._admit(ours, FAR)]
    told = json.loads(theirs.makefile("rb").read())
    assert ("error", "too_many_connections") == (told["type"], told["code"])
    assert explain("too_many_connections", {"limit": "2"}, str) == told["text"]
    assert gate.acceptor._admit(gate.pair()[0], "198.51.100.8")


def test_who_goes_makes_room_for_another_from_the_same_address(make_gate):
    gate = make_gate(connections_per_address=1)
    assert gate.acceptor._admit(gate.pair()[0], FAR)
    assert not gate.acceptor._admit(gate.pair()[0], FAR)
    gate.acceptor._gone(FAR)
    assert gate.acceptor._admit(gate.pair()[0], FAR)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1"])
def test_loopback_is_exempt(make_gate, address):
    gate = make_gate(connections_per_address=1)
    assert all(gate.acceptor._admit(gate.pair()[0], address) for _ in range(5))


def test_link_local_addresses_are_counted_with_their_zone(make_gate):
    gate = make_gate(connections_per_address=1)
    assert gate.acceptor._admit(gate.pair()[0], "fe80::1%eth0")
    assert not gate.acceptor._admit(gate.pair()[0], "fe80::1%eth0")


def test_a_bound_of_0_is_off(make_gate):
    gate = make_gate(connections_per_address=0)
    assert all(gate.acceptor._admit(gate.pair()[0], FAR) for _ in range(20))


def test_a_refused_client_that_is_gone_already_is_no_trouble(make_gate):
    gate = make_gate(connections_per_address=1)
    gate.acceptor._admit(gate.pair()[0], FAR)
    ours, theirs = gate.pair()
    theirs.close()
    assert not gate.acceptor._admit(ours, FAR)


def test_an_admitted_socket_sends_at_once_never_blocks_and_notices_a_peer_that_vanished(make_gate):
    gate = make_gate(ping_interval=60, ping_timeout=30)
    ours, _ = gate.pair()
    gate.acceptor._admit(ours, FAR)
    assert not ours.getblocking()
    assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        assert 90_000 == ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)


def test_without_pings_there_is_no_keep_alive(make_gate):
    gate = make_gate(ping_interval=0)
    ours, _ = gate.pair()
    gate.acceptor._admit(ours, FAR)
    assert not ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


# The loop.


def opened(conn):
    return commands.Open(conn, "text", "127.0.0.1", visitor=True)


def test_nobody_is_accepted_before_the_order_and_whoever_came_meanwhile_is_then(make_gate):
    gate = make_gate()
    gate.start(first_conn=0)
    gate.connect().sendall(b"oi\n")
    assert [] == gate.handed_over()
    send(gate.channels.acceptor, Go(41))
    assert [41] == eventually(gate.handed_over, "it is handed over")
    eventually(lambda: gate.items, "what it said is queued")
    assert [
        opened(41),
        commands.Say(41, "oi"),
    ] == gate.items.commands()


def test_connections_are_numbered_in_the_order_in_which_they_came(make_gate):
    gate = make_gate(workers=3)
    gate.start(first_conn=7)
    numbers = []
    for number in range(20):
        gate.connect().sendall(b"I am %d\n" % number)
        while len(numbers) <= number:
            numbers += eventually(gate.handed_over, "it is handed over")
    assert list(range(7, 27)) == numbers

    def said():
        return {each.conn: each.text for each in gate.items.commands() if isinstance(each, commands.Say)}

    expected = {7 + number: f"I am {number}" for number in range(20)}
    eventually(lambda: expected == said(), "each is heard under its number")


def test_when_it_stops_what_was_said_comes_first_and_then_the_end_of_commands(make_gate):
    gate = make_gate()
    gate.start()
    gate.connect().sendall(b"oi\n")
    eventually(gate.handed_over, "it is handed over")
    eventually(lambda: gate.acceptor._accepted, "a worker has it")
    send(gate.channels.acceptor, Stop())
    gate.ends()
    assert END_OF_COMMANDS == gate.items[-1]
    assert [
        opened(1),
        commands.Say(1, "oi"),
    ] == gate.items.commands()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(gate.address, 10)


def test_when_the_supervisor_is_gone_it_ends(make_gate):
    gate = make_gate()
    gate.start()
    gate.channels.acceptor.close()
    gate.ends()
    assert [] == gate.items


# No room.


@pytest.fixture
def events(monkeypatch):
    """Give what the acceptor logs, which is otherwise not written anywhere."""
    logged = []
    monkeypatch.setattr(module, "log", SimpleNamespace(info=note(logged), warning=note(logged)))
    return logged


def note(logged):
    return lambda event, **_: logged.append(event)


def turns_while_waiting(gate, seconds=1.0):
    """Count how often the loop goes round in that time, in which nothing happens that it could act on."""
    before = gate.beats
    threading.Event().wait(seconds)
    return gate.beats - before


def test_above_what_it_can_hold_connections_wait_without_a_busy_loop_and_are_then_accepted(make_gate, events):
    gate = make_gate()
    gate.acceptor._most = 2
    gate.start()
    clients = [gate.connect() for _ in range(5)]
    held = []
    while len(held) < 2:
        held += eventually(gate.handed_over, "the first are accepted")
    assert turns_while_waiting(gate) < 20
    assert 1 == len(events)
    assert [] == gate.handed_over()
    for client in clients[:2]:
        client.close()
    while len(held) < 4:
        held += eventually(gate.handed_over, "the next are accepted")
    assert [1, 2, 3, 4] == held


def test_when_the_system_has_no_descriptors_left_it_waits_without_a_busy_loop_and_then_goes_on(
    make_gate, events
):
    gate = make_gate()
    gate.start(first_conn=0)
    eventually(lambda: gate.beats, "it runs")
    gate.connect()
    gate.connect()
    with no_descriptors_left():
        send(gate.channels.acceptor, Go(1))
        assert turns_while_waiting(gate) < 20
        assert len(events) < 20
    numbers = []
    while len(numbers) < 2:
        numbers += eventually(gate.handed_over, "they are accepted after all")
    assert [1, 2] == numbers
