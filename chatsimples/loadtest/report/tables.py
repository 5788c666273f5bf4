"""The page's tables: the steps of a ramp, what each process used, and what was given by name."""

from __future__ import annotations

from collections.abc import Mapping

from chatsimples.i18n import Translate
from chatsimples.loadtest.drawing.markup import Markup, element, joined, table
from chatsimples.loadtest.report.figures import amount, median_run, written
from chatsimples.loadtest.results import ProcessUse, Ramp, Report, Run


def ramp_tables(report: Report, _: Translate) -> list[Markup]:
    """Tell each ramp step by step, in the order of the trials, with what came of it."""
    head = [_("offered"), _("achieved"), "p50", "p99", _("held")]
    tables: list[Markup] = []
    for target in report.targets:
        run = median_run(report.of(target))
        if run.ramp is None:
            continue
        rows = [
            [
                amount(step.offered, "/s"),
                amount(step.achieved, "/s"),
                amount(step.p50, "ms"),
                amount(step.p99, "ms"),
                _("yes") if step.held else _("no"),
            ]
            for step in run.ramp.steps
        ]
        tables.append(table(head, rows, _ramp_words(target, run.ramp, _)))
    return [element("h2", _("Ramp")), *tables] if tables else []


def _ramp_words(target: str, ramp: Ramp, _: Translate) -> str:
    if ramp.generator:
        text = _("{target}: no knee was found: the load test's own processes were at their limit at {limit}.")
    elif not ramp.knee:
        text = _("{target}: no rate was held with p99 within {bound}.")
    elif ramp.reached:
        text = _("{target}: {rate} is the highest rate held with p99 within {bound}.")
    else:
        text = _("{target}: {rate} was held with p99 within {bound}; no higher rate was tried.")
    return text.format(
        target=target,
        rate=amount(ramp.knee, "/s"),
        bound=amount(ramp.bound, "ms"),
        limit=amount(ramp.generator_limit, "/s"),
    )


def process_tables(report: Report, _: Translate) -> Markup:
    """Tell what each process used, the servers' and the load generator's, in the round in the middle."""
    used = [each for target in report.targets for each in _used(median_run(report.of(target)), _)]
    return joined([element("h2", _("Processes")), *used])


def _used(run: Run, _: Translate) -> list[Markup]:
    generator = run.phase.generator
    sides = (
        (_("{target}, round {round}"), run.phase.server),
        (_("load generator for {target}, round {round}"), generator.processes),
    )
    head = [_("process"), _("CPU, percent of one core"), _("memory (RSS)")]
    parts = [
        table(head, [_process(each) for each in processes], text.format(target=run.target, round=run.round))
        for text, processes in sides
        if processes
    ]
    if run.turns is not None:
        text = _("The server's loop took {p50} (p50), {p99} (p99), {max} at most a turn; {long} over 20 ms.")
        told = text.format(
            p50=amount(run.turns.p50, "ms"),
            p99=amount(run.turns.p99, "ms"),
            max=amount(run.turns.max, "ms"),
            long=f"{run.turns.long:,}",
        )
        parts.append(element("p", told, class_="faint"))
    if run.phase.offered:
        text = _("Messages were sent later than due by {p99} (p99), by {max} at most.")
        late = text.format(p99=amount(generator.lag_p99, "ms"), max=amount(generator.lag_max, "ms"))
        parts.append(element("p", late, class_="faint"))
    return parts


def _process(each: ProcessUse) -> list[str]:
    return [each.name, written("server_cpu", each.cpu), written("server_rss", each.rss)]


def named(values: Mapping[str, str | float | bool], _: Translate) -> Markup:
    """Tell values by their names, just as they are, settings for one."""
    rows = [[name, _said(value, _)] for name, value in values.items()]
    return table([_("name"), _("value")], rows, class_="texts")


def _said(value: str | float | bool, _: Translate) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
