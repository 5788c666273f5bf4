"""Other doors than the port: a Unix socket, and proxies that tell for whom they connect."""

from __future__ import annotations

import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from support.clients import Clients, Connection, EndedError, JsonClient
from support.server import Server
from support.transcript import segments_in
from support.waiting import DEADLINE, eventually

StartServer = Callable[..., Server]
HEADER = b"PROXY TCP4 198.51.100.7 127.0.0.1 4000 5000\r\n"
V2_LOCAL = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"


def by_unix(path: Path) -> JsonClient:
    """Connect by a Unix socket."""
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(DEADLINE)
    sock.connect(str(path))
    return JsonClient(sock)


# The Unix socket.


def test_who_comes_by_the_unix_socket_is_in_the_same_chat(
    start_server: StartServer, clients: Clients, tmp_path: Path
) -> None:
    path = tmp_path / "chat.sock"
    server = start_server("--unix", str(path), "--connections-per-address", "1")
    assert f"unix:{path}" in server.stdout
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    bia = clients.json(server, "bia")
    local = [by_unix(path) for _ in range(3)]
    local[0].hello("ana")
    local[0].ask("message", room="geral", text="oi", id="1")
    assert "oi" == bia.expect(type="message")["text"]
    for each in local:
        each.close()
    bia.expect(type="leave", nick="ana")
    assert 0 == server.stop()
    assert not path.exists()


def test_what_a_killed_server_has_left_is_replaced_and_others_may_be_let_in(
    start_server: StartServer, tmp_path: Path
) -> None:
    path = tmp_path / "chat.sock"
    start_server("--unix", str(path)).kill()
    assert path.exists()
    start_server("--unix", str(path), "--unix-mode", "660")
    assert 0o660 == stat.S_IMODE(path.stat().st_mode)
    client = by_unix(path)
    client.hello("ana")
    client.close()


def test_a_unix_socket_on_which_another_server_listens_is_left_to_it(
    start_server: StartServer, make_server: Callable[..., Server], tmp_path: Path
) -> None:
    path = tmp_path / "chat.sock"
    start_server("--unix", str(path))
    second = make_server("--unix", str(path)).launch()
    assert 1 == second.wait(DEADLINE)
    assert "is taken: another program listens there" in second.stderr
    client = by_unix(path)
    client.hello("ana")
    client.close()


def test_a_mode_that_is_none_is_refused(make_server: Callable[..., Server]) -> None:
    server = make_server("--unix", "x.sock", "--unix-mode", "rw").launch()
    assert 2 == server.wait(DEADLINE)
    assert "unix_mode" in server.stderr


# Proxies.


def test_who_comes_by_a_proxy_counts_by_its_own_address(start_server: StartServer, clients: Clients) -> None:
    server = start_server("--trusted-proxy", "127.0.0.1", "--connections-per-address", "2")
    opened: list[Connection] = []
    for _ in range(2):
        connection = clients.raw(server)
        connection.send(HEADER + b'{"type":"hello","nick":"n%d"}\n' % len(opened))
        assert b"welcome" in connection.next_line()
        opened.append(connection)
    one_too_many = clients.raw(server)
    one_too_many.send(HEADER)
    assert b"too_many_connections" in one_too_many.read_to_end()
    for host in (b"198.51.100.8", b"2001:db8::7"):
        another = clients.raw(server)
        family = b"TCP6" if b":" in host else b"TCP4"
        here = b"::1" if b":" in host else b"127.0.0.1"
        another.send(b"PROXY %s %s %s 1 2\r\n" % (family, host, here) + b'{"type":"ping"}\n')
        assert b"not_registered" in another.next_line()
    opened[0].close()

    def comes_in() -> bool:
        again = clients.raw(server)
        again.send(HEADER + b'{"type":"ping"}\n')
        return b"not_registered" in again.next_line()

    eventually(comes_in, "there is room for the next")
    for each in [*opened, another]:
        each.close()
    # The test's own client, which looks whether all have left, is no proxy.
    assert 0 == server.stop()


def test_bound_networks_of_ipv6_are_counted_through_a_proxy_too(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server("--trusted-proxy", "127.0.0.1", "--connections-per-address", "1")
    first, second = clients.raw(server), clients.raw(server)
    first.send(b"PROXY TCP6 2001:db8:0:7::1 ::1 1 2\r\n" + b'{"type":"ping"}\n')
    first.next_line()
    second.send(b"PROXY TCP6 2001:db8:0:7:ffff::2 ::1 1 2\r\n")
    assert b"too_many_connections" in second.read_to_end()
    assert 0 == server.stop()


def test_a_proxy_that_does_not_say_for_whom_is_closed_and_told(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server("--trusted-proxy", "127.0.0.1,::1", "--handshake-timeout", "0.5")
    silent, partial, wrong, itself = (clients.raw(server) for _ in range(4))
    partial.send(HEADER[:-1])
    wrong.send(b"oi, sou eu\n")
    itself.send(V2_LOCAL + b'{"type":"ping"}\n')
    assert b"not_registered" in itself.next_line()
    assert b"" == wrong.read_to_end()
    assert b"" == silent.read_to_end()
    assert b"" == partial.read_to_end()
    event = "a proxy has sent no right header"
    eventually(lambda: 3 == len(server.told(event)), "each is told")
    assert {"127.0.0.1"} == {each["proxy"] for each in server.told(event)}
    assert {"it begins otherwise", "it did not come in time"} == {each["why"] for each in server.told(event)}
    assert 0 == server.stop()
    assert not [each for each in segments_in(server.logs) if b"sou eu" in each.read_bytes()]


@pytest.mark.parametrize("trusted", ["", "192.0.2.0/24"])
def test_a_header_from_a_stranger_is_refused_and_told_and_said_nowhere(
    start_server: StartServer, clients: Clients, trusted: str
) -> None:
    server = start_server("--trusted-proxy", trusted)
    bia = clients.json(server, "bia")
    headers = [HEADER, V2_LOCAL, b"PROXY UNKNOWN\r\n"]
    for header in headers:
        stranger = clients.raw(server)
        stranger.send(header + b"oi\n")
        assert b"PROXY header" in stranger.read_to_end()
    event = "a PROXY header came from an address that is not trusted"
    eventually(lambda: len(headers) == len(server.told(event)), "each is told")
    assert {"127.0.0.1"} == {each["address"] for each in server.told(event)}
    bia.ask("ping")
    bia.expect(type="pong")
    assert not any(said.get("text") == "oi" for _, said in bia.received)


def test_strangers_headers_fill_no_log(start_server: StartServer, clients: Clients) -> None:
    server = start_server()
    for _ in range(50):
        stranger = clients.raw(server)
        stranger.send(HEADER)
        stranger.read_to_end()
        stranger.close()
    clients.json(server, "ana")
    told = server.told("a PROXY header came from an address that is not trusted")
    assert len(told) < 50


def test_proxies_on_the_unix_socket_are_trusted_by_their_word(
    start_server: StartServer, clients: Clients, tmp_path: Path
) -> None:
    path = tmp_path / "chat.sock"
    server = start_server("--unix", str(path), "--trusted-proxy", "unix", "--connections-per-address", "1")
    one, other = by_unix(path), by_unix(path)
    one.send(HEADER)
    one.hello("ana")
    other.send(HEADER)
    with pytest.raises((EndedError, ConnectionError)):
        while b"too_many" not in other.next_line():
            pass
        other.next_line()
    for each in (one, other):
        each.close()
    clients.json(server, "bia")


def test_a_trusted_address_that_is_none_is_refused(make_server: Callable[..., Server]) -> None:
    server = make_server("--trusted-proxy", "everybody").launch()
    assert 2 == server.wait(DEADLINE)
    assert "trusted_proxy: 'everybody' is no address" in server.stderr
