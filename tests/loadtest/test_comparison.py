"""Servers are compared by the medians of their runs."""

from __future__ import annotations

from math import isnan

import msgspec
import pytest
from loadtest.runs import phase, report, run

from chatsimples.loadtest.comparison import Figure, compare


def test_servers_are_compared_by_their_medians_with_the_first() -> None:
    whole = report(
        *[run("a", phase(rate)) for rate in (100, 300, 200)], *[run("b", phase(rate)) for rate in (50, 70)]
    )
    assert [Figure("a", 200, 100, 300, 1.0), Figure("b", 60, 50, 70, 0.3)] == compare(whole, "achieved")


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ("achieved", 100.0), ("deliveries", 1_000.0), ("bytes", 1e6), ("writes", 1.25), ("server_cpu", 85.0),
        ("server_rss", 50_000_000), ("p50", 0.9), ("p99", 2.0), ("p999", 3.0), ("max", 4.0), ("mean", 1.0),
    ],
)  # fmt: skip
def test_every_figure_can_be_compared(figure: str, expected: float) -> None:
    assert [Figure("a", expected, expected, expected, 1.0)] == compare(report(run("a", phase())), figure)


def test_what_a_server_uses_is_no_number_where_it_is_not_known() -> None:
    unknown = msgspec.structs.replace(phase(), server=[])
    for figure in ("server_cpu", "server_rss"):
        first, second = compare(report(run("a", unknown), run("b", phase())), figure)
        assert all(map(isnan, (first.median, first.low, first.high)))
        assert [0.0, 0.0] == [first.ratio, second.ratio]
        assert second.median > 0
        _, other = compare(report(run("a", phase()), run("b", unknown)), figure)
        assert isnan(other.median)
        assert 0.0 == other.ratio
    (partly,) = compare(report(run("a", unknown), run("a", phase())), "server_cpu")
    assert Figure("a", 85.0, 85.0, 85.0, 1.0) == partly


def test_nothing_is_compared_with_nothing() -> None:
    assert [0.0, 0.0] == [
        each.ratio for each in compare(report(run("a", phase(0.0)), run("b", phase(5.0))), "achieved")
    ]
