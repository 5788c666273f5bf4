"""What is measured of a life: at certain ages, what a record costs, and how large things are."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import msgspec
import psutil
from support.paths import ROOT

from chatsimples.chat.state import State
from chatsimples.loadtest.ageing.life import Life

WINDOW = 99_000
"""Records over which is measured what one costs."""

PARTS = 3
"""Parts of a window, each measured by itself. The least counts: what else the machine does only adds."""

_RECOVER = Path(__file__).with_name("recover_copy.py")


class Measure(msgspec.Struct, frozen=True):
    """What was measured at an age. Times are of the processor, in seconds; sizes in bytes.

    Attributes:
        age: records.
        sessions: that there have been.
        names: of people and rooms that there have been, each counted once.
        record: what a record cost in the cheapest part of the window just before.
        turns: how many turns the loop made in that time.
        turn_p99, turn_max: how long they took.
        long_turns: how many took more than 20 ms.
        memory: of the process.
        snapshot, restore: what it costs to tell the state in one go, and to take it over.
        state: its size, told.
        recovery: what it costs to go on with this transcript after a kill.
        disk: the transcript, with all that is kept beside it.
    """

    age: int
    sessions: int
    names: int
    record: float
    turns: int
    turn_p99: float
    turn_max: float
    long_turns: int
    memory: int
    snapshot: float
    restore: float
    state: int
    recovery: float
    disk: int


class Ages:
    """Measures a life at certain ages.

    Args:
        ages: in records, ascending; each at least `window`.
        folder: of the transcript.
        life: what is asked for.
        state: of the chat.
        told: is told each measure.
        window: records over which is measured what one costs.
        spent: tells what has been spent up to now: seconds of the processor, or what else counts as cost.

    Attributes:
        measures: those made.
        asking: what was spent on asking for things.
    """

    def __init__(
        self,
        ages: list[int],
        folder: Path,
        life: Life,
        state: State,
        *,
        told: Callable[[Measure], object],
        window: int,
        spent: Callable[[], float],
    ) -> None:
        self.measures: list[Measure] = []
        self.asking = 0.0
        self._ages = ages
        self._folder = folder
        self._life = life
        self._state = state
        self._told = told
        self._window = window
        self.spent = spent
        self._turns: list[float] = []
        self._begun = False
        self._marks: list[tuple[int, float]] = []
        self._is_first_turn = False

    def turn(self, seconds: float) -> None:
        """Note how long a turn of the loop took."""
        # A turn in which was measured is none of the life's.
        if self._begun and not self._is_first_turn:
            self._turns.append(seconds)
        self._is_first_turn = False

    def aged(self, records: int) -> None:
        """Note how many records there are; measure if it is time."""
        if not self._ages:
            return
        age = self._ages[0]
        if records < age - self._window + len(self._marks) * (self._window // PARTS):
            return
        self._marks.append((records, self.spent() - self.asking))
        if not self._begun:
            self._begun = self._is_first_turn = True
            self._turns.clear()
        elif len(self._marks) > PARTS:
            costs = [(then[1] - before[1]) / (then[0] - before[0]) for before, then in pairwise(self._marks)]
            self.measures.append(self._measure(records, min(costs)))
            self._told(self.measures[-1])
            self._begun = False
            self._marks.clear()
            self._ages.pop(0)

    def _measure(self, records: int, record: float) -> Measure:
        turns = sorted(self._turns)
        memory = psutil.Process().memory_info().rss
        began = time.process_time()
        told = self._state.snapshot()
        snapshot = time.process_time() - began
        began = time.process_time()
        State().restore(told)
        restore = time.process_time() - began
        return Measure(
            age=records,
            sessions=self._life.sessions,
            names=self._life.names,
            record=record,
            turns=len(turns),
            turn_p99=turns[99 * len(turns) // 100],
            turn_max=turns[-1],
            long_turns=sum(each > 0.020 for each in turns),
            memory=memory,
            snapshot=snapshot,
            restore=restore,
            state=len(told),
            recovery=recovery_of(self._folder),
            disk=sum(path.stat().st_size for path in self._folder.iterdir()),
        )


def recovery_of(folder: Path) -> float:
    """Return how many seconds of the processor it costs to go on with a transcript, in another process."""
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    done = subprocess.run(
        [sys.executable, str(_RECOVER), str(folder)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return float(done.stdout.split()[0])
