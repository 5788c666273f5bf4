"""Connections of trusted proxies: whose are awaited, and what becomes of each."""

from __future__ import annotations

import selectors
import socket
import struct
from collections.abc import Callable, Iterator

import pytest
from support.waiting import DEADLINE

from chatsimples.errors import SettingError
from chatsimples.net.peers import LOCAL, Peer, TlsFacts
from chatsimples.net.proxies import TrustedProxies, Vestibule, Waiting
from chatsimples.net.proxy_protocol import SIGNATURE

HERE, FAR = Peer.at("127.0.0.1"), Peer.at("192.0.2.1")
HEADER = b"PROXY TCP4 198.51.100.7 192.0.2.1 4000 5000\r\n"
LATE = "it did not come in time"
BY_TLS = SIGNATURE + struct.pack(
    "!BBH4s8sBHBI", 0x21, 0x11, 20, b"\xc6\x33\x64\x07", bytes(8), 0x20, 5, 0x01, 0
)


@pytest.mark.parametrize(
    ("addresses", "host", "is_one"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("10.0.0.0/8, 2001:db8::/48", "10.255.0.1", True),
        ("10.0.0.0/8, 2001:db8::/48", "2001:db8::9", True),
        ("10.0.0.0/8, 2001:db8::/48", "2001:db9::9", False),
        ("10.1.2.3/8", "10.0.0.1", True),
        ("fe80::/10", "fe80::1%eth0", True),
        ("unix", "127.0.0.1", False),
        ("", "127.0.0.1", False),
        (" , ", "127.0.0.1", False),
    ],
)
def test_trusted_are_the_addresses_that_are_named(addresses: str, host: str, is_one: bool) -> None:
    assert is_one == (Peer.at(host) in TrustedProxies(addresses))


@pytest.mark.parametrize(("addresses", "is_one"), [("unix", True), ("127.0.0.1,unix", True), ("::1", False)])
def test_whoever_comes_by_the_unix_socket_has_a_word(addresses: str, is_one: bool) -> None:
    assert is_one == (LOCAL in TrustedProxies(addresses))


@pytest.mark.parametrize("addresses", ["localhost", "10.0.0.0/33", "192.0.2.1;192.0.2.2", "::1,x"])
def test_what_is_no_address_is_refused_with_its_name(addresses: str) -> None:
    with pytest.raises(SettingError, match="trusted_proxy"):
        TrustedProxies(addresses)


class Hall:
    """A vestibule with a loop of its own, whose time is the test's."""

    def __init__(self, timeout: float = 10.0) -> None:
        self.now = 100.0
        self.selector = selectors.DefaultSelector()
        trusted = TrustedProxies("127.0.0.1,192.0.2.0/24")
        self.vestibule = Vestibule(trusted, self.selector, timeout, self.refuse, clock=lambda: self.now)
        self.came: list[tuple[socket.socket, Peer]] = []
        self.refused: list[tuple[Peer, str]] = []
        self._open: list[socket.socket] = []

    def refuse(self, proxy: Peer, why: str) -> None:
        self.refused.append((proxy, why))

    def connect(self, proxy: Peer = HERE) -> socket.socket:
        """Let a proxy come; return its end."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.settimeout(DEADLINE)
        self._open += [ours, theirs]
        self.vestibule.enter(ours, proxy)
        return theirs

    def turn(self) -> None:
        """Do what a turn of a loop does."""
        for key, _ in self.selector.select(0):
            assert isinstance(key.data, Waiting)
            peer = self.vestibule.read(key.data)
            if peer is not None:
                self.came.append((key.data.sock, peer))

    def close(self) -> None:
        self.vestibule.close()
        self.selector.close()
        for each in self._open:
            each.close()


@pytest.fixture
def make_hall() -> Iterator[Callable[..., Hall]]:
    made: list[Hall] = []

    def make(timeout: float = 10.0) -> Hall:
        made.append(Hall(timeout))
        return made[-1]

    yield make
    for hall in made:
        hall.close()


@pytest.fixture
def hall(make_hall: Callable[..., Hall]) -> Hall:
    return make_hall()


def test_nobody_waits_whose_header_would_not_be_believed(hall: Hall) -> None:
    assert hall.vestibule.admits(FAR)
    assert not hall.vestibule.admits(Peer.at("198.51.100.7"))


def test_who_the_header_tells_comes_in_and_what_follows_is_left_to_be_read(hall: Hall) -> None:
    hall.connect(FAR).sendall(HEADER + b"oi\n")
    hall.turn()
    ((sock, peer),) = hall.came
    assert Peer.at("198.51.100.7") == peer
    assert b"oi\n" == sock.recv(100)
    assert 0 == len(hall.vestibule)
    assert not hall.selector.get_map()


def test_a_header_may_come_byte_by_byte(hall: Hall) -> None:
    proxy = hall.connect(FAR)
    for position in range(len(HEADER)):
        assert [] == hall.came
        proxy.sendall(HEADER[position : position + 1])
        hall.turn()
        # What was read is not told again: the loop does not turn for nothing.
        assert [] == hall.selector.select(0)
    assert [Peer.at("198.51.100.7")] == [peer for _, peer in hall.came]


def test_an_address_of_loopback_is_the_proxys_machine(hall: Hall) -> None:
    for proxy in (HERE, FAR):
        hall.connect(proxy).sendall(HEADER.replace(b"198.51.100.7", b"127.0.0.1"))
    hall.turn()
    assert {True, False} == {peer.is_local for _, peer in hall.came}
    assert {"127.0.0.1"} == {peer.address for _, peer in hall.came}


def test_a_proxy_that_connects_for_itself_is_the_peer(hall: Hall) -> None:
    hall.connect(FAR).sendall(b"PROXY UNKNOWN\r\n")
    hall.turn()
    assert [FAR] == [peer for _, peer in hall.came]


def test_what_the_proxy_tells_of_its_tls_is_known_of_the_peer(hall: Hall) -> None:
    hall.connect(FAR).sendall(BY_TLS)
    hall.turn()
    assert [Peer.at("198.51.100.7", TlsFacts(""))] == [peer for _, peer in hall.came]
    assert hall.came[0][1].is_private


def test_what_is_no_header_ends_the_connection(hall: Hall) -> None:
    proxy = hall.connect()
    proxy.sendall(b"oi\n")
    hall.turn()
    assert [(HERE, "it begins otherwise")] == hall.refused
    with pytest.raises(ConnectionResetError):
        proxy.recv(1)
    assert 0 == len(hall.vestibule)


@pytest.mark.parametrize("begun", [b"", HEADER[:-1]])
def test_one_that_ends_before_its_header_is_told(hall: Hall, begun: bytes) -> None:
    proxy = hall.connect()
    proxy.sendall(begun)
    hall.turn()
    proxy.close()
    hall.turn()
    assert [(HERE, "the connection has ended before it was complete")] == hall.refused
    assert 0 == len(hall.vestibule)


def test_one_whose_header_does_not_come_in_time_is_closed(hall: Hall) -> None:
    first = hall.connect(FAR)
    hall.now += 6
    hall.connect()
    hall.vestibule.end_overdue()
    first.sendall(HEADER[:-1])
    hall.turn()
    hall.now += 6
    hall.vestibule.end_overdue()
    assert [(FAR, LATE)] == hall.refused
    assert b"" == first.recv(1)
    assert 1 == len(hall.vestibule)
    hall.now += 6
    hall.vestibule.end_overdue()
    assert [(FAR, LATE), (HERE, LATE)] == hall.refused
    assert 0 == len(hall.vestibule)


def test_without_a_bound_they_may_wait_for_ever(make_hall: Callable[..., Hall]) -> None:
    hall = make_hall(0)
    hall.connect()
    hall.now += 1_000_000
    hall.vestibule.end_overdue()
    assert 1 == len(hall.vestibule)
