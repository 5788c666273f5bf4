"""What processes use: CPU time and memory, as the system counts them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

import psutil

from chatsimples.loadtest.results import ProcessUse


class Usage:
    """Watches processes and all that descend from them.

    Args:
        pids: of processes; one that is not there counts as nothing.
        children: watch what descends from them, too.
    """

    def __init__(self, pids: Iterable[int], *, children: bool = True) -> None:
        self._roots: list[psutil.Process] = []
        for pid in pids:
            with suppress(psutil.Error):
                self._roots.append(psutil.Process(pid))
        self._children = children
        self._watched: dict[int, _Watched] = {}
        self.look()
        for watched in self._watched.values():
            watched.before = watched.seconds

    def look(self) -> None:
        """Note what they have used by now, and who has come; call this now and then."""
        for root in self._roots:
            family = [root]
            if self._children:
                with suppress(psutil.Error):
                    family += root.children(recursive=True)
            for process in family:
                if process.pid not in self._watched:
                    self._watched[process.pid] = _Watched(process)
        for watched in self._watched.values():
            watched.look()

    def used(self, seconds: float) -> list[ProcessUse]:
        """Tell what each has used since the beginning.

        Args:
            seconds: how long the load took of which this is told.
        """
        self.look()
        return [
            ProcessUse(each.name, round(100 * (each.seconds - each.before) / seconds, 1), each.highest)
            for each in self._watched.values()
        ]


class PhaseUse:
    """What the server, the load test and the whole machine use during a phase, in percent of one core.

    Args:
        server: the server's processes, with all below them.
        own: the load test's, besides this one.
        longest_wait: seconds after the load; with more, what the whole machine used says nothing of it.

    Attributes:
        server, own: of each of them, once the phase is over.
        all_own: of the load test's, this one included.
        total: of the whole machine; 0 if much waiting after the load makes it say nothing.
    """

    def __init__(self, server: Sequence[int], own: Sequence[int], longest_wait: float = 0.5) -> None:
        self.server: list[ProcessUse] = []
        self.own: list[ProcessUse] = []
        self.total = self.all_own = 0.0
        self._longest_wait = longest_wait
        self._server = Usage(server)
        self._own = Usage(own, children=False)
        self._this = Usage([os.getpid()], children=False)
        self._began = time.monotonic()
        self._machine = machine_seconds()

    def look(self) -> None:
        """Note what is used; call this now and then."""
        self._server.look()
        self._own.look()

    def end(self, seconds: float) -> None:
        """Sum up a phase that took so long."""
        took = max(time.monotonic() - self._began, 1e-6)
        self.total = 100 * (machine_seconds() - self._machine) / seconds
        self.server = self._server.used(seconds)
        self.own = self._own.used(seconds)
        self.all_own = sum(each.cpu for each in [*self.own, *self._this.used(seconds)])
        if took > seconds + self._longest_wait:
            self.total = 0.0


class _Watched:
    """A process, and what it had used when it was last there."""

    def __init__(self, process: psutil.Process) -> None:
        self.name = _name(process)
        self.before = 0.0
        self.seconds = 0.0
        self.highest = 0
        self._process = process

    def look(self) -> None:
        # What is gone keeps what it had.
        self.seconds = max(self.seconds, _seconds(self._process))
        self.highest = max(self.highest, _memory(self._process))


def machine_seconds() -> float:
    """Tell how many seconds all cores together have worked since the machine started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


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
