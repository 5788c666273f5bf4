"""The tables at the end of a load test."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chatsimples.i18n import Translate
from chatsimples.loadtest.quantities import megabytes, milliseconds, percent, quantity, times
from chatsimples.loadtest.results import Checks, Phase, ProcessUse, Ramp, Report, Run, compare

_ENOUGH = 0.9


def show(report: Report, console: Console, translate: Translate) -> None:
    """Print what came out: each server's figures, the comparison, the checks, and what to doubt.

    Args:
        report: of at least one run.
        console: where to.
        translate: into the language of the person.
    """
    if len(report.targets) == 1:
        console.print(_figures(report.runs[-1], translate))
    else:
        console.print(_side_by_side(report, translate))
        console.print(_ratios(report, translate))
    for target in report.targets:
        last = report.of(target)[-1]
        if last.ramp is not None:
            console.print(_ramp(last, last.ramp, translate))
    for run in report.runs:
        _verdict(run, console, translate)


def _figures(run: Run, translate: Translate) -> Table:
    """Show one server's last run, figure by figure."""
    _ = translate
    phase = run.phase
    table = Table(title=f"{run.target} {run.version}".strip(), show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row(_("offered, messages/s"), quantity(phase.offered) if phase.offered else _("all it takes"))
    table.add_row(_("achieved, messages/s"), quantity(phase.achieved))
    table.add_row(_("deliveries/s"), quantity(phase.deliveries))
    table.add_row(_("received a second"), quantity(phase.bytes, "B"))
    if phase.writes:
        table.add_row(_("socket writes per message"), f"{phase.writes:.3g}")
    for label, name in (("p50", "p50"), ("p99", "p99"), ("p99.9", "p999"), (_("longest"), "max")):
        table.add_row(f"{_('latency')}, {label}", milliseconds(getattr(phase.latency, name)))
    came = _("{count} in {time}")
    table.add_row(
        _("readers came in"),
        came.format(count=run.connecting.connections, time=milliseconds(1000 * run.connecting.seconds)),
    )
    for process in phase.server:
        table.add_row(_("server: {name}").format(name=process.name), _used(process))
    for process in phase.generator.processes:
        table.add_row(_("load test: {name}").format(name=process.name), _used(process))
    return table


def _used(process: ProcessUse) -> str:
    return f"{process.cpu:.0f} % CPU, {megabytes(process.rss)}"


def _side_by_side(report: Report, translate: Translate) -> Table:
    _ = translate
    rounds = len(report.of(report.targets[0]))
    table = Table(title=_("medians of {rounds} rounds").format(rounds=rounds) if rounds > 1 else None)
    table.add_column("")
    for head, *_rest in _columns(translate):
        table.add_column(head, justify="right")
    written = [
        [write(each.median) for each in compare(report, figure)]
        for _head, figure, write in _columns(translate)
    ]
    for target, *cells in zip(report.targets, *written, strict=True):
        table.add_row(target, *cells)
    return table


def _ratios(report: Report, translate: Translate) -> Table:
    _ = translate
    first, *others = report.targets
    table = Table(title=_("{name}, how many times the other").format(name=first))
    table.add_column("")
    for head, *_rest in _columns(translate):
        table.add_column(head, justify="right")
    columns = []
    for _head, figure, _write in _columns(translate):
        own, *theirs = compare(report, figure)
        columns.append([times(own.median / each.median) if each.median else "" for each in theirs])
    for target, *cells in zip(others, *columns, strict=True):
        table.add_row(target, *cells)
    return table


def _columns(translate: Translate) -> list[tuple[str, str, Callable[[float], str]]]:
    """Give the columns of comparisons: what stands above, the figure, and how it is written."""
    _ = translate
    return [
        (_("deliveries/s"), "deliveries", quantity),
        ("p50", "p50", milliseconds),
        ("p99", "p99", milliseconds),
        (_("CPU"), "server_cpu", percent),
        (_("memory"), "server_rss", megabytes),
        (_("writes/message"), "writes", lambda value: f"{value:.3g}" if value else ""),
    ]


def _ramp(run: Run, ramp: Ramp, translate: Translate) -> Table:
    _ = translate
    table = Table(title=_("{name}: the ramp").format(name=run.target))
    for head in (_("offered"), _("achieved"), "p50", "p99", _("held")):
        table.add_column(head, justify="right")
    for step in sorted(ramp.steps, key=lambda each: each.offered):
        table.add_row(
            quantity(step.offered),
            quantity(step.achieved),
            milliseconds(step.p50),
            milliseconds(step.p99),
            _("yes") if step.held else _("no"),
        )
    text = (
        _("the knee: {knee} messages/s are held with p99 within {bound}")
        if ramp.reached
        else _("no knee was found: {knee} messages/s are still held")
    )
    table.caption = text.format(knee=quantity(ramp.knee), bound=milliseconds(ramp.bound))
    return table


def _verdict(run: Run, console: Console, translate: Translate) -> None:
    _ = translate
    name = run.target if run.round == 1 else f"{run.target}, {run.round}"
    checks = run.checks
    if checks.ok:
        text = _("{name}: all {count} deliveries came once and in order").format(
            name=name, count=f"{checks.expected:,}"
        )
        console.print(Text(text, "green"))
    else:
        console.print(Text(f"{name}: {faults(checks, translate)}", "bold red"))
    if checks.slow_behind:
        text = _("{name}: slow readers had {count} messages still to read").format(
            name=name, count=f"{checks.slow_behind:,}"
        )
        console.print(Text(text))
    if checks.reconnected:
        text = _("{name}: {count} readers came and left meanwhile").format(
            name=name, count=checks.reconnected
        )
        console.print(Text(text))
    _doubts(name, run.phase, console, translate)


def faults(checks: Checks, translate: Translate) -> str:
    """Say what was wrong, in a sentence."""
    _ = translate
    text = _(
        "of {expected} deliveries {lost} were lost, {duplicated} came twice, {reordered} out of order; "
        "{damaged} units were damaged, {ended} connections ended. {first}"
    )
    return text.format(
        expected=f"{checks.expected:,}",
        lost=checks.lost,
        duplicated=checks.duplicated,
        reordered=checks.reordered,
        damaged=checks.damaged,
        ended=checks.ended,
        first=checks.first,
    ).strip()


def _doubts(name: str, phase: Phase, console: Console, translate: Translate) -> None:
    _ = translate
    if phase.generator.bottleneck:
        text = _("{name}: the generator was the bottleneck, not the server: {why}")
        console.print(Text(text.format(name=name, why=phase.generator.bottleneck), "yellow"))
    elif phase.offered and phase.achieved < _ENOUGH * phase.offered:
        text = _(
            "{name}: of {offered} messages/s only {achieved} were taken: the server is at its limit, or has "
            "a limit set (--message-rate)"
        )
        console.print(
            Text(
                text.format(name=name, offered=quantity(phase.offered), achieved=quantity(phase.achieved)),
                "yellow",
            )
        )
