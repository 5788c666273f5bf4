"""An event with all that is known of it when it happens."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import msgspec

EXCEPTION = "exception"
"""The level of an event that tells of an exception; on record it is an error."""

URGENT = frozenset(("critical", EXCEPTION))
"""The levels of what ends a process or the server: it is never left out, and on record before it does."""


class Entry(msgspec.Struct, frozen=True):
    """An event.

    Attributes:
        level: ``info``, ``warning``, ``error`` or ``critical``.
        event: what happened, a short sentence.
        fields: what it is about.
        at: when, in UTC.
        thread: in which thread; empty for the main one.
    """

    level: str
    event: str
    fields: dict[str, object]
    at: str
    thread: str = ""


def entry(level: str, event: str, fields: dict[str, object]) -> Entry:
    """Make an entry of what happens now, in this thread."""
    thread = threading.current_thread()
    name = "" if thread is threading.main_thread() else thread.name
    at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return Entry("error" if level == EXCEPTION else level, event, fields, at, name)
