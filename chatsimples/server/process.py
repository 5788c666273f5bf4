"""What every process of the server does to itself when it begins."""

from __future__ import annotations

import signal

import setproctitle


def be_a_child(name: str) -> None:
    """Take a name that ``ps`` shows, and leave the signals that mean stopping to the supervisor."""
    setproctitle.setproctitle(f"chatsimples: {name}")
    # Ctrl-C reaches every process of the terminal's group, and a service manager's SIGTERM every process of
    # the service; the supervisor decides what follows from them. If it is gone, its pipe tells.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
