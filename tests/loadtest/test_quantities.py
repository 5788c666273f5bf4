"""Numbers are short, true to three digits, and never something that no person would write."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.loadtest.quantities import (
    NO_NUMBER,
    PREFIXES,
    count,
    megabytes,
    milliseconds,
    percent,
    quantity,
    short,
    times,
    unbroken,
)

CROSS = "\N{MULTIPLICATION SIGN}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"), (-0.0, "0"), (1, "1"), (950, "950"), (999, "999"), (999.4, "999"), (999.6, "1 k"),
        (1_000, "1 k"), (1_234, "1.23 k"), (9_996, "10 k"), (999_499, "999 k"), (999_500, "1 M"),
        (32_160_000, "32.2 M"), (-1_500, "-1.5 k"), (-999.9, "-1 k"), (0.123456, "0.123"), (9.999, "10"),
        (1e12, "1 T"),
    ],
)  # fmt: skip
def test_a_quantity_reads_well(value: float, expected: str) -> None:
    assert expected == quantity(value)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (850, "/s", "850/s"), (32_200_000, "/s", "32.2 M/s"), (63e6, "B", "63 MB"), (5, "B", "5 B"),
        (5_400, "s", "5400 s"), (0, "/s", "0/s"),
    ],
)  # fmt: skip
def test_a_unit_follows_the_prefix(value: float, unit: str, expected: str) -> None:
    assert expected == quantity(value, unit)


@given(st.floats(-9.99e17, 9.99e17))
def test_a_quantity_is_true_to_three_digits_and_below_a_thousand(value: float) -> None:
    found = re.fullmatch(r"(-?[0-9.]+(?:e-[0-9]+)?)(?: ([kMGTP]))?", quantity(value))
    assert found, quantity(value)
    number = float(found[1])
    assert abs(number) < 1_000
    power = PREFIXES.index(found[2] or "")
    assert math.isclose(value, number * 1_000.0**power, rel_tol=0.0051)
    assert not found[1].startswith("-0") or number
    if abs(value) >= 0.001:
        assert len(found[1].lstrip("-").replace(".", "").lstrip("0")) <= 3


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_a_dash(value: float) -> None:
    for told in (quantity(value), quantity(value, "ms"), quantity(value, "/s"), short(value)):
        assert told == NO_NUMBER
    assert {NO_NUMBER} == {milliseconds(value), megabytes(value), times(value), percent(value)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0 ms"), (0.3, "0.3 ms"), (12.46, "12.5 ms"), (999.4, "999 ms"), (999.7, "1 s"),
        (1_000, "1 s"), (1_536, "1.54 s"), (5_400_000, "5400 s"), (-0.25, "-0.25 ms"), (-1_500, "-1.5 s"),
    ],
)  # fmt: skip
def test_milliseconds_become_seconds_from_a_thousand_on(value: float, expected: str) -> None:
    assert expected == milliseconds(value)


def test_other_units_are_written_with_theirs() -> None:
    assert ["0 MB", "63.5 MB", "1230 MB"] == [megabytes(value) for value in (0, 63.46e6, 1.2341e9)]
    assert [f"1.5 {CROSS}", f"10 {CROSS}", f"0 {CROSS}"] == [times(value) for value in (1.5, 9.999, 0)]
    assert ["0 %", "88 %", "199 %"] == [percent(value) for value in (0, 87.6, 199.2)]


def test_counts_have_their_thousands_apart() -> None:
    narrow = "\N{NARROW NO-BREAK SPACE}"
    assert ["0", "999", f"1{narrow}000", f"-12{narrow}345{narrow}678"] == [
        count(number) for number in (0, 999, 1_000, -12_345_678)
    ]


def test_an_axis_has_no_spaces_and_as_many_digits_as_it_needs() -> None:
    assert ["0", "10k", "1.23M", "1.234M"] == [short(0), short(10_000), short(1_234_000), short(1_234_000, 4)]


def test_a_number_and_its_unit_stay_together() -> None:
    assert "1.5\N{NO-BREAK SPACE}ms" == unbroken(milliseconds(1.5))
