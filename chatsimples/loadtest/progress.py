"""What a person sees while a load test runs: one line that lives, and a line for each run that is done."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from chatsimples.i18n import Translate
from chatsimples.loadtest.generator.measuring import Live
from chatsimples.loadtest.quantities import milliseconds, quantity
from chatsimples.loadtest.results import Phase

_A_SECOND = 2


class Watch:
    """Shows on a terminal how a load test goes; in a pipe it says nothing before a run has ended.

    Args:
        console: where people look; standard error, so that the results can be piped on.
        translate: into the language of the person.
    """

    def __init__(self, console: Console, translate: Translate) -> None:
        self._console = console
        self._translate = translate
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[now]}", markup=False),
            console=console,
            refresh_per_second=_A_SECOND,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=None, now="")
        self._seconds = 0.0
        self._name = ""

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, name: str) -> None:
        """Say what begins: a server is started, and everybody comes in."""
        self._name = name
        _ = self._translate
        self._progress.update(
            self._task, description=_("{name}: everybody comes in").format(name=name), total=None, now=""
        )

    def age(self, records: int, of: int) -> None:
        """Say how far the aged transcript is that a server is given."""
        _ = self._translate
        self._progress.update(
            self._task, description=_("an aged transcript is written"), total=of, completed=records, now=""
        )

    def load(self, what: str, seconds: float) -> None:
        """Say that load begins."""
        self._seconds = seconds
        self._progress.update(
            self._task, description=f"{self._name}: {what}", total=seconds, completed=0, now=""
        )

    def moment(self, live: Live) -> None:
        """Show the last moment."""
        moment = live.moment
        now = self._translate("{deliveries} deliveries/s, p50 {p50}, p99 {p99}").format(
            deliveries=quantity(moment.delivered), p50=milliseconds(moment.p50), p99=milliseconds(moment.p99)
        )
        self._progress.update(self._task, completed=self._seconds - live.left, now=now)

    def done(self, name: str, phase: Phase) -> None:
        """Say what has come out of a phase."""
        text = self._translate(
            "{name}: {deliveries} deliveries/s, {messages} messages/s, p50 {p50}, p99 {p99}"
        ).format(
            name=name,
            deliveries=quantity(phase.deliveries),
            messages=quantity(phase.achieved),
            p50=milliseconds(phase.latency.p50),
            p99=milliseconds(phase.latency.p99),
        )
        self._console.print(text, markup=False, highlight=False)
