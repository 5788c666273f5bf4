"""Like events: ten are told in ten seconds, the others are counted, and all that is kept is bounded."""

from __future__ import annotations

from chatsimples.server.oplog.limit import PERIOD, LeftOut, Limit

REFUSED = ("info", "a connection was refused")


def test_ten_like_events_are_told_the_others_are_counted() -> None:
    limit = Limit()
    assert [True] * 10 + [False] * 990 == [limit.admits(*REFUSED, 5 + n / 1_000) for n in range(1_000)]
    assert [] == limit.over(5 + PERIOD - 0.001)
    assert [LeftOut(*REFUSED, 990)] == limit.over(5 + PERIOD)
    assert [] == limit.over(1e9)


def test_a_period_begins_with_its_first_event_and_counts_anew() -> None:
    limit = Limit(2)
    for begins in (100.0, 117.0, 128.0):
        assert [] == limit.over(begins)
        assert [True, True, False] == [limit.admits(*REFUSED, begins + n) for n in range(3)]
        assert begins + PERIOD == limit.next_end
        assert [LeftOut(*REFUSED, 1)] == limit.over(begins + PERIOD)
        assert limit.next_end is None


def test_what_is_not_over_the_limit_is_not_told_of_again() -> None:
    limit = Limit()
    assert limit.admits(*REFUSED, 0)
    assert [] == limit.over(PERIOD)
    assert limit.next_end is None


def test_events_of_another_name_or_level_count_for_themselves() -> None:
    limit = Limit(1)
    kinds = [REFUSED, ("warning", REFUSED[1]), ("info", "something else")]
    for repeated in range(3):
        assert [not repeated] * 3 == [limit.admits(*kind, repeated) for kind in kinds]
    assert [LeftOut(*kind, 2) for kind in kinds] == limit.over(100)


def test_at_the_end_all_that_was_left_out_is_told() -> None:
    limit = Limit(1)
    for now in range(3):
        limit.admits("info", "a", now)
        limit.admits("info", f"b{now}", now)
    assert [LeftOut("info", "a", 2)] == limit.end_all()
    assert limit.next_end is None


def test_any_number_of_names_takes_bounded_memory() -> None:
    limit = Limit()
    told = sum(limit.admits("info", f"event {number}", 0) for number in range(100_000))
    assert 256 + 10 == told
    assert [LeftOut("", "", 100_000 - told)] == limit.over(PERIOD)
