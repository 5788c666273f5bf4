"""The rhythm: due times follow the recorded ones exactly, whatever is done to them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.records import Record, timestamp, to_line
from chatsimples.replay.recording.rhythm import limit_idle, speed_up, timed
from chatsimples.transcript.reader import Line

START = 1_795_100_400_000_000


def lines(moments: list[int]) -> list[Line]:
    records = [Record(n, timestamp(START + moment), "stop") for n, moment in enumerate(moments, 1)]
    return [(record, to_line(record)) for record in records]


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=50))
def test_recorded_instants_are_kept_without_drift(moments: list[int]) -> None:
    moments.sort()
    given_lines = lines(moments)
    dues = list(timed(given_lines))
    assert [(moment - moments[0]) / 1e6 for moment in moments] == [due for due, _ in dues]
    assert given_lines == [line for _, line in dues]


def test_a_clock_that_was_set_back_takes_no_time() -> None:
    given_lines = lines([0, 5_000_000, 1_000_000, 1_000_000, 3_500_000])
    assert [0, 5, 5, 5, 7.5] == [due for due, _ in timed(given_lines)]


def test_silences_are_cut_and_the_rest_is_left() -> None:
    items = [(0.0, "a"), (1.0, "b"), (11.0, "c"), (12.5, "d"), (100.0, "e")]
    assert [(0, "a"), (1, "b"), (3, "c"), (4.5, "d"), (6.5, "e")] == list(limit_idle(items, 2))
    assert items == list(limit_idle(items, 0))


@given(st.floats(0.001, 1e6), st.lists(st.floats(0, 1e6), max_size=20))
def test_speed_divides_the_time(speed: float, dues: list[float]) -> None:
    items = [(due, due) for due in dues]
    assert [(due / speed, due) for due in dues] == list(speed_up(items, speed))
