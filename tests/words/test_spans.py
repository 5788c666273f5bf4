"""How long something lasts, as people type it."""

from __future__ import annotations

import pytest

from chatsimples.words.spans import MOST_SECONDS, read_span, utc_minute


@pytest.mark.parametrize(
    ("typed", "seconds"), [("30s", 30), ("10m", 600), ("2h", 7_200), ("7d", 604_800), ("4w", 2_419_200)]
)
def test_a_time_is_a_number_and_its_unit(typed: str, seconds: int) -> None:
    assert seconds == read_span(typed)


@pytest.mark.parametrize(
    "typed", ["", "10", "m", "0m", "01m", "-1m", "1.5h", "10 m", "10M", "٣m", "9" * 5_000]
)
def test_what_is_written_otherwise_is_none(typed: str) -> None:
    assert read_span(typed) is None


def test_a_time_beyond_the_longest_is_none() -> None:
    assert MOST_SECONDS == read_span(f"{MOST_SECONDS}s")
    assert read_span(f"{MOST_SECONDS + 1}s") is None


def test_a_records_time_is_told_in_utc() -> None:
    assert "2026-11-22 15:00 UTC" == utc_minute("2026-11-22T15:00:59.123456Z")
