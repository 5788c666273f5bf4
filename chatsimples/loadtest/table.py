"""The tables at the end of a load test."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chatsimples.i18n import Translate
from chatsimples.loadtest.comparison import compare
from chatsimples.loadtest.quantities import NO_NUMBER, megabytes, milliseconds, percent, quantity, times
from chatsimples.loadtest.results import Checks, ProcessUse, Ramp, Report, Run, Turns

_ENOUGH = 0.9
_FEW_EACH = 20.0


def show(report: Report, console: Console, translate: Translate) -> None:
    """Print what came out: each server's figures, the comparison, the checks, and what to doubt.

    Args:
        report: of at least one run.
        console: where to.
        translate: into the language of the person.
    """
    several = len(report.targets) > 1
    if several or len(report.runs) > 1:
        console.print(_side_by_side(report, translate))
    if several:
        console.print(_ratios(report, translate))
    else:
        console.print(_figures(report.runs[-1], len(report.runs), translate))
    for target in report.targets:
        last = report.of(target)[-1]
        if last.ramp is not None:
            console.print(_ramp(last, last.ramp, translate))
    for run in report.runs:
        _verdict(run, report, console, translate)


def _figures(run: Run, rounds: int, translate: Translate) -> Table:
    """Show one server's last run, figure by figure."""
    _ = translate
    phase = run.phase
    title = f"{run.target} {run.version}".strip()
    if rounds > 1:
        title = _("{name}, round {round} of {rounds}").format(name=title, round=run.round, rounds=rounds)
    table = Table(title=title, show_header=False)
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
    if phase.offered:
        late = _("{p99} (p99), {max} at most").format(
            p99=milliseconds(phase.generator.lag_p99), max=milliseconds(phase.generator.lag_max)
        )
        table.add_row(_("sent later than due by"), late)
    came = _("{count} in {time}")
    table.add_row(
        _("readers came in"),
        came.format(count=run.connecting.connections, time=milliseconds(1000 * run.connecting.seconds)),
    )
    if not phase.server:
        table.add_row(_("server: CPU, memory"), NO_NUMBER)
    for process in phase.server:
        table.add_row(_("server: {name}").format(name=process.name), _used(process))
    if run.turns is not None:
        table.add_row(_("server: turns of its loop"), _turns(run.turns, translate))
    for process in phase.generator.processes:
        table.add_row(_("load test: {name}").format(name=process.name), _used(process))
    return table


def _used(process: ProcessUse) -> str:
    return f"{process.cpu:.0f} % CPU, {megabytes(process.rss)}"


def _turns(turns: Turns, translate: Translate) -> str:
    _ = translate
    text = _("{p99} (p99), {max} at most, {long} over 20 ms")
    return text.format(p99=milliseconds(turns.p99), max=milliseconds(turns.max), long=f"{turns.long:,}")


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
        # Words, so that the heading can be broken where the terminal is narrow.
        (_("writes per message"), "writes", lambda value: f"{value:.3g}" if value else ""),
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
    if ramp.generator:
        text = _("no knee was found: the load test's own processes were at their limit at {rate}")
    elif ramp.reached:
        text = _("the knee: {knee} messages/s are held with p99 within {bound}")
    else:
        text = _("no knee was found: {knee} messages/s are still held")
    table.caption = text.format(
        knee=quantity(ramp.knee), bound=milliseconds(ramp.bound), rate=quantity(ramp.generator_limit, "/s")
    )
    return table


def _verdict(run: Run, report: Report, console: Console, translate: Translate) -> None:
    _ = translate
    name = run.target if run.round == 1 else f"{run.target}, {run.round}"
    checks = run.checks
    if checks.ok:
        text = _("{name}: all {count} deliveries came once and in order").format(
            name=name, count=f"{checks.expected:,}"
        )
        console.print(Text(text, "green"))
    else:
        console.print(Text(f"{name}: {_faults(checks, translate)}", "bold red"))
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
    for doubt in _doubts(name, run, report, translate):
        console.print(Text(doubt, "yellow"))


def _faults(checks: Checks, translate: Translate) -> str:
    """Say what was wrong, in a sentence."""
    _ = translate
    text = _(
        "of {expected} deliveries {lost} were lost, {duplicated} came twice, {reordered} out of order; "
        "{damaged} pieces that nobody sent, {ended} connections ended. {first}"
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


def _doubts(name: str, run: Run, report: Report, translate: Translate) -> list[str]:
    """Say why the figures may not be the server's own."""
    _ = translate
    phase = run.phase
    doubts: list[str] = []
    if phase.generator.bottleneck:
        text = _("{name}: the generator was the bottleneck, not the server: {why}")
        doubts.append(text.format(name=name, why=phase.generator.bottleneck))
    elif phase.offered and phase.achieved < _ENOUGH * phase.offered:
        text = _(
            "{name}: of {offered} messages/s only {achieved} were taken: the server is at its limit, or has "
            "a limit set (--message-rate)"
        )
        doubts.append(
            text.format(name=name, offered=quantity(phase.offered), achieved=quantity(phase.achieved))
        )
    elif _held_back(run, report):
        text = _(
            "{name}: only {achieved} messages/s were taken: the server may have a limit set for each "
            "connection (--message-rate)"
        )
        doubts.append(text.format(name=name, achieved=quantity(phase.achieved)))
    if phase.generator.disturbed:
        text = _("{name}: the figures are not the server's alone: {why}")
        doubts.append(text.format(name=name, why=phase.generator.disturbed))
    return doubts


def _held_back(run: Run, report: Report) -> bool:
    """Tell whether a server that ran already took so little of a closed loop as if it had a limit set."""
    settings = report.settings
    if (
        run.phase.offered
        or not (settings.get("port") or settings.get("server"))
        or run.target != report.targets[0]
    ):
        return False
    senders = max(int(settings.get("senders", 1)), int(settings.get("rooms", 1)))
    return run.phase.achieved < _FEW_EACH * senders
