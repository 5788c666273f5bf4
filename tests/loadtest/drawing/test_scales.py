"""Axes begin, end and have their ticks at round values, and hold whatever is drawn."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatsimples.loadtest.drawing.scales import (
    Axis,
    Scale,
    domain,
    drawable,
    linear_ticks,
    log_ticks,
    placeable,
    tick_labels,
    ticks_of,
)

ABOVE_ZERO = st.floats(1e-90, 1e90)


def test_linear_ticks_are_round() -> None:
    assert [0, 2, 4, 6, 8, 10] == linear_ticks(0, 10)
    assert [200, 250, 300] == linear_ticks(190, 310, 3)


def test_log_ticks_are_one_two_and_five_times_powers_of_ten() -> None:
    assert [1, 2, 5, 10, 20, 50] == log_ticks(1, 60)


def test_log_ticks_over_many_powers_are_powers_alone() -> None:
    assert [1, 10, 100, 1000] == log_ticks(1, 2000)
    assert [1, 100, 10_000, 1_000_000] == log_ticks(1, 9_000_000, 4)


def test_log_ticks_between_two_round_values_are_linear_ones() -> None:
    assert [6, 7, 8, 9] == log_ticks(6, 9, 5)


@given(low=st.floats(-1e90, 1e90), high=st.floats(-1e90, 1e90), most=st.integers(2, 20))
def test_linear_ticks_lie_within_ascending_and_not_too_many(low: float, high: float, most: int) -> None:
    assume(high - low > 1e-6 * max(abs(low), abs(high), 1e-90))
    ticks = linear_ticks(low, high, most)
    slack = (high - low) * 1e-6
    assert sorted(set(ticks)) == ticks
    assert len(ticks) <= most + 1
    assert all(low - slack <= tick <= high + slack for tick in ticks)
    assert len(ticks) == len(set(tick_labels(ticks)))


@given(low=ABOVE_ZERO, high=ABOVE_ZERO, most=st.integers(2, 20))
def test_log_ticks_lie_within_ascending_and_not_too_many(low: float, high: float, most: int) -> None:
    assume(high > low * 1.001)
    ticks = log_ticks(low, high, most)
    assert sorted(set(ticks)) == ticks
    assert len(ticks) <= most
    assert all(low * (1 - 1e-6) <= tick <= high * (1 + 1e-6) for tick in ticks)


@pytest.mark.parametrize(
    ("expected", "ticks"),
    [
        (["0", "500", "1k", "1.5k"], [0, 500, 1000, 1500]),
        (["1.0001k", "1.0002k"], [1000.1, 1000.2]),
        (["-2", "0", "2"], [-2.0, -0.0, 2.0]),
    ],
)
def test_tick_labels_are_as_short_as_tells_them_apart(expected: list[str], ticks: list[float]) -> None:
    assert expected == tick_labels(ticks)


def test_an_axis_has_its_own_ticks_where_they_are_within() -> None:
    axis = Axis("percentile", ticks=[(1.0, "0"), (2.0, "50"), (10.0, "90")])
    assert [(1.0, "0"), (2.0, "50")] == ticks_of(axis, 1, 5, 9)


def test_an_axis_without_ticks_of_its_own_has_the_usual() -> None:
    assert [(0, "0"), (5, "5"), (10, "10")] == ticks_of(Axis("time"), 0, 10, 2)
    assert [(1, "1"), (10, "10"), (100, "100")] == ticks_of(Axis("time", log=True), 1, 100, 3)


def test_an_axis_says_its_unit_if_it_has_one() -> None:
    assert ["time, s", "rate"] == [Axis("time", "s").words, Axis("rate").words]


@pytest.mark.parametrize(
    ("expected", "values", "log", "round_ends"),
    [
        ((0, 10), [3, 9.5], False, True),
        ((-5, 0), [-4.5, -3], False, True),
        ((3, 9.5), [9.5, 3], False, False),
        ((2, 500), [3, 210], True, True),
        ((3, 210), [3, 210], True, False),
        ((0, 1), [0, 0], False, True),
        ((2, 6), [4, 4], False, False),
        ((2, 10), [4, 4], True, True),
    ],
)
def test_an_axis_ends_at_round_values_if_asked_to(
    expected: tuple[float, float], values: list[float], log: bool, round_ends: bool
) -> None:
    assert pytest.approx(expected) == domain(values, log=log, round_ends=round_ends)


@given(values=st.lists(ABOVE_ZERO, min_size=1), log=st.booleans(), round_ends=st.booleans())
def test_an_axis_holds_its_values_and_is_no_point(values: list[float], log: bool, round_ends: bool) -> None:
    low, high = domain(values, log=log, round_ends=round_ends)
    assert low < high
    assert low * (1 - 1e-6) <= min(values)
    assert max(values) <= high * (1 + 1e-6)


@pytest.mark.parametrize(
    ("linear", "log", "value"),
    [
        (True, True, 1.0),
        (True, False, 0.0),
        (True, False, -1.0),
        (False, False, math.nan),
        (False, False, math.inf),
        (False, False, 1e101),
        (False, False, 1e-101),
    ],
)
def test_what_is_no_number_or_not_above_zero_on_a_log_axis_is_not_drawn(
    linear: bool, log: bool, value: float
) -> None:
    assert [linear, log] == [drawable(value), drawable(value, log=True)]
    assert [linear, log] == [placeable(value, Axis("")), placeable(value, Axis("", log=True))]


def test_no_value_has_its_place_anywhere() -> None:
    assert placeable(None, Axis("", log=True))


def test_a_scale_places_ends_at_its_ends_and_the_middle_between_them() -> None:
    assert [10, 60, 110] == [Scale(0, 4, False, 10, 110).at(value) for value in (0, 2, 4)]
    assert [110, 60, 10] == [Scale(1, 100, True, 110, 10).at(value) for value in (1, 10, 100)]
