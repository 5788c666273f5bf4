"""Rates hold for a person, an address and a session, whatever the dialect and however often one knocks."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable

import pytest
from support.clients import Clients, command
from support.server import Server
from support.waiting import eventually

StartServer = Callable[..., Server]

RATE, BURST = 20, 10
OPTIONS = ("--message-rate", str(RATE), "--message-burst", str(BURST))


def messages(server: Server) -> int:
    return sum(entry.type == "message" for entry in server.transcript.entries)


def knock(server: Server, data: bytes) -> None:
    """Come, say something, and go without waiting."""
    with connected(server) as connection:
        connection.sendall(data)


def connected(server: Server, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), 60, source_address=(source, 0))


def hello(secret: str, nick: str = "ana") -> bytes:
    return command("hello", nick=nick, session=secret)


def test_reconnecting_says_no_more_than_staying(start_server: StartServer) -> None:
    server = start_server(*OPTIONS)
    began = time.monotonic()
    for number in range(200):
        said = command("message", room="geral", text="oi") if number % 2 else b"oi\n"
        knock(server, (hello(f"a-secret-of-{number}", f"n{number}") if number % 2 else b"") + said * 9)
    eventually(lambda: messages(server) >= BURST, "something is said")
    # What is on record was said before it is counted, and so within the time that is measured.
    count = messages(server)
    # Each of two workers may let one begin before it knows of the other's; and there are those who come, and
    # what is left behind.
    assert count <= 2 * (BURST + RATE * (time.monotonic() - began))


def test_a_flood_without_newlines_comes_at_its_pace(start_server: StartServer) -> None:
    server = start_server(*OPTIONS)
    began = time.monotonic()
    knock(server, b"ana: oi" * 9_000)
    with connected(server) as flood:
        flood.sendall(b"bia: oi" * 9_000)
        eventually(lambda: messages(server) > 2 * BURST, "something is said")
        count = messages(server)
    assert count <= 2 * (BURST + RATE * (time.monotonic() - began))


def test_all_that_is_left_behind_comes_in_its_time(start_server: StartServer) -> None:
    server = start_server(*OPTIONS)
    knock(server, b"".join(b"%d\n" % number for number in range(30)))
    eventually(lambda: messages(server) == 30, "all is said")
    texts = [entry.said["text"] for entry in server.transcript.entries if entry.type == "message"]
    assert list(map(str, range(30))) == texts


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="loopback has one address here")
def test_a_session_that_moves_takes_its_pace_along(start_server: StartServer) -> None:
    server = start_server(*OPTIONS)
    began = time.monotonic()
    for number in range(1, 6):
        with connected(server, f"127.0.0.{number}") as mover:
            mover.sendall(hello("a-secret-of-ana-1") + command("message", room="geral", text="oi") * 9)
            eventually(lambda: messages(server) >= 9 * number, "all is said")  # noqa: B023 - called here
    # Its hellos are not counted here: each is said before it is known whose it is.
    assert 5 * 9 <= BURST + RATE * (time.monotonic() - began) + 1


def test_one_who_waits_for_a_flood_from_its_address_is_served_and_not_ended(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server(*OPTIONS, "--flood-timeout", "1", "--address-rate", "15", "--address-burst", "20")
    flooders = [clients.raw(server) for _ in range(3)]
    for number, flooder in enumerate(flooders):
        flooder.send(hello(f"a-secret-of-ana-{number}", f"ana{number}"))
        flooder.send(command("message", room="geral", text="oi") * 1_000)
    bia = clients.json(server, "bia")
    for number in range(10):
        bia.say(f"{number}", f"b{number}")
    assert not bia.ended
