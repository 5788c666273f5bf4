"""Connections that are opened without waiting."""

from __future__ import annotations

import select
import socket

import pytest

from chatsimples.loadtest.wire.connections import connect, is_usable, new_socket


def settled(sock: socket.socket) -> None:
    assert select.select([], [sock], [], 10)[1]


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_server_is_reached(family: socket.AddressFamily, host: str) -> None:
    try:
        server = socket.create_server((host, 0), family=family)
    except OSError as error:
        pytest.skip(f"no {host} on this machine: {error}")
    with server, new_socket(host) as sock:
        assert not sock.getblocking()
        connect(sock, host, server.getsockname()[1])
        settled(sock)
        assert is_usable(sock, host, server.getsockname()[1])
        assert host == sock.getpeername()[0]


def test_a_name_is_looked_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, new_socket("localhost") as sock:
        connect(sock, "localhost", server.getsockname()[1])
        settled(sock)
        assert is_usable(sock, "localhost", server.getsockname()[1])


def test_where_nobody_listens_it_is_said_who_was_not_reached() -> None:
    with socket.socket() as taken, new_socket("127.0.0.1") as sock:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ConnectionError, match=rf"127\.0\.0\.1 port {port}: .*refused"):
            connect(sock, "127.0.0.1", port)
            settled(sock)
            is_usable(sock, "127.0.0.1", port)


def test_what_is_no_address_is_told_at_once() -> None:
    with new_socket("") as sock, pytest.raises(ConnectionError, match="no such place"):
        connect(sock, "no such place", 1)
