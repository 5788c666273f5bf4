"""Results are saved and read as they were."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from loadtest.runs import phase, report, run

from chatsimples.loadtest.results import (
    Checks,
    Ramp,
    Step,
    load,
    save,
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


def test_what_was_saved_before_there_was_a_word_on_the_generator_is_read(tmp_path: Path) -> None:
    steps = [Step(100.0, 90.0, 0.5, 1.0, held=False)]
    whole = report(run("a", phase(), ramp=Ramp(20.0, steps, 0.0, reached=True)))
    save(whole, tmp_path / "found.json")
    text = (tmp_path / "found.json").read_text()
    old = re.sub(r',\s*"(disturbed|generator)": (""|false)', "", text)
    assert 3 == text.count("\n") - old.count("\n")
    (tmp_path / "found.json").write_text(old)
    assert whole == load(tmp_path / "found.json")
