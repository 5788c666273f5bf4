"""Time in what is played follows the clock, and nothing of it is lost in between."""

from __future__ import annotations

import pytest

from chatsimples.replay.play.tempo import FASTEST, SLOWEST, Tempo


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_time_passes_as_many_times_as_fast(clock):
    tempo = Tempo(clock, 4.0)
    clock.now += 2.5
    assert (10.0, 0.5) == (tempo.played, tempo.until(12.0))


def test_time_stands_still_and_goes_on_from_there(clock):
    tempo = Tempo(clock, 2.0)
    clock.now += 1
    tempo.hold(True)
    clock.now += 1000
    assert (True, 2.0) == (tempo.held, tempo.played)
    tempo.hold(False)
    clock.now += 1
    assert (False, 4.0) == (tempo.held, tempo.played)


def test_a_change_of_speed_changes_nothing_that_has_passed(clock):
    tempo = Tempo(clock, 1.0)
    clock.now += 3
    tempo.change(2.0)
    assert (2.0, 3.0) == (tempo.speed, tempo.played)
    clock.now += 1
    assert 5.0 == tempo.played


def test_it_can_be_set_held_or_not(clock):
    tempo = Tempo(clock, 1.0)
    for held in (False, True):
        tempo.hold(held)
        tempo.set(50.0)
        assert 50.0 == tempo.played
        clock.now += 1
    assert 50.0 == tempo.played


@pytest.mark.parametrize(("factor", "limit"), [(2.0, FASTEST), (0.5, SLOWEST)])
def test_speed_has_the_bounds_of_the_setting(clock, factor, limit):
    tempo = Tempo(clock, 1.0)
    for _ in range(60):
        tempo.change(factor)
    assert limit == tempo.speed
