"""The worker thread: it reads sockets, queues batches, and lets go of what has ended."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import msgspec
import pytest
from support.waiting import DEADLINE, eventually

from chatsimples.chat import commands
from chatsimples.chat.commands import Command
from chatsimples.dialects.base import InputLimits
from chatsimples.dialects.every import every_dialect
from chatsimples.net.peers import Peer, TlsFacts
from chatsimples.server.worker.ledger import Ledger
from chatsimples.server.worker.pacing import Pace
from chatsimples.server.worker.requests import Requests
from chatsimples.server.worker.thread import Worker

LIMITS = InputLimits(max_line=1_000, max_text=500, max_name=32)
DIALECTS = every_dialect(LIMITS, str, lambda: "a-secret-made-here")
UNBOUND = Pace(0, 0, 0, 0, 0, 0)
ADDRESS = "198.51.100.7"


class Queue:
    """What batches are put on; a gate that is closed makes whoever puts one wait, as a full Queue does."""

    def __init__(self) -> None:
        self.batches: list[list[Command]] = []
        self.gate = threading.Event()
        self.gate.set()

    def put(self, item: bytes) -> None:
        self.batches.append(commands.unpack(item))
        assert self.gate.wait(DEADLINE)

    @property
    def commands(self) -> list[Command]:
        return [command for batch in self.batches for command in batch]

    def said(self) -> list[str]:
        return [each.text for each in self.commands if isinstance(each, commands.Say)]


class Running:
    """A worker that runs, with the clients that it was given."""

    def __init__(self, **pace: float) -> None:
        self.queue = Queue()
        self.gone: list[str] = []
        bounds = msgspec.structs.replace(UNBOUND, **pace)
        self.passed: list[bytes] = []
        self.taken: socket.socket | None = None
        self.nobody_takes = False
        self.room = threading.Event()
        self.worker = Worker(
            "worker-7",
            DIALECTS,
            Ledger(bounds),
            self.queue.put,
            self.gone.append,
            requests=Requests(""),
            pass_on=self._pass_on,
        )
        self.served: list[socket.socket] = []
        self._clients: list[socket.socket] = []
        self.worker.start()

    def client(self, address: str = ADDRESS, tls: TlsFacts | None = None) -> socket.socket:
        """Give the worker a client; return the client's end."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.settimeout(DEADLINE)
        self.served.append(ours)
        self._clients.append(theirs)
        self.worker.give(len(self.served), ours, Peer.at(address, tls))
        return theirs

    def _pass_on(self, sock: socket.socket, peer: Peer, data: bytes) -> bool:
        if self.nobody_takes:
            raise ConnectionRefusedError
        if self.room.is_set():
            self.taken = sock.dup()
            self.passed.append(data)
        return self.room.is_set()

    def stop(self) -> None:
        self.worker.stop()
        self.worker.join(DEADLINE)
        assert not self.worker.is_alive()

    def close(self) -> None:
        self.queue.gate.set()
        self.stop()
        for each in (*self.served, *self._clients):
            each.close()


@pytest.fixture
def run_worker() -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def make(**pace: float) -> Running:
        made.append(Running(**pace))
        return made[-1]

    yield make
    for running in made:
        running.close()


@pytest.fixture
def running(run_worker: Callable[..., Running]) -> Running:
    return run_worker()


def opened(conn: int = 1) -> Command:
    return commands.Open(conn, "text", ADDRESS, visitor=True)


def test_a_client_that_is_given_from_another_thread_is_heard_at_once(running: Running) -> None:
    client = running.client()
    client.sendall(b"oi\n")
    eventually(running.queue.said, "what was said is queued")
    assert [opened(), commands.Say(1, "oi")] == running.queue.commands
    assert "worker-7" == running.worker.name


def test_the_end_of_each_client_is_told_once_with_its_network_and_its_socket_closed(running: Running) -> None:
    addresses = ["198.51.100.7", "198.51.100.7", "2001:db8:0:7::9"]
    networks = ["198.51.100.7", "198.51.100.7", "2001:0db8:0000:0007::/64"]
    for client in [running.client(address) for address in addresses]:
        client.close()
    eventually(lambda: len(running.gone) == 3, "all are gone")
    running.stop()
    assert sorted(networks) == sorted(running.gone)
    assert [-1] * 3 == [each.fileno() for each in running.served]
    assert {1, 2, 3} == {each.conn for each in running.queue.commands if isinstance(each, commands.Close)}


@pytest.mark.parametrize("tls", [None, TlsFacts("TLSv1.3")])
@pytest.mark.parametrize("goodbye", [True, False])
def test_what_is_unfinished_when_tls_is_cut_is_not_taken(
    running: Running, tls: TlsFacts | None, goodbye: bool
) -> None:
    client = running.client(tls=tls)
    client.sendall(b"paga 100\n")
    eventually(running.queue.said, "what was said is queued")
    client.sendall(b"paga 1")
    if goodbye:
        client.shutdown(socket.SHUT_WR)
    else:
        client.close()
    eventually(lambda: running.gone, "its end is seen")
    rest = ["paga 1"] if goodbye or tls is None else []
    assert ["paga 100", *rest] == running.queue.said()


REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_a_request_is_passed_on_as_soon_as_there_is_room_and_let_go_of(running: Running) -> None:
    client = running.client()
    client.sendall(REQUEST[:10])
    client.sendall(REQUEST[10:] + b"rest")
    client.shutdown(socket.SHUT_WR)
    running.room.set()
    eventually(lambda: running.gone, "it is passed on")
    running.stop()
    assert [REQUEST + b"rest"] == running.passed
    assert [commands.Forget(1)] == running.queue.commands
    assert [-1] == [each.fileno() for each in running.served]
    assert [ADDRESS] == running.gone
    assert running.taken is not None
    with running.taken as taken:
        # Who has it now can answer.
        taken.sendall(b"HTTP/1.1 200 OK")
        assert b"HTTP/1.1 200 OK" == client.recv(100)


def test_while_there_is_no_room_others_are_heard_and_it_waits(running: Running) -> None:
    waiting, client = running.client(), running.client()
    waiting.sendall(REQUEST)
    client.sendall(b"oi\n")
    eventually(running.queue.said, "what was said is queued")
    assert [] == running.passed
    running.room.set()
    eventually(lambda: running.passed, "it is passed on")
    eventually(lambda: commands.Forget(1) in running.queue.commands, "it is let go of")


def test_one_that_nobody_takes_has_ended(running: Running) -> None:
    running.nobody_takes = True
    running.client().sendall(REQUEST)
    eventually(lambda: running.gone, "it is gone")
    running.stop()
    assert [commands.Close(1, "closed")] == running.queue.commands


def test_a_reset_is_an_end_too(running: Running) -> None:
    client = running.client()
    running.served[0].send(b"never read by the client, so its closing resets the connection")
    client.close()
    eventually(lambda: running.gone, "it is gone")
    assert [commands.Close(1, "closed")] == running.queue.commands


def test_what_time_brings_comes_without_anything_being_read(running: Running) -> None:
    running.client()
    eventually(lambda: running.queue.commands, "the silent one is a visitor")
    assert [opened()] == running.queue.commands


def test_above_its_pace_a_client_can_not_send_on_and_what_it_sent_comes_in_time(
    run_worker: Callable[..., Running],
) -> None:
    running = run_worker(message_rate=50, message_burst=5)
    client = running.client()
    client.sendall(b"".join(b"%d\n" % number for number in range(20)))
    eventually(running.queue.said, "the first are read")
    client.settimeout(0.05)
    with pytest.raises(TimeoutError):
        # Empty lines are nothing: so the twenty can still come to their end.
        while True:
            client.sendall(b"\n" * 60_000)
    eventually(lambda: len(running.queue.said()) == 20, "all are there")
    assert list(map(str, range(20))) == running.queue.said()
    client.close()
    eventually(lambda: running.gone, "it is read from again, so its end is seen")


def test_one_that_is_refused_while_it_waits_for_its_pace_is_read_from_again(
    run_worker: Callable[..., Running],
) -> None:
    running = run_worker(message_rate=10, message_burst=1, flood_timeout=0.2)
    client = running.client()
    client.sendall(b"oi\n" * 100)
    eventually(lambda: any(isinstance(each, commands.Fault) for each in running.queue.commands), "it is cut")
    client.close()
    eventually(lambda: running.gone, "its end is seen")


# Batches.


@pytest.fixture
def clients_that_wait(running: Running) -> list[socket.socket]:
    """Twenty clients that have spoken; the worker waits for room on the Queue, and reads from nobody."""
    clients = [running.client() for _ in range(20)]
    for client in clients:
        client.sendall(b"oi\n")
    eventually(lambda: len(running.queue.said()) == 20, "all have been heard")
    running.queue.gate.clear()
    clients[0].sendall(b"/quem\n")
    eventually(lambda: running.queue.commands[-1] == commands.Who(1), "the worker waits for room")
    running.queue.batches.clear()
    return clients


def test_what_is_read_in_one_turn_is_one_batch(
    running: Running, clients_that_wait: list[socket.socket]
) -> None:
    for client in clients_that_wait:
        client.sendall(b"/quem\n")
    running.queue.gate.set()
    eventually(lambda: len(running.queue.commands) == 20, "all are queued")
    assert [20] == [len(batch) for batch in running.queue.batches]


def test_a_batch_is_bounded(running: Running, clients_that_wait: list[socket.socket]) -> None:
    for client in clients_that_wait:
        client.sendall(b"/q\n" * 1_000)
    running.queue.gate.set()
    eventually(lambda: len(running.queue.commands) == 20_000, "all are queued")
    assert max(map(len, running.queue.batches)) < 2_048 + 1_001


def test_while_the_queue_is_full_clients_can_not_send_on_and_nothing_is_lost(running: Running) -> None:
    running.queue.gate.clear()
    client = running.client()
    client.settimeout(0.2)
    sent = 0
    with pytest.raises(TimeoutError):
        while True:
            client.sendall(b"%d\n" % sent)
            sent += 1
    running.queue.gate.set()
    client.settimeout(DEADLINE)
    client.sendall(b"\n")
    client.close()
    eventually(lambda: running.gone, "its end is seen")
    running.stop()
    assert list(map(str, range(sent))) == running.queue.said()[:sent]


# Its end.


def test_what_has_come_when_it_is_told_to_stop_is_still_read(running: Running) -> None:
    client = running.client()
    running.queue.gate.clear()
    client.sendall(b"first\n")
    eventually(lambda: running.queue.batches, "it waits for room in the queue")
    client.sendall(b"second\n")
    running.worker.stop()
    running.queue.gate.set()
    running.worker.join(DEADLINE)
    assert [opened(), commands.Say(1, "first"), commands.Say(1, "second")] == running.queue.commands


def test_a_worker_that_fails_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)

    def put(item: bytes) -> None:
        raise RuntimeError("a fault of the program")

    worker = Worker("worker-7", DIALECTS, Ledger(UNBOUND), put, lambda _: None)
    worker.start()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        worker.give(1, ours, Peer.at(ADDRESS))
        with suppress(BrokenPipeError):
            theirs.sendall(b"oi\n")
        worker.join(DEADLINE)
    assert [1] == codes
