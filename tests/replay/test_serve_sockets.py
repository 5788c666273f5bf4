"""Where a recorded chat can be listened to."""

import errno
import socket

import pytest

from chatsimples.errors import StartError
from chatsimples.replay import serve_sockets
from chatsimples.replay.serve_sockets import listen, place, tune


@pytest.fixture
def opened():
    sockets = []
    yield sockets
    for each in sockets:
        each.close()


def test_it_listens_on_a_free_port(opened):
    opened += listen("127.0.0.1", 0, str)
    host, _, port = place(opened[0]).partition(":")
    assert "127.0.0.1" == host
    with socket.create_connection((host, int(port))) as client:
        client.settimeout(10)
        opened[0].setblocking(True)
        taken, _ = opened[0].accept()
        with taken:
            taken.send(b"x")
            assert b"x" == client.recv(1)


def test_every_address_of_a_host_has_the_same_port(opened, monkeypatch):
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("127.0.0.1", "127.0.0.2")
    ]
    monkeypatch.setattr(serve_sockets.socket, "getaddrinfo", lambda *_, **__: [*found, found[0]])
    opened += listen("both", 0, str)
    assert ["127.0.0.1", "127.0.0.2"] == [each.getsockname()[0] for each in opened]
    assert 1 == len({each.getsockname()[1] for each in opened})


def test_an_address_that_this_machine_does_not_have_is_passed_over(opened, monkeypatch):
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("192.0.2.7", "127.0.0.1")
    ]
    monkeypatch.setattr(serve_sockets.socket, "getaddrinfo", lambda *_, **__: found)
    opened += listen("some", 0, str)
    assert 1 == len(opened)
    monkeypatch.setattr(serve_sockets.socket, "getaddrinfo", lambda *_, **__: found[:1])
    with pytest.raises(StartError, match=r"some:0 can't be listened on: "):
        listen("some", 0, str)


def test_an_ipv6_address_is_shown_in_brackets(opened):
    try:
        opened += listen("::1", 0, str)
    except StartError:
        pytest.skip("no IPv6 on this machine")
    assert place(opened[0]).startswith("[::1]:")


def test_a_port_that_is_taken_is_told(opened):
    opened += listen("127.0.0.1", 0, str)
    port = opened[0].getsockname()[1]
    with pytest.raises(StartError, match=f"port {port} on 127.0.0.1 is taken"):
        listen("127.0.0.1", port, str)


@pytest.mark.parametrize("host", ["host.invalid", "x" * 70 + ".invalid"])
def test_a_host_that_is_not_known_is_told(host):
    with pytest.raises(StartError, match="can't be listened on"):
        listen(host, 0, str)


def test_a_connection_does_not_block_and_sends_at_once():
    with socket.socket() as sock:
        tune(sock)
        assert not sock.getblocking()
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        with pytest.raises(OSError) as raised:
            sock.recv(1)
        assert raised.value.errno in {errno.ENOTCONN, errno.EAGAIN}
