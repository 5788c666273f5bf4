"""What processes use, as the system counts it."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import psutil
import pytest
from support.waiting import eventually

from chatsimples.loadtest.results import ProcessUse
from chatsimples.loadtest.run.usage import PhaseUse, Usage, machine_seconds

Start = Callable[[str], "subprocess.Popen[str]"]

_IDLE = "print('here', flush=True); input()"
_BUSY = "while True: pass"
_GROWING = (
    "input(); kept = bytearray(64 << 20); kept[::4096] = b'x' * len(kept[::4096]);"
    "print('big', flush=True); input()"
)
_FAMILY = (
    "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=0);"
    "print(child.pid, flush=True); child.wait()"
)
_TITLED = (
    "import setproctitle; setproctitle.setproctitle('chatsimples: acceptor');"
    "print('titled', flush=True); input()"
)


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(program: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
        return started[-1]

    yield begin
    for process in started:
        # Its end of input ends also what it has started; the pipe is the same.
        process.kill()
        process.communicate()


def used(usage: Usage, count: int = 1, seconds: float = 1.0) -> list[ProcessUse]:
    """Give what is used, by so many processes, as if so many seconds had passed."""
    found = usage.used(seconds)
    assert count == len(found)
    return found


def works_for(process: subprocess.Popen[str], seconds: float) -> None:
    """Wait until a process has had so many seconds of a processor."""
    before = processor_seconds(process)
    eventually(lambda: processor_seconds(process) >= before + seconds, "it has had its time")


def processor_seconds(process: subprocess.Popen[str]) -> float:
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)


def test_a_busy_process_uses_a_core_and_an_idle_one_nothing(start: Start) -> None:
    busy, idle = start(_BUSY), start(_IDLE)
    assert idle.stdout is not None
    # Only what it does for itself: the interpreter's start is work, too.
    idle.stdout.readline()
    before = processor_seconds(busy)
    usage = Usage([busy.pid, idle.pid])
    works_for(busy, 0.3)
    of_busy, of_idle = used(usage, 2, seconds=0.5)
    # The system's clock has hundredths.
    assert 55 < of_busy.cpu < 5 + 200 * (processor_seconds(busy) - before)
    assert of_idle.cpu < of_busy.cpu / 2


def test_the_highest_memory_counts_and_not_the_last(start: Start) -> None:
    process = start(_GROWING)
    assert process.stdin is not None
    assert process.stdout is not None
    usage = Usage([process.pid])
    [before] = used(usage)
    process.stdin.write("\n")
    process.stdin.flush()
    assert "big\n" == process.stdout.readline()
    [grown] = used(usage)
    assert 60 << 20 < grown.rss - before.rss < 80 << 20
    process.kill()
    process.wait()
    assert [grown.rss] == [each.rss for each in used(usage)]


def test_what_descends_from_a_process_is_watched_too_unless_it_is_not_wanted(start: Start) -> None:
    parent = start(_FAMILY)
    assert parent.stdout is not None
    parent.stdout.readline()
    used(Usage([parent.pid]), 2)
    used(Usage([parent.pid], children=False), 1)


def test_a_process_goes_by_the_title_that_it_gave_itself(start: Start) -> None:
    process = start(_TITLED)
    assert process.stdout is not None
    process.stdout.readline()
    assert ["acceptor"] == [each.name for each in used(Usage([process.pid]))]


def test_a_process_that_ends_meanwhile_or_is_not_there_does_no_harm(
    start: Start,
) -> None:
    process, other = start(_IDLE), start(_IDLE)
    usage = Usage([process.pid, other.pid])
    process.kill()
    usage.look()
    process.wait()
    usage.look()
    first, _ = used(usage, 2)
    assert first.cpu >= 0
    assert first.rss > 0
    assert [] == Usage([process.pid]).used(1.0)
    assert [] == Usage([]).used(1.0)


def test_it_can_be_asked_again_and_counts_from_its_beginning(start: Start) -> None:
    busy = start(_BUSY)
    usage = Usage([busy.pid])
    works_for(busy, 0.1)
    assert used(usage)[0].cpu > 0
    assert used(usage)[0].cpu > 0


def test_who_comes_later_is_watched_from_then_on_and_who_goes_keeps_what_it_had(start: Start) -> None:
    parent = start(_FAMILY)
    assert parent.stdout is not None
    usage = Usage([os.getpid()])
    parent.stdout.readline()
    usage.look()
    before = len(usage.used(1.0))
    parent.kill()
    parent.wait()
    assert before == len(usage.used(1.0))
    assert before >= 3


def test_a_phase_is_told_from_its_beginning_with_the_machine_around_it(start: Start) -> None:
    began = machine_seconds()
    server, own = start(_BUSY), start(_IDLE)
    use = PhaseUse([server.pid], [own.pid], longest_wait=math.inf)
    works_for(server, 0.2)
    use.end(0.3)
    assert use.server[0].cpu > 50
    assert use.own[0].cpu < use.server[0].cpu
    # The machine has worked at least as much as those that were watched; its clock has hundredths.
    assert use.total >= 0.7 * use.server[0].cpu
    assert machine_seconds() >= began


def test_after_much_waiting_the_machine_says_nothing() -> None:
    use = PhaseUse([], [], longest_wait=0.0)
    eventually(lambda: machine_seconds() > 0, "time goes on")
    use.end(1e-9)
    assert 0 == use.total
