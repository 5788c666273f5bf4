"""The page's plots: latency and throughput of each server, and of a ramp."""

from __future__ import annotations

from collections.abc import Iterable

from chatsimples.i18n import Translate
from chatsimples.loadtest.drawing.lines import (
    Mark,
    Point,
    Series,
    line_plot,
    percentile_axis,
    percentile_points,
)
from chatsimples.loadtest.drawing.markup import Markup, element
from chatsimples.loadtest.drawing.scales import Axis
from chatsimples.loadtest.quantities import milliseconds, quantity
from chatsimples.loadtest.report.figures import median_run
from chatsimples.loadtest.results import Moment, Phase, Ramp, Report, Run


def plots_of(report: Report, _: Translate) -> list[Markup]:
    """Plot each server's round in the middle by deliveries, and its ramp if there was one."""
    middle = {target: median_run(report.of(target)) for target in report.targets}
    phases = {target: run.phase for target, run in middle.items()}
    first = phases[report.targets[0]]
    plots = [_percentile_plot(phases, _), _latency_plot(report.targets[0], first, _)]
    if len(phases) > 1:
        plots.append(_over_time(_("Latency over time, p99"), phases, "p99", _latency_axis(_), _))
    plots += [
        _over_time(_("Deliveries over time"), phases, "delivered", Axis(_("deliveries a second")), _),
        _over_time(_("Messages over time"), phases, "sent", Axis(_("messages sent a second")), _),
    ]
    if any(run.ramp for run in middle.values()):
        plots.append(_ramp_plot(middle, _))
    return [element("h2", _("Plots")), *_notes(report, middle, _), element("div", *plots, class_="plots")]


def _notes(report: Report, middle: dict[str, Run], _: Translate) -> list[Markup]:
    """Say which runs the plots are of, where there is a choice."""
    notes: list[Markup] = []
    if len(report.runs) > len(middle):
        each = _("{target}, round {round}")
        rounds = ", ".join(each.format(target=target, round=run.round) for target, run in middle.items())
        text = _("The plots show the round in the middle by deliveries: {rounds}.")
        notes.append(element("p", text.format(rounds=rounds), class_="faint"))
    if any(run.ramp for run in middle.values()):
        notes.append(element("p", _("Of a ramp they show the highest rate that was held."), class_="faint"))
    return notes


def _percentile_plot(phases: dict[str, Phase], _: Translate) -> Markup:
    lines = [
        Series(target, percentile_points(phase.latency.curve, phase.latency.count))
        for target, phase in phases.items()
    ]
    x, y = percentile_axis(_("percentile")), _latency_axis(_)
    return line_plot(_("Latency over percentiles"), x, y, lines, nothing=_("nothing was measured"))


def _latency_plot(target: str, phase: Phase, _: Translate) -> Markup:
    names = {"p50": "p50", "p99": "p99", "max": _("highest")}
    lines = [Series(shown, _moments(phase.moments, name)) for name, shown in names.items()]
    title = _("Latency over time, {target}").format(target=target)
    return line_plot(title, Axis(_("time"), "s"), _latency_axis(_), lines, nothing=_("nothing was measured"))


def _over_time(title: str, phases: dict[str, Phase], name: str, y: Axis, _: Translate) -> Markup:
    lines = [Series(target, _moments(phase.moments, name)) for target, phase in phases.items()]
    offered = {phase.offered for phase in phases.values() if phase.offered and name == "sent"}
    words = _("offered: {rate}")
    marks = [Mark(words.format(rate=quantity(rate, "/s")), y=rate) for rate in sorted(offered)]
    return line_plot(title, Axis(_("time"), "s"), y, lines, marks=marks, nothing=_("nothing was measured"))


def _ramp_plot(runs: dict[str, Run], _: Translate) -> Markup:
    ramps = {target: run.ramp for target, run in runs.items() if run.ramp is not None}
    lines = [Series(target, _steps(ramp), markers=True) for target, ramp in ramps.items()]
    x, y = Axis(_("messages offered a second"), log=True), Axis(_("latency, p99"), "ms", log=True)
    title = _("Ramp: latency over the rate (hollow: not held)")
    return line_plot(title, x, y, lines, marks=_ramp_marks(ramps, _), nothing=_("nothing was measured"))


def _steps(ramp: Ramp) -> list[Point]:
    ascending = sorted(ramp.steps, key=lambda step: step.offered)
    return [Point(step.offered, step.p99, hollow=not step.held) for step in ascending]


def _ramp_marks(ramps: dict[str, Ramp], _: Translate) -> list[Mark]:
    bound, knee = _("bound: {bound}"), _("{target} holds {rate}")
    marks = [
        Mark(bound.format(bound=milliseconds(each)), y=each)
        for each in dict.fromkeys(ramp.bound for ramp in ramps.values())
    ]
    return marks + [
        Mark(knee.format(target=target, rate=quantity(ramp.knee, "/s")), x=ramp.knee)
        for target, ramp in ramps.items()
        if ramp.knee
    ]


def _moments(moments: Iterable[Moment], name: str) -> list[Point]:
    return [Point(each.at, getattr(each, name)) for each in moments]


def _latency_axis(_: Translate) -> Axis:
    return Axis(_("latency"), "ms", log=True)
