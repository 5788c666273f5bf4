"""How many commands may be given, and when."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.server.worker.pacing import AddressAllowance, Allowance, Pace, Rate

NOW = 1_000.0


def allowance(
    rate: float = 10, burst: int = 15, flood: float = 2, shared: AddressAllowance | None = None
) -> Allowance:
    return Allowance(Rate(rate, burst), flood, NOW, shared)


# A bucket.


@pytest.mark.parametrize(("rate", "burst"), [(0, 15), (10, 0), (0, 0)])
def test_a_rate_or_a_burst_of_0_is_no_bound(rate: float, burst: int) -> None:
    assert not Rate(rate, burst)
    assert Rate(10, 15)


def test_without_a_bound_for_one_there_is_none_for_its_address() -> None:
    unbound, bound = Pace(0, 50, 0, 0, 0, 0, 2_000, 5_000), Pace(10, 50, 0, 0, 0, 0, 2_000, 5_000)
    assert not unbound.of_an_address
    assert Rate(2_000, 5_000) == bound.of_an_address
    assert Rate(10, 50) == bound.of_one


@given(
    st.floats(0.01, 1_000), st.integers(1, 1_000),
    st.lists(st.tuples(st.floats(0, 10), st.integers(0, 50)), max_size=20),
)  # fmt: skip
def test_a_bucket_holds_what_one_that_is_filled_drop_by_drop_holds(
    rate: float, burst: int, steps: list[tuple[float, int]]
) -> None:
    bound, full_at, now, held = Rate(rate, burst), NOW, NOW, float(burst)
    for seconds, count in steps:
        now += seconds
        held = min(burst, held + seconds * rate) - count
        full_at = bound.after(full_at, count, now)
        assert pytest.approx(held, abs=1e-6) == bound.left(full_at, now)


# What one connection may give.


def test_a_burst_may_be_given_at_once() -> None:
    assert 15 == allowance().count(NOW)


def test_what_was_given_is_earned_again_at_the_rate() -> None:
    one = allowance()
    one.spend(15, NOW)
    assert [0, 0, 1, 5, 14] == [one.count(NOW + seconds) for seconds in (0, 0.09, 0.11, 0.5, 1.45)]


def test_no_more_than_a_burst_is_earned() -> None:
    assert 15 == allowance().count(NOW + 3_600)


def test_one_whose_bucket_was_emptied_by_another_begins_with_what_is_in_it() -> None:
    one = Allowance(Rate(10, 15), 2, NOW + 1)
    assert [5, 10, 15] == [one.count(NOW + seconds) for seconds in (0, 0.5, 2)]


def test_after_the_wait_a_command_may_be_given() -> None:
    one = allowance(rate=3)
    one.spend(one.count(NOW), NOW)
    assert pytest.approx(1 / 3) == one.exhaust(NOW)
    assert 1 == one.count(NOW + one.exhaust(NOW))


def test_a_wait_is_never_nothing() -> None:
    assert 0 < allowance().exhaust(NOW) < 0.01


def test_more_than_allowed_for_longer_than_put_up_with_is_a_flood() -> None:
    one = allowance(flood=2)
    assert not one.is_flood(NOW + 10)
    one.spend(15, NOW)
    one.exhaust(NOW)
    one.exhaust(NOW + 1)
    assert [False, True] == [one.is_flood(NOW + seconds) for seconds in (2, 2.1)]


def test_who_has_given_all_is_forgiven() -> None:
    one = allowance(flood=2)
    one.spend(15, NOW)
    one.exhaust(NOW)
    one.recover()
    assert not one.is_flood(NOW + 10)
    one.exhaust(NOW + 10)
    assert not one.is_flood(NOW + 11)


def test_a_timeout_of_0_puts_up_with_everything() -> None:
    one = allowance(flood=0)
    one.spend(15, NOW)
    one.exhaust(NOW)
    assert not one.is_flood(NOW + 1e9)


# What those of one address may give together.


def test_all_connections_of_an_address_give_no_more_than_its_burst() -> None:
    shared = AddressAllowance(Rate(2, 20), NOW)
    several = [allowance(shared=shared) for _ in range(3)]
    given = []
    for one in several:
        given.append(one.count(NOW))
        one.spend(given[-1], NOW)
    assert [15, 5, 0] == given
    assert [1, 1, 1] == [one.count(NOW + 0.5) for one in several]


def test_those_who_wait_for_their_address_come_one_after_the_other() -> None:
    shared = AddressAllowance(Rate(2, 20), NOW)
    allowance(burst=20, shared=shared).spend(20, NOW)
    several = [allowance(shared=shared) for _ in range(4)]
    waits = [one.exhaust(NOW) for one in several]
    assert [0.5, 1.0, 1.5, 2.0] == waits
    for one, wait in zip(several, waits, strict=True):
        # It has its turn, whatever is left for others.
        assert 1 == one.count(NOW + wait)
        one.spend(1, NOW + wait)
        assert 0 == one.count(NOW + wait)
    assert pytest.approx(0.5) == several[0].exhaust(NOW + 2)


def test_a_turn_is_taken_off_the_address_once() -> None:
    shared = AddressAllowance(Rate(2, 20), NOW)
    shared.spend(20, NOW)
    one = allowance(shared=shared)
    assert 0.5 == one.exhaust(NOW)
    full_at = shared.full_at
    assert one.exhaust(NOW) < 0.01
    one.spend(1, NOW + 0.5)
    assert full_at == shared.full_at


def test_one_that_keeps_to_its_own_pace_is_no_flood_whatever_its_neighbours_do() -> None:
    shared = AddressAllowance(Rate(2, 20), NOW)
    one = allowance(flood=2, shared=shared)
    one.spend(15, NOW)
    one.exhaust(NOW)
    shared.spend(100, NOW)
    one.exhaust(NOW + 1)
    assert not one.is_flood(NOW + 10)


def test_threads_that_take_from_one_address_lose_nothing() -> None:
    shared = AddressAllowance(Rate(1, 10), NOW)

    def take() -> None:
        for _ in range(5_000):
            shared.spend(1, NOW)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert NOW + 20_000 == shared.full_at
