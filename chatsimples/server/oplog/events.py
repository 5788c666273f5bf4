"""The server's operational log: one configuration for all its processes.

Every event is a line of JSON in ``server.jsonl`` and, for people, a line on stderr, in colours on a terminal.
It tells of processes, threads and connections, never of what anybody said.

structlog is a third of what a child would have in memory, and a child may serve for weeks without an event to
tell: it is imported with the first one.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from chatsimples.config.server import ServerSettings

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

FILE_NAME = "server.jsonl"


class Events:
    """Takes this process's events, once `configure` has said where they go.

    An event is a short sentence; what it is about stands in fields.
    """

    def __init__(self) -> None:
        self._configure: Callable[[], Any] | None = None
        self._logger: Any = None
        self._file: _Lines | None = None
        self._process = ""
        self._making = threading.Lock()

    def info(self, event: str, **fields: object) -> None:
        """Tell what an operator may like to know."""
        self._emit("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Tell what an operator should look at."""
        self._emit("warning", event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Tell what has failed and is being mended."""
        self._emit("error", event, fields)

    def critical(self, event: str, **fields: object) -> None:
        """Tell what ends the server."""
        self._emit("critical", event, fields)

    def exception(self, event: str, **fields: object) -> None:
        """Tell of the exception that is being handled, with its traceback."""
        self._emit("exception", event, fields)

    def go_to(self, file: _Lines, process: str, configure: Callable[[], Any]) -> None:
        """Have the logger made by ``configure`` when the next event comes; without it, write to ``file``."""
        self._file, self._process = file, process
        self._configure = configure
        self._logger = None

    def _emit(self, level: str, event: str, fields: dict[str, object]) -> None:
        try:
            if self._logger is None:
                with self._making:
                    if self._logger is None and self._configure is not None:
                        self._logger = self._configure()
        except Exception:
            self._tell_plainly(level, event, fields)
            return
        if self._logger is not None:
            getattr(self._logger, level)(event, **fields)

    def _tell_plainly(self, level: str, event: str, fields: dict[str, object]) -> None:
        """Tell an event without structlog, which can't be had now: no files are left, or it was replaced.

        The next event tries again.
        """
        if self._file is None:
            return
        about = {name: str(value) for name, value in fields.items()}
        if level == "exception":
            level, about["exception"] = "error", traceback.format_exc()
        told = {"process": self._process, **about, "event": event, "level": level}
        self._file.write(json.dumps({**told, "timestamp": datetime.now(UTC).isoformat()}))


log = Events()


def configure(settings: ServerSettings, process: str) -> None:
    """Send this process's events to the log file in the server's folder, which exists, and to stderr.

    Args:
        settings: the server's.
        process: the name under which the events stand.

    Raises:
        OSError: the file can't be opened.
    """
    file = _open_for_lines(Path(settings.logs, FILE_NAME))
    log.go_to(file, process, lambda: _logger(file, process))


def _logger(file: _Lines, process: str) -> Any:
    # structlog would take rich in, if it is there, for tracebacks in a form that is not used here.
    rich = sys.modules.get("rich")
    sys.modules["rich"] = None  # type: ignore[assignment] # this is how a module is said not to be there
    try:
        import structlog  # noqa: PLC0415 - see above
    finally:
        if rich is None:
            del sys.modules["rich"]
        else:
            sys.modules["rich"] = rich

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
    return structlog.get_logger()


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
        import structlog  # noqa: PLC0415 - see above

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
