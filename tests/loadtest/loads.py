"""Tiny loads for tests: what a load test finds at a server, and whether anything of it is left."""

from __future__ import annotations

import multiprocessing
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import ModuleType
from unittest.mock import patch

import psutil
from loadtest.faulty import faulty

from chatsimples.errors import LoadTestError
from chatsimples.loadtest.generator.measuring import Live
from chatsimples.loadtest.results import Checks, Connecting, Phase
from chatsimples.loadtest.run.session import Session
from chatsimples.loadtest.run.shape import Load, Patience, Shape

PATIENT = Patience(join=60.0, marks=60.0, still=30.0, silence=60.0)
"""For what comes, however slow the machine is."""

_AT_ONCE = 12

OF_PYTHON = re.compile("resource_tracker|multiprocessing.forkserver")
"""What Python itself keeps below this process."""

Case = tuple[str, str]

SENT = 120
"""Texts of a steady load; a fault is at the 40th, of which the number is 39."""

STEADY = Load(rate=400, window=0, seconds=0.3)
CLOSED = Load(rate=0, window=64, seconds=0.3)


@dataclass
class Outcome:
    """What came out of a load."""

    connecting: Connecting
    phases: list[Phase]
    checks: Checks
    lives: list[Live] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, int]:
        """Give what was wrong, without what was not."""
        names = ("lost", "duplicated", "reordered", "damaged", "ended")
        return {name: getattr(self.checks, name) for name in names if getattr(self.checks, name)}


def shape(**differently: object) -> Shape:
    """Give a small shape: three readers and a sender in a room, in one process."""
    small = {
        "protocol": "text", "clients": 3, "senders": 1, "rooms": 1, "size": 40, "processes": 1,
        "tag": "-t", "marks_tag": 123_456,
    }  # fmt: skip
    return Shape(**{**small, **differently})  # type: ignore[arg-type] # the test says what is what


def measure(
    port: int,
    *loads: Load,
    patience: Patience = PATIENT,
    meanwhile: Callable[[Session], None] = lambda _: None,
    forked: bool = True,
    **differently: object,
) -> Outcome:
    """Load a server; see to it that no process is left, whatever comes of it.

    Args:
        port: of the server, on loopback.
        loads: one after the other; none: a steady one.
        patience: with the server.
        meanwhile: called when everybody has come in.
        forked: its processes are made the quick way; see `quick_start`.
        differently: what is not as `shape` has it.
    """
    before = children()
    try:
        with quick_start(forked=forked):
            return _measure(port, loads or [STEADY], patience, shape(**differently), meanwhile=meanwhile)
    finally:
        assert before == children()


def _measure(
    port: int,
    loads: Sequence[Load],
    patience: Patience,
    its_shape: Shape,
    *,
    meanwhile: Callable[[Session], None] = lambda _: None,
) -> Outcome:
    lives: list[Live] = []
    with Session(("127.0.0.1", port), its_shape, str, watch=lives.append, patience=patience) as session:
        connecting = session.connect()
        meanwhile(session)
        phases = [session.load(load) for load in loads]
        return Outcome(connecting, phases, session.finish(), lives)


def measure_faults(cases: Iterable[tuple[Case, Patience]]) -> dict[Case, Outcome | LoadTestError]:
    """Load servers with faults, some at once as they mostly wait; give what came out of each.

    A case is a fault, of `faulty`, and a protocol; with it stands the patience with that server.
    """

    def outcome(given: tuple[Case, Patience]) -> Outcome | LoadTestError:
        (fault, protocol), patience = given
        with faulty(fault, last_number=SENT - 1) as server:
            try:
                return _measure(server.port, [STEADY], patience, shape(protocol=protocol))
            except LoadTestError as error:
                return error

    before = children()
    with quick_start(), ThreadPoolExecutor(_AT_ONCE) as pool:
        cases = list(cases)
        found = dict(zip((case for case, _ in cases), pool.map(outcome, cases), strict=True))
    assert before == children()
    return found


@contextmanager
def quick_start(*, forked: bool = True) -> Iterator[None]:
    """Let the processes of a load test not import the main program, which is that of the tests.

    Args:
        forked: they are forks of a process that has imported all, and not interpreters of their own. A load
            test from the command line makes the latter; `endtoend/test_load_test.py` shows that it does.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    method = "forkserver" if forked else "spawn"
    context = multiprocessing.get_context(method)
    if forked:
        context.set_forkserver_preload(
            ["chatsimples.loadtest.generator.readers", "chatsimples.loadtest.generator.senders"]
        )
    try:
        with patch.object(multiprocessing, "get_context", lambda _: context):
            yield
    finally:
        sys.modules["__main__"] = main


def children() -> list[str]:
    """Tell what runs below this process, apart from what Python itself keeps there."""
    found = []
    for each in psutil.Process().children(recursive=True):
        # What has ended and only waits to be asked for its exit code does not run.
        with suppress(psutil.NoSuchProcess):
            command = str(each.cmdline())
            # A fork is called as what it is a fork of, until it gives itself a name.
            if each.ppid() != os.getpid() or not OF_PYTHON.search(command):
                found.append(f"{each.pid} {command}")
    return sorted(found)
