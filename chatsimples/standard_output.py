"""What a program says on its standard streams, when whoever reads them is slow, or gone.

A program that goes on running must not wait for a terminal that was stopped with Ctrl-S, or for a pager that
waits for a key: a thread writes, what may wait for it is bounded, and the program goes on. One that prints a
result has done its work when its reader (``head``, a pager that was left) has read enough.
"""

from __future__ import annotations

import atexit
import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from chatsimples.i18n import N_, language, translator

MOST_WAITING = 1_048_576
"""Bytes that may wait for a reader of standard output."""

_AT_ONCE = select.PIPE_BUF
"""Bytes that a pipe takes as a whole: what several processes write to it does not mix."""

_LAST_WAIT = 0.25
_LONGEST_LAST_WAIT = 2.0
_ASK_AGAIN = 1_000


class LineWriter:
    """Writes lines to a stream by a thread of its own, which begins with the first line.

    A line for which there is no room is dropped. When there is room again, a line tells how many were.
    When the program ends, what waits is written, unless nobody reads it.

    Args:
        stream: where to; None for nowhere.
        name: the thread's.
        most: bytes that may wait.
        dropped: makes the line that tells how many were dropped.
    """

    def __init__(self, stream: TextIO | None, name: str, most: int, dropped: Callable[[int], str]) -> None:
        self._descriptor = None if stream is None else stream.fileno()
        self._encoding = "utf-8" if stream is None else stream.encoding
        self._name = name
        self._most = most
        self._tell_dropped = dropped
        self._changed = threading.Condition()
        self._lines: deque[bytes] = deque()
        self._waiting = 0
        self._dropped = 0
        self._rest = b""
        self._thread: threading.Thread | None = None

    def write(self, line: str) -> None:
        """Have a line written, if there is room for it; never waits."""
        if self._descriptor is None:
            return
        data = f"{line}\n".encode(self._encoding, "backslashreplace")
        with self._changed:
            if self._dropped or self._waiting + len(data) > self._most:
                self._dropped += 1
            else:
                self._add(data)
            if self._thread is None:
                self._begin(self._descriptor)

    def flush(self, patience: float) -> bool:
        """Wait until all is written.

        Args:
            patience: seconds to wait while nothing of it is taken.

        Returns:
            Whether it is.
        """
        until = time.monotonic() + max(patience, _LONGEST_LAST_WAIT)
        with self._changed:
            while (before := self._waiting) and time.monotonic() < until:
                if not self._changed.wait_for(lambda: self._waiting < before, patience):
                    break
            return not self._waiting

    def _add(self, data: bytes) -> None:
        self._lines.append(data)
        self._waiting += len(data)
        self._changed.notify_all()

    def _begin(self, descriptor: int) -> None:
        thread = threading.Thread(target=self._run, args=(descriptor,), name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The system has no room for a thread now: what waits is bounded, and the next line tries again.
            return
        self._thread = thread
        atexit.register(self.flush, _LAST_WAIT)

    def _run(self, descriptor: int) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines)
                chunk = self._take()
            self._write(descriptor, chunk)
            with self._changed:
                self._waiting -= len(chunk)
                if self._dropped and not self._lines:
                    told, self._dropped = self._tell_dropped(self._dropped), 0
                    self._add(f"{told}\n".encode(self._encoding, "backslashreplace"))
                self._changed.notify_all()

    def _take(self) -> bytes:
        chunk = self._lines.popleft()
        while self._lines and len(chunk) + len(self._lines[0]) <= _AT_ONCE:
            chunk += self._lines.popleft()
        return chunk

    def _write(self, descriptor: int, chunk: bytes) -> None:
        """Write some lines. What can't be written, as the disk is full or the terminal gone, is lost.

        But the rest of a line of which some has been written comes before the next: no line is broken.
        """
        rest = wanted = self._rest + chunk
        while rest:
            try:
                rest = rest[os.write(descriptor, rest) :]
            except BlockingIOError:
                # Another program has made the stream one that does not wait.
                poll = select.poll()
                poll.register(descriptor, select.POLLOUT)
                poll.poll(_ASK_AGAIN)
            except OSError:
                break
        written = wanted[: len(wanted) - len(rest)]
        if written.endswith(b"\n"):
            self._rest = b""
        elif written:
            self._rest = rest[: rest.index(b"\n") + 1]


class _StandardOutput:
    """Writes to what standard output is when a line comes; a descriptor kept longer may be another file's."""

    def __init__(self) -> None:
        self._stream: TextIO | None = None
        self._writer: LineWriter | None = None

    def write(self, line: str) -> None:
        if self._writer is None or self._stream is not sys.stdout:
            self._stream = sys.stdout
            self._writer = LineWriter(sys.stdout, "stdout", MOST_WAITING, self._dropped)
        self._writer.write(line)

    @staticmethod
    def _dropped(number: int) -> str:
        text = translator(language())(N_("{number} lines were not printed, as nobody read them"))
        return text.format(number=number)


_standard_output = _StandardOutput()


def print_line(line: str) -> None:
    """Print a line soon; to nobody, if whoever started the program reads no more of it. Never waits."""
    _standard_output.write(line)


@contextmanager
def printing_a_result() -> Iterator[None]:
    """Print to standard output in this context; if its reader goes, it ends here, and nothing has failed.

    Raises:
        BrokenPipeError: of another pipe.
    """
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        if sys.stdout is None or not _is_unread(sys.stdout.fileno()):
            raise
        # What is left in the buffer would fail again when the program ends: it goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_unread(descriptor: int) -> bool:
    """Tell whether whoever read from a pipe or a socket has gone."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
