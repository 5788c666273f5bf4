"""Notices that nobody reads a pipe any more, without writing to it."""

from __future__ import annotations

import os
import select
import stat
import threading
from collections.abc import Callable


def is_pipe(fd: int) -> bool:
    """Tell whether a file is a pipe or a socket: one that somebody reads, who can go."""
    try:
        mode = os.fstat(fd).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def when_unread(fd: int, gone: Callable[[], object]) -> None:
    """Have ``gone`` called, from a thread, once nobody reads a pipe any more. Of other files nobody can tell.

    Where the system can't tell either, it shows when something is next written.
    """
    if is_pipe(fd):
        threading.Thread(target=_watch, args=(fd, gone), name="hangup", daemon=True).start()


def _watch(fd: int, gone: Callable[[], object]) -> None:
    poll = select.poll()
    poll.register(fd, select.POLLHUP)
    if any(events & (select.POLLHUP | select.POLLERR) for _, events in poll.poll()):
        gone()
