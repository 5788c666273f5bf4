"""How the load test's processes begin and end."""

from __future__ import annotations

import subprocess
import sys
from multiprocessing import Pipe

import pytest

from chatsimples.loadtest.generator import orders
from chatsimples.loadtest.generator.parts import work

A_PART = """
import signal
from chatsimples.loadtest.generator.parts import be_a_part
be_a_part("readers")
print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN, open("/proc/self/cmdline").read().strip("\\0 "))
"""


def raises(error: OSError | EOFError) -> None:
    raise error


@pytest.mark.skipif(sys.platform != "linux", reason="names are read from /proc")
def test_a_part_has_a_name_and_leaves_ctrl_c_to_the_load_test() -> None:
    told = subprocess.run([sys.executable, "-c", A_PART], capture_output=True, text=True, check=True)
    assert "True chatsimples load-test: readers" == told.stdout.strip()


def test_what_goes_wrong_is_told() -> None:
    ours, theirs = Pipe()
    work(lambda: raises(OSError("no route")), theirs, "a reader")
    assert orders.Broken("a reader could not go on: no route") == orders.decode_news(ours.recv_bytes())


@pytest.mark.parametrize("error", [EOFError(), BrokenPipeError()])
def test_when_the_load_test_is_gone_nothing_is_told(error: OSError | EOFError) -> None:
    ours, theirs = Pipe()
    work(lambda: raises(error), theirs, "a reader")
    assert not ours.poll()


def test_who_cannot_tell_ends_all_the_same() -> None:
    ours, theirs = Pipe()
    ours.close()
    work(lambda: raises(OSError("no route")), theirs, "a reader")
