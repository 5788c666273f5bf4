"""What becomes of HTTP requests where connections come in."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.waiting import DEADLINE
from web.heads import SMUGGLED, UPGRADE

from chatsimples.net.peers import Peer, TlsFacts
from chatsimples.server.worker.requests import Course, Decision, Requests
from chatsimples.web.head import LONGEST_HEAD

PEER = Peer.at("198.51.100.7")


def course(data: bytes, origins: str = "", peer: Peer = PEER) -> Course:
    return Requests(origins).decide(data, peer).course


def test_a_websocket_is_taken_with_the_length_of_its_head() -> None:
    assert Decision(Course.UPGRADE, len(UPGRADE)) == Requests("").decide(UPGRADE + b"\x81\x80", PEER)


def test_a_head_is_waited_for() -> None:
    for cut in (20, len(UPGRADE) - 1):
        assert Course.MORE is course(UPGRADE[:cut])


def test_all_else_is_for_the_web_process() -> None:
    assert Course.PASS_ON is course(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert Course.PASS_ON is course(b"GET /" + b"x" * LONGEST_HEAD)
    for head in SMUGGLED.values():
        assert Course.PASS_ON is course(head)


@pytest.mark.parametrize(
    ("more", "origins", "expected"),
    [
        (b"", "", Course.UPGRADE),
        (b"Origin: http://127.0.0.1:5000\r\n", "", Course.UPGRADE),
        (b"Origin: http://evil.example\r\n", "", Course.PASS_ON),
        (b"Origin: http://evil.example\r\n", "http://evil.example", Course.UPGRADE),
    ],
)
def test_a_websocket_of_a_page_from_elsewhere_is_not_taken(
    more: bytes, origins: str, expected: Course
) -> None:
    assert expected is course(UPGRADE.replace(b"\r\n\r\n", b"\r\n" + more + b"\r\n"), origins)


def test_a_websocket_of_a_name_that_is_not_the_servers_is_taken_by_tls_alone() -> None:
    rebound = UPGRADE.replace(b"127.0.0.1:5000", b"evil.example")
    assert Course.PASS_ON is course(rebound)
    assert Course.UPGRADE is course(rebound, peer=Peer.at("198.51.100.7", TlsFacts("TLSv1.3")))


@given(st.lists(st.tuples(st.integers(0, len(UPGRADE)), st.binary(max_size=8)), max_size=4))
def test_no_request_is_too_odd_to_be_decided_about(changes: list[tuple[int, bytes]]) -> None:
    data = UPGRADE
    for place, junk in changes:
        data = data[:place] + junk + data[place + len(junk) // 2 :]
    assert course(data + b"\r\n\r\n") in {Course.UPGRADE, Course.PASS_ON}


def test_it_is_known_since_when_a_network_has_sent_no_request() -> None:
    requests = Requests("", clock=lambda: 100.0)
    assert not requests.browses(PEER.network, 0)
    requests.decide(b"GET ", PEER)
    assert requests.browses(PEER.network, 99)
    assert not requests.browses(PEER.network, 101)
    assert not requests.browses("198.51.100.8", 0)


def test_what_is_known_of_networks_is_bounded() -> None:
    requests = Requests("")
    for number in range(5_000):
        requests.decide(b"GET ", Peer(str(number), str(number), is_local=False))
    assert not requests.browses("0", 0)
    assert requests.browses("4999", 0)


def test_before_the_first_request_nothing_is_imported_for_it() -> None:
    script = (
        "import sys; import chatsimples.server.acceptor.loop; "
        "print({'h11', 'websockets', 'chatsimples.web.head'} & {*sys.modules} or '')"
    )
    asked = [sys.executable, "-c", script]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=DEADLINE)
    assert "" == done.stdout.strip()
