"""TLS without I/O: two ends joined by nothing but the bytes that they give each other."""

from __future__ import annotations

import contextlib
import hashlib
import ssl
from pathlib import Path

import pytest
from support.tls import Authority, Pair

from chatsimples.errors import UntrustedError
from chatsimples.net.tls_stream import TlsStream
from chatsimples.net.trust import Tls


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


class Peer:
    """The server's end."""

    def __init__(self, pair: Pair, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.cert, pair.key)
        context.maximum_version = version
        self.received, self.to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.received, self.to_send, server_side=True)

    def shake(self, data: bytes) -> bytes:
        self.received.write(data)
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
        return self.to_send.read()

    def say(self, data: bytes) -> bytes:
        self.tls.write(data)
        return self.to_send.read()

    def hear(self, data: bytes) -> bytes:
        self.received.write(data)
        return self.tls.read(1 << 18)


def shake_hands(stream: TlsStream, peer: Peer) -> None:
    """Let both shake hands, the client receiving byte by byte."""
    to_peer = stream.shake()
    while not stream.ready:
        from_peer = peer.shake(to_peer)
        to_peer = b"".join(stream.shake(bytes([byte])) for byte in from_peer)
    # Of TLS 1.3 the client is ready first, and then told what it need not know.
    assert b"" == stream.read(peer.shake(to_peer) if to_peer else b"")


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def joined(authority: Authority, request: pytest.FixtureRequest) -> tuple[TlsStream, Peer]:
    stream, peer = (
        TlsStream(Tls(str(authority.file), ""), "localhost"),
        Peer(authority.issue(), request.param),
    )
    shake_hands(stream, peer)
    return stream, peer


def test_what_one_end_says_the_other_hears_whole_or_byte_by_byte(joined: tuple[TlsStream, Peer]) -> None:
    stream, peer = joined
    assert b"oi" == peer.hear(stream.write(b"oi"))
    said = bytes(range(256)) * 500
    assert said == stream.read(peer.say(said))
    assert b"tchau" == b"".join(stream.read(bytes([byte])) for byte in peer.say(b"tchau"))
    assert not stream.ended


def test_each_end_says_that_nothing_more_comes(joined: tuple[TlsStream, Peer]) -> None:
    stream, peer = joined
    assert b"" == peer.hear(stream.end())
    assert b"mais" == stream.read(peer.say(b"mais")), "the other end may go on"
    peer.tls.unwrap()
    assert b"" == stream.read(peer.to_send.read())
    assert stream.ended


def test_the_last_word_of_the_server_is_the_end_behind_what_was_said(joined: tuple[TlsStream, Peer]) -> None:
    stream, peer = joined
    last = peer.say(b"fim")
    with pytest.raises(ssl.SSLWantReadError):
        peer.tls.unwrap()
    assert b"fim" == stream.read(last + peer.to_send.read())
    assert stream.ended


def test_damage_on_the_line_is_no_text(joined: tuple[TlsStream, Peer]) -> None:
    stream, peer = joined
    said = bytearray(peer.say(b"pay 100"))
    said[-1] ^= 1
    with pytest.raises(ssl.SSLError):
        stream.read(bytes(said))


def test_whom_it_does_not_trust_it_tells_nothing(authority: Authority) -> None:
    pair = authority.issue()
    for tls, error in ((Tls("", "ab" * 32), UntrustedError), (Tls("", ""), ssl.SSLCertVerificationError)):
        stream = TlsStream(tls, "localhost")
        with pytest.raises(error):
            shake_hands(stream, Peer(pair))
        assert not stream.ready
    right = TlsStream(Tls("", hashlib.sha256(pair.der).hexdigest()), "localhost")
    shake_hands(right, Peer(pair))
    assert right.ready
