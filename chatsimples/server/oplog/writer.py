"""The thread that writes a process's events: whoever tells one never waits for a disk, nor for a reader."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import deque
from typing import TextIO

from chatsimples.server.oplog.entry import URGENT, Entry, entry
from chatsimples.server.oplog.file import LogFile
from chatsimples.server.oplog.limit import PERIOD, LeftOut, Limit
from chatsimples.server.oplog.rendering import Renderer
from chatsimples.standard_output import LineWriter

MOST_WAITING = 2_000
"""Events that may wait to be written to the file."""

MOST_SHOWN = 262_144
"""Bytes that may wait for a reader of standard error."""

FLUSH_PATIENCE = 20.0
"""Seconds that a process's end waits for the file: only a disk that hangs takes as long."""

_URGENT_PATIENCE = 10.0
_SHOW_PATIENCE = 0.25
_AT_ONCE = 200


class Writer:
    """Writes this process's events to the file and shows them on standard error.

    The thread begins with the first event at the latest. Events that come faster than they can be written are
    dropped, and a later one tells how many; so it is with those that can't be written. When the process ends,
    what waits is written.

    Args:
        file: where they go.
        process: the name under which they stand.
        stderr: where people read them, if there is such a thing.
        limit: says which events are to be told.
    """

    def __init__(self, file: LogFile, process: str, stderr: TextIO | None, limit: Limit) -> None:
        colours = stderr is not None and stderr.isatty() and "NO_COLOR" not in os.environ
        self._file = file
        self._renderer = Renderer(process, colours=colours)
        self._stderr = LineWriter(stderr, "log-stderr", MOST_SHOWN, _not_shown)
        self._changed = threading.Condition()
        self._entries: deque[Entry] = deque()
        self._limit = limit
        self._dropped = 0
        self._lost = 0
        self._told = 0
        self._written = 0
        self._follow = False
        self._thread: threading.Thread | None = None

    def tell(self, level: str, event: str, fields: dict[str, object]) -> None:
        """Have an event written; an urgent one before this returns, if the disk takes it soon."""
        urgent = level in URGENT
        with self._changed:
            now = time.monotonic()
            self._take_left_out(self._limit.over(now))
            if urgent or self._limit.admits(level, event, now):
                if not urgent and len(self._entries) >= MOST_WAITING:
                    self._dropped += 1
                else:
                    self._add(entry(level, event, fields))
            self._begin()
        if urgent:
            self.flush(_URGENT_PATIENCE)

    def begin(self) -> None:
        """Start the thread now: it keeps the priority that the caller has."""
        with self._changed:
            self._begin()

    def follow(self) -> None:
        """Have the file opened anew, if it was renamed."""
        with self._changed:
            self._follow = True
            self._changed.notify_all()
            self._begin()

    def flush(self, patience: float = FLUSH_PATIENCE) -> None:
        """Wait until all that was told is in the file, and shown unless nobody reads.

        Args:
            patience: seconds to wait for the file.
        """
        with self._changed:
            self._take_left_out(self._limit.end_all())
        if self._wait(patience):
            self._stderr.flush(_SHOW_PATIENCE)

    def _add(self, told: Entry) -> None:
        self._entries.append(told)
        self._told += 1
        self._changed.notify_all()

    def _take_left_out(self, left_out: list[LeftOut]) -> None:
        for kind in left_out:
            about = {"of": kind.event, "count": kind.count, "seconds": PERIOD}
            self._add(entry(kind.level or "info", "like events were left out", about))

    def _wait(self, patience: float) -> bool:
        with self._changed:
            upto = self._told
            return self._changed.wait_for(lambda: self._written >= upto, patience)

    # The thread.

    def _begin(self) -> None:
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._run, name="log", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The system has no room for a thread now. The next event tries again.
            self._write(*self._take())
            return
        self._thread = thread
        atexit.register(self.flush)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._entries or self._dropped or self._follow):
                    ends = self._limit.next_end
                    self._changed.wait(None if ends is None else max(0.0, ends - time.monotonic()))
                    self._take_left_out(self._limit.over(time.monotonic()))
                taken, follow = self._take()
            self._write(taken, follow)

    def _take(self) -> tuple[list[Entry], bool]:
        self._lost += self._dropped
        self._dropped = 0
        follow, self._follow = self._follow, False
        return [self._entries.popleft() for _ in range(min(_AT_ONCE, len(self._entries)))], follow

    def _write(self, taken: list[Entry], follow: bool) -> None:
        try:
            self._append(taken, follow)
        except Exception:
            # Whatever it was, the log goes on, and says that something is missing.
            self._lost += len(taken)
        with self._changed:
            self._written += len(taken)
            self._changed.notify_all()

    def _append(self, taken: list[Entry], follow: bool) -> None:
        if follow:
            self._file.follow()
        notice = [entry("warning", "events were lost", {"count": self._lost})] if self._lost else []
        rendered = [self._renderer.render(each) for each in notice + taken]
        lost = 0
        if rendered:
            lost = self._file.write([f"{line}\n".encode(errors="backslashreplace") for line, _ in rendered])
        for _, shown in rendered:
            self._stderr.write(shown)
        if lost == len(rendered):
            # The notice is lost too; it is made again.
            self._lost += len(taken)
        else:
            self._lost = lost


def _not_shown(number: int) -> str:
    return f"{number} lines of the log were not shown here, as nobody read them"
