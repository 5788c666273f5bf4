"""The load test from settings to exit code: runs its plan, shows and writes what came out."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import msgspec
from rich.console import Console

from chatsimples.config.loadtest import LoadTestSettings
from chatsimples.config.server import ServerSettings
from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import Translate
from chatsimples.loadtest import results, table
from chatsimples.loadtest.ageing.aged_log import write_aged_log
from chatsimples.loadtest.machine import describe_machine
from chatsimples.loadtest.progress import Watch
from chatsimples.loadtest.report import page as html_page
from chatsimples.loadtest.results import Phase, Ramp, Report, Run, Turns
from chatsimples.loadtest.run.plan import OWN, Plan, make_plan
from chatsimples.loadtest.run.ramp import FIRST_RATE, climb
from chatsimples.loadtest.run.session import Session
from chatsimples.loadtest.run.shape import Load, Patience
from chatsimples.loadtest.targets import servers as targets
from chatsimples.loadtest.targets.turns import turns_told

_MAX_TEXT = ServerSettings().max_text
_ENDED_BY = (signal.SIGTERM, signal.SIGHUP)


def run(
    settings: LoadTestSettings,
    server_options: Sequence[str],
    translate: Translate,
    patience: Patience | None = None,
) -> int:
    """Carry out a load test.

    Args:
        settings: what to do.
        server_options: more of the command line of the test's own server.
        translate: into the language of the person.
        patience: with the servers, if not the usual one.

    Returns:
        0 if every reader got every message once and in order, else 1.

    Raises:
        SettingError: the settings do not go together.
        ChatSimplesError: a server is missing or can't be loaded, or a file can't be written.
    """
    plan = make_plan(settings, translate)
    for file in (settings.json, settings.html):
        _check_writable(file)
    with _ended_cleanly():
        report = carry_out(plan, server_options, translate, patience)
    try:
        if settings.json:
            results.save(report, Path(settings.json))
        if settings.html:
            html_page.save(report, Path(settings.html), translate=translate)
    finally:
        # Also when the disk is full; and the files are there if nobody reads the table to its end.
        table.show(report, Console(highlight=False), translate)
    return 0 if report.ok else 1


def carry_out(
    plan: Plan, server_options: Sequence[str], translate: Translate, patience: Patience | None = None
) -> Report:
    """Run all rounds, the servers taking turns, and report.

    Raises:
        ChatSimplesError: a server is missing or can't be loaded.
    """
    began = datetime.now(UTC)
    runs: list[Run] = []
    with Watch(Console(stderr=True, highlight=False), translate) as watch, ExitStack() as kept:
        logs = plan.settings.logs
        if plan.settings.age:
            logs = logs or kept.enter_context(TemporaryDirectory(prefix="chatsimples-aged-"))
            age = plan.settings.age
            write_aged_log(Path(logs), age, lambda records: watch.age(records, age))
        for number in range(1, plan.settings.runs + 1):
            # Who comes first may find a machine that has rested: each in turn.
            turn = (number - 1) % len(plan.targets)
            runs += [
                _run(
                    plan,
                    name,
                    number,
                    server_options=server_options,
                    logs=logs,
                    watch=watch,
                    translate=translate,
                    patience=patience,
                )
                for name in [*plan.targets[turn:], *plan.targets[:turn]]
            ]
    settings = {name: getattr(plan.settings, name) for name in plan.settings.__struct_fields__}
    if plan.workload is not None:
        settings["workload_messages"] = len(plan.workload.messages)
        settings["workload_whole"] = plan.workload.whole
    return Report(f"{began:%Y-%m-%dT%H:%M:%SZ}", describe_machine(), settings, runs)


def _run(
    plan: Plan,
    name: str,
    number: int,
    *,
    server_options: Sequence[str],
    logs: str,
    watch: Watch,
    translate: Translate,
    patience: Patience | None,
) -> Run:
    settings = plan.settings
    label = name if settings.runs == 1 else f"{name} {number}/{settings.runs}"
    watch.begin(label)
    shape = plan.shape(name)
    began = datetime.now(UTC)
    turns: list[Turns | None] = []
    if name == OWN and plan.running is not None:
        targets.allow_connections(plan.connections)
        place = nullcontext(targets.at(plan.running.host, plan.running.port, plan.trust))
    else:
        place = targets.running(  # type: ignore[assignment] # both give a Target
            name,
            connections=plan.connections,
            server_options=("--max-text", str(max(_MAX_TEXT, plan.longest_text)), *server_options),
            logs=logs,
            tls=plan.tls,
            ended=lambda folder: turns.append(turns_told(folder, began)),
        )
    with ExitStack() as started:
        with _held_back():
            target = started.enter_context(place)
        session = started.enter_context(
            Session(
                (target.host, target.port),
                shape,
                translate,
                pid=target.pid,
                watch=watch.moment,
                patience=patience,
                trust=target.trust,
            )
        )
        connecting = session.connect()

        def load(rate: float) -> Phase:
            watch.load(f"{rate:,.0f}/s" if rate else translate("all it takes"), plan.load.seconds)
            return session.load(Load(rate=rate, window=plan.load.window, seconds=plan.load.seconds))

        ramp: Ramp | None = None
        if settings.ramp:
            ramp, phases = climb(load, settings.ramp_p99, plan.load.rate or FIRST_RATE)
        else:
            phases = [load(plan.load.rate)]
        done = Run(name, target.version, number, connecting, phases, session.finish(), ramp)
    if turns:
        # Only when it has ended has it told of all.
        done = msgspec.structs.replace(done, turns=turns[0])
    watch.done(label, done.phase)
    return done


def _check_writable(file: str) -> None:
    """See to it before an hour's work that its results can be written."""
    if not file:
        return
    try:
        with Path(file).open("ab"):
            pass
    except OSError as error:
        raise ChatSimplesError(f"{file} can't be written: {error.strerror}") from None


@contextmanager
def _held_back() -> Iterator[None]:
    """Let signals wait while a server is started: of one that is half started nobody would know."""
    noted: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        noted.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, *_ENDED_BY)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if noted:
            signal.raise_signal(noted[0])


@contextmanager
def _ended_cleanly() -> Iterator[None]:
    """End the test's servers and processes also when it is told to end (SIGTERM), or its terminal goes."""

    def end(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    before = {number: signal.signal(number, end) for number in _ENDED_BY}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
