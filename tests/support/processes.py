"""What runs on this machine, as ``ps`` tells it."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    """A process as ``ps`` shows it."""

    pid: int
    parent: int
    group: int
    arguments: str

    def kill(self, with_signal: int = signal.SIGKILL) -> None:
        """Signal it; that it is gone already is fine."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, with_signal)


def group_members(group: int) -> list[Process]:
    """Return the processes of a process group that still run (zombies do not)."""
    table = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    found = []
    for row in table.splitlines():
        pid, parent, its_group, state, *arguments = row.split(None, 4)
        if int(its_group) == group and not state.startswith("Z"):
            found.append(Process(int(pid), int(parent), group, " ".join(arguments)))
    return found
