"""A line is printed at once, and nothing fails when nobody reads any more."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import sys
from chatsimples.standard_output import print_line
print_line("first")
sys.stdin.readline()
for _ in range(3):
    print_line("later")
print("done", file=sys.stderr)
"""


def test_a_line_is_there_at_once_and_nothing_fails_when_nobody_reads() -> None:
    read, write = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=write, stderr=subprocess.PIPE
    ) as program:
        os.close(write)
        with os.fdopen(read, "rb") as reader:
            assert b"first\n" == reader.readline()
        _, told = program.communicate(b"\n", timeout=120)
    assert (0, b"done\n") == (program.returncode, told)
