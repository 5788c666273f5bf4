"""The page's figures: of the server under test as tiles, and of several as a table and bars."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from chatsimples.i18n import N_, Translate
from chatsimples.loadtest.comparison import Figure, compare
from chatsimples.loadtest.drawing.bars import Bar, Group, bar_plot
from chatsimples.loadtest.drawing.markup import Markup, element, joined, table
from chatsimples.loadtest.quantities import count, milliseconds, percent, quantity, times, unbroken
from chatsimples.loadtest.results import Connecting, Report, Run

FIGURES = {
    "deliveries": N_("deliveries"),
    "achieved": N_("messages"),
    "bytes": N_("received"),
    "p50": N_("latency, p50"),
    "p99": N_("latency, p99"),
    "p999": N_("latency, p99.9"),
    "max": N_("latency, highest"),
    "server_rss": N_("server's memory (RSS)"),
    "server_cpu": N_("server's CPU"),
    "writes": N_("socket writes per message"),
}
"""What is told of each server, in this order, under which name."""

LATENCIES = ("p50", "p99", "p999", "max")
UNITS = {"deliveries": "/s", "achieved": "/s", "bytes": "B/s", "server_rss": "B", "writes": ""}


def median_run(runs: Sequence[Run]) -> Run:
    """Give the run in the middle by deliveries, the lower one of two; there must be one."""
    return sorted(runs, key=lambda run: run.phase.deliveries)[(len(runs) - 1) // 2]


def measured(report: Report) -> list[str]:
    """Name the figures that were measured: none of the latency's without deliveries, writes where counted."""
    timed = any(run.phase.latency.count for run in report.runs)
    counted = any(run.phase.writes for run in report.runs)
    return [each for each in FIGURES if (timed or each not in LATENCIES) and (counted or each != "writes")]


def amount(value: float, unit: str) -> str:
    """Write a number and its unit so that they stay on one line."""
    return unbroken(quantity(value, unit))


def written(figure: str, value: float) -> str:
    """Write one of `FIGURES` with the unit it has, or a dash if it is not known (NaN)."""
    return unbroken(percent(value)) if figure == "server_cpu" else amount(value, UNITS.get(figure, "ms"))


def _range(figure: str, each: Figure) -> str:
    """Write from where to where a figure goes, if it is known."""
    if not isfinite(each.median):
        return ""
    return f"{written(figure, each.low)} \u2013 {written(figure, each.high)}"


def tiles(report: Report, _: Translate) -> Markup:
    """Show the key figures of the server under test: medians with their range if there are several rounds."""
    target = report.targets[0]
    runs = report.of(target)
    several = len(runs) > 1
    shown: list[Markup] = []
    for name in measured(report):
        figure = compare(report, name)[0]
        value = written(name, figure.median)
        shown.append(_tile(_(FIGURES[name]), value, _range(name, figure) if several else ""))
    note = _("Medians of {rounds} rounds, with the lowest and the highest.").format(rounds=len(runs))
    return joined(
        [
            element("h2", target),
            element("p", note, class_="faint") if several else "",
            element("dl", *shown, _connecting_tile(median_run(runs).connecting, _), class_="tiles"),
        ]
    )


def _connecting_tile(came: Connecting, _: Translate) -> Markup:
    name = _("until {readers} readers were in").format(readers=count(came.connections))
    each = _("one took {p50}, at most {max}").format(p50=amount(came.p50, "ms"), max=amount(came.max, "ms"))
    return _tile(name, unbroken(milliseconds(1000 * came.seconds)), each)


def _tile(name: str, value: str, note: str) -> Markup:
    below = element("div", note, class_="faint") if note else Markup()
    return element("div", element("dt", name), element("dd", element("div", value, class_="value"), below))


def comparison(report: Report, _: Translate) -> list[Markup]:
    """Compare the servers, if there are several, by each figure, and show those that matter most as bars."""
    if len(report.targets) == 1:
        return []
    rows = [[_(FIGURES[name]), *_compared(report, name)] for name in measured(report)]
    note = _("Medians over the rounds, the lowest and the highest; in brackets, times that of {target}.")
    return [
        element("h2", _("Compared")),
        element("p", note.format(target=report.targets[0]), class_="faint"),
        table([_("figure"), *report.targets], rows),
        element("div", *_bar_plots(report, _), class_="plots"),
    ]


def _compared(report: Report, name: str) -> list[Markup]:
    """Write one figure of each server, with its ratio to the first one's."""
    cells: list[Markup] = []
    for number, each in enumerate(compare(report, name)):
        ratio = f" ({unbroken(times(each.ratio))})" if number and each.ratio else ""
        several = len(report.of(each.target)) > 1
        spread = element("small", _range(name, each)) if several else Markup()
        cells.append(joined([written(name, each.median) + ratio, spread]))
    return cells


def _bar_plots(report: Report, _: Translate) -> list[Markup]:
    latencies = [name for name in measured(report) if name in {"p50", "p99", "p999"}]
    plots = [
        (_("Deliveries a second"), ["deliveries"]),
        (_("Memory of all server processes"), ["server_rss"]),
        (_("CPU of all server processes, in percent of one core"), ["server_cpu"]),
        (_("Latency"), latencies),
    ]
    return [
        bar_plot(title, [Group(_(FIGURES[name]) if names[1:] else "", _bars(report, name)) for name in names])
        for title, names in plots
        if names
    ]


def _bars(report: Report, name: str) -> list[Bar]:
    return [
        Bar(each.target, each.median, each.low, each.high, written(name, each.median))
        for each in compare(report, name)
    ]
