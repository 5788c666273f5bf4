"""A young chat that lives beside an old one: what a record costs in both is compared at the same time.

What a record costs depends on the machine, and on what else it does. So a *twin*, another process, lives
through its first records while the old chat is measured, on the same processor: whatever disturbs one
disturbs the other. It begins once as many are there as in the old one. Its people have names as long as those
of the old chat have by then, and numbers as large: what differs is the age.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import msgspec
from ageing.rig import run
from msgspec.structs import replace
from support.paths import ROOT

from chatsimples.loadtest.ageing.life import Habits

RECORDS_TO_COME = 3
"""Records for each who comes, after which a twin is what its chat is: all are there."""


class Cost(msgspec.Struct, frozen=True):
    """What so many records have cost, in seconds of the processor."""

    records: int
    seconds: float


class Twin:
    """The old chat's end of a twin.

    Args:
        process: the twin.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._asks, self._answers = process.stdin, process.stdout
        self._answer()

    def begin(self) -> None:
        """Let it live from here on."""
        self._ask()

    def end(self) -> Cost:
        """Return what it has cost since it began; it lives no more.

        Raises:
            EOFError: it is gone.
        """
        self._ask()
        return msgspec.json.decode(self._answer(), type=Cost)

    def _ask(self) -> None:
        self._asks.write(b"\n")
        self._asks.flush()

    def _answer(self) -> bytes:
        answer = self._answers.readline()
        if not answer:
            raise EOFError("the twin is gone")
        return answer


@contextmanager
def twin_of(habits: Habits, before: int = 0) -> Iterator[Twin]:
    """Let a twin come to where it can begin; both are on one processor meanwhile.

    Args:
        habits: of the people.
        before: sessions that the old chat has had.

    Raises:
        EOFError: it is gone.
    """
    # It ends when nobody can ask any more.
    with (
        on_one_processor(),
        subprocess.Popen(
            [sys.executable, __file__, msgspec.json.encode(replace(habits, before=before)).decode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        ) as process,
    ):
        yield Twin(process)


@contextmanager
def on_one_processor() -> Iterator[None]:
    """Keep this process and those that it starts on one processor, where the system lets them be kept."""
    if sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class _NobodyAsksError(Exception):
    """Nobody asks any more."""


class _Young:
    """Looks on at a twin: lets it begin, and tells what it has cost, when that is asked."""

    def __init__(self, warm: int) -> None:
        self.asking = 0.0
        self.spent = time.process_time
        self._warm = warm
        self._since: tuple[int, float] | None = None

    def turn(self, seconds: float, busy: float) -> None:
        """Take no note of turns."""

    def aged(self, records: int) -> None:
        """Do what is asked."""
        if records < self._warm:
            return
        if self._since is None:
            self._tell(b"here")
            self._since = records, self.spent() - self.asking
        elif select.select([sys.stdin], [], [], 0)[0]:
            before, spent = self._since
            self._tell(msgspec.json.encode(Cost(records - before, self.spent() - self.asking - spent)))
            raise _NobodyAsksError

    def _tell(self, answer: bytes) -> None:
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.buffer.flush()
        if not sys.stdin.buffer.readline():
            raise _NobodyAsksError


def main() -> None:
    """Live, with the habits that are named on the command line."""
    habits = msgspec.json.decode(sys.argv[1], type=Habits)
    young = _Young(habits.connected * RECORDS_TO_COME)
    with tempfile.TemporaryDirectory(prefix="chatsimples-twin-") as place, suppress(_NobodyAsksError):
        run(habits, sys.maxsize, Path(place) / "logs", lambda _: young)


if __name__ == "__main__":
    main()
