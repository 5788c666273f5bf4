"""Plots are well-formed pictures of what can be drawn, whatever they are given."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.loadtest.drawing.plots import (
    PAGE_STYLE,
    STYLE,
    Bar,
    Group,
    Mark,
    Point,
    Series,
    bar_plot,
    line_plot,
    percentile_axis,
    percentile_points,
    standalone,
)
from chatsimples.loadtest.drawing.scales import Axis

LINEAR = Axis("time", "s")
LOG = Axis("latency", "ms", log=True)
ANY = st.floats(allow_nan=True, allow_infinity=True)
LABELS = st.text(max_size=60)
SCHEMES = STYLE.split("@media")


def numbers_drawn(svg: str) -> list[float]:
    drawn = [
        value for each in ET.fromstring(svg).iter() for name, value in each.items() if name != "aria-label"
    ]
    return [float(number) for value in drawn for number in re.findall(r"-?\d+\.?\d*", value)]


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter("text")]


def lines(svg: str) -> list[str]:
    return [each.attrib["d"] for each in ET.fromstring(svg).iter("path") if each.get("class") == "line"]


def channel(hexadecimal: str) -> float:
    value = int(hexadecimal, 16) / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    red, green, blue = (channel(colour[start : start + 2]) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


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


def test_a_plot_as_a_file_has_its_namespace_its_style_and_a_dark_one() -> None:
    svg = standalone(line_plot("t", LINEAR, LOG, [Series("a", [Point(1, 2), Point(2, 3)])]))
    root = ET.fromstring(svg)
    assert "{http://www.w3.org/2000/svg}svg" == root.tag
    assert "prefers-color-scheme: dark" in (root[0].text or "")
    assert "ground" == root[1].get("class")


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark"])
def test_colours_can_be_told_from_their_ground(scheme: str) -> None:
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", scheme))
    assert {"ground", "ink", "faint", *(f"s{number}" for number in range(1, 7))} <= colours.keys()
    too_weak = {
        name
        for name, colour in colours.items()
        if name not in {"ground", "grid"}
        and contrast(colour, colours["ground"]) < (3.0 if name.startswith("s") else 4.5)
    }
    assert set() == too_weak


def test_the_style_of_plots_is_part_of_the_pages() -> None:
    assert PAGE_STYLE.startswith(STYLE)
    assert ".plot" in STYLE
    assert "body" not in STYLE
