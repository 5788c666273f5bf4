"""The page's word on whether its figures can be believed: what was delivered, and what to doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from chatsimples.i18n import N_, Translate
from chatsimples.loadtest.drawing.markup import Markup, element, joined, table
from chatsimples.loadtest.quantities import count
from chatsimples.loadtest.results import Generator, Report, Run

FAULTS = {
    "lost": N_("lost"),
    "duplicated": N_("duplicated"),
    "reordered": N_("reordered"),
    "damaged": N_("damaged"),
    "ended": N_("connections ended"),
}
"""What can be wrong, under which name."""


def verdicts(report: Report, _: Translate) -> list[Markup]:
    """Say of the server under test whether all was delivered, and of the others if it was not."""
    said: list[Markup] = []
    for number, target in enumerate(report.targets):
        runs = report.of(target)
        if any(not run.checks.ok for run in runs):
            said.append(_faults(target, runs, _))
        elif not _total(runs, "expected"):
            text = _("{target}: nothing had to be delivered, so nothing was checked.").format(target=target)
            said.append(element("div", element("strong", f"? {text}"), class_="word warn"))
        elif not number:
            text = _("Everything was delivered, once and in order: {exact} of {expected} deliveries.")
            exact, expected = (count(_total(runs, name)) for name in ("exact", "expected"))
            words = text.format(exact=exact, expected=expected)
            said.append(element("div", element("strong", f"✓ {target}: {words}"), class_="word good"))
    return said


def _faults(target: str, runs: Sequence[Run], _: Translate) -> Markup:
    found = [(_(FAULTS[name]), _total(runs, name)) for name in FAULTS]
    lines = [element("li", element("strong", f"{name}: {count(number)}")) for name, number in found if number]
    lines += [
        element("li", _("round {round}: {first}").format(round=run.round, first=run.checks.first))
        for run in runs
        if run.checks.first
    ]
    text = _("Not everything was delivered once and in order: {exact} of {expected} deliveries were.")
    exact, expected = (count(_total(runs, name)) for name in ("exact", "expected"))
    words = element("strong", f"✗ {target}: {text.format(exact=exact, expected=expected)}")
    return element("div", words, element("ul", *lines), class_="word bad", role="alert")


def warnings(report: Report, _: Translate) -> list[Markup]:
    """Say where the figures are not the server's own, with one reason a server: the others are alike."""
    limited = _(
        "The load generator was the bottleneck, not {target} (round {rounds}); the figures tell of it."
    )
    disturbed = _("The figures of {target} are not its own alone (round {rounds}).")
    return [
        *_doubts(report, limited, lambda generator: generator.bottleneck),
        *_doubts(report, disturbed, lambda generator: generator.disturbed),
    ]


def _doubts(report: Report, text: str, reason: Callable[[Generator], str]) -> list[Markup]:
    where: dict[str, tuple[str, list[int]]] = {}
    for run in report.runs:
        for phase in run.phases:
            if why := reason(phase.generator):
                _why, rounds = where.setdefault(run.target, (why, []))
                rounds += [run.round] if run.round not in rounds else []
    return [
        element(
            "div",
            element("strong", "⚠ " + text.format(target=target, rounds=", ".join(map(str, rounds)))),
            element("p", why),
            class_="word warn",
        )
        for target, (why, rounds) in where.items()
    ]


def checks_table(report: Report, _: Translate) -> Markup:
    """Count what was delivered to whom and how, of each run."""
    head = [_("server"), _("round"), _("expected"), _("exact"), *[_(name) for name in FAULTS.values()]]
    head += [_("slow ones' arrears"), _("reconnected")]
    rows = []
    for run in report.runs:
        checks = run.checks
        plain = [checks.expected, checks.exact]
        faults = [_fault(getattr(checks, name)) for name in FAULTS]
        rest = [count(checks.slow_behind), count(checks.reconnected)]
        rows.append([run.target, str(run.round), *map(count, plain), *faults, *rest])
    return joined([element("h2", _("What was delivered")), table(head, rows)])


def _fault(number: int) -> str:
    return element("td", f"✗ {count(number)}", class_="bad") if number else count(number)


def _total(runs: Iterable[Run], name: str) -> int:
    return sum(getattr(run.checks, name) for run in runs)
