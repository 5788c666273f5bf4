"""What one network may ask for in which time."""

from __future__ import annotations

from chatsimples.net.peers import LOCAL, Peer
from chatsimples.server.web.bounds import RequestRates
from chatsimples.server.worker.pacing import UNBOUND, Rate

PEER = Peer.at("198.51.100.7")


def test_a_network_has_a_burst_and_then_a_rate() -> None:
    now = 100.0
    rates = RequestRates(Rate(2, 5), clock=lambda: now)
    assert [True] * 5 + [False] == [rates.admits(PEER) for _ in range(6)]
    assert rates.admits(Peer.at("198.51.100.8"))
    now += 1
    assert [True, True, False] == [rates.admits(PEER) for _ in range(3)]


def test_who_is_here_is_exempt_and_so_is_everybody_without_a_bound() -> None:
    rates = RequestRates(Rate(1, 1), clock=lambda: 0.0)
    assert all(rates.admits(peer) for peer in (LOCAL, Peer.at("127.0.0.1")) for _ in range(9))
    assert all(RequestRates(UNBOUND).admits(PEER) for _ in range(9))
