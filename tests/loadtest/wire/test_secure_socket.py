"""A socket by TLS, used as the load test uses one without: it never waits, and nothing is left in it."""

from __future__ import annotations

import contextlib
import hashlib
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.tls import Authority, Pair
from support.waiting import DEADLINE

from chatsimples.loadtest.wire.connections import connect, is_usable, new_socket
from chatsimples.loadtest.wire.secure_socket import SecureSocket, Security, Trust

HOST = "127.0.0.1"


class Served:
    """A server for one client, in a thread until hands are shaken, and the client's socket."""

    def __init__(self, pair: Pair, trust: Trust) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pair.cert, pair.key)
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self.theirs: ssl.SSLSocket | None = None
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()
        self.sock = SecureSocket(new_socket(HOST), Security(trust))

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        sock.settimeout(DEADLINE)
        # Whom the client does not trust it tells so, or nothing.
        with contextlib.suppress(OSError):
            self.theirs = self._context.wrap_socket(sock, server_side=True)

    def join(self) -> ssl.SSLSocket:
        """Connect, and shake hands; return the server's side."""
        connect(self.sock, HOST, self.port)
        assert select.select([], [self.sock], [], DEADLINE)[1]
        while not is_usable(self.sock, HOST, self.port):
            self.wait()
        self._thread.join(DEADLINE)
        assert self.theirs is not None
        return self.theirs

    def wait(self) -> None:
        assert select.select([self.sock], [], [], DEADLINE)[0]

    def close(self) -> None:
        self.sock.close()
        self._thread.join(DEADLINE)
        self._listener.close()
        if self.theirs is not None:
            self.theirs.close()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def serve(authority: Authority) -> Iterator[Callable[[Trust | None], Served]]:
    opened: list[Served] = []

    def begin(trust: Trust | None = None) -> Served:
        opened.append(Served(authority.issue(), trust or Trust("localhost", ca=str(authority.file))))
        return opened[-1]

    yield begin
    for each in opened:
        each.close()


Serve = Callable[..., Served]


def test_all_that_was_received_is_given_and_nothing_is_left_unseen(serve: Serve) -> None:
    served = serve()
    theirs = served.join()
    said = bytes(range(256)) * 4_000
    writing = threading.Thread(target=theirs.sendall, args=(said,))
    writing.start()
    heard, buffer = b"", bytearray(65_536)
    while len(heard) < len(said):
        # What is still to come is seen at the socket itself.
        served.wait()
        with contextlib.suppress(BlockingIOError):
            heard += buffer[: served.sock.recv_into(buffer)]
    writing.join(DEADLINE)
    assert said == heard
    with pytest.raises(BlockingIOError):
        served.sock.recv_into(buffer)


def test_a_few_bytes_at_a_time_are_a_slow_readers_way(serve: Serve) -> None:
    served = serve()
    theirs = served.join()
    theirs.sendall(b"oi\n" * 100)
    heard = b""
    while len(heard) < 300:
        served.wait()
        with contextlib.suppress(BlockingIOError):
            heard += served.sock.recv(10)
    assert b"oi\n" * 100 == heard


def test_what_the_socket_does_not_take_comes_again_and_is_said_once(serve: Serve) -> None:
    served = serve()
    theirs = served.join()
    said = bytes(range(256)) * 40_000
    left = said
    with pytest.raises(BlockingIOError):
        while True:
            left = left[served.sock.send(left[:100_000]) :]
    heard: list[bytes] = []

    def hear() -> None:
        while sum(map(len, heard)) < len(said):
            heard.append(theirs.recv(65_536))

    hearing = threading.Thread(target=hear)
    hearing.start()
    while left:
        assert select.select([], [served.sock], [], DEADLINE)[1]
        with contextlib.suppress(BlockingIOError):
            left = left[served.sock.send(left[:100_000]) :]
    hearing.join(DEADLINE)
    assert hashlib.sha256(said).digest() == hashlib.sha256(b"".join(heard)).digest()


def test_each_end_tells_the_other_that_it_goes(serve: Serve) -> None:
    served = serve()
    theirs = served.join()
    theirs.sendall(b"tchau")
    theirs.setblocking(False)
    with pytest.raises(ssl.SSLWantReadError):
        theirs.unwrap()
    heard, piece = b"", b"?"
    while piece:
        served.wait()
        with contextlib.suppress(BlockingIOError):
            piece = served.sock.recv(5)
            heard += piece
    assert b"tchau" == heard
    again = serve()
    theirs = again.join()
    again.sock.close()
    assert b"" == theirs.recv(100), "with a goodbye, or this would be an error"
    assert -1 == again.sock.fileno()


@pytest.mark.parametrize(
    ("trust", "why"),
    [
        (Trust("localhost"), "who issued its certificate is not trusted here"),
        (Trust("localhost", fingerprint="ab" * 32), "its fingerprint is another one"),
    ],
)
def test_whom_it_does_not_trust_is_told_with_the_address(serve: Serve, trust: Trust, why: str) -> None:
    served = serve(trust)
    with pytest.raises(ConnectionError, match=rf"could not connect to {HOST} port {served.port}: {why}"):
        served.join()


def test_who_ends_the_connection_in_the_handshake_is_told() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        sock = SecureSocket(new_socket(HOST), Security(Trust("localhost")))
        connect(sock, HOST, port)
        listener.accept()[0].close()
        assert select.select([], [sock], [], DEADLINE)[1]
        with pytest.raises(ConnectionError, match=r"in the handshake|reset|pipe"):
            while True:
                is_usable(sock, HOST, port)
        sock.close()
