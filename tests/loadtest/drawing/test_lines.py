"""Lines are drawn of what can be drawn, whatever they are given."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadtest.drawn import lines, numbers_drawn, texts

from chatsimples.loadtest.drawing.bars import Bar, Group, bar_plot
from chatsimples.loadtest.drawing.lines import (
    Mark,
    Point,
    Series,
    line_plot,
    percentile_axis,
    percentile_points,
)
from chatsimples.loadtest.drawing.scales import Axis

LINEAR = Axis("time", "s")
LOG = Axis("latency", "ms", log=True)
ANY = st.floats(allow_nan=True, allow_infinity=True)
LABELS = st.text(max_size=60)


@given(
    series=st.lists(
        st.builds(
            Series,
            LABELS,
            st.lists(st.builds(Point, ANY, ANY, st.none() | ANY, st.none() | ANY, st.booleans()), max_size=8),
            st.booleans(),
        ),
        max_size=8,
    ),
    marks=st.lists(st.builds(Mark, LABELS, st.none() | ANY, st.none() | ANY), max_size=4),
    x_log=st.booleans(),
    y_log=st.booleans(),
    title=LABELS,
)
def test_a_line_plot_is_well_formed_and_inside_its_bounds(
    series: list[Series], marks: list[Mark], x_log: bool, y_log: bool, title: str
) -> None:
    svg = line_plot(title, Axis("x", log=x_log), Axis("y", "ms", log=y_log), series, marks=marks)
    height = float(ET.fromstring(svg).attrib["height"])
    assert all(-500 <= number <= max(height, 480) + 1 for number in numbers_drawn(svg))
    places = [each.get(name, "") for each in ET.fromstring(svg).iter() for name in ("d", "x", "y")]
    assert not re.search("nan|inf", " ".join(places))


def test_a_higher_value_is_drawn_higher_up() -> None:
    for axis in (LOG, LINEAR):
        path = lines(line_plot("", LINEAR, axis, [Series("a", [Point(0, 1), Point(1, 10), Point(2, 100)])]))[
            0
        ]
        heights = [float(place.split(" ")[1]) for place in path[1:].split("L")]
        assert sorted(heights, reverse=True) == heights
        assert len(set(heights)) == 3


def test_equal_ratios_are_equally_far_apart_on_a_log_axis() -> None:
    path = lines(line_plot("", LINEAR, LOG, [Series("a", [Point(0, 1), Point(1, 10), Point(2, 100)])]))[0]
    low, middle, high = (float(place.split(" ")[1]) for place in path[1:].split("L"))
    assert pytest.approx(low - middle, abs=0.2) == middle - high


def test_a_zero_breaks_a_line_on_a_log_axis_and_not_on_a_linear_one() -> None:
    series = [Series("a", [Point(1, 5), Point(2, 6), Point(3, 0), Point(4, 5), Point(5, 6)])]
    broken = lines(line_plot("", LINEAR, LOG, series))[0]
    whole = lines(line_plot("", LINEAR, LINEAR, series))[0]
    assert [2, 2] == [broken.count("M"), broken.count("L")]
    assert [1, 4] == [whole.count("M"), whole.count("L")]


def test_a_point_alone_is_a_marker_that_says_what_it_is() -> None:
    svg = line_plot("", LINEAR, LOG, [Series("p50", [Point(1, 2.5)])])
    assert ["p50: 1 s: 2.5 ms"] == [each.text for each in ET.fromstring(svg).iter("title")]


def test_a_hollow_point_differs_from_a_full_one() -> None:
    svg = line_plot("", LINEAR, LOG, [Series("a", [Point(1, 2), Point(2, 3, hollow=True)], markers=True)])
    signs = [each.get("class", "") for each in ET.fromstring(svg).iter("path")]
    assert ["sign", "sign hollow"] == [sign for sign in signs if sign.startswith("sign")]


def test_points_have_their_whiskers() -> None:
    svg = line_plot("", LOG, LOG, [Series("a", [Point(1, 2, 1, 3), Point(2, 3)], markers=True)])
    assert 1 == svg.count('class="whisker"')


def test_nothing_to_draw_is_said() -> None:
    assert ["t", "nada"] == texts(line_plot("t", LINEAR, LOG, [Series("a", [Point(1, 0)])], nothing="nada"))


def test_several_lines_have_a_legend_and_their_own_colours_and_dashes() -> None:
    series = [Series(f"line {number}", [Point(0, 1), Point(1, number + 1)]) for number in range(6)]
    svg = line_plot("", LINEAR, LINEAR, series)
    assert {each.label for each in series} <= set(texts(svg))
    groups = list(ET.fromstring(svg).iter("g"))
    assert {f"s{number}" for number in range(1, 7)} == {each.get("class") for each in groups}
    assert 4 == len({each.get("stroke-dasharray") for each in ET.fromstring(svg).iter("path")} - {None})


def test_axes_have_their_titles_and_marks_their_words() -> None:
    marks = [Mark("bound: 20 ms", y=20), Mark("knee", x=5)]
    said = texts(line_plot("title", LINEAR, LOG, [Series("a", [Point(0, 1), Point(9, 2)])], marks=marks))
    assert {"title", "time, s", "latency, ms", "bound: 20 ms", "knee"} <= set(said)


def test_a_mark_lies_where_a_point_of_its_value_does() -> None:
    series = [Series("a", [Point(0, 1), Point(4, 20), Point(9, 2)])]
    svg = line_plot("", LINEAR, LOG, series, marks=[Mark("bound", y=20), Mark("knee", x=4)])
    x, y = lines(svg)[0].split("L")[1].split(" ")
    bound, knee = (
        each.attrib["d"] for each in ET.fromstring(svg).iter("path") if each.get("class") == "mark"
    )
    assert f" {y}H" in bound
    assert knee.startswith(f"M{x} ")


def test_a_text_that_is_too_long_is_cut_and_told_in_full_on_asking() -> None:
    long = "InspIRCd-3.15.0 " * 20
    for svg in (
        line_plot("", LINEAR, LINEAR, [Series(long, [Point(0, 1)]), Series("b", [])]),
        bar_plot("", [Group("", [Bar(long, 1, 1, 1)])]),
    ):
        assert any(text.endswith("…") and len(text) < 60 for text in texts(svg))
        assert any((each.text or "").startswith(long) for each in ET.fromstring(svg).iter("title"))


def test_tick_labels_of_an_axis_do_not_overlap() -> None:
    points = percentile_points([(0, 1.0), (50, 2.0), (99.9999999, 9.0), (100, 10.0)], 10**10)
    svg = line_plot("", percentile_axis("percentile"), LOG, [Series("a", points)])
    axis = [each for each in ET.fromstring(svg).iter("text") if each.get("class") == "middle"]
    places = [(float(each.attrib["x"]), 7.0 * len(each.text or "")) for each in axis]
    assert len(places) > 3
    assert all(right - left > 0.4 * (wide + wider) for (left, wide), (right, wider) in pairwise(places))


def test_each_nine_of_a_percentile_is_a_step_further() -> None:
    points = percentile_points([(0, 1), (90, 2), (99, 3), (99.9, 4), (100, 5)], 10_000)
    assert [1, 10, 100, 1000, 10_000] == [pytest.approx(point.x) for point in points]
    ticks = {label: at for at, label in percentile_axis("p").ticks}
    assert [1, 2, 10, 100, 1000, 10_000] == [ticks[at] for at in ("0", "50", "90", "99", "99.9", "99.99")]
