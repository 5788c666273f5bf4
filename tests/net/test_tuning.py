"""What is asked of the connections that are taken in."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator

import pytest

from chatsimples.net.tuning import KeepAlive, tune


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
