"""The input and the output of a pipe, each with a thread: only a thread can wait for a file of any kind.

A regular file, for one, can't be polled. Both are bounded: input is read no further until more is asked for,
and the writer of output can see how much of it waits.
"""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable

from chatsimples.client.protocol.replies import MAX_LINE

CHUNK = 65_536
LONGEST_LINE = MAX_LINE
"""Bytes of a line of the input; no client could receive a longer text."""

OUTPUT_HELD = 1_048_576
"""Bytes of output that wait, above which it is `LineWriter.full`."""


def split_lines(rest: bytes, data: bytes) -> tuple[list[bytes | None], bytes]:
    """Cut input into lines; return them and the rest. None stands for a line that is too long."""
    *lines, rest = (rest + data).split(b"\n")
    # Of a line without end, only so much is kept as shows that it is too long.
    return [line if len(line) <= LONGEST_LINE else None for line in lines], rest[: LONGEST_LINE + 1]


class LineReader:
    """Reads the lines of a file in a thread.

    Args:
        fd: the file; None if there is none: then it has ended.
        arrived: is called, from the thread, with lines; it returns false if no more are wanted.
        ended: is called, from the thread, at the end, with an error's text or "".
    """

    def __init__(
        self, fd: int | None, arrived: Callable[[list[bytes | None]], bool], ended: Callable[[str], object]
    ) -> None:
        self._fd = fd
        self._arrived = arrived
        self._ended = ended
        self._wanted = threading.Event()

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._run, name="input", daemon=True).start()

    def go_on(self) -> None:
        """Read further: the lines that arrived are dealt with."""
        self._wanted.set()

    def _run(self) -> None:
        rest = b""
        error = ""
        try:
            while data := self._read():
                lines, rest = split_lines(rest, data)
                if lines and not self._hand_over(lines):
                    return
        except OSError as failure:
            error = os.strerror(failure.errno) if failure.errno else str(failure)
        if rest:
            self._hand_over(split_lines(rest, b"\n")[0])
        self._ended(error)

    def _hand_over(self, lines: list[bytes | None]) -> bool:
        self._wanted.clear()
        if not self._arrived(lines):
            return False
        self._wanted.wait()
        return True

    def _read(self) -> bytes:
        if self._fd is None:
            return b""
        while True:
            try:
                return os.read(self._fd, CHUNK)
            except BlockingIOError:
                # Another process that shares the file has made it non-blocking.
                select.select([self._fd], [], [])


class LineWriter:
    """Writes lines to a file, in a thread.

    Args:
        fd: the file; None if there is none: then nothing is written.
        freed: is called, from the thread, when all waiting lines are written.
        broken: is called, from the thread, once the file takes no more.
    """

    def __init__(self, fd: int | None, freed: Callable[[], object], broken: Callable[[], object]) -> None:
        self._fd = fd
        self._freed = freed
        self._broken = broken
        self._lines: deque[bytes] = deque()
        self._held = 0
        self._closing = False
        self._change = threading.Condition()

    @property
    def full(self) -> bool:
        """Whether more than `OUTPUT_HELD` bytes wait."""
        return self._held > OUTPUT_HELD

    @property
    def waiting(self) -> bool:
        """Whether lines wait to be written."""
        return self._held > 0

    def start(self) -> None:
        """Begin to write."""
        threading.Thread(target=self._run, name="output", daemon=True).start()

    def write(self, text: str) -> None:
        """Write a line."""
        data = text.encode("utf-8", "backslashreplace") + b"\n"
        with self._change:
            if self._fd is not None:
                self._lines.append(data)
                self._held += len(data)
                self._change.notify()

    def close(self) -> None:
        """End the thread once all lines are written."""
        with self._change:
            self._closing = True
            self._change.notify()

    def _run(self) -> None:
        try:
            while self._write_waiting():
                self._freed()
        except OSError:
            with self._change:
                self._fd = None
                self._lines.clear()
                self._held = 0
            self._broken()

    def _write_waiting(self) -> bool:
        with self._change:
            self._change.wait_for(lambda: self._lines or self._closing)
            if not self._lines:
                return False
            data = b"".join(self._lines)
            self._lines.clear()
        left = memoryview(data)
        while left:
            left = left[self._write(left[:CHUNK]) :]
        with self._change:
            self._held -= len(data)
        return True

    def _write(self, data: memoryview) -> int:
        if self._fd is None:
            return len(data)
        while True:
            try:
                return os.write(self._fd, data)
            except BlockingIOError:
                select.select([], [self._fd], [])
