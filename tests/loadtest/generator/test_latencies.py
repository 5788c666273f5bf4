"""Latencies are all counted, and what is said of them is true to within one percent."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.effort import examples

from chatsimples.loadtest.checking.ledger import Due
from chatsimples.loadtest.generator.latencies import LONGEST, Latencies, add_encoded, new_histogram, summary
from chatsimples.loadtest.results import Latency
from chatsimples.loadtest.wire.texts import DUE_MODULO


def summed(*encoded: bytes) -> Latency:
    return summary(add_encoded(new_histogram(), encoded))


def percentile(values: list[int], percent: float) -> float:
    """Give the exact percentile, by the nearest rank, in milliseconds."""
    rank = int(len(values) * percent / 100 + 0.5)
    return sorted(values)[max(1, rank) - 1] / 1000


def close(expected: float, actual: float) -> bool:
    # To 1 %, or to the microsecond that is the least that can be told.
    return abs(expected - actual) <= max(0.01 * expected, 0.001)


WAVES = st.tuples(
    st.builds(Random, st.integers(0, 1 << 32)),
    st.sampled_from([1, 5, 100, 600]),
    st.sampled_from([1, 5, 40]),
    st.integers(0, 28),
    st.sampled_from([0, 5, DUE_MODULO - 1_000, DUE_MODULO - 1, DUE_MODULO * 3 - 700]),
)


@settings(max_examples=examples(20))
@given(WAVES)
def test_what_is_told_is_within_one_percent_of_what_was(wave: tuple[Random, int, int, int, int]) -> None:
    random, readers, dues_count, bits, origin = wave
    begin = sorted(origin + random.randrange(1_500) for _ in range(dues_count))
    sent: list[tuple[int, int]] = [(due, random.randint(1, 3)) for due in begin]
    arrivals = [begin[-1] + random.randrange(1 << bits) for _ in range(readers)]
    dues: list[Due] = [(due % DUE_MODULO, texts) for due, texts in sent]
    latencies = Latencies()
    latencies.add(arrivals, dues)
    exact = [arrival - due for due, texts in sent for arrival in arrivals for _ in range(texts)]
    found = summed(latencies.take())
    assert len(exact) == latencies.timed == found.count
    assert close(sum(exact) / len(exact) / 1000, found.mean)
    assert close(max(exact) / 1000, found.max)
    for percent, told in ((50, found.p50), (99, found.p99), (99.9, found.p999)):
        assert close(percentile(exact, percent), told)
    assert [0.0, 100.0] == [found.curve[0][0], found.curve[-1][0]]
    assert sorted(found.curve) == found.curve
    assert close(min(exact) / 1000, found.curve[0][1])
    assert close(max(exact) / 1000, found.curve[-1][1])


@given(st.lists(st.integers(0, LONGEST), max_size=30), st.lists(st.integers(0, LONGEST), max_size=30))
@settings(max_examples=examples(10))
def test_two_processes_latencies_sum_up_as_those_of_one(one: list[int], other: list[int]) -> None:
    apart, together = (Latencies(), Latencies()), Latencies()
    for latencies, values in zip(apart, (one, other), strict=True):
        for value in values:
            latencies.record(value)
            together.record(value)
    assert summed(together.take()) == summed(*(latencies.take() for latencies in apart))


def test_what_was_taken_is_not_told_again() -> None:
    latencies = Latencies()
    latencies.record(5_000)
    assert 1 == summed(latencies.take()).count
    assert 0 == summed(latencies.take()).count
    assert 1 == latencies.timed


def test_of_nothing_nothing_is_told() -> None:
    latencies = Latencies()
    latencies.add([], [(0, 3)])
    latencies.add([7], [])
    assert 0 == latencies.timed
    assert Latency() == summed(latencies.take()) == summed()


@pytest.mark.parametrize("readers", [1, 1_000])
def test_no_dues_to_many_readers_are_no_latencies(readers: int) -> None:
    latencies = Latencies()
    latencies.add([1] * readers, iter(()))
    assert 0 == latencies.timed


def test_what_takes_too_long_counts_as_the_longest() -> None:
    latencies = Latencies()
    latencies.add([LONGEST + 5_000_000], [(0, 1)])
    assert close(LONGEST / 1000, summed(latencies.take()).max)


def test_texts_due_before_and_after_the_modulo_are_each_timed_from_their_own() -> None:
    """A round of the modulo is 1,000 s: many latencies of a load lie across its end."""
    latencies = Latencies()
    arrivals = [DUE_MODULO + 100] * 600
    latencies.add(arrivals, [(DUE_MODULO - 100_000, 1), (5, 1)])
    found = summed(latencies.take())
    assert close(100.1, found.max)
    assert close(0.095, found.curve[0][1])
