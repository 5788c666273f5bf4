"""Whoever comes back goes on where it was, and what is remembered is bounded."""

from __future__ import annotations

import random
import threading

import pytest

from chatsimples.server.worker.ledger import MOST_HUNG_UP, Debts, Ledger
from chatsimples.server.worker.pacing import Allowance, Pace

NOW = 1_000.0
BURST = 15
HERE, THERE = "198.51.100.7", "2001:0db8:0000:0007::/64"


def ledger(address_rate: float = 0, address_burst: int = 0, most: int = 100) -> Ledger:
    """Make one of ten commands a second after fifteen at once."""
    return Ledger(Pace(10, BURST, 2, 0, 0, 0, address_rate, address_burst), most)


def opened(of: Ledger, address: str = HERE, now: float = NOW) -> Allowance:
    return of.open(address, now)


def said(of: Ledger, allowance: Allowance, count: int, address: str = HERE, now: float = NOW) -> int:
    """Let a connection say so many things if it may; return how many it said."""
    allowed = min(count, allowance.count(now))
    of.spend(allowance, address, allowed, now)
    return allowed


# Without bounds.


def test_without_a_bound_there_is_nothing_to_keep() -> None:
    assert not Ledger(Pace(0, 50, 2, 0, 0, 0, 2_000, 5_000)).is_bound
    assert ledger().is_bound


# An address.


def test_coming_back_gives_no_new_burst() -> None:
    of = ledger()
    total = 0
    for number in range(200):
        now = NOW + number * 0.01
        one = opened(of, now=now)
        total += said(of, one, 100, now=now)
        of.close(one, HERE, now)
    assert BURST + 2 * 10 - 1 <= total <= BURST + 2 * 10


def test_the_next_from_an_address_begins_with_the_emptiest_bucket_there() -> None:
    of = ledger()
    several = [opened(of) for _ in range(3)]
    for one, count in zip(several, (4, 12, 8), strict=True):
        assert count == said(of, one, count)
    assert BURST - 12 == opened(of).count(NOW)
    for one in several:
        of.close(one, HERE, NOW)
    assert [BURST - 12] * 2 == [opened(of).count(NOW) for _ in range(2)]
    assert BURST - 2 == opened(of, now=NOW + 1).count(NOW + 1)


def test_connections_that_are_there_at_the_same_time_have_a_bucket_each() -> None:
    of = ledger()
    several = [opened(of) for _ in range(3)]
    assert [BURST] * 3 == [said(of, one, 100) for one in several]


def test_what_has_filled_again_is_forgotten() -> None:
    of = ledger()
    one = opened(of)
    said(of, one, 5)
    of.close(one, HERE, NOW)
    assert 1 == of.remembered
    other = opened(of, now=NOW + 0.6)
    assert BURST == other.count(NOW + 0.6)
    of.close(other, HERE, NOW + 0.6)
    assert 0 == of.remembered


def test_others_pay_nothing_for_an_address() -> None:
    of = ledger(20, 20)
    one = opened(of)
    said(of, one, 100)
    of.close(one, HERE, NOW)
    assert BURST == opened(of, THERE).count(NOW)


def test_an_address_has_a_bound_of_its_own_that_outlives_its_connections() -> None:
    of = ledger(2, 20)
    several = [opened(of) for _ in range(3)]
    assert [15, 5, 0] == [said(of, one, 100) for one in several]
    for one in several:
        of.close(one, HERE, NOW)
    fresh = [opened(of, now=NOW + 5) for _ in range(4)]
    assert 10 == sum(said(of, one, 100, now=NOW + 5) for one in fresh)
    assert BURST == said(of, opened(of, THERE, NOW + 5), 100, THERE, NOW + 5)


# Those who have hung up.


def test_those_who_have_hung_up_have_one_bucket_together() -> None:
    of = ledger()
    several = [opened(of) for _ in range(5)]
    for one in several:
        said(of, one, 100)
        assert of.hang_up(one, HERE, NOW)
    total = 0
    for step in range(1, 2_001):
        now = NOW + step / 100
        for one in several:
            if one.count(now):
                total += said(of, one, 1, now=now)
                one.exhaust(now)
    assert 190 <= total <= BURST + 20 * 10


def test_only_so_many_may_leave_something_behind() -> None:
    of = ledger()
    several = [opened(of) for _ in range(MOST_HUNG_UP + 2)]
    may = [of.hang_up(one, HERE, NOW) for one in several]
    assert [True] * MOST_HUNG_UP + [False] * 2 == may
    for one in (several[-1], several[0]):
        of.close(one, HERE, NOW)
    assert [True, False] == [of.hang_up(opened(of), HERE, NOW) for _ in range(2)]
    assert of.hang_up(opened(of, THERE), THERE, NOW)


def test_who_has_hung_up_and_has_too_much_to_say_is_a_flood() -> None:
    of = ledger()
    one, other = opened(of), opened(of)
    for each in (one, other):
        said(of, each, 100)
        of.hang_up(each, HERE, NOW)
    other.exhaust(NOW + 1)
    one.exhaust(NOW + 1)
    assert [False, True] == [one.is_flood(NOW + seconds) for seconds in (3, 3.1)]


# A session.


def test_a_session_goes_on_with_its_bucket_from_another_address() -> None:
    of = ledger()
    first = opened(of, HERE)
    of.resume(first, "a-secret-of-ana-1", NOW)
    said(of, first, 12)
    of.close(first, HERE, NOW)
    second = opened(of, THERE)
    assert BURST == second.count(NOW)
    of.resume(second, "a-secret-of-ana-1", NOW)
    assert BURST - 12 == second.count(NOW)


def test_a_session_that_moves_while_its_connection_stands_does_so_too() -> None:
    of = ledger()
    first = opened(of, HERE)
    of.resume(first, "a-secret-of-ana-1", NOW)
    said(of, first, 12)
    second = opened(of, THERE)
    of.resume(second, "a-secret-of-ana-1", NOW)
    assert BURST - 12 == second.count(NOW)
    said(of, second, 2, THERE)
    # The older one ends later, and is not what the session is any more.
    of.close(first, HERE, NOW)
    third = opened(of, "203.0.113.9")
    of.resume(third, "a-secret-of-ana-1", NOW)
    assert BURST - 14 == third.count(NOW)


def test_of_two_buckets_a_session_has_the_emptier_one() -> None:
    of = ledger()
    first = opened(of, HERE)
    of.resume(first, "a-secret-of-ana-1", NOW)
    said(of, first, 2)
    of.close(first, HERE, NOW)
    second = opened(of, THERE)
    said(of, second, 9, THERE)
    of.resume(second, "a-secret-of-ana-1", NOW)
    assert BURST - 9 == second.count(NOW)


def test_saying_hello_again_gives_nothing() -> None:
    of = ledger()
    one = opened(of)
    of.resume(one, "a-secret-of-ana-1", NOW)
    said(of, one, 10)
    of.resume(one, "a-secret-of-ana-1", NOW)
    of.resume(one, "a-secret-of-bia-1", NOW)
    assert BURST - 10 == one.count(NOW)
    of.close(one, HERE, NOW)
    for secret in ("a-secret-of-ana-1", "a-secret-of-bia-1"):
        other = opened(of, f"of {secret}")
        of.resume(other, secret, NOW)
        assert BURST - 10 == other.count(NOW)


def test_a_session_that_nobody_knows_has_a_full_bucket() -> None:
    of = ledger()
    one = opened(of)
    of.resume(one, "a-secret-of-ana-1", NOW)
    assert BURST == one.count(NOW)
    of.close(one, HERE, NOW)
    assert 0 == of.remembered


# What is remembered.


def test_debts_are_bounded_and_the_oldest_are_forgotten_first() -> None:
    debts = Debts[int](10)
    for owner in range(1_000):
        debts.note(owner, NOW + 50, NOW)
        assert len(debts) <= 10
    assert [NOW] * 3 == [debts.full_at(owner, NOW) for owner in (0, 500, 989)]
    assert [NOW + 50] * 2 == [debts.full_at(owner, NOW) for owner in (990, 999)]


def test_debts_that_are_paid_are_forgotten_as_others_come() -> None:
    debts = Debts[int](1_000)
    for owner in range(100):
        debts.note(owner, NOW + 1, NOW)
    for owner in range(100, 160):
        debts.note(owner, NOW + 10, NOW + 2)
    assert 60 == len(debts)


def test_a_debt_that_is_paid_is_none() -> None:
    debts = Debts[str]()
    debts.note(HERE, NOW + 5, NOW)
    debts.note(HERE, NOW, NOW)
    assert (0, NOW) == (len(debts), debts.full_at(HERE, NOW))


@pytest.mark.parametrize("address_rate", [0, 5])
def test_however_they_come_and_go_nobody_says_more_than_connections_allow(
    address_rate: float, chance: random.Random
) -> None:
    of = ledger(address_rate, 20)
    now, total, most = NOW, 0, 4
    connected: list[Allowance] = []
    for _ in range(3_000):
        now += chance.random() / 50
        if len(connected) < most and chance.random() < 0.5:
            connected.append(opened(of, now=now))
        elif connected and chance.random() < 0.7:
            one = chance.choice(connected)
            of.resume(one, f"a-secret-of-ana-{chance.randrange(3)}", now)
            total += said(of, one, chance.randrange(40), now=now)
        elif connected:
            of.close(connected.pop(chance.randrange(len(connected))), HERE, now)
    bound = 20 + address_rate * (now - NOW) if address_rate else most * (BURST + 10 * (now - NOW))
    assert 0 < total <= bound
    for one in connected:
        of.close(one, HERE, now)
    assert of.remembered <= 5


def test_threads_that_come_and_go_at_the_same_time_lose_nothing() -> None:
    of = ledger(1_000_000, 1_000_000, most=1_000_000)

    def come_and_go(number: int) -> None:
        for _ in range(500):
            one = opened(of)
            of.resume(one, f"a-secret-of-{number}", NOW)
            of.spend(one, HERE, 1, NOW)
            of.close(one, HERE, NOW)

    threads = [threading.Thread(target=come_and_go, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared = opened(of).shared
    assert shared is not None
    assert 1_000_000 - 2_000 == shared.count(NOW)
