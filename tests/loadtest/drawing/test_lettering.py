"""Texts are taken for wider rather than for narrower than they are, and cut where they don't fit."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.loadtest.drawing.lettering import fitted, lettering, width_of


def test_wide_letters_are_wider() -> None:
    widths = [width_of(text) for text in ("i", "a", "W", "\N{CJK UNIFIED IDEOGRAPH-4E2D}")]
    assert sorted(set(widths)) == widths


def test_a_larger_text_is_wider() -> None:
    assert pytest.approx(2 * width_of("text", 13)) == width_of("text", 26)


@given(text=st.text(), width=st.floats(20, 500))
def test_what_was_fitted_fits_and_what_was_cut_says_so(text: str, width: float) -> None:
    cut = fitted(text, width)
    assert width_of(cut) <= width
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))


def test_a_text_that_fits_is_left_alone() -> None:
    assert "short" == fitted("short", 200)


def test_a_text_is_told_in_full_only_if_it_was_cut() -> None:
    cut, whole = (ET.fromstring(lettering("a…", 1, 2, "end", full)) for full in ("a long one", "a…"))
    assert ["a long one"] == [each.text for each in cut]
    assert [] == list(whole)
    assert {"x": "1.0", "y": "2.0", "class": "end"} == whole.attrib
