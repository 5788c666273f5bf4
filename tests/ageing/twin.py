"""A young chat that lives beside an old one: what a record costs in both is compared at the same time.

What a record costs depends on the machine, and on what else it does. So a *twin*, another process, lives
through its first records while the old chat is measured, a slice in turns with it. It begins once as many are
there as in the old one.
"""

from __future__ import annotations

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
        self._process = process

    def live(self, records: int) -> Cost:
        """Let it live through so many records, or a few more.

        Raises:
            EOFError: it is gone.
        """
        asks, answers = self._process.stdin, self._process.stdout
        assert asks is not None and answers is not None
        asks.write(b"%d\n" % records)
        asks.flush()
        answer = answers.readline()
        if not answer:
            raise EOFError("the twin is gone")
        return msgspec.json.decode(answer, type=Cost)


@contextmanager
def twin_of(habits: Habits) -> Iterator[Twin]:
    """Let a twin live."""
    with subprocess.Popen(
        [sys.executable, __file__, msgspec.json.encode(habits).decode()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
    ) as process:
        try:
            yield Twin(process)
        finally:
            process.kill()


class _NobodyAsksError(Exception):
    """Nobody asks any more."""


class _Slices:
    """Lives as far as it is asked to."""

    def __init__(self, warm: int) -> None:
        self.asking = 0.0
        self.spent = time.process_time
        self._until = warm
        self._since: tuple[int, float] | None = None

    def turn(self, seconds: float, busy: float) -> None:
        """Take no note of turns."""

    def aged(self, records: int) -> None:
        """Tell what the slice has cost, and wait for the next."""
        if records < self._until:
            return
        if self._since is not None:
            before, spent = self._since
            cost = Cost(records - before, self.spent() - self.asking - spent)
            sys.stdout.buffer.write(msgspec.json.encode(cost) + b"\n")
            sys.stdout.buffer.flush()
        asked = sys.stdin.buffer.readline()
        if not asked:
            raise _NobodyAsksError
        self._until = records + int(asked)
        self._since = records, self.spent() - self.asking


def main() -> None:
    """Live, with the habits that are named on the command line."""
    habits = msgspec.json.decode(sys.argv[1], type=Habits)
    slices = _Slices(habits.connected * RECORDS_TO_COME)
    with tempfile.TemporaryDirectory(prefix="chatsimples-twin-") as place, suppress(_NobodyAsksError):
        run(habits, sys.maxsize, Path(place) / "logs", lambda _: slices)


if __name__ == "__main__":
    main()
