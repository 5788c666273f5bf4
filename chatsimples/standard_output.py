"""What a program that goes on running says on its standard output."""

from __future__ import annotations

import os
import sys


def print_line(line: str) -> None:
    """Print a line at once; to nobody, if whoever started the program reads no more of it."""
    try:
        print(line, flush=True)  # noqa: T201 - this is what stdout is for
    except OSError:
        # What is left in the buffer would fail again at every flush, also where a process is started: from
        # here on it goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
