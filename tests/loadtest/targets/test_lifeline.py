"""A server outlives its load test by nothing, however that ends."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from support.waiting import DEADLINE

from chatsimples.loadtest.targets.lifeline import lifeline

HOLDER = """
import subprocess, sys, time
from chatsimples.loadtest.targets.lifeline import lifeline
server = subprocess.Popen(["sleep", "600"], start_new_session=True)
with lifeline(server.pid):
    print(server.pid, flush=True)
    time.sleep(600)
"""


def test_who_is_killed_takes_the_group_along() -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        pid = holder.stdout.readline().strip()
        holder.kill()
        holder.wait(DEADLINE)
        # The server's output is not a pipe of ours: its end is seen in the list of processes alone.
        ended = subprocess.run(["timeout", "60", "tail", f"--pid={pid}", "-f", "/dev/null"], check=False)
    assert 0 == ended.returncode


def test_an_ordinary_end_leaves_the_group_to_who_ends_it() -> None:
    server = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        with lifeline(server.pid):
            pass
        assert server.poll() is None
    finally:
        server.kill()
        assert -signal.SIGKILL == server.wait(DEADLINE)


def test_an_error_in_between_is_an_ordinary_end() -> None:
    server = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        with pytest.raises(ValueError, match="x"), lifeline(server.pid):
            raise ValueError("x")
        assert server.poll() is None
    finally:
        server.kill()
        server.wait(DEADLINE)
