"""Who is let in."""

from __future__ import annotations

import socket
import threading

import pytest

from chatsimples.net.doors import Peer
from chatsimples.server.acceptor.admission import Admission, turn_away

FAR = Peer("198.51.100.7", is_local=False)


def test_connections_from_one_address_are_bounded() -> None:
    admission = Admission(100, 2)
    assert [True, True, False] == [admission.admit(FAR) for _ in range(3)]
    assert admission.admit(Peer("198.51.100.8", is_local=False))


def test_who_goes_makes_room_for_another_from_the_same_address() -> None:
    admission = Admission(100, 1)
    assert [True, False] == [admission.admit(FAR) for _ in range(2)]
    admission.leave(FAR.address)
    assert admission.admit(FAR)


def test_peers_on_this_machine_are_exempt() -> None:
    admission = Admission(100, 1)
    assert all(admission.admit(Peer("127.0.0.1", is_local=True)) for _ in range(5))


def test_link_local_addresses_are_counted_with_their_zone() -> None:
    admission = Admission(100, 1)
    first, second = Peer("fe80::1%eth0", is_local=False), Peer("fe80::1%eth1", is_local=False)
    assert [True, False, True] == [admission.admit(each) for each in (first, first, second)]


def test_a_bound_of_0_is_off() -> None:
    admission = Admission(100, 0)
    assert all(admission.admit(FAR) for _ in range(20))


@pytest.mark.parametrize("is_local", [False, True])
def test_all_are_counted_and_there_is_room_up_to_the_most(is_local: bool) -> None:
    admission = Admission(2, 0)
    peer = Peer("127.0.0.1", is_local)
    told = []
    for change in (admission.admit, admission.admit, lambda each: admission.leave(each.address)):
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
            admission.leave(FAR.address)

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
