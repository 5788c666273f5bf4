"""What may be asked for of the history, and what is looked up for it."""

from __future__ import annotations

import pytest

from chatsimples.chat import commands, effects
from chatsimples.chat.history import (
    HISTORY_DEFAULT,
    HISTORY_LIMIT,
    check_count,
    read_count,
    read_time,
    recall,
)
from chatsimples.errors import Refusal


@pytest.mark.parametrize("count", [1, HISTORY_DEFAULT, HISTORY_LIMIT])
def test_a_count_up_to_the_limit_may_be_asked_for(count: int) -> None:
    assert count == check_count(count)
    assert count == read_count(str(count))


@pytest.mark.parametrize("count", [-1, 0, HISTORY_LIMIT + 1, 1 << 62])
def test_any_other_count_is_refused(count: int) -> None:
    with pytest.raises(Refusal, match="bad_request") as refused:
        check_count(count)
    assert str(HISTORY_LIMIT) == refused.value.detail["most"]
    with pytest.raises(Refusal, match="bad_request") as refused:
        read_count(str(count))
    assert str(HISTORY_LIMIT) == refused.value.detail["most"]


def test_who_types_no_number_asks_for_the_default() -> None:
    assert HISTORY_DEFAULT == read_count("")


def test_zeros_before_a_number_mean_nothing() -> None:
    assert 7 == read_count("0" * 10_000 + "7")


@pytest.mark.parametrize("typed", ["x", "1.5", "+1", " 1", "1 2", "٣", "²", "0" * 9, "9" * 10_000])
def test_what_is_no_such_number_is_refused(typed: str) -> None:
    with pytest.raises(Refusal, match="bad_request"):
        read_count(typed)


TIMES = {
    "2026-11-29T15:00:00Z": "2026-11-29T15:00:00.000000Z",
    "2026-11-29t15:00:00z": "2026-11-29T15:00:00.000000Z",
    "2026-11-29 12:30:00.5-03:00": "2026-11-29T15:30:00.500000Z",
    "2026-11-29T23:59:59.9999999+05:45": "2026-11-29T18:15:00.000000Z",
    "2026-11-29T15:00:00.1234560000Z": "2026-11-29T15:00:00.123456Z",
    "2026-11-29T15:00:00.1234560001Z": "2026-11-29T15:00:00.123457Z",
    "1969-12-31T23:59:59.999Z": "1970-01-01T00:00:00.000000Z",
    "0001-01-01T00:00:00+23:59": "1970-01-01T00:00:00.000000Z",
    "9999-12-31T23:59:59Z": "9999-12-31T23:59:59.000000Z",
}


@pytest.mark.parametrize("time", TIMES)
def test_a_time_is_read_to_the_microsecond_and_rounded_up(time: str) -> None:
    assert TIMES[time] == read_time(time)


@pytest.mark.parametrize(
    "time",
    [
        "", "2026", "2026-11-29", "2026-11-29T15:00:00", "2026-11-29T15:00Z", "2026-11-29T24:00:00Z",
        "2026-02-30T00:00:00Z", "2026-11-29T15:00:60Z", "2026-11-29T15:00:00.Z", "2026-11-29T15:00:00+24:00",
        "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59.9999999Z",
        "٢٠٢٦-11-29T15:00:00Z", "2026-11-29T15:00:00Z\n", " 2026-11-29T15:00:00Z",
        "2026-11-29T15:00:00." + "1" * 5_000 + "Z",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(time: str) -> None:
    with pytest.raises(Refusal, match="bad_request"):
        read_time(time)


@pytest.mark.parametrize(("before", "expected"), [(0, 8), (-3, 8), (5, 5), (7, 7), (8, 8), (99, 8)])
def test_a_question_reaches_up_to_what_there_is_when_it_is_asked(before: int, expected: int) -> None:
    asked = commands.History(1, "", before, 5, "h", -1, "", all=True)
    assert effects.Recall(1, "Geral", expected, 5, "h", all=True) == recall(asked, "Geral", 7)


def test_a_question_onwards_is_bounded_by_what_there_is_too() -> None:
    asked = commands.History(1, "x", 0, 5, after=3, at="2026-11-29T15:00:00.000000Z")
    expected = effects.Recall(1, "x", 8, 5, "", 3, "2026-11-29T15:00:00.000000Z")
    assert expected == recall(asked, "x", 7)
    assert 1 == recall(asked, "x", 0).before
