"""Who is let in."""

from __future__ import annotations

import socket
import threading

import pytest

from chatsimples.net.peers import Peer
from chatsimples.server.acceptor.admission import Admission, turn_away
from chatsimples.server.worker.pacing import Rate

FAR, HERE = Peer.at("198.51.100.7"), Peer.at("127.0.0.1")


def test_connections_from_one_address_are_bounded() -> None:
    admission = Admission(100, 2)
    assert [0, 0, 2] == [admission.admit(FAR) for _ in range(3)]
    assert 0 == admission.admit(Peer.at("198.51.100.8"))


def test_connections_from_one_network_of_ipv6_are_bounded_together() -> None:
    admission = Admission(100, 2)
    peers = [Peer.at(f"2001:db8:0:7:{number:x}::{number:x}") for number in range(1, 5)]
    assert [0, 0, 2, 2] == [admission.admit(peer) for peer in peers]
    assert 0 == admission.admit(Peer.at("2001:db8:0:8::1"))
    admission.leave(peers[0].network)
    assert [0, 2] == [admission.admit(peer) for peer in peers[2:]]


def test_one_address_of_ipv4_is_one_by_every_door() -> None:
    admission = Admission(100, 1)
    assert [0, 1] == [admission.admit(peer) for peer in (FAR, Peer.at("::ffff:198.51.100.7"))]


def test_who_goes_makes_room_for_another_from_the_same_address() -> None:
    admission = Admission(100, 1)
    assert [0, 1] == [admission.admit(FAR) for _ in range(2)]
    admission.leave(FAR.network)
    assert 0 == admission.admit(FAR)


def test_peers_on_this_machine_are_exempt() -> None:
    admission = Admission(100, 1, Rate(1, 1))
    assert not any(admission.admit(peer) for peer in (HERE, Peer.at("::1"), Peer.at("::ffff:127.0.0.1")) * 3)


def test_link_local_addresses_are_counted_with_their_zone() -> None:
    admission = Admission(100, 1)
    first, second = Peer.at("fe80::1%eth0"), Peer.at("fe80::1%eth1")
    assert [0, 1, 0] == [admission.admit(each) for each in (first, first, second)]


def test_a_bound_of_0_is_off() -> None:
    admission = Admission(100, 0)
    assert not any(admission.admit(FAR) for _ in range(20))


def test_how_often_a_network_may_come_is_bounded() -> None:
    now = [1_000.0]
    admission = Admission(1_000, 0, Rate(10, 3), clock=lambda: now[0])

    def come() -> int:
        broken = admission.admit(FAR)
        if not broken:
            admission.leave(FAR.network)
        return broken

    assert [0, 0, 0, 3, 3] == [come() for _ in range(5)]
    now[0] += 0.1
    assert [0, 3] == [come() for _ in range(2)]
    assert 0 == admission.admit(Peer.at("198.51.100.8"))
    now[0] += 60
    assert [0, 0, 0, 3] == [come() for _ in range(4)]


def test_one_that_is_refused_for_their_number_has_not_come_too_often() -> None:
    admission = Admission(100, 1, Rate(1, 2), clock=lambda: 1_000.0)
    assert [0, 1, 1, 1] == [admission.admit(FAR) for _ in range(4)]
    admission.leave(FAR.network)
    assert 0 == admission.admit(FAR)


@pytest.mark.parametrize("is_local", [False, True])
def test_all_are_counted_and_there_is_room_up_to_the_most(is_local: bool) -> None:
    admission = Admission(2, 0)
    peer = HERE if is_local else FAR
    told = []
    for change in (admission.admit, admission.admit, lambda each: admission.leave(each.network)):
        change(peer)
        told.append((len(admission), admission.has_room))
    assert [(1, True), (2, False), (1, True)] == told


def test_those_who_are_refused_are_not_counted() -> None:
    admission = Admission(100, 1)
    for _ in range(3):
        admission.admit(FAR)
    assert 1 == len(admission)


def test_threads_that_count_at_the_same_time_lose_nobody() -> None:
    admission = Admission(1 << 30, 0)

    def come_and_go() -> None:
        for _ in range(5_000):
            admission.admit(FAR)
            admission.leave(FAR.network)

    threads = [threading.Thread(target=come_and_go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 == len(admission)


def test_one_that_is_turned_away_gets_its_answer_and_the_end() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(b"what nobody reads must not destroy the answer")
        turn_away(ours, b"no\n")
        assert b"no\n" == theirs.makefile("rb").read()
    assert -1 == ours.fileno()


def test_one_that_is_gone_already_is_no_trouble() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    turn_away(ours, b"no\n")
    assert -1 == ours.fileno()
