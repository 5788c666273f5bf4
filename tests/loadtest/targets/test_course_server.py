"""The course's server: everybody's bytes to everybody else, and one who does not read stops them all."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from support.waiting import DEADLINE, eventually

Connect = Callable[[], socket.socket]


@pytest.fixture
def connect() -> Iterator[Connect]:
    command = [sys.executable, "-m", "chatsimples.loadtest.targets.course_server", "--port", "0"]
    opened: list[socket.socket] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            said = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", process.stdout.readline())
            assert said

            def connected() -> socket.socket:
                opened.append(socket.create_connection(("127.0.0.1", int(said[1])), DEADLINE))
                _get_known(opened)
                return opened[-1]

            yield connected
        finally:
            for client in opened:
                client.close()
            process.kill()


def _get_known(clients: list[socket.socket]) -> None:
    """Wait until the last client gets what another sends: it is in the list then."""
    if len(clients) == 1:
        return
    first, *others = (client for client in clients if client.fileno() != -1)
    last = others[-1]
    last.settimeout(0.05)

    def heard() -> bool:
        first.sendall(b"?")
        try:
            return last.recv(1) == b"?"
        except TimeoutError:
            return False

    eventually(heard, "the new client is in the list")
    first.sendall(b"!")
    for client in others:
        client.settimeout(DEADLINE)
        while client.recv(1) != b"!":
            pass


def receive(client: socket.socket, size: int) -> bytes:
    """Receive so many bytes."""
    data = b""
    while len(data) < size:
        more = client.recv(size - len(data))
        assert more, f"ended after {data[-100:]!r}"
        data += more
    return data


def test_a_clients_bytes_come_to_all_others_as_they_are_and_not_back(connect: Connect) -> None:
    first, second, third = connect(), connect(), connect()
    said = bytes(range(256)) * 40 + b"no newline"
    first.sendall(said)
    assert said == receive(second, len(said))
    assert said == receive(third, len(said))
    second.sendall(b"and from another")
    assert b"and from another" == receive(first, 16)


def test_who_leaves_is_no_hindrance_to_the_others(connect: Connect) -> None:
    first, second, third = connect(), connect(), connect()
    second.close()
    for _ in range(5):
        first.sendall(b"still here")
        assert b"still here" == receive(third, 10)
    fourth = connect()
    first.sendall(b"welcome")
    assert b"welcome" == receive(fourth, 7)


def test_a_reader_that_stops_reading_freezes_everybody_until_it_reads_again(connect: Connect) -> None:
    first, sleeper, third = connect(), connect(), connect()
    flood = b"x" * 50_000_000
    counted: list[int] = []
    sending = threading.Thread(target=first.sendall, args=(flood,), daemon=True)
    sending.start()
    third.settimeout(2)
    received = 0
    try:
        while received < len(flood):
            received += len(third.recv(1 << 20))
    except TimeoutError:
        counted.append(received)
    assert counted, "the others were served although one does not read"
    sleeper.settimeout(DEADLINE)
    awake = threading.Thread(target=receive_all, args=(sleeper, len(flood)), daemon=True)
    awake.start()
    third.settimeout(DEADLINE)
    while received < len(flood):
        received += len(third.recv(1 << 20))
    assert len(flood) == received
    awake.join(DEADLINE)
    sending.join(DEADLINE)
    assert not awake.is_alive()


def receive_all(client: socket.socket, size: int) -> None:
    """Receive so many bytes and forget them."""
    while size > 0:
        size -= len(client.recv(1 << 20))
