"""Attempts to reconnect come quickly first, then more and more slowly."""

from __future__ import annotations

import pytest

from chatsimples.client.protocol.timing import Timing, retry_delay


def test_each_attempt_waits_twice_as_long_up_to_a_bound() -> None:
    timing = Timing()
    soon, late = ([retry_delay(timing, n, chance) for n in range(12)] for chance in (0.0, 1.0))
    assert [0.05, 0.1] == [soon[0], late[0]]
    assert sorted(late) == late
    assert [5.0, 10.0] == [soon[-1], late[-1]]
    assert 10.0 == retry_delay(timing, 10_000, 1.0)


def test_chance_spreads_many_clients() -> None:
    timing = Timing()
    assert pytest.approx([0.4, 0.6, 0.8]) == [retry_delay(timing, 3, chance) for chance in (0.0, 0.5, 1.0)]
