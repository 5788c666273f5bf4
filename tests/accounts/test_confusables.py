"""Names that look alike have a look in common."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from confusable_homoglyphs.utils import load

from chatsimples.accounts.confusables import looks, skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypal", "\u0440\u0430\u0443\u0440\u0430l"),  # Cyrillic
        ("paypal", "paypa1"),
        ("PayPal", "paypaI"),
        ("moderator", "rnoderator"),
        ("Ivan", "1van"),
        ("scope", "\u0455\u0441\u043e\u0440\u0435"),
        ("O0", "00"),
        ("ana", "\u0251na"),
    ],
)
def test_names_that_look_alike_have_a_look_in_common(one: str, other: str) -> None:
    assert looks(one) & looks(other)


@pytest.mark.parametrize(
    ("one", "other"), [("ana", "anb"), ("ana", "an\u00e1"), ("bia", "bea"), ("rui", "rul"), ("a.b", "a-b")]
)
def test_names_that_can_be_told_apart_have_none(one: str, other: str) -> None:
    assert not looks(one) & looks(other)


def test_a_name_looks_the_same_in_capitals_and_without() -> None:
    assert looks("ANA") & looks("ana")


def test_a_skeleton_is_its_own_skeleton() -> None:
    for text in ("paypal", "\u2167", "\ufb01m", "rnoderator", "\u0416\u043e\u0440\u0430"):
        assert skeleton(text) == skeleton(skeleton(text))


def test_whatever_unicode_pairs_has_one_skeleton() -> None:
    # But for those that are taken apart first (NFD), as the standard has it.
    pairs = [
        (one, each["c"].replace("\u200e", ""))
        for key, found in load("confusables.json").items()
        for one in [key.replace("\u200e", "")]
        for each in found
        if normalize("NFD", key) == key and normalize("NFD", each["c"]) == each["c"]
    ]
    assert 10_000 < len(pairs)
    different = [(one, other) for one, other in pairs if skeleton(one) != skeleton(other)]
    assert [] == different
