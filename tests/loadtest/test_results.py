"""Results are saved and read as they were, and compared by what they say."""

from __future__ import annotations

import re
from math import isnan
from pathlib import Path

import msgspec
import pytest

from chatsimples.loadtest.results import (
    Checks,
    Connecting,
    Figure,
    Generator,
    Latency,
    Moment,
    Phase,
    ProcessUse,
    Ramp,
    Report,
    Run,
    Step,
    compare,
    load,
    save,
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


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    steps = [Step(100.0, 100.0, 0.5, 1.0, held=True), Step(200.0, 150.0, 30.0, 90.0, held=False)]
    ramp = Ramp(20.0, steps, 100.0, reached=True)
    whole = report(
        run("chatsimples", phase(), phase(), ramp=ramp), run("redis", phase(), checks=Checks(9, 8, 1))
    )
    save(whole, tmp_path / "found.json")
    assert whole == load(tmp_path / "found.json")
    assert (tmp_path / "found.json").read_bytes().endswith(b"}\n")


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"at":1}', b"\xff"])
def test_what_is_no_report_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "found.json").write_bytes(data)
    with pytest.raises(msgspec.MsgspecError):
        load(tmp_path / "found.json")


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "missing.json")
    with pytest.raises(FileNotFoundError):
        save(report(run("chatsimples", phase())), tmp_path / "missing" / "found.json")


@pytest.mark.parametrize(
    "faulty", [Checks(lost=1), Checks(duplicated=1), Checks(reordered=1), Checks(damaged=1), Checks(ended=1)]
)
def test_one_fault_of_any_kind_is_not_ok(faulty: Checks) -> None:
    assert Checks(10, 10, slow_behind=5, reconnected=3).ok
    assert not faulty.ok


def test_a_report_is_ok_if_the_server_under_test_is() -> None:
    good, bad = Checks(10, 10), Checks(10, 9, lost=1)
    assert report(run("a", phase(), checks=good), run("b", phase(), checks=bad)).ok
    assert not report(run("a", phase(), checks=good), run("b", phase()), run("a", phase(), checks=bad)).ok


def test_servers_stand_in_the_order_in_which_they_first_ran() -> None:
    whole = report(run("b", phase()), run("a", phase()), run("b", phase(), number=2))
    assert ["b", "a"] == whole.targets
    assert [1, 2] == [each.round for each in whole.of("b")]
    assert [] == whole.of("c")


def test_of_a_ramp_the_highest_rate_that_was_held_tells_most() -> None:
    phases = [phase(offered=rate) for rate in (100, 200, 400, 283, 238)]
    steps = [Step(each.offered, 0.0, 0.0, 0.0, each.offered < 250) for each in phases]
    assert 238 == run("a", *phases, ramp=Ramp(20.0, steps, 238.0, reached=True)).phase.offered
    unheld = [Step(100.0, 0.0, 0.0, 0.0, held=False)]
    assert 100 == run("a", phases[0], ramp=Ramp(20.0, unheld, 0.0, reached=True)).phase.offered
    assert 400 == run("a", *phases[:3]).phase.offered


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


def test_what_was_saved_before_there_was_a_word_on_the_generator_is_read(tmp_path: Path) -> None:
    steps = [Step(100.0, 90.0, 0.5, 1.0, held=False)]
    whole = report(run("a", phase(), ramp=Ramp(20.0, steps, 0.0, reached=True)))
    save(whole, tmp_path / "found.json")
    text = (tmp_path / "found.json").read_text()
    old = re.sub(r',\s*"(disturbed|generator)": (""|false)', "", text)
    assert 3 == text.count("\n") - old.count("\n")
    (tmp_path / "found.json").write_text(old)
    assert whole == load(tmp_path / "found.json")


def test_nothing_is_compared_with_nothing() -> None:
    assert [0.0, 0.0] == [
        each.ratio for each in compare(report(run("a", phase(0.0)), run("b", phase(5.0))), "achieved")
    ]
