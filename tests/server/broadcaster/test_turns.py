"""How long turns took: what is kept of them, and what the operator is told."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from chatsimples.chat.effects import TurnTimes
from chatsimples.server.broadcaster import turns
from chatsimples.server.broadcaster.turns import LONG_TURN, SUMMARY, Turns


class Told:
    """Takes the events that an operator would be told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def info(self, event: str, **fields: object) -> None:
        self.events.append((event, fields))

    warning = info

    def of(self, event: str) -> list[dict[str, Any]]:
        """Give the fields of each event of this kind."""
        return [fields for told, fields in self.events if told == event]


class Clock:
    """A clock that stands still but when it is told to go on."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


LONG = "a turn of the loop was long"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    told = Told()
    monkeypatch.setattr(turns, "log", told)
    return told


@pytest.fixture
def clock() -> Clock:
    return Clock()


def take(kept: Turns, clock: Clock, seconds: float) -> None:
    """Let a turn take so long."""
    kept.begin()
    clock.now += seconds
    kept.did("delivering")
    kept.end()


def test_the_summary_tells_how_many_and_how_long_within_a_fifth(told: Told, clock: Clock) -> None:
    kept = Turns(clock)
    for number in range(1, 1_001):
        take(kept, clock, number / 1e5)
    take(kept, clock, 0.5)
    kept.close()
    (summary,) = told.of(SUMMARY)
    assert (1_001, 1, 500.0) == (summary["turns"], summary["over_20_ms"], summary["max_ms"])
    assert 5.0 <= summary["p50_ms"] <= 5.0 * 1.25
    assert 9.9 <= summary["p99_ms"] <= 9.9 * 1.25
    assert json.dumps(summary)


@pytest.mark.parametrize("seconds", [0.0, 1e-6, 3e-6, 4e-6, 1.5e-4, 0.0199, 1.0, 60.0])
def test_turns_of_one_length_have_it_as_every_percentile(told: Told, clock: Clock, seconds: float) -> None:
    clock.now = 0.0
    kept = Turns(clock)
    take(kept, clock, seconds)
    kept.close()
    (summary,) = told.of(SUMMARY)
    assert summary["p50_ms"] == summary["p99_ms"] == summary["max_ms"] == round(1_000 * seconds, 3)


def test_each_summary_is_of_the_time_since_the_one_before(told: Told, clock: Clock) -> None:
    kept = Turns(clock)
    for _ in range(6):
        take(kept, clock, 0.001)
        clock.now += 1_000
    kept.close()
    kept.close()
    assert [5, 1] == [each["turns"] for each in told.of(SUMMARY)]


def test_the_times_are_of_all_turns_that_there_ever_were(told: Told, clock: Clock) -> None:
    kept = Turns(clock)
    for seconds in (0.001, 0.001, 0.03):
        take(kept, clock, seconds)
        kept.close()
    take(kept, clock, 0.002)
    times = kept.times()
    assert (4, 0.034, 30.0, 1) == (times.count, times.busy, times.max_ms, times.over_20_ms)
    assert 1.0 <= times.p50_ms <= 1.25
    assert 30.0 == times.p99_ms
    assert [2, 1, 1] == [count for _, count in times.histogram]
    bounds = [bound for bound, _ in times.histogram]
    assert all(least <= bound <= 1.25 * least for least, bound in zip((1.0, 2.0, 30.0), bounds, strict=True))
    assert 3 == len(told.of(SUMMARY))


def test_before_the_first_turn_there_is_nothing_to_tell(clock: Clock) -> None:
    assert TurnTimes(0, 0.0, 0.0, 0.0, 0.0, 0, []) == Turns(clock).times()


def test_a_long_turn_is_told_with_what_it_did_and_its_like_are_counted(told: Told, clock: Clock) -> None:
    kept = Turns(clock)
    kept.begin()
    for part, seconds in (("deciding", 0.004), ("delivering", 0.010), ("deciding", 0.016)):
        clock.now += seconds
        kept.did(part)
    kept.end()
    for _ in range(3):
        take(kept, clock, 2 * LONG_TURN)
    clock.now += 60
    take(kept, clock, 2 * LONG_TURN)
    first, second = told.of(LONG)
    assert (30.0, {"deciding": 20.0, "delivering": 10.0}, 0) == (
        first["ms"],
        first["did"],
        first["not_told"],
    )
    assert (40.0, 3) == (second["ms"], second["not_told"])


def test_a_turn_within_its_bound_is_not_told(told: Told, clock: Clock) -> None:
    kept = Turns(clock)
    take(kept, clock, LONG_TURN / 2)
    assert [] == told.events


def test_what_is_kept_does_not_grow(told: Told, clock: Clock) -> None:
    kept = Turns(clock)
    take(kept, clock, 0.001)
    before = {name: sys.getsizeof(value) for name, value in vars(kept).items()}
    for number in range(5_000):
        take(kept, clock, number / 1e4)
    sizes = {name: sys.getsizeof(value) for name, value in vars(kept).items()}
    assert sum(sizes.values()) <= sum(before.values()) + 100
    assert sum(sizes.values()) < 3_000
    assert told.of(LONG)
