"""How many messages of the history may be asked for."""

from __future__ import annotations

import pytest

from chatsimples.chat.history import HISTORY_DEFAULT, HISTORY_LIMIT, check_count, read_count
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
