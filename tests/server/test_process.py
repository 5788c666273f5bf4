"""What each process does to itself when it begins."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from support.waiting import DEADLINE, eventually

from chatsimples.server.process import FOR_THE_SUPERVISOR, signals_held

A_CHILD = """
import os, signal, sys
from chatsimples.server.process import be_a_child
print(os.getpid(), flush=True)
sys.stdin.readline()
be_a_child("acceptor")
print("ready", *signal.pthread_sigmask(signal.SIG_BLOCK, ()), flush=True)
sys.stdin.read()
"""


def start_a_child() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", A_CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )


def test_a_child_is_known_by_its_name_and_leaves_stopping_to_the_supervisor() -> None:
    with start_a_child() as child:
        assert child.stdin is not None
        assert child.stdout is not None
        pid = child.stdout.readline().strip()
        child.stdin.write("\n")
        assert "ready\n" == child.stdout.readline()
        shown = subprocess.run(["ps", "-o", "args=", "-p", pid], capture_output=True, text=True, check=True)
        assert "chatsimples: acceptor" == shown.stdout.strip()
        for number in FOR_THE_SUPERVISOR:
            child.send_signal(number)
        child.stdin.close()
        assert 0 == child.wait(DEADLINE)


def test_a_child_that_is_not_ready_yet_is_not_ended_by_them_either() -> None:
    with signals_held():
        child = start_a_child()
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        for number in FOR_THE_SUPERVISOR:
            child.send_signal(number)
        child.stdin.write("\n")
        # And afterwards it holds none back.
        assert "ready\n" == child.stdout.readline()
        child.stdin.close()
        assert 0 == child.wait(DEADLINE)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1])
def test_what_is_held_back_arrives_afterwards(number: int) -> None:
    arrived: list[int] = []
    before = signal.signal(number, lambda number, _: arrived.append(number))
    try:
        with signals_held():
            signal.raise_signal(number)
            with signals_held():
                pass
            assert [] == arrived
        eventually(lambda: [number] == arrived, "it arrives")
    finally:
        signal.signal(number, before)


COLLECTING = """
import gc
from chatsimples.server.process import collect_only_what_is_young
seen = set()
gc.callbacks.append(lambda phase, info: seen.add(info["generation"]))
collect_only_what_is_young()
kept = [[number] for number in range(1_000_000)]
print(*sorted(seen))
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="from 3.14 on the collector goes in steps by itself")
def test_the_garbage_collector_never_looks_at_all_that_there_is() -> None:
    done = subprocess.run([sys.executable, "-c", COLLECTING], capture_output=True, text=True, check=True)
    assert "0 1\n" == done.stdout
