"""How many files, and so sockets, a process may have open: every program with many connections asks."""

from __future__ import annotations

import resource
from contextlib import suppress

_MANY_FILES = 1_048_576
_SURE_FILES = 10_240
_KEPT_FREE = 64
_FEWEST_CONNECTIONS = 16


def raise_open_files_limit() -> None:
    """Allow this process, and those that it starts, as many open files as the system lets it have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MANY_FILES if hard == resource.RLIM_INFINITY else hard
    # macOS has a bound of its own, lower than the one that it tells.
    for wanted in (most, min(most, _SURE_FILES)):
        if soft == resource.RLIM_INFINITY or soft >= wanted:
            return
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return


def open_files_limit() -> int:
    """Tell how many files this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MANY_FILES if soft == resource.RLIM_INFINITY else soft


def most_connections(files_each: int = 1, files_beside: int = 0) -> int:
    """Tell for how many connections this process has files.

    Args:
        files_each: what a connection takes.
        files_beside: what the process takes beside them, more than usual.
    """
    return max(_FEWEST_CONNECTIONS, (open_files_limit() - _KEPT_FREE - files_beside) // files_each)
