"""A set of numbers holds what was added, and little memory."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from chatsimples.replay.proof.numbers import NumberSet


@given(st.lists(st.integers(0, 20_000) | st.integers(0, 1 << 53)), st.lists(st.integers(0, 20_000)))
def test_it_holds_what_was_added_and_nothing_else(added, others):
    numbers = NumberSet()
    for number in added:
        numbers.add(number)
    assert all(number in numbers for number in added)
    assert {number for number in others if number in numbers} == set(others) & set(added)


def test_a_million_that_lie_close_together_cost_about_a_bit_each():
    numbers = NumberSet()
    for number in range(1_000_000):
        numbers.add(number)
    pages = numbers._pages.values()
    assert sum(map(sys.getsizeof, pages)) < 1_000_000 // 4
