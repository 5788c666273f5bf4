"""What stands in a plot that was drawn."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET


def numbers_drawn(svg: str) -> list[float]:
    drawn = [
        value for each in ET.fromstring(svg).iter() for name, value in each.items() if name != "aria-label"
    ]
    return [float(number) for value in drawn for number in re.findall(r"-?\d+\.?\d*", value)]


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter("text")]


def lines(svg: str) -> list[str]:
    return [each.attrib["d"] for each in ET.fromstring(svg).iter("path") if each.get("class") == "line"]
