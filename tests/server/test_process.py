"""What each process does to itself when it begins."""

from __future__ import annotations

import signal
import subprocess
import sys

A_CHILD = """
import os, signal, sys
from chatsimples.server.process import be_a_child
be_a_child("acceptor")
print(os.getpid(), flush=True)
sys.stdin.read()
"""


def test_a_child_is_known_by_its_name_and_leaves_stopping_to_the_supervisor() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", A_CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        pid = child.stdout.readline().strip()
        shown = subprocess.run(["ps", "-o", "args=", "-p", pid], capture_output=True, text=True, check=True)
        assert "chatsimples: acceptor" == shown.stdout.strip()
        for number in (signal.SIGINT, signal.SIGTERM):
            child.send_signal(number)
        child.stdin.close()
        assert 0 == child.wait(60)
