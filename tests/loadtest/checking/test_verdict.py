"""A figure is not told as the server's where it is the generator's."""

from __future__ import annotations

import pytest

from chatsimples.loadtest.checking.verdict import bottleneck, disturbance
from chatsimples.loadtest.results import Latency, ProcessUse


def same(text: str) -> str:
    return text


def verdict(
    own: list[float],
    server: list[float],
    *,
    p99: float = 10.0,
    lag: float = 0.0,
    open_loop: bool = True,
) -> str:
    return bottleneck(
        [ProcessUse(f"readers {number}", cpu, 1) for number, cpu in enumerate(own)],
        [ProcessUse("broadcaster", cpu, 1) for cpu in server],
        Latency(count=9, p99=p99),
        lag,
        open_loop=open_loop,
        translate=same,
    )


@pytest.mark.parametrize("open_loop", [True, False])
def test_a_generator_at_its_ease_is_none(open_loop: bool) -> None:
    assert "" == verdict([40, 60], [99], open_loop=open_loop)
    assert "" == verdict([40, 60], [10], open_loop=open_loop)
    assert "" == verdict([], [], open_loop=open_loop)


@pytest.mark.parametrize("open_loop", [True, False])
def test_a_busy_process_before_an_idle_server_is_named(open_loop: bool) -> None:
    assert "its process readers 1 used 97 % of a core, the server's busiest 30 %" == verdict(
        [20, 97.2], [10, 30], open_loop=open_loop
    )


def test_in_a_closed_loop_a_busy_server_is_measured_however_busy_the_generator() -> None:
    assert "" == verdict([99], [98], open_loop=False)


def test_in_an_open_loop_a_busy_process_spoils_latencies_whatever_the_server_does() -> None:
    assert "readers 0 used 99 %" in verdict([99], [98])


@pytest.mark.parametrize("open_loop", [True, False])
def test_of_an_unknown_server_only_the_generators_busy_process_is_told(open_loop: bool) -> None:
    said = verdict([20, 99], [], open_loop=open_loop)
    assert "its process readers 1 used 99 % of a core; what the server used is not known" == said
    assert "" == verdict([20, 89], [], open_loop=open_loop)


@pytest.mark.parametrize(
    ("lag", "p99", "late"),
    [(0.9, 0.5, False), (1.1, 0.5, True), (2.4, 10, False), (2.6, 10, True), (0.0, 0.0, False)],
)
def test_lateness_counts_where_it_is_a_good_part_of_the_latency(lag: float, p99: float, late: bool) -> None:
    said = verdict([10], [10], p99=p99, lag=lag)
    assert late == bool(said)
    if late:
        assert f"by more than {lag:.1f} ms (p99 of all: {p99:.1f} ms)" in said


def test_a_closed_loop_is_never_late() -> None:
    assert "" == verdict([10], [10], lag=500, open_loop=False)


def test_what_is_said_is_translated() -> None:
    said = bottleneck(
        [ProcessUse("leitores", 99, 1)], [ProcessUse("a", 3, 1)], Latency(), 0.0, open_loop=True,
        translate=lambda _: "{name}: {cpu} contra {server}",
    )  # fmt: skip
    assert "leitores: 99 % contra 3 %" == said


@pytest.mark.parametrize(
    ("total", "own", "server", "expected"),
    [
        (0, 90, 90, ""),
        (150, 80, 60, ""),
        (190, 100, 75, ""),
        (156, 80, 60, "other programs used 16 % of a core meanwhile"),
        (191, 100, 60, "other programs used 31 % of a core meanwhile"),
        (191, 100, 80, "server and load test together used all cores, so each was slowed by the other"),
    ],
)
def test_other_programs_and_a_full_machine_are_told(
    total: float, own: float, server: float, expected: str
) -> None:
    assert expected == disturbance(total=total, own=own, server=server, cores=2, translate=same)


def test_a_machine_with_a_core_to_spare_is_not_full() -> None:
    assert "" == disturbance(total=191, own=100, server=90, cores=3, translate=same)


def test_what_disturbs_is_translated() -> None:
    said = disturbance(total=90, own=10, server=30, cores=2, translate=lambda _: "outros: {cpu}")
    assert "outros: 50 %" == said
