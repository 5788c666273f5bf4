"""What a chat costs at which age, as a section of docs/performance.md and a plot."""

from __future__ import annotations

from ageing.measures import Measure
from support.paths import ROOT

from chatsimples.loadtest.drawing.frame import standalone
from chatsimples.loadtest.drawing.lines import Point, Series, line_plot
from chatsimples.loadtest.drawing.scales import Axis

PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "performance" / "ageing.svg"
BEGIN, END = "<!-- aged: begin -->", "<!-- aged: end -->"

_COLUMNS = (
    "records", "sessions", "names", "µs a record", "a young chat's", "old/young",
    "turns p99", "longest turn", "by the clock", "turns over 20 ms",
    "memory", "state", "told in", "restored in", "recovery", "disk",
)  # fmt: skip


def write_page(lives: dict[str, list[Measure]]) -> None:
    """Write the section anew, and draw the plot."""
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    _, after = rest.split(END)
    tables = "\n".join(line for name, measures in lives.items() for line in table(name, measures))
    PAGE.write_text(f"{before}{BEGIN}\n{tables}\n{END}{after}", "utf-8")
    series = [
        Series(name, [Point(each.age, dearer(each)) for each in measures], markers=True)
        for name, measures in lives.items()
    ]
    x, y = Axis("records", log=True), Axis("a record, old/young", "")
    PLOT.write_text(standalone(str(line_plot("What a record costs by age", x, y, series))), "utf-8")


def table(name: str, measures: list[Measure]) -> list[str]:
    """Write the table of one life."""
    lines = [
        f"**{name.capitalize()}**", "", f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"
    ]  # fmt: skip
    for each in measures:
        cells = (
            f"{each.age:,}", f"{each.sessions:,}", f"{each.names:,}", f"{1e6 * each.record:.2f}",
            f"{1e6 * each.young:.2f}", f"{dearer(each):.2f}", milliseconds(each.turn_p99),
            milliseconds(each.turn_max), milliseconds(each.turn_clock), f"{each.long_turns}",
            megabytes(each.memory), megabytes(each.state),
            milliseconds(each.snapshot), milliseconds(each.restore), milliseconds(each.recovery),
            megabytes(each.disk),
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def dearer(measure: Measure) -> float:
    """Return what a record costs against one of a young chat at the same time; 1 if there was none."""
    return measure.record / measure.young if measure.young else 1.0


def milliseconds(seconds: float) -> str:
    """Write a time."""
    return f"{1e3 * seconds:.3g} ms"


def megabytes(size: int) -> str:
    """Write a size."""
    return f"{size / 1e6:.0f} MB" if size >= 10_000_000 else f"{size / 1e6:.1f} MB"
