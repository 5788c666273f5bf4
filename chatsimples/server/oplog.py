"""The server's operational log: one configuration for all its processes.

Every event is a line of JSON in ``server.jsonl`` and, for people, a line on stderr, in colours on a terminal.
It tells of processes, threads and connections, never of what anybody said.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

FILE_NAME = "server.jsonl"


def configure(folder: Path, process: str) -> None:
    """Send this process's events to the folder's log file and to stderr.

    Args:
        folder: where ``server.jsonl`` is; it exists.
        process: the name under which the events stand.

    Raises:
        OSError: the file can't be opened.
    """
    file = _open_for_lines(folder / FILE_NAME)

    def place(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["process"] = process
        thread = threading.current_thread()
        if thread is not threading.main_thread():
            event["thread"] = thread.name
        return event

    structlog.configure(
        processors=[
            place,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True),
            structlog.processors.format_exc_info,
            _Tee(file, sys.stderr),
        ],
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _open_for_lines(path: Path) -> _Lines:
    with path.open("a+b") as file:
        # A process that ended on a full disk may have left half a line.
        if file.tell() and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n":
            file.write(b"\n")
    return _Lines(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644))


class _Lines:
    """Lines to a descriptor, each in one write, so that those of several processes do not mix.

    Neither a full disk nor a terminal that is gone may end the server: a line that can't be written is lost.
    Nothing is buffered that would be tried again when the process ends, but the rest of a line of which some
    has been written.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""

    def write(self, line: str) -> None:
        data = self._rest + f"{line}\n".encode(errors="backslashreplace")
        try:
            written = os.write(self._descriptor, data)
        except OSError:
            return
        self._rest = data[written:]


class _Tee:
    """The last processor: JSON into the file, and on to stderr what a person reads."""

    def __init__(self, file: _Lines, terminal: TextIO | None) -> None:
        self._file = file
        self._terminal = None if terminal is None else _Lines(terminal.fileno())
        self._json = structlog.processors.JSONRenderer()
        colours = terminal is not None and terminal.isatty() and "NO_COLOR" not in os.environ
        self._console: Processor = structlog.dev.ConsoleRenderer(
            colors=colours, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> str:
        self._file.write(str(self._json(logger, name, dict(event))))
        shown = dict(event)
        shown["timestamp"] = str(event["timestamp"])[11:19]
        line = str(self._console(logger, name, shown))
        if self._terminal is not None:
            self._terminal.write(line)
        return line
