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
    file = (folder / FILE_NAME).open("a", encoding="utf-8", buffering=1)

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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


class _Tee:
    """The last processor: JSON into the file, and on to stderr what a person reads."""

    def __init__(self, file: TextIO, terminal: TextIO) -> None:
        self._file = file
        self._json = structlog.processors.JSONRenderer()
        colours = terminal.isatty() and "NO_COLOR" not in os.environ
        self._console: Processor = structlog.dev.ConsoleRenderer(
            colors=colours, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> str:
        self._write(str(self._json(logger, name, dict(event))))
        shown = dict(event)
        shown["timestamp"] = str(event["timestamp"])[11:19]
        return str(self._console(logger, name, shown))

    def _write(self, line: str) -> None:
        try:
            # One write a line: with O_APPEND the processes' lines do not mix.
            self._file.write(line + "\n")
        except OSError:
            # A full disk must not end the server; the event still goes to stderr.
            return
