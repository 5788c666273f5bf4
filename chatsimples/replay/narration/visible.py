r"""What a transcript holds, so that it can be shown: texts that a terminal does not obey, and local times.

A transcript can be forged. So whatever comes from one passes through `visible` before it is part of a line:
controls, bidi and other format characters, surrogates and what is unassigned become escapes such as
``\x1b``. Joiners stay, as emoji and some scripts are made with them; every space is a plain one.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
from functools import lru_cache

LONGEST_NAME = 64

_JOINERS = frozenset("\u200c\u200d")
_ESCAPED = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))


def visible(text: str) -> str:
    """Give a text as it can be shown on a terminal, whatever it holds."""
    return text if text.isprintable() else "".join(map(_visible, text))


@lru_cache(maxsize=4096)
def visible_name(name: str) -> str:
    """Give a nick or a room's name as it can be shown; one that is longer than the rules allow is cut."""
    shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
    return visible(shown)


def local(at: str) -> datetime | None:
    """Give a record's time in this machine's zone; None if it is no time."""
    try:
        return datetime.fromisoformat(at).astimezone()
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=1024)
def local_minute(minute: str) -> tuple[str, str] | None:
    """Give a minute's day and time of day in this machine's zone, ``("2026-11-22", "15:00")``, if it is one.

    Args:
        minute: the first 16 characters of a record's time. Each is looked at once.
    """
    when = local(f"{minute}:00Z")
    return (f"{when:%Y-%m-%d}", f"{when:%H:%M}") if when else None


def local_moment(microseconds: int) -> datetime:
    """Give a time in microseconds since 1970 in this machine's zone."""
    return datetime.fromtimestamp(microseconds // 1_000_000).astimezone()


@lru_cache(maxsize=4096)
def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category not in _ESCAPED or character in _JOINERS:
        return character
    return character.encode("unicode_escape").decode("ascii")
