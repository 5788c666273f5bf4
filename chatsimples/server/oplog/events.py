"""The server's operational log: one configuration for all its processes.

Every event is a line of JSON in ``server.jsonl`` and, for people, a line on stderr, in colours on a terminal.
It tells of processes, threads and connections, never of what anybody said.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from chatsimples.config.server import ServerSettings
from chatsimples.server.oplog.entry import EXCEPTION
from chatsimples.server.oplog.file import LogFile
from chatsimples.server.oplog.limit import Limit
from chatsimples.server.oplog.writer import Writer

FILE_NAME = "server.jsonl"


class Events:
    """Takes this process's events, once `configure` has said where they go.

    An event is a short sentence; what it is about stands in fields. Whoever tells one does not wait for it to
    be written. Of like events at most ten are told in ten seconds, and then how many more there were.
    """

    def __init__(self) -> None:
        self._writer: Writer | None = None

    def info(self, event: str, **fields: object) -> None:
        """Tell what an operator may like to know."""
        self._tell("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Tell what an operator should look at."""
        self._tell("warning", event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Tell what has failed and is being mended."""
        self._tell("error", event, fields)

    def critical(self, event: str, **fields: object) -> None:
        """Tell what ends the server, or what nobody may overlook.

        It is in the file when this returns, unless the disk hangs.
        """
        self._tell("critical", event, fields)

    def exception(self, event: str, **fields: object) -> None:
        """Tell of the exception that is being handled, with its traceback; then as `critical`."""
        self._tell(EXCEPTION, event, {**fields, "exception": traceback.format_exc()})

    def go_to(self, writer: Writer) -> None:
        """Give all further events to a writer."""
        self.flush()
        self._writer = writer

    def begin(self) -> None:
        """Start what writes events now, and not with the first: it keeps the priority that the caller has."""
        if self._writer is not None:
            self._writer.begin()

    def follow_file(self) -> None:
        """Soon open the file anew, if it was renamed or removed."""
        if self._writer is not None:
            self._writer.follow()

    def flush(self) -> None:
        """Wait until all that was told is written, as is done when a process ends in the ordinary way."""
        if self._writer is not None:
            self._writer.flush()

    def _tell(self, level: str, event: str, fields: dict[str, object]) -> None:
        if self._writer is not None:
            self._writer.tell(level, event, fields)


log = Events()


def configure(settings: ServerSettings, process: str) -> None:
    """Send this process's events to the log file in the server's folder, which exists, and to stderr.

    Args:
        settings: the server's.
        process: the name under which the events stand.

    Raises:
        OSError: the file can't be opened.
    """
    file = LogFile(Path(settings.logs, FILE_NAME), settings.log_size, settings.log_count)
    log.go_to(Writer(file, process, sys.stderr, Limit()))
