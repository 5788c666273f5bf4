"""What is measured of a life: at certain ages, what a record costs, and how large things are.

What a record costs at an age is compared with what one costs in a young chat that lives at the same time, on
the same processor. So it makes no difference what else the machine does. Whatever has to be measured of the
state and the transcript is measured by another process, on a copy: nothing is left of it in this one.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import psutil
from ageing.recover_copy import OfACopy
from ageing.rig import run
from ageing.twin import RECORDS_TO_COME, Cost, Twin
from support.paths import ROOT

from chatsimples.chat.sessions import BOUNDS, Bounds
from chatsimples.loadtest.ageing.life import Habits, Life

WINDOW = 99_000
"""Records over which is measured what one costs."""

LONG_TURN = 0.020
"""Seconds."""

_RECOVER = Path(__file__).with_name("recover_copy.py")


class Measure(msgspec.Struct, frozen=True):
    """What was measured at an age. Times are of the processor, in seconds; sizes in bytes.

    Attributes:
        age: records.
        sessions: that there have been.
        names: of people and rooms that there have been, each counted once.
        record: what a record cost in the window just before.
        young: what one cost at the same time in a chat that lived through its first; 0 if none did.
        turns: how many turns the loop made in that time.
        turn_p99, turn_max: for how long they had the processor.
        turn_clock: how long the longest took by the clock, while others ran.
        long_turns: how many had the processor for more than 20 ms.
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
    young: float
    turns: int
    turn_p99: float
    turn_max: float
    turn_clock: float
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
        bounds: of the sessions.
        told: is told each measure.
        window: records over which is measured what one costs.
        spent: tells what has been spent up to now: seconds of the processor, or what else counts as cost.
        twin: lets a young chat live after so many sessions, if there is to be one.

    Attributes:
        measures: those made.
        asking: what was spent on asking for things.
    """

    def __init__(
        self,
        ages: list[int],
        folder: Path,
        life: Life,
        bounds: Bounds,
        *,
        told: Callable[[Measure], object],
        window: int,
        spent: Callable[[], float],
        twin: Callable[[int], AbstractContextManager[Twin]] | None,
    ) -> None:
        self.measures: list[Measure] = []
        self.asking = 0.0
        self.spent = spent
        self._ages = ages
        self._folder = folder
        self._life = life
        self._bounds = bounds
        self._told = told
        self._window = window
        self._all_there = life.habits.connected * RECORDS_TO_COME
        self._make_twin = twin
        self._twin: AbstractContextManager[Twin] | None = None
        self._living: Twin | None = None
        self._turns: list[tuple[float, float]] = []
        self._begun: tuple[int, float] | None = None
        self._young = Cost(0, 0.0)
        self._is_disturbed = False

    def turn(self, seconds: float, busy: float) -> None:
        """Note how long a turn of the loop took, and for how long of that it had the processor."""
        # A turn in which was measured is none of the life's.
        if self._begun is not None and not self._is_disturbed:
            self._turns.append((busy, seconds))
        self._is_disturbed = False

    def aged(self, records: int) -> None:
        """Note how many records there are; measure if it is time."""
        if not self._ages:
            return
        age = self._ages[0]
        if self._begun is None:
            if records >= max(age - self._window, self._all_there):
                self._begin(records)
        elif records >= age:
            self._end(records, self._begun)

    def close(self) -> None:
        """Let no young chat live any more."""
        if self._twin is not None:
            self._twin.__exit__(None, None, None)
            self._twin = self._living = None

    def _begin(self, records: int) -> None:
        self._young = Cost(0, 0.0)
        self._turns.clear()
        if self._make_twin is not None:
            self._twin = self._make_twin(self._life.sessions)
            self._living = self._twin.__enter__()
            self._living.begin()
        self._is_disturbed = True
        self._begun = records, self.spent() - self.asking

    def _end(self, records: int, begun: tuple[int, float]) -> None:
        before, spent = begun
        cost = (self.spent() - self.asking - spent) / (records - before)
        if self._living is not None:
            self._young = self._living.end()
        self.close()
        self.measures.append(self._measure(records, cost))
        self._told(self.measures[-1])
        self._begun = None
        self._is_disturbed = True
        self._ages.pop(0)

    def _measure(self, records: int, cost: float) -> Measure:
        busy = sorted(busy for busy, _ in self._turns)
        young = self._young
        memory = psutil.Process().memory_info().rss
        of_the_state = measured_copy(self._folder, self._bounds)
        return Measure(
            age=records,
            sessions=self._life.sessions,
            names=self._life.names,
            record=cost,
            young=young.seconds / young.records if young.records else 0.0,
            turns=len(busy),
            turn_p99=busy[99 * len(busy) // 100],
            turn_max=busy[-1],
            turn_clock=max(seconds for _, seconds in self._turns),
            long_turns=sum(each > LONG_TURN for each in busy),
            memory=memory,
            snapshot=of_the_state.snapshot,
            restore=of_the_state.restore,
            state=of_the_state.state,
            recovery=of_the_state.recovery,
            disk=sum(path.stat().st_size for path in self._folder.iterdir()),
        )


def measured_copy(folder: Path, bounds: Bounds) -> OfACopy:
    """Tell what it costs to go on with a transcript, and to tell its state, in another process."""
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    done = subprocess.run(
        [sys.executable, str(_RECOVER), str(folder), msgspec.json.encode(bounds).decode()],
        capture_output=True,
        check=True,
        env=environment,
    )
    return msgspec.json.decode(done.stdout, type=OfACopy)


def live(
    habits: Habits,
    ages: list[int],
    folder: Path,
    told: Callable[[Measure], object] = lambda _: None,
    *,
    window: int,
    spent: Callable[[], float] = time.process_time,
    bounds: Bounds = BOUNDS,
    segment_size: int = 33_554_432,
    twin: Callable[[int], AbstractContextManager[Twin]] | None = None,
) -> list[Measure]:
    """Let a chat live to the last of the ages, then stop; return what was measured.

    Args:
        habits: of the people.
        ages: at which to measure, in records.
        folder: of the transcript.
        told: is told each measure when it is made.
        window: records over which is measured what one costs.
        spent: tells what has been spent up to now.
        bounds: of the sessions.
        segment_size: bytes of a segment.
        twin: lets a young chat live after so many sessions, if there is to be one.
    """
    watching: list[Ages] = []

    def watched_by(life: Life) -> Ages:
        watching.append(
            Ages(list(ages), folder, life, bounds, told=told, window=window, spent=spent, twin=twin)
        )
        return watching[0]

    try:
        run(habits, ages[-1], folder, watched_by, bounds=bounds, segment_size=segment_size)
    finally:
        for each in watching:
            each.close()
    return watching[0].measures
