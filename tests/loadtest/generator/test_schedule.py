"""A steady load has its rate, its length, and each room in turn."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.loadtest.generator.schedule import Due, steady


@given(st.floats(0.5, 5_000), st.floats(0, 3), st.integers(1, 7), st.integers(16, 4_096))
def test_messages_are_as_many_as_rate_and_time_say_and_evenly_apart(
    rate: float, seconds: float, rooms: int, size: int
) -> None:
    due = list(steady(rate, seconds, rooms, size))
    assert abs(rate * seconds - len(due)) <= 1
    assert [number % rooms for number in range(len(due))] == [each.room for each in due]
    assert {size} >= {each.size for each in due}
    for one, two in pairwise(due):
        assert abs(1_000_000 / rate - (two.at - one.at)) <= 1
    assert all(0 <= each.at < seconds * 1_000_000 for each in due)


@pytest.mark.parametrize(
    ("rate", "seconds", "messages"), [(100, 0.29, 29), (1_000, 1.1, 1_100), (10, 0.3, 3)]
)
def test_no_message_is_lost_to_rounding(rate: float, seconds: float, messages: int) -> None:
    assert messages == len(list(steady(rate, seconds, 1, 16)))


def test_the_first_is_due_at_once_and_none_is_drifting() -> None:
    due = list(steady(3, 1_000, 1, 16))
    assert Due(0, 0, 16) == due[0]
    assert Due(999_000_000, 0, 16) == due[2_997]
