"""An entry as a line of JSON for the file, and as a line for people.

structlog is a third of what a child would have in memory, and a child may serve for weeks without an event to
tell: it is imported with the first one, in the thread that writes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from chatsimples.server.oplog.entry import Entry

_SWITCH_INTERVAL = 0.0002


class Renderer:
    """Renders entries.

    Args:
        process: the name under which they stand.
        colours: whether people see colours.
    """

    def __init__(self, process: str, *, colours: bool) -> None:
        self._process = process
        self._colours = colours
        self._renderers: tuple[Callable[..., Any], Callable[..., Any]] | None = None

    def render(self, entry: Entry) -> tuple[str, str]:
        """Return the line for the file and the line for people."""
        try:
            if self._renderers is None:
                self._renderers = _renderers(colours=self._colours)
            to_json, to_people = self._renderers
            event = self._event(entry)
            return (
                str(to_json(None, entry.level, dict(event))),
                str(to_people(None, entry.level, {**event, "timestamp": entry.at[11:19]})),
            )
        except Exception:
            # structlog can't be had now, as no files are left or it was replaced. The next entry tries again.
            line = json.dumps(self._event(entry), default=str)
            return line, line

    def _event(self, entry: Entry) -> dict[str, object]:
        own = {"timestamp": entry.at, "level": entry.level, "event": entry.event, "process": self._process}
        if entry.thread:
            own["thread"] = entry.thread
        return {**own, **entry.fields, **own}


def _renderers(*, colours: bool) -> tuple[Callable[..., Any], Callable[..., Any]]:
    # structlog would take rich in, if it is there, for tracebacks in a form that is not used here.
    rich = sys.modules.get("rich")
    sys.modules["rich"] = None  # type: ignore[assignment] # this is how a module is said not to be there
    # It takes 0.1 s. The main loop must not wait for the usual 5 ms at each of its steps meanwhile.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    try:
        import structlog  # noqa: PLC0415 - see the module's docstring
    finally:
        sys.setswitchinterval(interval)
        if rich is None:
            del sys.modules["rich"]
        else:
            sys.modules["rich"] = rich
    console = structlog.dev.ConsoleRenderer(
        colors=colours, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
    )
    return structlog.processors.JSONRenderer(), console
