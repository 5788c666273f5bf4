"""Lines on linear or logarithmic axes, as SVG text.

Whatever can't be drawn (what is no number, or zero where the axis is logarithmic) is left out, and the line
is broken there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from chatsimples.loadtest.drawing.frame import COLOURS, EDGE, ROW, framed
from chatsimples.loadtest.drawing.lettering import fitted, lettering, width_of
from chatsimples.loadtest.drawing.markup import Markup, element, joined
from chatsimples.loadtest.drawing.scales import Axis, Scale, domain, drawable, placeable, ticks_of
from chatsimples.loadtest.quantities import quantity

DASHES = ("", "7 4", "2 4", "9 3 2 3", "14 4")
"""Lines differ by these too, for whoever sees no colours."""


class Point(NamedTuple):
    """A point of a line; ``low`` and ``high`` are the ends of its whisker."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    hollow: bool = False


class Series(msgspec.Struct, frozen=True):
    """A line with its name; ``markers`` also draws each of its points."""

    label: str
    points: Sequence[Point]
    markers: bool = False


class Mark(msgspec.Struct, frozen=True):
    """A line straight across a plot with a word on it: at an ``x``, or at a ``y``."""

    label: str
    x: float | None = None
    y: float | None = None


def percentile_axis(title: str) -> Axis:
    """Give the axis of `percentile_points`: each step takes a tenth of what the last one left."""
    nines = [(10.0**power, f"{100 - 10.0 ** (2 - power):.{max(power - 2, 0)}f}") for power in range(1, 13)]
    return Axis(title, "%", log=True, ticks=[(1.0, "0"), (2.0, "50"), *nines])


def percentile_points(curve: Iterable[tuple[float, float]], count: int) -> list[Point]:
    """Place percentiles and values on `percentile_axis`; the highest of ``count`` is its last one."""
    last = max(float(count), 10.0)
    return [Point(1 / max(1 - at / 100, 1 / last), value) for at, value in curve]


def line_plot(
    title: str,
    x: Axis,
    y: Axis,
    series: Sequence[Series],
    *,
    marks: Sequence[Mark] = (),
    width: int = 480,
    height: int = 200,
    nothing: str = "no data",
) -> Markup:
    """Draw lines.

    Args:
        title: stands above them.
        x: a linear one begins and ends where the points do.
        y: a linear one holds zero.
        series: in the order of their colours, with a legend if there are several.
        marks: lines across, each with its word.
        width: of the whole in pixels, 300 at least.
        height: of the area that the lines are in.
        nothing: is said when there is nothing to draw.
    """
    drawn = [point for each in series for piece in _pieces(each.points, x.log, y.log) for point in piece]
    if not drawn:
        return framed(title, width, height, lettering(nothing, width / 2, height / 2, "faint middle"))
    marks = [mark for mark in marks if placeable(mark.x, x) and placeable(mark.y, y)]
    across = [point.x for point in drawn] + [mark.x for mark in marks if mark.x is not None]
    ends = [end for point in drawn for end in (point.y, point.low, point.high)]
    upward = [end for end in ends if end is not None and drawable(end, y.log)]
    upward += [mark.y for mark in marks if mark.y is not None]

    legend, top = _legend(series, width) if len(series) > 1 else (Markup(), 30)
    low, high = domain(upward, log=y.log, round_ends=True)
    up = Scale(low, high, y.log, top + 24 + height, top + 24)
    rows = ticks_of(y, low, high, max(2, height // 26))
    left = EDGE + 6 + max((width_of(label) for _, label in rows), default=0.0)
    along = Scale(*domain(across, log=x.log), x.log, left, width - 2.0 * EDGE)
    return framed(
        title,
        width,
        up.start + 2 * ROW + 8,
        lettering(fitted(y.words, width - 2 * EDGE), EDGE, top + 8, "faint"),
        legend,
        _y_axis(rows, up, along),
        _x_axis(x, along, up, width),
        *[_line(number, each, along, up, (x.unit, y.unit)) for number, each in enumerate(series)],
        *_marks(marks, along, up),
    )


def _told(point: Point, units: tuple[str, str]) -> str:
    """Say a point in words."""
    said = f"{quantity(point.x, units[0])}: {quantity(point.y, units[1])}"
    if point.low is None or point.high is None:
        return said
    return f"{said} ({quantity(point.low)} \u2013 {quantity(point.high)})"


def _legend(series: Sequence[Series], width: int) -> tuple[Markup, float]:
    """Give the names of the lines in as many rows as they need, and where the rows end."""
    entries: list[Markup] = []
    x, y = float(EDGE), 40.0
    for number, each in enumerate(series):
        label = fitted(each.label, width - 2 * EDGE - 36)
        wide = 36 + width_of(label)
        if x > EDGE and x + wide > width - EDGE:
            x, y = float(EDGE), y + ROW
        dashes = DASHES[number % len(DASHES)]
        sample = [element("path", class_="line", d=f"M{x:.1f} {y - 4:.1f}h26", stroke_dasharray=dashes)]
        if each.markers:
            sample.append(_sign(number, x + 13, y - 4, "sign"))
        entries.append(element("g", *sample, class_=f"s{number % COLOURS + 1}"))
        entries.append(lettering(label, x + 32, y, "", each.label))
        x += wide + 12
    return joined(entries), y + 10


def _y_axis(rows: Sequence[tuple[float, str]], up: Scale, along: Scale) -> Markup:
    across = f"H{along.end:.1f}"
    lines = [
        element("path", class_="grid", d=f"M{along.start:.1f} {up.at(at):.1f}{across}") for at, _ in rows
    ]
    return joined(lines + [lettering(label, along.start - 6, up.at(at) + 4, "end") for at, label in rows])


def _x_axis(axis: Axis, along: Scale, up: Scale, width: int) -> Markup:
    parts = [element("path", class_="axis", d=f"M{along.start:.1f} {up.start:.1f}H{along.end:.1f}")]
    free = 0.0
    for at, label in ticks_of(axis, along.low, along.high, max(2, int(along.end - along.start) // 52)):
        x, half = along.at(at), width_of(label) / 2
        middle = min(x, width - 2 - half)
        if middle - half < free:
            continue
        free = middle + half + 9
        parts.append(element("path", class_="grid", d=f"M{x:.1f} {up.start:.1f}V{up.end:.1f}"))
        parts.append(lettering(label, middle, up.start + ROW, "middle"))
    title = fitted(axis.words, along.end - along.start)
    return joined([*parts, lettering(title, along.end, up.start + 2 * ROW, "faint end")])


def _line(number: int, series: Series, along: Scale, up: Scale, units: tuple[str, str]) -> Markup:
    path: list[str] = []
    signs: list[Markup] = []
    for piece in _pieces(series.points, along.log, up.log):
        places = [(along.at(point.x), up.at(point.y)) for point in piece]
        path.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places))
        for point, (x, y) in zip(piece, places, strict=True):
            if series.markers or len(piece) == 1:
                said = element("title", f"{series.label}: {_told(point, units)}")
                filled = "sign hollow" if point.hollow else "sign"
                signs += [_whisker_up(point, x, up), _sign(number, x, y, filled, said)]
    line = element("path", class_="line", d="".join(path), stroke_dasharray=DASHES[number % len(DASHES)])
    return element("g", line, *signs, class_=f"s{number % COLOURS + 1}")


def _pieces(points: Iterable[Point], log_x: bool, log_y: bool) -> Iterable[list[Point]]:
    """Give the stretches of points that can be drawn, none of them empty."""
    piece: list[Point] = []
    for point in points:
        if drawable(point.x, log_x) and drawable(point.y, log_y):
            piece.append(point)
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece


def _sign(number: int, x: float, y: float, class_: str, *children: Markup) -> Markup:
    shapes = (
        "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
        "m-3 -3h6v6h-6z",
        "m0 -4.5l4.5 4.5l-4.5 4.5l-4.5 -4.5z",
    )
    return element("path", *children, class_=class_, d=f"M{x:.1f} {y:.1f}{shapes[number % len(shapes)]}")


def _whisker_up(point: Point, x: float, up: Scale) -> Markup:
    if point.low is None or point.high is None:
        return Markup()
    if not (drawable(point.low, up.log) and drawable(point.high, up.log)):
        return Markup()
    low, high = up.at(point.low), up.at(point.high)
    return element("path", class_="whisker", d=f"M{x - 4:.1f} {low:.1f}h8m-4 0V{high:.1f}m-4 0h8")


def _marks(marks: Sequence[Mark], along: Scale, up: Scale) -> list[Markup]:
    parts: list[Markup] = []
    next_row = up.end + 14
    rows = sum(mark.x is not None for mark in marks)
    for mark in marks:
        if mark.y is not None:
            y = up.at(mark.y)
            parts.append(element("path", class_="mark", d=f"M{along.start:.1f} {y:.1f}H{along.end:.1f}"))
            above = y - 5 if y - up.end > ROW * (rows + 1) else y + 15
            parts.append(lettering(mark.label, along.start + 6, above, "halo"))
        if mark.x is not None:
            x = along.at(mark.x)
            parts.append(element("path", class_="mark", d=f"M{x:.1f} {up.start:.1f}V{up.end:.1f}"))
            right = x > (along.start + along.end) / 2
            parts.append(
                lettering(mark.label, x + (-6 if right else 6), next_row, f"halo {'end' * right}".strip())
            )
            next_row += ROW
    return parts
