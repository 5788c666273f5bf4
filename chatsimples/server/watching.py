"""What the supervisor does to a child that somebody has stopped."""

from __future__ import annotations

import os
import signal
from multiprocessing.process import BaseProcess

from chatsimples.server.oplog.events import log


def continue_if_stopped(child: BaseProcess) -> None:
    """Wake a child that was stopped (SIGSTOP): whoever stopped it has no use for a chat that hangs."""
    if child.pid is None:
        return
    try:
        stopped = os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOHANG)
    except ChildProcessError:
        return
    if stopped is not None:
        log.warning("a stopped child is made to go on", process_name=child.name)
        os.kill(child.pid, signal.SIGCONT)
