"""Who comes: by an address, by a Unix socket, with TLS and without."""

from __future__ import annotations

import pytest

from chatsimples.net.peers import LOCAL, Peer, TlsFacts

FACTS = TlsFacts("TLSv1.3", "ab" * 32, "ana")


@pytest.mark.parametrize(
    ("host", "peer"),
    [
        ("127.0.0.1", Peer("127.0.0.1", "127.0.0.1", is_local=True)),
        ("127.8.9.10", Peer("127.8.9.10", "127.8.9.10", is_local=True)),
        ("::1", Peer("::1", "0000:0000:0000:0000::/64", is_local=True)),
        ("198.51.100.7", Peer("198.51.100.7", "198.51.100.7", is_local=False)),
        ("::ffff:198.51.100.7", Peer("198.51.100.7", "198.51.100.7", is_local=False)),
        ("::ffff:127.0.0.1", Peer("127.0.0.1", "127.0.0.1", is_local=True)),
        ("2001:db8:0:7::9", Peer("2001:db8:0:7::9", "2001:0db8:0000:0007::/64", is_local=False)),
        ("2001:db8:0:7:f::", Peer("2001:db8:0:7:f::", "2001:0db8:0000:0007::/64", is_local=False)),
        ("fe80::1%eth0", Peer("fe80::1%eth0", "fe80:0000:0000:0000::/64%eth0", is_local=False)),
        ("", Peer("", "", is_local=False)),
    ],
)
def test_what_is_known_of_who_comes(host: str, peer: Peer) -> None:
    assert peer == Peer.at(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "198.51.100.7", "::ffff:198.51.100.7", "2001:db8::9", ""])
def test_what_tls_tells_is_kept_with_the_address(host: str) -> None:
    assert (*Peer.at(host)[:3], FACTS) == Peer.at(host, FACTS)


@pytest.mark.parametrize(
    ("peer", "is_private"),
    [
        (Peer.at("198.51.100.7"), False),
        (Peer.at("198.51.100.7", FACTS), True),
        (Peer.at("127.0.0.1"), True),
        (LOCAL, True),
    ],
)
def test_nobody_reads_on_the_way_what_came_by_tls_or_never_left(peer: Peer, is_private: bool) -> None:
    assert is_private == peer.is_private
