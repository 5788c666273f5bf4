"""A reader process counts what its readers have, and tells each of it once."""

from __future__ import annotations

from chatsimples.loadtest.checking.stream import Piece
from chatsimples.loadtest.generator.latencies import add_encoded, new_histogram, summary
from chatsimples.loadtest.generator.tally import Tally

START = 5_000_000


def piece(texts: int, due: int, *arrivals: int) -> Piece:
    """Make a piece of so many texts, due together, that readers had at some times."""
    made = Piece(0, texts, [(due, texts)] if texts else [], len(arrivals))
    made.arrivals.extend(arrivals)
    return made


def test_a_delivery_is_a_text_at_a_reader_and_is_told_once() -> None:
    tally = Tally()
    tally.begin(START)
    tally.bytes += 300
    tally.count(piece(4, 1_000, 3_000, 5_000))
    first, second = tally.progress(6.5), tally.progress(7.5)
    assert (1.5, 8, 300) == (first.at, first.deliveries, first.octets)
    assert (2.5, 0, 0) == (second.at, second.deliveries, second.octets)
    latency = summary(add_encoded(new_histogram(), [first.latencies]))
    assert (8, 4.0) == (latency.count, round(latency.max, 1))
    assert 0 == summary(add_encoded(new_histogram(), [second.latencies])).count


def test_what_came_before_a_phase_is_not_told_in_it() -> None:
    tally = Tally()
    tally.bytes += 100
    tally.count(piece(1, 0, 10))
    tally.begin(START)
    told = tally.progress(6.0)
    assert (0, 0) == (told.deliveries, told.octets)
    assert 0 == summary(add_encoded(new_histogram(), [told.latencies])).count


def test_it_is_time_to_tell_a_second_after_the_beginning_and_after_each_time() -> None:
    tally = Tally()
    tally.begin(START)
    assert not tally.is_due(5.9)
    assert tally.is_due(6.0)
    tally.progress(6.25)
    assert not tally.is_due(7.2)
    assert tally.is_due(7.25)


def test_the_last_delivery_is_that_of_a_text() -> None:
    tally = Tally()
    tally.begin(START)
    tally.count(piece(0, 0, 10))
    assert START == tally.last_delivery
    tally.count(piece(1, 0, 10))
    assert tally.last_delivery != START
