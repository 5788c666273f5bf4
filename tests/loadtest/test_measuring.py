"""What the processes say of a phase, added up."""

from __future__ import annotations

import pytest

from chatsimples.loadtest.latencies import Latencies
from chatsimples.loadtest.measuring import Measuring
from chatsimples.loadtest.orders import Progress, Sending


def progress(at: float, deliveries: int, octets: int = 0, *, took: int = 1_000) -> Progress:
    latencies = Latencies()
    for _ in range(deliveries):
        latencies.record(took)
    return Progress(at, deliveries, octets, latencies.take())


def sending(at: float, texts: int) -> Sending:
    return Sending(at, texts, Latencies().take())


def test_counts_of_all_processes_are_added_up() -> None:
    measuring = Measuring(2.0)
    for news in (progress(1.0, 10, 500), sending(1.0, 5), progress(1.1, 20, 900), sending(2.0, 6)):
        measuring.add(news)
    assert (30, 1_400, 11) == (measuring.delivered, measuring.bytes, measuring.sent)


def test_a_moment_is_there_when_all_processes_have_told_of_it() -> None:
    measuring = Measuring(2.0)
    measuring.add(progress(1.0, 10, took=1_000))
    assert [] == measuring.moments_ready(2)
    measuring.add(sending(1.0, 8))
    measuring.add(progress(1.25, 30, took=3_000))
    [live] = measuring.moments_ready(2)
    assert (1.25, 0.75) == (live.moment.at, live.left)
    assert (8 / 1.25, 40 / 1.25) == (live.moment.sent, live.moment.delivered)
    assert 3.0 == pytest.approx(live.moment.p99, rel=0.01)
    assert [live.moment] == measuring.moments
    assert [] == measuring.moments_ready(2)


def test_the_next_moment_begins_where_the_last_ended_and_nothing_is_left_after_the_end() -> None:
    measuring = Measuring(1.5)
    for at, deliveries in ((1.0, 100), (2.0, 50)):
        measuring.add(progress(at, deliveries))
        [live] = measuring.moments_ready(1)
        assert deliveries == pytest.approx(live.moment.delivered)
    assert 0.0 == live.left


@pytest.mark.parametrize(
    ("expected", "delivered", "everything", "part"),
    [(0, 0, False, 0.0), (100, 40, False, 0.4), (100, 300, False, 1.0), (100, 60, True, 1.0)],
)
def test_the_part_that_has_come_is_never_more_than_all(
    expected: int, delivered: int, everything: bool, part: float
) -> None:
    measuring = Measuring(1.0)
    measuring.expected, measuring.everything = expected, everything
    measuring.delivered = delivered
    assert part == measuring.delivered_part
