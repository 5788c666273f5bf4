"""Bars are drawn as long as their values, whatever they are given."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadtest.drawn import numbers_drawn, texts

from chatsimples.loadtest.drawing.bars import Bar, Group, bar_plot

ANY = st.floats(allow_nan=True, allow_infinity=True)
LABELS = st.text(max_size=60)


@given(
    groups=st.lists(
        st.builds(Group, LABELS, st.lists(st.builds(Bar, LABELS, ANY, ANY, ANY), max_size=6)), max_size=4
    )
)
def test_a_bar_plot_is_well_formed_and_has_numbers_only(groups: list[Group]) -> None:
    svg = bar_plot("servers", groups, unit="/s")
    bars = list(ET.fromstring(svg).iter("rect"))
    assert sum(len(group.bars) for group in groups) == len(bars)
    assert all(0 <= float(bar.attrib["width"]) <= 480 for bar in bars)
    assert numbers_drawn(svg)


def test_bars_are_as_long_as_their_values() -> None:
    bars = [Bar("a", 10, 9, 11), Bar("b", 5, 5, 5), Bar("c", 0, 0, 0)]
    svg = bar_plot("", [Group("", bars)], unit="/s")
    a, b, c = (float(each.attrib["width"]) for each in ET.fromstring(svg).iter("rect"))
    assert pytest.approx(2, rel=0.01) == a / b
    assert c <= 1
    assert {"10/s", "5/s", "0/s"} <= set(texts(svg))
    assert 1 == svg.count('class="whisker"')


def test_a_label_has_the_same_colour_in_each_group() -> None:
    groups = [Group("one", [Bar("a", 1, 1, 1), Bar("b", 1, 1, 1)]), Group("two", [Bar("b", 1, 1, 1)])]
    svg = bar_plot("", groups)
    assert ["s1", "s2", "s2"] == [each.get("class") for each in ET.fromstring(svg).iter("g")]
    assert {"one", "two"} <= set(texts(svg))
