"""Notices, without writing to a pipe, that nobody reads it any more."""

from __future__ import annotations

import os
import select
import stat
import threading
from collections.abc import Callable


def is_pipe(fd: int) -> bool:
    """Tell whether a file is a pipe or a socket, whose reader can go."""
    try:
        mode = os.fstat(fd).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def when_unread(fd: int, gone: Callable[[], object]) -> None:
    """Have ``gone`` called, from a thread, once nobody reads a pipe any more; for other files it never is.

    Where the system does not tell, the next write shows it.
    """
    if is_pipe(fd):
        threading.Thread(target=_watch, args=(fd, gone), name="hangup", daemon=True).start()


def _watch(fd: int, gone: Callable[[], object]) -> None:
    poll = select.poll()
    poll.register(fd, select.POLLHUP)
    if any(events & (select.POLLHUP | select.POLLERR) for _, events in poll.poll()):
        gone()
