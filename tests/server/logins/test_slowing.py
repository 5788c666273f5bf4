"""Wrong tries slow those who make them, and lock nobody out."""

from __future__ import annotations

from chatsimples.server.logins.slowing import (
    LONGEST_FOR_AN_ACCOUNT,
    LONGEST_WAIT,
    OF_A_NETWORK,
    OF_AN_ACCOUNT,
    OF_BOTH,
    Slowing,
    Try,
)
from chatsimples.server.worker.ledger import MOST_REMEMBERED

ANA = Try("ana", "192.0.2.7")


def tries(slowing: Slowing, tried: Try, seconds: float, now: float = 0.0) -> int:
    """Try as soon as one may, again and again for some time; return how many tries are looked at."""
    count, end = 0, now + seconds
    while now < end:
        wait = slowing.begin(tried, now)
        if wait is None:
            now += 1
        else:
            now += wait
            count += now < end
    return count


def test_the_first_tries_are_not_slowed() -> None:
    slowing = Slowing()
    assert [0.0] * OF_A_NETWORK.burst == [slowing.begin(ANA, 0) for _ in range(OF_A_NETWORK.burst)]


def test_those_after_them_come_slower_and_then_not_at_all() -> None:
    slowing = Slowing()
    waits = [slowing.begin(ANA, 0) for _ in range(OF_A_NETWORK.burst + 3)][OF_A_NETWORK.burst :]
    assert 0 < (waits[0] or 0) <= LONGEST_WAIT
    assert None is waits[-1]


def test_a_day_of_tries_from_one_network_is_a_few_thousand() -> None:
    day = 86_400
    allowed = OF_A_NETWORK.burst + day * OF_A_NETWORK.rate
    assert 0.9 * allowed <= tries(Slowing(), ANA, day) <= 1.01 * allowed


def test_whoever_makes_no_mistake_is_never_slowed() -> None:
    slowing = Slowing()
    for _ in range(1_000):
        assert 0.0 == slowing.begin(ANA, 0)
        slowing.forgive(ANA, 0)
    assert 0 == len(slowing)


def test_many_networks_delay_an_account_by_a_few_seconds_at_most() -> None:
    slowing = Slowing()
    for number in range(10 * OF_AN_ACCOUNT.burst):
        slowing.begin(Try("ana", f"10.0.{number}.1"), 0)
    assert LONGEST_FOR_AN_ACCOUNT == slowing.begin(ANA, 0)
    assert 0.0 == slowing.begin(Try("bia", "192.0.2.8"), 0)


def test_from_where_it_has_come_before_an_account_is_not_slowed_by_others() -> None:
    slowing = Slowing()
    for number in range(1_000):
        slowing.begin(Try("ana", f"10.0.{number % 250}.1"), 0)
        slowing.begin(ANA, 0)
    known = Try("ana", ANA.network, is_known=True)
    assert 0.0 == slowing.begin(known, 0)
    # But whoever sits there too can't try for ever.
    assert OF_BOTH.burst + 4 > tries(slowing, known, 1)


def test_what_is_remembered_is_bounded() -> None:
    slowing = Slowing()
    for number in range(MOST_REMEMBERED + 1_000):
        slowing.begin(Try(f"n{number}", f"network {number}"), 0)
    assert 2 * MOST_REMEMBERED >= len(slowing)
