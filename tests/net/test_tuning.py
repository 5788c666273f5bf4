"""What is asked of the connections that are taken in."""

from __future__ import annotations

import errno
import select
import socket
import struct
from collections.abc import Iterator

import pytest
from support.waiting import DEADLINE, eventually

from chatsimples.net.tuning import KeepAlive, has_hung_up, keep_alive, tune, was_closed


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    with socket.socket() as made:
        yield made


def test_a_connection_does_not_block_and_sends_at_once(sock: socket.socket) -> None:
    tune(sock, None)
    assert not sock.getblocking()
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    with pytest.raises(OSError) as raised:
        sock.recv(1)
    assert raised.value.errno in {errno.ENOTCONN, errno.EAGAIN}


def test_without_a_keep_alive_nobody_is_asked(sock: socket.socket) -> None:
    tune(sock, None)
    assert not sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_a_peer_that_has_vanished_is_found_out(sock: socket.socket) -> None:
    tune(sock, KeepAlive(idle=60, interval=10, unsent=90))
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    expected = {"TCP_KEEPIDLE": 60, "TCP_KEEPALIVE": 60, "TCP_KEEPINTVL": 10, "TCP_USER_TIMEOUT": 90_000}
    here = {name: value for name, value in expected.items() if hasattr(socket, name)}
    assert here
    assert here == {name: sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in here}


def test_what_does_not_get_through_may_take_as_long_as_the_system_lets_it(sock: socket.socket) -> None:
    tune(sock, KeepAlive(idle=60, interval=15))
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        assert 0 == sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)


# Whether somebody has hung up.


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Give a connection's two ends: the server's, and its client's."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        theirs = socket.create_connection(server.getsockname(), DEADLINE)
        ours, _ = server.accept()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def test_who_is_there_has_not_hung_up_whatever_is_unread(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    assert not has_hung_up(ours)
    theirs.sendall(b"oi")
    eventually(lambda: ours.recv(1, socket.MSG_PEEK), "something is there")
    assert not has_hung_up(ours)
    assert b"oi" == ours.recv(10)


@pytest.mark.parametrize("way", ["shutdown", "close", "reset"])
def test_who_sends_no_more_has_hung_up(way: str, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    if way == "shutdown":
        theirs.shutdown(socket.SHUT_WR)
    elif way == "reset":
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        theirs.close()
    else:
        theirs.close()
    eventually(lambda: has_hung_up(ours), "it is found out")


@pytest.mark.skipif(not hasattr(select, "POLLRDHUP"), reason="not every system can tell")
def test_who_has_hung_up_is_found_out_while_something_is_unread(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    theirs.sendall(b"oi")
    theirs.close()
    eventually(lambda: has_hung_up(ours), "it is found out")
    assert b"oi" == ours.recv(10)


def test_a_unix_socket_is_only_told_not_to_block() -> None:
    with socket.socket(socket.AF_UNIX) as unix:
        tune(unix, KeepAlive(idle=60, interval=10))
        assert not unix.getblocking()


@pytest.mark.parametrize(
    ("interval", "timeout", "expected"),
    [
        (60.0, 30.0, KeepAlive(60, 10, 90)),
        (0.0, 30.0, None),
        (60.0, 0.0, None),
        (1.0, 1.0, KeepAlive(1, 1, 2)),
    ],
)
def test_peers_are_asked_in_the_times_of_pings(
    interval: float, timeout: float, expected: KeepAlive | None
) -> None:
    assert expected == keep_alive(interval, timeout)


def test_one_that_is_closed_is_told_from_one_that_sends_no_more() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert not was_closed(ours)
        theirs.send(b"oi")
        theirs.shutdown(socket.SHUT_WR)
        assert not was_closed(ours)
        theirs.close()
        assert was_closed(ours)
