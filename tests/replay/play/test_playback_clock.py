"""Playback time follows the clock, and none of it is lost in between."""

from __future__ import annotations

import pytest

from chatsimples.replay.play.playback_clock import FASTEST, SLOWEST, PlaybackClock


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_time_passes_as_many_times_as_fast(clock: Clock) -> None:
    played = PlaybackClock(clock, 4.0)
    clock.now += 2.5
    assert (10.0, 0.5) == (played.played, played.until(12.0))


def test_a_pause_stops_the_time_and_the_end_of_it_goes_on(clock: Clock) -> None:
    played = PlaybackClock(clock, 2.0)
    clock.now += 1
    played.pause(True)
    clock.now += 1000
    assert (True, 2.0) == (played.paused, played.played)
    played.pause(False)
    clock.now += 1
    assert (False, 4.0) == (played.paused, played.played)


def test_a_change_of_speed_changes_nothing_that_has_passed(clock: Clock) -> None:
    played = PlaybackClock(clock, 1.0)
    clock.now += 3
    played.change_speed(2.0)
    assert (2.0, 3.0) == (played.speed, played.played)
    clock.now += 1
    assert 5.0 == played.played


def test_it_can_be_set_while_paused_and_while_running(clock: Clock) -> None:
    played = PlaybackClock(clock, 1.0)
    for paused in (False, True):
        played.pause(paused)
        played.set(50.0)
        assert 50.0 == played.played
        clock.now += 1
    assert 50.0 == played.played


@pytest.mark.parametrize(("factor", "limit"), [(2.0, FASTEST), (0.5, SLOWEST)])
def test_speed_has_the_bounds_of_the_setting(clock: Clock, factor: float, limit: float) -> None:
    played = PlaybackClock(clock, 1.0)
    for _ in range(60):
        played.change_speed(factor)
    assert limit == played.speed
