"""Plots can be read in light and dark, in the page and as a file of their own."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from chatsimples.loadtest.drawing.frame import PAGE_STYLE, STYLE, framed, standalone

SCHEMES = STYLE.split("@media")


def channel(hexadecimal: str) -> float:
    value = int(hexadecimal, 16) / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    red, green, blue = (channel(colour[start : start + 2]) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_a_plot_as_a_file_has_its_namespace_its_style_and_a_dark_one() -> None:
    svg = standalone(framed("t", 480, 200))
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
