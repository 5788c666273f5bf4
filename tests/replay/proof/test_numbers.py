"""A set of numbers holds what was added, and little memory."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from chatsimples.replay.proof.numbers import NumberSet


@given(st.lists(st.integers(0, 20_000) | st.integers(0, 1 << 53)), st.lists(st.integers(0, 20_000)))
def test_a_set_holds_what_was_added_and_nothing_else(added: list[int], others: list[int]) -> None:
    numbers = NumberSet()
    for number in added:
        numbers.add(number)
    assert all(number in numbers for number in added)
    assert {number for number in others if number in numbers} == set(others) & set(added)


def test_numbers_that_lie_close_together_cost_about_a_bit_each() -> None:
    tracemalloc.start()
    try:
        numbers = NumberSet()
        for number in range(100_000):
            numbers.add(number)
        cost, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 99_999 in numbers
    assert cost < 100_000 // 4
