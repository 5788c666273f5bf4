"""Ends the server of a load test that was killed: ``python -m chatsimples.loadtest.targets.lifeline GROUP``.

The load test holds the other end of this process's standard input. An ordinary end says so there; when it is
closed without a word, nobody is left who would end the server.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ORDINARY = b"done"


@contextmanager
def lifeline(group: int) -> Iterator[None]:
    """See to it that a process group ends if this process is killed before the body ends."""
    holder = subprocess.Popen(  # noqa: S603 - this module itself
        [sys.executable, "-m", "chatsimples.loadtest.targets.lifeline", str(group)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield
    finally:
        holder.communicate(_ORDINARY)


def main() -> None:
    """Wait for the end of the input; if nothing was said, end the group."""
    if sys.stdin.buffer.read() != _ORDINARY:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(int(sys.argv[1]), signal.SIGKILL)


if __name__ == "__main__":
    main()
