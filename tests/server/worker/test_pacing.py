"""How many commands may be given, and when."""

from __future__ import annotations

import pytest

from chatsimples.server.worker.pacing import Allowance, Pace

NOW = 1_000.0


def pace(rate: float = 10, burst: int = 15, flood: float = 2) -> Pace:
    return Pace(rate, burst, flood, 0, 0, 0)


@pytest.mark.parametrize(("rate", "burst"), [(0, 15), (10, 0), (0, 0)])
def test_a_rate_or_a_burst_of_0_is_no_bound(rate: float, burst: int) -> None:
    assert not pace(rate, burst).is_bound
    assert pace().is_bound


def test_a_burst_may_be_given_at_once() -> None:
    assert 15 == Allowance(pace(), NOW).count(NOW)


def test_what_was_given_is_earned_again_at_the_rate() -> None:
    allowance = Allowance(pace(), NOW)
    allowance.left -= 15
    counts = [allowance.count(NOW + seconds) for seconds in (0, 0.09, 0.11, 0.5, 1.45)]
    assert [0, 0, 1, 5, 14] == counts


def test_no_more_than_a_burst_is_earned() -> None:
    assert 15 == Allowance(pace(), NOW).count(NOW + 3_600)


def test_who_gave_more_than_allowed_waits_longer() -> None:
    allowance = Allowance(pace(), NOW)
    allowance.left -= 25
    assert 0 == allowance.count(NOW)
    assert pytest.approx(1.1) == allowance.wait
    assert 0 == allowance.count(NOW + 1.05)
    assert 1 == allowance.count(NOW + 1.15)


def test_after_the_wait_a_command_may_be_given() -> None:
    allowance = Allowance(pace(rate=3), NOW)
    allowance.left -= allowance.count(NOW)
    assert 1 == allowance.count(NOW + allowance.wait + 1e-9)


def test_a_wait_is_never_nothing() -> None:
    assert 0 < Allowance(pace(), NOW).wait < 0.01


def test_more_than_allowed_for_longer_than_put_up_with_is_a_flood() -> None:
    allowance = Allowance(pace(flood=2), NOW)
    assert not allowance.is_flood(NOW + 10)
    allowance.exhaust(NOW)
    allowance.exhaust(NOW + 1)
    assert [False, True] == [allowance.is_flood(NOW + seconds) for seconds in (2, 2.1)]


def test_who_has_given_all_is_forgiven() -> None:
    allowance = Allowance(pace(flood=2), NOW)
    allowance.exhaust(NOW)
    allowance.recover()
    assert not allowance.is_flood(NOW + 10)
    allowance.exhaust(NOW + 10)
    assert not allowance.is_flood(NOW + 11)


def test_a_timeout_of_0_puts_up_with_everything() -> None:
    allowance = Allowance(pace(flood=0), NOW)
    allowance.exhaust(NOW)
    assert not allowance.is_flood(NOW + 1e9)
