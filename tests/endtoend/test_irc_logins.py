"""IRC clients prove who they are to a real server: by a password, SCRAM, a certificate, or as an operator."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import scramp
from support.accounts import PASSWORD, make_account
from support.server import Server, running_server
from support.tls import Authority, connect, options
from support.waiting import DEADLINE


class Client:
    """A client, line by line."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(DEADLINE)
        self._sock = sock
        self._file = sock.makefile("rb")

    def says(self, *lines: str) -> None:
        self._sock.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def hears(self, word: str) -> list[str]:
        """Return the words of the next line with this command."""
        while True:
            words = self._file.readline().decode().split()
            assert words, f"the end instead of {word}"
            if word in words[:2]:
                return words

    def close(self) -> None:
        self._file.close()
        self._sock.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("irc")
    make_account(folder / "logs", "Ana", "admin")
    tls = (*options(authority.issue()), "--tls-client-ca", str(authority.file))
    with running_server(folder, *tls, "--registration", "open") as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    made = Client(socket.create_connection(("127.0.0.1", server.port), DEADLINE))
    made.says("CAP REQ :sasl")
    made.hears("CAP")
    yield made
    made.close()


def test_a_password_logs_in_before_the_hello(client: Client) -> None:
    client.says("AUTHENTICATE PLAIN", "AUTHENTICATE " + _encoded(f"\0ana\0{PASSWORD}x"))
    client.hears("904")
    client.says("AUTHENTICATE PLAIN", "AUTHENTICATE " + _encoded(f"\0ana\0{PASSWORD}"))
    assert "Ana" == client.hears("900")[4]
    client.hears("903")
    client.says("NICK ana", "USER a 0 * :Ana", "CAP END")
    assert "ana" == client.hears("001")[2]


def test_scram_logs_in_without_the_password_and_proves_the_server(client: Client) -> None:
    scram = scramp.ScramClient(["SCRAM-SHA-256"], "ANA", PASSWORD)
    client.says("AUTHENTICATE SCRAM-SHA-256")
    assert "+" == client.hears("AUTHENTICATE")[2]
    client.says("AUTHENTICATE " + _encoded(scram.get_client_first()))
    scram.set_server_first(_decoded(client.hears("AUTHENTICATE")[2]))
    client.says("AUTHENTICATE " + _encoded(scram.get_client_final()))
    scram.set_server_final(_decoded(client.hears("AUTHENTICATE")[2]))
    client.says("AUTHENTICATE +")
    assert "Ana" == client.hears("900")[4]


def test_a_certificate_logs_in_and_none_does_not(server: Server, authority: Authority) -> None:
    mine = authority.issue("ana@example.org", file="ana", common_name="ana")
    for own, number in ((mine, "900"), (None, "904")):
        client = Client(connect(server.tls_port, authority.context(own)))
        client.says("CAP REQ :sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
        client.hears(number)
        client.close()


def test_an_account_is_made_and_has_no_role(client: Client) -> None:
    client.says("NICK eva", "USER e 0 * :Eva", "CAP END")
    client.hears("001")
    client.says(f"REGISTER * * :{PASSWORD}")
    assert "SUCCESS" == client.hears("REGISTER")[2]
    client.says(f"OPER eva :{PASSWORD}", "OPER ana wrong", f"OPER ana :{PASSWORD}")
    for number in ("491", "464", "381"):
        client.hears(number)


def test_registering_gives_up_what_was_being_proved(client: Client) -> None:
    client.says("NICK lia", "USER l 0 * :Lia", "AUTHENTICATE PLAIN", "CAP END")
    client.hears("906")
    assert "lia" == client.hears("001")[2]


def test_a_password_with_the_account_in_front_logs_in(client: Client) -> None:
    client.says(f"PASS :ana:{PASSWORD}", "NICK ana", "USER a 0 * :Ana", "CAP END")
    assert "ana" == client.hears("001")[2]


def test_whoever_came_by_tls_is_told_to_keep_to_it(tmp_path: Path, authority: Authority) -> None:
    # It is told as it was set, and 0 would be no port for a client.
    with socket.create_server(("127.0.0.1", 0)) as found:
        tls_port = found.getsockname()[1]
    settings = (*options(authority.issue()), "--tls-port", str(tls_port), "--irc-sts", "60")
    with running_server(tmp_path, *settings, "--trusted-proxy", "127.0.0.1") as server:
        for client, told in (
            (
                Client(authority.context().wrap_socket(_from_afar(tls_port), server_hostname="localhost")),
                ["sts=duration=60"],
            ),
            (Client(_from_afar(server.port)), [f"sts=port={tls_port}"]),
        ):
            client.says("CAP LS 302")
            words = client.hears("CAP")
            assert told == [word for word in words if word.startswith("sts")]
            # Nobody can log in here, nor make an account.
            assert not any("sasl" in word or "account-registration" in word for word in words)
            client.close()


def _from_afar(port: int) -> socket.socket:
    """Connect as a proxy does for somebody who is not on this machine."""
    sock = socket.create_connection(("127.0.0.1", port), DEADLINE)
    sock.sendall(b"PROXY TCP4 192.0.2.7 192.0.2.1 4000 5000\r\n")
    return sock


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()
