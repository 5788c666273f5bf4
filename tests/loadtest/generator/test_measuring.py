"""What the processes say of a phase, added up."""

from __future__ import annotations

import pytest

from chatsimples.loadtest.generator.latencies import Latencies
from chatsimples.loadtest.generator.measuring import Measuring
from chatsimples.loadtest.generator.orders import Progress, Sending


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


def test_moments_follow_one_another_without_a_gap_to_the_end() -> None:
    measuring = Measuring(1.5)
    for at, deliveries in ((1.0, 100), (2.0, 50)):
        measuring.add(progress(at, deliveries))
        [live] = measuring.moments_ready(1)
        assert deliveries == pytest.approx(live.moment.delivered)
    assert 0.0 == live.left


def test_what_is_heard_late_belongs_to_the_second_of_which_it_tells() -> None:
    measuring = Measuring(3.0)
    for second in (1.0, 2.0, 3.0):
        measuring.add(progress(second, 100 * int(second)), 0)
    for second in (1.0, 2.0, 3.0):
        measuring.add(sending(second, 10 * int(second)))
        measuring.add(progress(second, 1_000 * int(second)), 1)
    expected = [(1.0, 10.0, 1_100.0), (2.0, 20.0, 2_200.0), (3.0, 30.0, 3_300.0)]
    assert expected == [pytest.approx((each.at, each.sent, each.delivered)) for each in measuring.moments]


def test_a_moment_waits_for_each_process_and_not_for_as_many_words() -> None:
    measuring = Measuring(3.0)
    for at in (1.0, 2.0, 3.0):
        measuring.add(progress(at, 10), 0)
    assert [] == measuring.moments_ready(2)
    measuring.add(progress(2.1, 20), 1)
    assert [1.0, 2.1] == [live.moment.at for live in measuring.moments_ready(2)]
    measuring.add(progress(3.1, 10), 1)
    assert [3.1] == [live.moment.at for live in measuring.moments_ready(2)]


def test_moments_go_on_also_where_processes_are_not_told_apart() -> None:
    measuring = Measuring(2.0)
    for at in (1.02, 1.0, 2.01, 2.03):
        measuring.add(progress(at, 50))
    assert [1.02, 2.03] == [live.moment.at for live in measuring.moments_ready(2)]
    assert [100 / 1.02, 100 / 1.01] == pytest.approx([each.delivered for each in measuring.moments])


def test_a_process_that_speaks_ever_later_leaves_no_hole() -> None:
    measuring = Measuring(40.0)
    for number in range(1, 38):
        measuring.add(progress(1.05 * number, 105), 0)
        measuring.add(sending(1.03 * number, 103))
    for second in range(1, 39):
        measuring.add(progress(float(second), 100), 1)
    whole = [each for each in measuring.moments if each.at <= 38]
    assert 35 < len(whole)
    assert [pytest.approx((100.0, 200.0))] * len(whole) == [(each.sent, each.delivered) for each in whole]


@pytest.mark.parametrize("tail", [2.3, 2.49])
def test_a_short_last_stretch_is_joined_to_the_moment_before(tail: float) -> None:
    measuring = Measuring(2.0)
    for at, deliveries, took in ((1.0, 100, 1_000), (2.0, 100, 1_000), (tail, 50, 9_000)):
        measuring.add(progress(at, deliveries, took=took))
        measuring.moments_ready(1)
    measuring.add(sending(2.0, 60))
    first, last = measuring.moments
    assert (1.0, tail) == (first.at, last.at)
    assert (30 / 1.0, 30 / (tail - 1)) == pytest.approx((first.sent, last.sent))
    assert (100.0, 150 / (tail - 1)) == pytest.approx((first.delivered, last.delivered))
    assert (1.0, 1.0, 9.0) == pytest.approx((first.p99, last.p50, last.p99), rel=0.01)


def test_a_short_stretch_is_joined_also_where_it_is_in_the_next_second() -> None:
    measuring = Measuring(2.0)
    for at in (1.0, 2.3, 2.6):
        measuring.add(progress(at, 130))
    assert [1.0, 2.3] == [live.moment.at for live in measuring.moments_ready(1)][:2]
    assert [1.0, 2.6] == [each.at for each in measuring.moments]
    assert 260 / 1.6 == pytest.approx(measuring.moments[-1].delivered)


def test_a_last_stretch_of_half_a_second_is_a_moment_of_its_own() -> None:
    measuring = Measuring(2.0)
    for at in (1.0, 1.75):
        measuring.add(progress(at, 30))
    assert [30.0, 40.0] == [each.delivered for each in measuring.moments]


def test_a_short_load_has_one_moment_however_short() -> None:
    measuring = Measuring(0.2)
    measuring.add(progress(0.2, 30))
    assert [0.2] == [live.moment.at for live in measuring.moments_ready(1)]
    assert [pytest.approx(150.0)] == [each.delivered for each in measuring.moments]


def test_what_one_process_still_tells_when_the_others_have_ended_is_a_moment_too() -> None:
    measuring = Measuring(1.0)
    for part, at in ((0, 1.0), (1, 1.0), (1, 2.0), (1, 3.0)):
        measuring.add(progress(at, 40), part)
    assert 1 == len(measuring.moments_ready(2))
    assert [80.0, 40.0, 40.0] == pytest.approx([each.delivered for each in measuring.moments])


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
