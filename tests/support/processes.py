"""What runs on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """A process, and what it calls itself."""

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
    if (_PROC / "self").exists():
        # Without a program that is started for it: tests ask again and again until something is so.
        running = [int(each.name) for each in _PROC.iterdir() if each.name.isdigit()]
        found = [_look(pid) for pid in running if _is_of(pid, group)]
        return [each for each in found if each is not None]
    table = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    members = []
    for row in table.splitlines():
        pid, parent, its_group, state, *arguments = row.split(None, 4)
        if int(its_group) == group and not state.startswith("Z"):
            members.append(Process(int(pid), int(parent), group, " ".join(arguments)))
    return members


def _is_of(pid: int, group: int) -> bool:
    try:
        return os.getpgid(pid) == group
    except OSError:
        return False


def _look(pid: int) -> Process | None:
    """Look at one process; None if it has ended."""
    try:
        about = (_PROC / str(pid) / "stat").read_text("utf-8", "replace")
        arguments = (_PROC / str(pid) / "cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
    # The name in brackets may hold anything; what is behind it is numbers and letters.
    state, parent, group, *_ = about.rpartition(") ")[2].split()
    if state == "Z":
        return None
    return Process(pid, int(parent), int(group), arguments.replace("\0", " ").strip())
