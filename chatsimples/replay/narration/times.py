"""Records' times in this machine's zone."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from chatsimples.screen.sanitize import sanitize

_SECOND = len("2026-11-22T15:00:00")
_OFFSET = len("+00:00")


def local_time(at: str) -> datetime | None:
    """Return a record's time in this machine's zone; None if it is no time."""
    try:
        return datetime.fromisoformat(at).astimezone()
    except (ValueError, OverflowError):
        return None


def local_moment(microseconds: int) -> datetime:
    """Return a time, in microseconds since 1970, in this machine's zone."""
    return datetime.fromtimestamp(microseconds // 1_000_000).astimezone()


@lru_cache(maxsize=1024)
def local_minute(minute: str) -> tuple[str, str] | None:
    """Return a minute's day and time of day, ``("2026-11-22", "15:00")``; None if it is no time.

    Args:
        minute: the first 16 characters of a record's time. Many records share them.
    """
    when = local_time(f"{minute}:00Z")
    return (f"{when:%Y-%m-%d}", f"{when:%H:%M}") if when else None


@lru_cache(maxsize=1024)
def local_second(second: str) -> datetime | None:
    """Return the time of a second; None if it is none.

    Args:
        second: the first 19 characters of a record's time. Many records share them.
    """
    return local_time(f"{second}Z")


def day_and_time(at: str) -> tuple[str, str]:
    """Return a record's day and time of day; if it is no time, what stands there and ""."""
    when = local_second(at[:_SECOND])
    return (f"{when:%Y-%m-%d}", f"{when:%H:%M:%S}") if when else (sanitize(at), "")


def zone(at: str) -> str:
    """Return this machine's zone at a record's time, written as its distance from UTC."""
    when = local_second(at[:_SECOND])
    return f"UTC{when.isoformat()[-_OFFSET:]}" if when else "UTC"
