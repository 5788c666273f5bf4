"""The doors: which can be had, what is said of those that can't, and who comes through them."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from multiprocessing.reduction import ForkingPickler
from types import SimpleNamespace
from typing import Any

import pytest
from support.waiting import DEADLINE

from chatsimples.errors import StartError
from chatsimples.net import doors as module
from chatsimples.net.doors import Door, DoorKind, listen, places
from chatsimples.net.peers import Peer

Address = tuple[int, int, int, str, tuple[Any, ...]]
Listening = Callable[[str, int], list[Door]]
Waits = list[Callable[[], None]]

V4: Address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
V6: Address = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0))


@pytest.fixture
def listening() -> Iterator[Listening]:
    """Give `listen`, without the doors that are only beside another one; all are closed in the end."""
    with ExitStack() as stack:

        def listens(host: str, port: int) -> list[Door]:
            doors = listen(host, port)
            for door in doors:
                stack.enter_context(door.sock)
            return [door for door in doors if not door.is_beside]

        yield listens


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """Let waiting take no time; give what is done each time instead, and let the test add to it."""
    now = [0.0]
    done: Waits = []

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if done:
            done.pop(0)()

    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    return done


def resolves_to(monkeypatch: pytest.MonkeyPatch, *found: Address) -> None:
    """Let every host be known under these addresses, with the port that is asked for."""

    def getaddrinfo(_host: str, port: int, **_how: object) -> list[Address]:
        return [(*each[:4], (each[4][0], port, *each[4][2:])) for each in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def has_v6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_v6 = pytest.mark.skipif(not has_v6(), reason="this machine has no IPv6")


def address_of(door: Door) -> tuple[str, int]:
    host, port, *_ = door.sock.getsockname()
    return str(host), int(port)


def who_comes(door: Door) -> Peer:
    """Come in by a door, and say who that is."""
    with socket.create_connection(address_of(door), DEADLINE) as there:
        here, peer = door.accept()
        with here:
            here.sendall(b"oi")
            assert b"oi" == there.recv(10)
    return peer


# Which can be had.


def test_port_0_takes_a_free_one(listening: Listening) -> None:
    (first,), (second,) = listening("127.0.0.1", 0), listening("127.0.0.1", 0)
    assert 0 not in (address_of(first)[1], address_of(second)[1])
    assert address_of(first) != address_of(second)


def test_the_port_that_is_asked_for_is_had(listening: Listening) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    (door,) = listening(*address)
    assert address == address_of(door)


def test_a_port_that_is_taken_is_told(waits: Waits) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(StartError) as told:
            listen("127.0.0.1", port)
    assert (
        f"port {port} on 127.0.0.1 is taken: another program listens there; choose another with --port"
        == str(told.value)
    )
    assert 1 == told.value.exit_code


def test_a_port_that_becomes_free_in_time_is_had(listening: Listening, waits: Waits) -> None:
    busy = socket.create_server(("127.0.0.1", 0))
    waits += [lambda: None, busy.close]
    (door,) = listening(*busy.getsockname())
    assert who_comes(door)
    assert [] == waits


def test_a_port_with_connections_that_are_just_ending_is_free(listening: Listening, waits: Waits) -> None:
    (first,) = listening("127.0.0.1", 0)
    address = address_of(first)
    with socket.create_connection(address, DEADLINE) as there:
        here, _ = first.accept()
        # Who closes first keeps the address in TIME_WAIT.
        here.close()
        assert b"" == there.recv(10)
    first.sock.close()
    (again,) = listening(*address)
    assert who_comes(again)


@needs_v6
def test_a_host_with_two_addresses_is_listened_on_at_both_on_one_port(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolves_to(monkeypatch, V4, V6)
    four, six = listening("localhost", 0)
    assert (socket.AF_INET, socket.AF_INET6) == (four.sock.family, six.sock.family)
    assert address_of(four)[1] == address_of(six)[1]
    monkeypatch.undo()
    assert who_comes(four)
    assert who_comes(six)


@needs_v6
def test_when_one_of_two_addresses_can_not_be_had_the_other_is_let_go(
    monkeypatch: pytest.MonkeyPatch, waits: Waits
) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as busy:
        port = busy.getsockname()[1]
        resolves_to(monkeypatch, V4, V6)
        with pytest.raises(StartError, match="is taken"):
            listen("localhost", port)
    with socket.create_server(("127.0.0.1", port)) as again:
        assert port == again.getsockname()[1]


def test_an_address_that_is_given_twice_is_listened_on_once(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolves_to(monkeypatch, V4, V4)
    assert 1 == len(listening("localhost", 0))


@pytest.mark.parametrize("host", ["..", "x" * 64, "a\0b", "256.256.256.256"])
def test_a_host_that_there_is_not_is_told(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if host[0].isdigit():
        # What a name server would answer to it.
        monkeypatch.setattr(socket, "getaddrinfo", not_known)
    with pytest.raises(StartError) as told:
        listen(host, 0)
    assert str(told.value).startswith(f"the host {host!r} can't be listened on: ")
    assert "\0" not in str(told.value)


def not_known(*_address: object, **_how: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_an_address_that_is_not_ours_is_told_at_once(waits: Waits) -> None:
    waits.append(lambda: pytest.fail("it was tried again"))
    with pytest.raises(StartError) as told:
        listen("203.0.113.7", 0)
    assert f"203.0.113.7:0 can't be listened on: {os.strerror(errno.EADDRNOTAVAIL)}" == str(told.value)


def test_a_port_that_is_not_allowed_is_told_at_once(monkeypatch: pytest.MonkeyPatch, waits: Waits) -> None:
    waits.append(lambda: pytest.fail("it was tried again"))

    def bind(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(socket.socket, "bind", bind)
    with pytest.raises(StartError) as told:
        listen("127.0.0.1", 80)
    expected = "port 80 on 127.0.0.1 is not allowed to this user; choose one above 1023 with --port"
    assert expected == str(told.value)


def test_of_a_names_addresses_those_of_this_machine_are_listened_on(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolves_to(monkeypatch, (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0)), V4)
    (door,) = listening("two-stacks", 0)
    assert "127.0.0.1" == address_of(door)[0]


def test_an_address_elsewhere_alone_is_told() -> None:
    with pytest.raises(StartError, match=r"192\.0\.2\.1:0 can't be listened on"):
        listen("192.0.2.1", 0)


# Both families.


def close(doors: list[Door]) -> None:
    for door in doors:
        door.sock.close()


@needs_v6
def test_beside_a_door_on_127_0_0_1_stands_one_on_1_with_the_same_port() -> None:
    doors = listen("127.0.0.1", 0)
    (four, six), place = doors, f"127.0.0.1:{address_of(doors[0])[1]}"
    try:
        assert (place, [False, True]) == (places(doors), [door.is_beside for door in doors])
        assert ("::1", address_of(four)[1]) == address_of(six)
        assert [Peer.at("127.0.0.1"), Peer.at("::1")] == [who_comes(door) for door in doors]
    finally:
        close(doors)


@needs_v6
def test_where_the_one_beside_is_taken_the_port_that_was_asked_for_is_had_alone(waits: Waits) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as busy:
        doors = listen("127.0.0.1", busy.getsockname()[1])
    close(doors)
    assert [False] == [door.is_beside for door in doors]


@needs_v6
def test_a_free_port_is_free_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    bind, tried = socket.socket.bind, []

    def binds(sock: socket.socket, address: tuple[Any, ...]) -> None:
        if sock.family == socket.AF_INET6:
            tried.append(address[1])
            if len(tried) < 3:
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        bind(sock, address)

    monkeypatch.setattr(socket.socket, "bind", binds)
    doors = listen("127.0.0.1", 0)
    close(doors)
    assert (3, [False, True]) == (len(set(tried)), [door.is_beside for door in doors])


def test_a_machine_without_ipv6_has_the_other_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    make = socket.socket

    def without_v6(family: int, kind: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
        return make(family, kind)

    monkeypatch.setattr(socket, "socket", without_v6)
    doors = listen("127.0.0.1", 0)
    close(doors)
    assert [False] == [door.is_beside for door in doors]


@needs_v6
@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this system has no sockets for both")
def test_the_door_to_all_of_ipv6_is_one_to_ipv4_too(listening: Listening) -> None:
    (door,) = listening("::", 0)
    port = address_of(door)[1]
    came = []
    for host in ("127.0.0.1", "::1", "localhost"):
        with socket.create_connection((host, port), DEADLINE):
            here, peer = door.accept()
            here.close()
            came.append(peer)
    assert [Peer.at("127.0.0.1"), Peer.at("::1")] == came[:2]
    assert came[2] in came[:2]
    assert f"[::]:{port}" == door.place


@needs_v6
def test_the_door_to_an_address_of_ipv6_is_one_to_that_alone(listening: Listening) -> None:
    (door,) = listening("::1", 0)
    assert door.sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)


# What is known of a door, and of who comes.


def test_a_place_is_told_as_host_and_port(listening: Listening) -> None:
    (door,) = listening("127.0.0.1", 0)
    assert f"127.0.0.1:{address_of(door)[1]}" == door.place


@needs_v6
def test_a_place_of_ipv6_has_its_host_in_brackets(listening: Listening) -> None:
    (door,) = listening("::1", 0)
    assert f"[::1]:{address_of(door)[1]}" == door.place


def test_who_comes_is_known_by_its_address(listening: Listening) -> None:
    (door,) = listening("127.0.0.1", 0)
    assert DoorKind.TCP is door.kind
    assert Peer("127.0.0.1", "127.0.0.1", is_local=True) == who_comes(door)


def test_a_door_can_be_given_to_a_process_that_is_spawned(listening: Listening) -> None:
    (door,) = listening("127.0.0.1", 0)
    given = ForkingPickler.loads(ForkingPickler.dumps(door))
    with given.sock:
        assert door.place == given.place
