"""Masks, and which nicks they fit."""

from __future__ import annotations

import pytest

from chatsimples.chat.masks import check_mask, fits, is_mask, mask_key
from chatsimples.errors import Refusal


@pytest.mark.parametrize(
    ("mask", "nick", "fit"),
    [
        ("*", "ana", True),
        ("a*", "ana", True),
        ("A?A", "ana", True),
        ("?", "ana", False),
        ("*n*", "ana", True),
        ("n*", "ana", False),
        ("Ç*", "ção", True),
        ("a.a*", "ana", False),
    ],
)
def test_a_mask_fits_whole_nicks_in_any_case(mask: str, nick: str, fit: bool) -> None:
    assert fit is fits(mask_key(mask), nick)


def test_many_open_parts_cost_no_more_than_few() -> None:
    assert not fits(mask_key("*a" * 15 + "b"), "a" * 32)


def test_a_mask_is_told_from_a_nick() -> None:
    assert [False, True, True] == [is_mask(name) for name in ("ana", "an?", "*")]


@pytest.mark.parametrize("name", ["a b*", "*!x", "#*", "*" * 33, ""])
def test_what_no_nick_can_fit_is_no_mask(name: str) -> None:
    with pytest.raises(Refusal, match="bad_nick"):
        check_mask(name, 32)


def test_a_nick_is_a_mask_without_open_parts() -> None:
    assert ["Ana", "an*"] == [check_mask(name, 32) for name in ("Ana", "an*")]
