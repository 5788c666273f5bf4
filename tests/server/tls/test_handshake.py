"""The handshake: step by step, what it tells, and why there is none."""

from __future__ import annotations

import hashlib
import selectors
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from server.tls.pairs import contexts, shake, sockets
from support.tls import Authority
from support.waiting import eventually

from chatsimples.net.peers import Peer, TlsFacts
from chatsimples.server.tls.handshake import Handshake

PEER = Peer.at("198.51.100.7")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def begin(
    stack: ExitStack, client: ssl.SSLContext, server: ssl.SSLContext
) -> tuple[ssl.SSLSocket, Handshake]:
    theirs, ours = sockets(client, server)
    stack.enter_context(theirs)
    stack.enter_context(ours)
    return theirs, Handshake(ours, PEER, 5.0)


def test_it_goes_on_as_far_as_it_can_and_tells_the_version(stack: ExitStack, tmp_path: Path) -> None:
    client, handshake = begin(stack, *contexts(tmp_path))
    assert not handshake.go_on()
    assert (selectors.EVENT_READ, "") == (handshake.wants, handshake.failed)
    eventually(lambda: shake(client) & handshake.go_on() or handshake.peer.tls, "hands are shaken")
    assert Peer.at("198.51.100.7", TlsFacts("TLSv1.3")) == handshake.peer
    assert 5.0 == handshake.since


def test_a_clients_certificate_is_told_by_its_fingerprint_and_name(stack: ExitStack, tmp_path: Path) -> None:
    client, handshake = begin(stack, *contexts(tmp_path, with_certificate=True))
    eventually(lambda: shake(client) & handshake.go_on() or handshake.peer.tls, "hands are shaken")
    first, end, _ = (tmp_path / "ana.pem").read_text().partition("-----END CERTIFICATE-----")
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(first + end)).hexdigest()
    assert TlsFacts("TLSv1.3", fingerprint, "ana") == handshake.peer.tls


def test_a_certificate_of_another_issuer_is_refused(stack: ExitStack, tmp_path: Path) -> None:
    client, server = contexts(tmp_path / "one", with_certificate=True)
    other = Authority(tmp_path / "other")
    theirs = other.issue(common_name="ana")
    client.load_cert_chain(theirs.cert, theirs.key)
    end, handshake = begin(stack, client, server)

    def failed() -> bool:
        shake(end)
        return not handshake.go_on() and bool(handshake.failed)

    eventually(failed, "it fails")
    assert "its certificate is not right" in handshake.failed
    assert handshake.peer.tls is None


@pytest.mark.parametrize("data", [b"oi, sou eu, e isto nao e TLS\n", b"GET / HTTP/1.1\r\n\r\n"])
def test_what_is_no_tls_fails_with_a_reason(stack: ExitStack, tmp_path: Path, data: bytes) -> None:
    client, handshake = begin(stack, *contexts(tmp_path))
    socket.socket.send(client, data)
    eventually(lambda: handshake.go_on() or handshake.failed, "it fails")
    assert handshake.failed


def test_one_that_ends_before_it_is_done_fails(stack: ExitStack, tmp_path: Path) -> None:
    client, handshake = begin(stack, *contexts(tmp_path))
    client.close()
    eventually(lambda: handshake.go_on() or handshake.failed, "it fails")
    assert handshake.failed
