"""How long something lasts, as people type it, and until when."""

from __future__ import annotations

import re
from typing import Final

MOST_SECONDS: Final = 3_660 * 86_400
"""The longest time that a ban or a mute can be given, if it is to end: some ten years."""

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}
_SPAN = re.compile(r"([1-9][0-9]{0,8})([smhdw])", re.ASCII)


def read_span(word: str) -> int | None:
    """Return the seconds of a time like ``30s``, ``10m``, ``2h``, ``7d`` or ``4w``; None if it is none.

    A time above `MOST_SECONDS` is none.
    """
    found = _SPAN.fullmatch(word)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    return seconds if 0 < seconds <= MOST_SECONDS else None


def utc_minute(at: str) -> str:
    """Return a record's time for people who read UTC: ``2026-11-22 15:00 UTC``."""
    return f"{at[:10]} {at[11:16]} UTC"
