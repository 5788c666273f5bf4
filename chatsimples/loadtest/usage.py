"""What processes use: CPU time and memory, as the system counts them."""

from __future__ import annotations

import time
from collections.abc import Iterable

import psutil

from chatsimples.loadtest.results import ProcessUse


class Usage:
    """Watches processes and all that descend from them.

    Args:
        pids: of processes; one that is not there counts as nothing.
        children: watch what descends from them, too.
    """

    def __init__(self, pids: Iterable[int], *, children: bool = True) -> None:
        self._processes: dict[int, psutil.Process] = {}
        for pid in pids:
            try:
                process = psutil.Process(pid)
                below = process.children(recursive=True) if children else []
            except psutil.Error:
                continue
            self._processes.update((each.pid, each) for each in [process, *below])
        self._names = {pid: _name(process) for pid, process in self._processes.items()}
        self._began = time.monotonic()
        self._before = {pid: _seconds(process) for pid, process in self._processes.items()}
        self._highest = dict.fromkeys(self._processes, 0)
        self.look()

    def look(self) -> None:
        """Note how much memory they have now; call this now and then."""
        for pid, process in self._processes.items():
            self._highest[pid] = max(self._highest[pid], _memory(process))

    def used(self) -> list[ProcessUse]:
        """Tell what each has used since the beginning."""
        self.look()
        seconds = max(time.monotonic() - self._began, 1e-6)
        return [
            ProcessUse(
                self._names[pid],
                round(100 * max(0.0, _seconds(process) - self._before[pid]) / seconds, 1),
                self._highest[pid],
            )
            for pid, process in self._processes.items()
        ]


def _name(process: psutil.Process) -> str:
    """Name a process by the title that it gave itself, or by its program."""
    try:
        command = process.cmdline()
        title = command[0] if command else process.name()
        if "resource_tracker" in " ".join(command):
            return "resource tracker"
        if title.startswith("chatsimples"):
            return title.strip("\0 ").rpartition(": ")[2]
        return process.name()
    except psutil.Error:
        return "gone"


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
