"""Horizontal bars as SVG text."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chatsimples.loadtest.drawing.frame import COLOURS, EDGE, ROW, framed
from chatsimples.loadtest.drawing.lettering import fitted, lettering, width_of
from chatsimples.loadtest.drawing.markup import Markup, element
from chatsimples.loadtest.drawing.scales import Scale, drawable
from chatsimples.loadtest.quantities import quantity


class Bar(msgspec.Struct, frozen=True):
    """A bar from zero, and the range that its value had; ``text`` stands at its end."""

    label: str
    value: float
    low: float
    high: float
    text: str = ""


class Group(msgspec.Struct, frozen=True):
    """Bars that stand together, under a heading if there is a label."""

    label: str
    bars: Sequence[Bar]


def bar_plot(title: str, groups: Sequence[Group], *, unit: str = "", width: int = 480) -> Markup:
    """Draw horizontal bars from zero, each with its label, its value and its range.

    Args:
        title: stands above them.
        groups: bars with the same label have the same colour in each.
        unit: of the values, for bars without a text of their own.
        width: of the whole in pixels, 300 at least.
    """
    bars = [bar for group in groups for bar in group.bars]
    colours = {label: number for number, label in enumerate(dict.fromkeys(bar.label for bar in bars))}
    texts = max((width_of(bar.text or quantity(bar.value, unit)) for bar in bars), default=0.0)
    left = EDGE + 8 + min(max(map(width_of, colours), default=0.0), width * 0.34)
    longest = max((end for bar in bars for end in (bar.value, bar.high) if drawable(end, True)), default=1.0)
    along = Scale(0.0, longest, False, left, max(left + 20, width - EDGE - 8 - texts))
    drawn, top = [Markup()], 34.0
    for group in groups:
        if group.label:
            drawn.append(lettering(fitted(group.label, width - 2 * EDGE), EDGE, top + 13, "faint"))
            top += ROW + 4
        for bar in group.bars:
            drawn.append(_bar(bar, colours[bar.label], along, top, unit))
            top += 26
        drawn.append(element("path", class_="axis", d=f"M{left:.1f} {top - 4:.1f}v{-26 * len(group.bars)}"))
        top += 6
    return framed(title, width, top + 4, *drawn)


def _bar(bar: Bar, number: int, along: Scale, top: float, unit: str) -> Markup:
    value, low, high = (max(each, 0.0) if drawable(each) else 0.0 for each in (bar.value, bar.low, bar.high))
    end, first, last = (along.at(each) for each in (value, low, high))
    parts = [
        lettering(fitted(bar.label, along.start - EDGE - 8), along.start - 6, top + 13.5, "end", bar.label),
        element("rect", class_="bar", x=along.start, y=top, width=max(end - along.start, 1.0), height=18),
    ]
    if last - first > 1:
        path = f"M{first:.1f} {top + 5:.1f}v8m0 -4H{last:.1f}m0 -4v8"
        parts += [element("path", class_=each, d=path) for each in ("under", "whisker")]
    parts.append(lettering(bar.text or quantity(bar.value, unit), max(end, last) + 7, top + 13.5))
    return element("g", *parts, class_=f"s{number % COLOURS + 1}")
