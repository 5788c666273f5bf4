"""Runs of load tests that did not run, and the reports of them."""

from __future__ import annotations

from chatsimples.loadtest.results import (
    Checks,
    Connecting,
    Generator,
    Latency,
    Moment,
    Phase,
    ProcessUse,
    Ramp,
    Report,
    Run,
)


def phase(achieved: float = 100.0, p99: float = 2.0, offered: float = 0.0) -> Phase:
    return Phase(
        offered=offered, seconds=1.5, sent=150, achieved=achieved, deliveries=achieved * 10, bytes=1e6,
        writes=1.25, connections=10, latency=Latency(5, 1.0, 0.9, p99, 3.0, 4.0, [(0.0, 0.1), (100.0, 4.0)]),
        moments=[Moment(1.0, 100.0, 1_000.0, 0.9, 2.0, 4.0)],
        server=[ProcessUse("broadcaster", 60.0, 30_000_000), ProcessUse("acceptor", 25.0, 20_000_000)],
        generator=Generator([ProcessUse("readers", 50.0, 1)], 0.1, 0.2, "não"),
    )  # fmt: skip


def run(
    target: str, *phases: Phase, number: int = 1, checks: Checks | None = None, ramp: Ramp | None = None
) -> Run:
    return Run(
        target, "1.0", number, Connecting(10, 0.5, 1.0, 2.0), list(phases), checks or Checks(10, 10), ramp
    )


def report(*runs: Run) -> Report:
    return Report(
        "2026-03-01T12:00:00Z", {"cores": "2"}, {"rate": "max", "size": 100, "slow": False}, list(runs)
    )
