"""Times and days of records, as people read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo

from chatsimples.i18n import N_, Translate

TIMES = {"minutes": "%H:%M", "seconds": "%H:%M:%S", "off": ""}
"""How a time of day is written, by setting."""

_WEEKDAYS = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip
_MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"),
    N_("August"), N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip


def local_now() -> datetime:
    """Return the time now, in this machine's zone."""
    return datetime.now().astimezone()


class Dates:
    """Reads and writes times in one zone.

    Args:
        zone: the time zone; None for the machine's.
        now: returns the time now.
    """

    def __init__(self, zone: tzinfo | None = None, now: Callable[[], datetime] = local_now) -> None:
        self._zone = zone
        self._now = now

    def read(self, at: str) -> datetime | None:
        """Return a record's time in the zone; None if it is no time."""
        try:
            return datetime.fromisoformat(at).astimezone(self._zone)
        except (ValueError, OverflowError):
            return None

    def now(self) -> str:
        """Return the time now, as records write it."""
        return self._now().isoformat()

    def today(self) -> str:
        """Return the day now, as `day_of` does."""
        return f"{self._now().astimezone(self._zone):%Y-%m-%d}"

    def day_of(self, at: str) -> str:
        """Return the day of a record's time, for comparing: ``2026-11-22``; "" if it is no time."""
        when = self.read(at)
        return f"{when:%Y-%m-%d}" if when else ""

    def time_of(self, at: str, form: str, *, dated: bool) -> str:
        """Return a record's time of day.

        Args:
            at: the time.
            form: one of `TIMES`.
            dated: put the date in front if it is not today.
        """
        when = self.read(at)
        if when is None:
            return form.replace("%H", "--").replace("%M", "--").replace("%S", "--")
        if dated and self.day_of(at) != self.today():
            form = f"%Y-%m-%d {form}"
        return when.strftime(form)

    def long_day(self, at: str, translate: Translate) -> str:
        """Return the day of a record's time in words; "?" if it is no time."""
        _ = translate
        when = self.read(at)
        if when is None:
            return "?"
        return _("{weekday}, {month} {day}, {year}").format(
            weekday=_(_WEEKDAYS[when.weekday()]),
            day=when.day,
            month=_(_MONTHS[when.month - 1]),
            year=when.year,
        )
