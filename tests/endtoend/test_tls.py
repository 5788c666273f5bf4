"""TLS on a real server: the same chat, whatever its clients, its certificates and its processes do."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from support.clients import Clients, Connection, JsonClient, TextClient, command
from support.effort import few
from support.server import Server, running_server
from support.tls import Authority, Pair, connect, options
from support.transcript import segments_in
from support.waiting import DEADLINE, eventually

StartServer = Callable[..., Server]
Come = Callable[..., JsonClient]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def pair(authority: Authority) -> Pair:
    return authority.issue()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, pair: Pair) -> Iterator[Server]:
    """Give the server that these tests share; when they are done it must stop cleanly."""
    with running_server(tmp_path_factory.mktemp("tls"), *options(pair)) as running:
        yield running


@pytest.fixture
def come(authority: Authority) -> Iterator[Come]:
    """Give what connects to a server by TLS, and says hello if there is a nick."""
    with ExitStack() as stack:

        def comes(server: Server, nick: str = "", context: ssl.SSLContext | None = None) -> JsonClient:
            client = JsonClient(connect(server.tls_port, context or authority.context()))
            stack.callback(client.close)
            if nick:
                client.hello(nick)
            return client

        yield comes


def raw(server: Server) -> socket.socket:
    """Connect to the port for TLS without a word."""
    return socket.create_connection(("127.0.0.1", server.tls_port), DEADLINE)


def cut(client: Connection) -> None:
    """End the TCP connection without a goodbye."""
    client.socket.shutdown(socket.SHUT_RDWR)
    client.close()


# The chat.


def test_it_is_one_chat_by_tls_and_without(
    server: Server, clients: Clients, come: Come, authority: Authority
) -> None:
    ana, bia = come(server, "ana"), clients.json(server, "bia")
    text = TextClient(connect(server.tls_port, authority.context()))
    text.enter("cris")
    ana.expect(type="nick", new="cris")
    ana.ask("message", room="geral", text="olá", id="1")
    assert ana.answer("1")["seq"] == bia.expect(type="message", nick="ana")["seq"]
    bia.ask("message", room="geral", text="x" * 4_096, id="2")
    assert "x" * 4_096 == ana.expect(type="message", nick="bia")["text"]
    text.close()
    bia.expect(type="leave", nick="cris")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_what_is_spoken_is_new_and_what_is_old_is_refused(
    server: Server, come: Come, authority: Authority
) -> None:
    context = authority.context()
    context.set_alpn_protocols(["h2", "chatsimples"])
    new = come(server, context=context).socket
    assert isinstance(new, ssl.SSLSocket)
    assert ("TLSv1.3", "chatsimples") == (new.version(), new.selected_alpn_protocol())
    older = authority.context()
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    client = come(server, "ana", context=older)
    assert isinstance(client.socket, ssl.SSLSocket)
    cipher = client.socket.cipher()
    assert cipher is not None
    assert "TLSv1.2" == client.socket.version()
    assert cipher[0].startswith("ECDHE-") and ("GCM" in cipher[0] or "CHACHA20" in cipher[0])
    assert not client.socket.session_reused
    oldest = authority.context()
    oldest.set_ciphers("ALL:@SECLEVEL=0")
    oldest.minimum_version = ssl.TLSVersion.TLSv1
    oldest.maximum_version = ssl.TLSVersion.TLSv1_1
    with one_more_handshake_fails(server), pytest.raises(ssl.SSLError):
        come(server, context=oldest)


@contextmanager
def one_more_handshake_fails(server: Server) -> Iterator[None]:
    """See that what happens within is told as a handshake that has failed."""

    def failed() -> int:
        return sum(each["event"] == "a TLS handshake has failed" for each in server.events)

    before = failed()
    yield
    eventually(lambda: failed() > before, "it is told")


def test_much_goes_both_ways_at_once_and_nothing_is_lost(
    start_server: StartServer, come: Come, pair: Pair
) -> None:
    server = start_server(*options(pair), "--message-rate", "0", "--max-text", "60000", "--max-line", "0")
    ana, bia = come(server, "ana"), come(server, "bia")
    number = 200
    said = b"".join(
        command("message", room="geral", text=f"{each} ".ljust(50_000, "x"), id=str(each))
        for each in range(number)
    )
    ana.socket.settimeout(0.0)
    view = memoryview(said)
    heard: list[str] = []
    until = time.monotonic() + DEADLINE
    while len(heard) < number or view:
        assert time.monotonic() < until
        with suppress(ssl.SSLWantWriteError, ssl.SSLWantReadError):
            ana.socket.settimeout(0.0)
            view = view[ana.socket.send(view[: 1 << 16]) :] if view else view
        ana.receive(0.000_001)
        if view:
            bia.receive(0.000_001)
        elif len(heard) < number:
            heard.append(bia.expect(type="message")["text"].split()[0])
    assert [str(each) for each in range(number)] == heard
    assert str(number - 1) == ana.answer(str(number - 1))["id"]


def test_a_client_that_does_not_read_delays_nobody_and_is_served_when_it_does(
    start_server: StartServer, come: Come, pair: Pair
) -> None:
    server = start_server(*options(pair), "--message-rate", "0", "--max-backlog", "100000")
    ana, bia, idle = come(server, "ana"), come(server, "bia"), come(server, "calada")
    number = 1_500
    for each in range(number):
        ana.ask("message", room="geral", text=f"{each} ".ljust(4_000, "x"), id=str(each))
        if each % 100 == 99:
            ana.answer(str(each))
            bia.answer(str(each))
    heard = [idle.expect(type="message")["id"] for _ in range(number)]
    assert [str(each) for each in range(number)] == heard


def test_tls_may_be_open_to_others_than_the_port_without(
    start_server: StartServer, come: Come, pair: Pair
) -> None:
    server = start_server(*options(pair), "--tls-host", "0.0.0.0")
    assert f"0.0.0.0:{server.tls_port} (TLS)" in server.stdout
    come(server, "ana")


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs Linux")
def test_those_who_see_passwords_leave_no_core(server: Server) -> None:
    for name in ("acceptor", "tls"):
        limits = Path(f"/proc/{server.child(name).pid}/limits").read_text("ascii").splitlines()
        (core,) = [line.split() for line in limits if line.startswith("Max core file size")]
        assert ["0", "0"] == core[4:6], name


# Slow, silent and wrong handshakes.


def test_those_who_do_not_shake_hands_delay_nobody_and_are_closed(
    start_server: StartServer, come: Come, pair: Pair
) -> None:
    server = start_server(*options(pair), "--handshake-timeout", "3")
    silent = [raw(server) for _ in range(100)]
    hello = client_hello()
    begun = [raw(server) for _ in range(50)]
    for each in begun:
        each.sendall(hello[:40])
    ana, bia = come(server, "ana"), come(server, "bia")
    ana.ask("message", room="geral", text="oi", id="1")
    bia.answer("1")
    for each in [*silent, *begun]:
        with each, suppress(ConnectionResetError):
            assert b"" == each.recv(1)
    told = server.told("a TLS handshake has failed")
    assert {"it has taken too long"} == {each["why"] for each in told}
    come(server, "cris")


def client_hello() -> bytes:
    """Write what a client begins with."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def test_what_is_no_tls_is_ended_and_is_said_nowhere(server: Server, come: Come) -> None:
    for data in (b"oi, sou eu\n", b"GET / HTTP/1.1\r\n\r\n", os.urandom(600), client_hello() + b"x" * 9_000):
        with raw(server) as wrong:
            # It may be ended before all is sent, or at any time later.
            with suppress(OSError):
                wrong.sendall(data)
                wrong.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                while wrong.recv(4_096):
                    pass
    # What comes now stands behind anything of theirs.
    come(server, "ana")
    assert not [each for each in segments_in(server.logs) if b"sou eu" in each.read_bytes()]


# Ends.


def test_what_a_client_ends_with_a_goodbye_is_taken_whole_and_answered(
    server: Server, clients: Clients, authority: Authority
) -> None:
    bia = clients.json(server, "bia")
    with raw(server) as sock:
        client = HalfClosing(sock, authority.context())
        # Its own goodbye follows; it can still read.
        client.say_last(b"/nick ana\n/quem\nsem fim de linha")
        assert "sem fim de linha" == bia.expect(type="message")["text"]
        assert b"ana" in client.read_to_end()
    bia.expect(type="leave", nick="ana")


class HalfClosing:
    """A client that says goodbye and goes on reading.

    A socket of Python's would read as it says goodbye, and what it has read by then would be lost.
    """

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        self._sock = sock
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._sock.sendall(self._outgoing.read())
                self._receive()

    def say_last(self, data: bytes) -> None:
        """Send this, and a goodbye."""
        self._tls.write(data)
        with suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        self._sock.sendall(self._outgoing.read())

    def read_to_end(self) -> bytes:
        """Receive until the other end has said goodbye; an end without one is an `ssl.SSLEOFError`."""
        heard = b""
        while True:
            try:
                piece = self._tls.read(1 << 16)
            except ssl.SSLWantReadError:
                self._receive()
            except ssl.SSLZeroReturnError:
                return heard
            else:
                if not piece:
                    return heard
                heard += piece

    def _receive(self) -> None:
        data = self._sock.recv(1 << 16)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()


def test_one_that_is_cut_has_said_its_whole_lines_and_not_the_rest(
    server: Server, clients: Clients, authority: Authority
) -> None:
    bia = clients.json(server, "bia")
    client = Connection(connect(server.tls_port, authority.context()))
    client.send(b"/nick ana\n")
    client.next_line()
    client.send(b"paga 100\npaga 100")
    cut(client)
    assert "paga 100" == bia.expect(type="message")["text"]
    bia.expect(type="leave", nick="ana")
    bia.ask("ping")
    bia.expect(type="pong")
    assert 1 == len([said for _, said in bia.received if said["type"] == "message"])


def test_a_reset_is_a_cut_too(server: Server, clients: Clients, come: Come) -> None:
    bia, ana = clients.json(server, "bia"), come(server, "ana")
    ana.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    ana.send(b"meio")
    cut(ana)
    bia.expect(type="leave", nick="ana")


def test_what_the_server_ends_is_said_with_a_goodbye_after_all_that_it_sent(
    start_server: StartServer, come: Come, pair: Pair
) -> None:
    server = start_server(*options(pair))
    ana, bia = come(server, "ana"), come(server, "bia")
    ana.ask("bye")
    # Without a goodbye this would be an SSLEOFError.
    ana.read_to_end()
    bia.expect(type="leave", nick="ana")
    assert 0 == server.stop()
    assert b"shutdown" in bia.read_to_end()


# Certificates.


@pytest.mark.parametrize("missing", ["--tls-cert", "--tls-key"])
def test_half_of_what_tls_takes_is_told_at_start(
    make_server: Callable[..., Server], pair: Pair, missing: str
) -> None:
    given = list(options(pair))
    at = given.index(missing)
    server = make_server(*given[:at], *given[at + 2 :]).launch()
    assert 2 == server.wait()
    assert "TLS needs --tls-cert and --tls-key" in server.stderr


def test_certificates_that_cannot_be_used_are_told_at_start(
    make_server: Callable[..., Server], authority: Authority, pair: Pair, tmp_path: Path
) -> None:
    other = authority.issue(file="other")
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("not one")
    for cert, key, words in (
        (pair.cert, other.key, "is not that of the certificate"),
        (tmp_path / "none.pem", pair.key, "can't be read: No such file"),
        (garbage, pair.key, "not in PEM form"),
    ):
        server = make_server(*options(Pair(cert, key))).launch()
        assert 1 == server.wait()
        assert words in server.stderr
        assert not server.traceback
        server.is_gone()


def test_an_expired_certificate_is_told_and_refused_by_clients(
    start_server: StartServer, come: Come, authority: Authority
) -> None:
    server = start_server(*options(authority.issue(file="old", expired=True)))
    server.told("the certificate is not valid now: clients will refuse it")
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        come(server)


def test_certificates_are_reloaded_under_traffic_and_nobody_is_dropped(
    start_server: StartServer, come: Come, authority: Authority, tmp_path: Path
) -> None:
    own = Authority(tmp_path / "own")
    pair = own.issue()
    server = start_server(*options(pair), "--message-rate", "0")
    ana, bia = come(server, "ana", own.context()), come(server, "bia", own.context())

    def talk(number: int) -> None:
        for each in range(20):
            ana.ask("message", room="geral", text="oi", id=f"{number}-{each}")
        bia.answer(f"{number}-19")

    def shown() -> bytes | None:
        sock = come(server, context=own.context()).socket
        assert isinstance(sock, ssl.SSLSocket)
        return sock.getpeercert(binary_form=True)

    first = pair.der
    assert first == shown()
    talk(1)
    second = own.issue()
    assert first != second.der
    server.process.send_signal(signal.SIGHUP)
    talk(2)
    server.told("the certificate was reloaded")
    assert second.der == shown()
    talk(3)
    pair.key.write_text("broken")
    server.process.send_signal(signal.SIGHUP)
    assert "PEM" in server.told("the certificate was not reloaded: the old one stays")[0]["why"]
    eventually(lambda: "the old one stays" in server.stdout, "the operator is told")
    assert second.der == shown()
    talk(4)
    assert 0 == server.stop()


def test_a_certificate_of_a_client_is_verified_and_none_is_needed(
    start_server: StartServer, come: Come, authority: Authority, pair: Pair, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path / "stranger")
    server = start_server(*options(pair), "--tls-client-ca", str(authority.file))
    mine = authority.issue("ana@example.org", file="ana", common_name="ana")
    come(server, "ana", authority.context(mine))
    come(server, "bia")
    theirs = stranger.issue("ana@example.org", file="ana", common_name="ana")
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        come(server, "cris", authority.context(theirs))
    told = server.told("a TLS handshake has failed")
    assert any("its certificate is not right" in each["why"] for each in told)


# Who it is, and how many.


def test_limits_go_by_the_clients_address_on_both_ports_together(
    start_server: StartServer, clients: Clients, authority: Authority, pair: Pair
) -> None:
    server = start_server(*options(pair), "--trusted-proxy", "127.0.0.1", "--connections-per-address", "2")
    opened: list[Connection] = []
    for proxied in (True, False):
        port = server.tls_port if proxied else server.port
        sock = socket.create_connection(("127.0.0.1", port), DEADLINE)
        sock.sendall(b"PROXY TCP6 2001:db8:0:7::%d ::1 1 2\r\n" % proxied)
        if proxied:
            sock = authority.context().wrap_socket(sock, server_hostname="localhost")
        opened.append(Connection(sock))
        opened[-1].send(command("ping"))
        assert b"not_registered" in opened[-1].next_line()
    sock = socket.create_connection(("127.0.0.1", server.tls_port), DEADLINE)
    sock.sendall(b"PROXY TCP6 2001:db8:0:7:ffff::1 ::1 1 2\r\n")
    third = Connection(authority.context().wrap_socket(sock, server_hostname="localhost"))
    assert b"too_many_connections" in third.read_to_end()
    for each in [*opened, third]:
        each.close()
    assert 0 == server.stop()


def test_a_proxys_header_is_awaited_before_tls_and_strangers_have_none(
    server: Server, authority: Authority
) -> None:
    with one_more_handshake_fails(server), raw(server) as stranger:
        stranger.sendall(b"PROXY TCP4 198.51.100.7 127.0.0.1 1 2\r\n")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            authority.context().wrap_socket(stranger, server_hostname="localhost")


# Its processes.


def test_when_the_tls_process_is_killed_the_others_notice_nothing(
    start_server: StartServer, clients: Clients, come: Come, pair: Pair
) -> None:
    server = start_server(*options(pair))
    ana, bia = come(server, "ana"), clients.json(server, "bia")
    acceptor = server.child("acceptor").pid
    for _ in range(2):
        server.child("tls").kill()
        with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
            while True:
                ana.next()
        bia.expect(type="leave", nick="ana")

        def back() -> bool:
            nonlocal ana
            try:
                ana = come(server, "ana")
            except (OSError, AssertionError):
                return False
            return True

        eventually(back, "TLS is served again")
        bia.expect(type="join", nick="ana")
        ana.ask("message", room="geral", text="de volta", id="1")
        bia.expect(type="message", nick="ana")
    assert acceptor == server.child("acceptor").pid
    assert {"the tls process has died"} <= {each["event"] for each in server.events}
    assert 0 == server.stop()


@pytest.mark.parametrize("which", few(["broadcaster", "acceptor"]))
def test_when_another_process_is_killed_clients_by_tls_are_told_and_come_back(
    start_server: StartServer, come: Come, pair: Pair, which: str
) -> None:
    server = start_server(*options(pair))
    ana = come(server, "ana")
    tls = server.child("tls").pid
    server.child(which).kill()
    # With a goodbye: for the client, the server has ended the connection.
    ana.read_to_end()
    again = come(server)
    again.hello("ana")
    assert tls == server.child("tls").pid


def test_a_stopped_tls_process_is_made_to_go_on(server: Server, come: Come) -> None:
    ana = come(server, "ana")
    os.kill(server.child("tls").pid, signal.SIGSTOP)
    ana.ask("ping")
    ana.expect(type="pong")


def test_it_follows_the_log_and_has_a_name(start_server: StartServer, come: Come, pair: Pair) -> None:
    server = start_server(*options(pair))
    log = server.logs / "server.jsonl"
    log.rename(server.logs / "moved.jsonl")
    server.process.send_signal(signal.SIGUSR1)
    assert server.child("tls")

    def written() -> bool:
        with raw(server) as wrong:
            wrong.sendall(b"oi\n")
        return log.exists() and "a TLS handshake has failed" in log.read_text()

    eventually(written, "the new file has it")
    assert 0 == server.stop()
    server.is_gone()


def test_when_the_supervisor_is_killed_the_tls_process_ends(
    start_server: StartServer, come: Come, pair: Pair
) -> None:
    server = start_server(*options(pair))
    come(server, "ana")
    server.process.kill()
    server.is_gone()
