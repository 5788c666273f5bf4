"""Times are those of this machine's zone, and what is no time is shown as it stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatsimples.replay.narration.times import (
    day_and_time,
    local_minute,
    local_moment,
    local_second,
    local_time,
    zone,
)

AT = "2026-11-22T23:30:00.123456Z"
SetZone = Callable[[str], None]


@pytest.mark.parametrize(
    ("name", "day", "time", "offset"),
    [
        ("UTC0", "2026-11-22", "23:30:00", "+00:00"),
        ("EST5", "2026-11-22", "18:30:00", "-05:00"),
        ("XST-2", "2026-11-23", "01:30:00", "+02:00"),
    ],
)
def test_a_day_and_a_time_are_those_of_the_zone(
    set_zone: SetZone, name: str, day: str, time: str, offset: str
) -> None:
    set_zone(name)
    assert (day, time) == day_and_time(AT)
    assert f"UTC{offset}" == zone(AT)


def test_a_zone_need_not_be_whole_hours_from_utc(set_zone: SetZone) -> None:
    set_zone("XXX-05:30")
    assert ("2026-11-23", "01:12") == local_minute("2026-11-22T19:42")
    assert "01:12:30" == f"{local_second('2026-11-22T19:42:30'):%H:%M:%S}"
    assert "01:12:30" == f"{local_time('2026-11-22T19:42:30.000000Z'):%H:%M:%S}"
    assert "05:30:01" == f"{local_moment(1_999_999):%H:%M:%S}"


@pytest.mark.parametrize(
    "at", ["", "yesterday", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59.000000Z", "\x1b[2J"]
)
def test_a_text_that_is_no_time_has_none(set_zone: SetZone, at: str) -> None:
    set_zone("XXX-05:30")
    assert None is local_time(at)
    assert None is local_minute(at[:16])
    assert (at.replace("\x1b", r"\x1b"), "") == day_and_time(at)
    assert "UTC" == zone(at)
