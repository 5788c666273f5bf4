"""The load test's own processes: one that is silent or dead is noticed, and none is left behind."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest
from loadtest.faulty import faulty
from loadtest.loads import OF_PYTHON, PATIENT, STEADY, children, measure, quick_start, shape
from support.waiting import DEADLINE

from chatsimples.errors import LoadTestError
from chatsimples.loadtest.run.processes import cores, reader_processes
from chatsimples.loadtest.run.session import Session
from chatsimples.loadtest.run.shape import Patience


def _processes() -> list[psutil.Process]:
    """Give the processes of the load test."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        found = [
            each
            for each in psutil.Process().children()
            if not OF_PYTHON.search(str(each.cmdline())) and each.is_running()
        ]
        if len(found) >= 2:
            return found
    raise AssertionError("the load test has no processes")


def test_a_process_that_falls_silent_ends_the_load_test() -> None:
    impatient = Patience(join=60.0, marks=60.0, still=30.0, silence=1.5)

    def stop_readers(session: Session) -> None:
        [readers] = [each for each in _processes() if "readers" in "".join(each.cmdline())]
        readers.send_signal(signal.SIGSTOP)

    with faulty("") as server, pytest.raises(LoadTestError, match="has said nothing for"):
        measure(server.port, patience=impatient, meanwhile=stop_readers, forked=False)


@pytest.mark.parametrize("which", ["readers", "senders"])
def test_a_process_that_dies_ends_the_load_test(which: str) -> None:
    def kill(session: Session) -> None:
        [process] = [each for each in _processes() if which in "".join(each.cmdline())]
        process.kill()

    with faulty("") as server, pytest.raises(LoadTestError, match="a process of the load test has died"):
        measure(server.port, meanwhile=kill, forked=False)


def test_processes_leave_when_the_load_test_is_gone_without_a_word() -> None:
    before = children()
    with faulty("") as server, quick_start(forked=False):
        session = Session(("127.0.0.1", server.port), shape(), str, patience=PATIENT)
        session.connect()
        assert len(before) < len(children())
        session.__exit__(None, None, None)
    assert before == children()


def test_ctrl_c_is_kept_from_the_processes_from_their_first_moment() -> None:
    with (
        faulty("") as server,
        quick_start(forked=False),
        Session(("127.0.0.1", server.port), shape(), str, patience=PATIENT) as session,
    ):
        for process in _processes():
            os.kill(process.pid, signal.SIGINT)
        session.connect()
        session.load(STEADY)
        assert session.finish().ok


def test_readers_get_the_cores_that_are_to_spare() -> None:
    assert [1, 1, 1, 1, 5, 8, 8] == [reader_processes(cores) for cores in (1, 2, 3, 4, 8, 11, 64)]


def test_there_is_a_core_at_least() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)
