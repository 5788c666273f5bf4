"""Passing connections on to another process."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator

import pytest
from support.waiting import DEADLINE

from chatsimples.net.doors import Door, DoorKind
from chatsimples.net.passing import MOST_DATA, channel, give, take
from chatsimples.net.peers import Peer, TlsFacts

PEER = Peer.at("198.51.100.7", TlsFacts("TLSv1.3", "ab" * 32, "josé"))

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    giving, taking = channel()
    with giving, taking:
        yield giving, taking


@pytest.fixture
def pair() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_connection_comes_through_a_door_as_what_it_was_given_as(ends: Ends, pair: Ends) -> None:
    giving, taking = ends
    ours, theirs = pair
    door = Door(DoorKind.PASSED, taking)
    assert "" == door.place
    assert give(giving, ours, PEER)
    ours.close()
    passed, peer = door.accept()
    with passed:
        assert PEER == peer
        theirs.sendall(b"oi\n")
        assert b"oi\n" == passed.recv(100)


def test_who_comes_without_tls_is_told_as_such(ends: Ends, pair: Ends) -> None:
    peer = Peer.at("2001:db8::9")
    assert give(ends[0], pair[0], peer)
    passed = take(ends[1])
    passed.sock.close()
    assert (peer, b"") == (passed.peer, passed.data)


def test_what_was_read_already_comes_with_it(ends: Ends, pair: Ends) -> None:
    data = bytes(range(256)) * (MOST_DATA // 256)
    assert give(ends[0], pair[0], PEER, data)
    passed = take(ends[1])
    passed.sock.close()
    assert (PEER, data) == (passed.peer, passed.data)


def test_nobody_waits_for_whoever_takes(ends: Ends, pair: Ends) -> None:
    giving, taking = ends
    given = 0
    while give(giving, pair[0], PEER):
        given += 1
        assert given < 100_000
    for _ in range(given):
        take(taking).sock.close()
    with pytest.raises(BlockingIOError):
        take(taking)
    assert give(giving, pair[0], PEER)


def test_what_is_on_its_way_when_a_taker_dies_is_for_the_next(ends: Ends, pair: Ends) -> None:
    giving, taking = ends
    next_taker = taking.dup()
    give(giving, pair[0], PEER)
    taking.close()
    with next_taker:
        passed = take(next_taker)
        passed.sock.close()
    assert PEER == passed.peer


def test_when_nobody_will_take_it_that_is_told(ends: Ends, pair: Ends) -> None:
    ends[1].close()
    with pytest.raises(OSError):
        give(ends[0], pair[0], PEER)


def test_one_for_which_no_descriptor_is_free_is_lost_and_ended(ends: Ends, pair: Ends) -> None:
    giving, taking = ends
    ours, theirs = pair
    theirs.settimeout(DEADLINE)
    give(giving, ours, PEER)
    ours.close()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = socket.socket()
    limit = lowest.fileno()
    lowest.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        with pytest.raises(ConnectionAbortedError):
            take(taking)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert b"" == theirs.recv(1)
