"""Times and days are those of one zone, and a text that is no time does no harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chatsimples.client.rendering.dates import TIMES, Dates
from chatsimples.i18n import translator

AT = "2026-11-22T15:04:05.000000Z"
YESTERDAY = "2026-11-22T02:30:00.000000Z"
DATES = Dates(timezone(timedelta(hours=-3)), lambda: datetime(2026, 11, 22, 20, 0, tzinfo=UTC))


@pytest.mark.parametrize(("times", "expected"), [("minutes", "12:04"), ("seconds", "12:04:05"), ("off", "")])
def test_a_time_of_day_follows_the_setting(times: str, expected: str) -> None:
    assert expected == DATES.time_of(AT, TIMES[times], dated=False)


def test_another_day_is_in_front_of_the_time_on_request() -> None:
    assert "12:04" == DATES.time_of(AT, "%H:%M", dated=True)
    assert "2026-11-21 23:30" == DATES.time_of(YESTERDAY, "%H:%M", dated=True)
    assert "23:30" == DATES.time_of(YESTERDAY, "%H:%M", dated=False)


def test_days_can_be_compared_with_today() -> None:
    assert "2026-11-22" == DATES.day_of(AT) == DATES.today()
    assert "2026-11-21" == DATES.day_of(YESTERDAY)
    assert DATES.today() == DATES.day_of(DATES.now())


@pytest.mark.parametrize(
    ("lang", "expected"), [("en", "Sunday, November 22, 2026"), ("pt", "domingo, 22 de novembro de 2026")]
)
def test_a_day_has_words(lang: str, expected: str) -> None:
    assert expected == DATES.long_day(AT, translator(lang))


@pytest.mark.parametrize("at", ["", "never", "\x1b[2J", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"])
def test_a_text_that_is_no_time_has_none(at: str) -> None:
    dates = Dates(timezone(timedelta(hours=-3)) if at.startswith("0") else timezone(timedelta(hours=9)))
    assert None is dates.read(at)
    assert "" == dates.day_of(at)
    assert "--:--:--" == dates.time_of(at, TIMES["seconds"], dated=True)
    assert "?" == dates.long_day(at, str)


def test_without_a_zone_it_is_the_machines() -> None:
    at = datetime(2026, 11, 22, 15, 4, tzinfo=UTC)
    assert f"{at.astimezone():%H:%M}" == Dates().time_of(at.isoformat(), "%H:%M", dated=False)
