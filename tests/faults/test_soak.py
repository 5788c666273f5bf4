"""The long run, run for a few seconds: it tells what came of it, and what would not be flat."""

from __future__ import annotations

from pathlib import Path

import pytest
from faults import soak
from faults.system import FailingSystem, UnavailableError

MEBIBYTE = 1 << 20


def test_a_short_soak_finds_nothing_wrong_and_says_what_happened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        FailingSystem(tmp_path / "tried")
    except UnavailableError as error:
        pytest.skip(str(error))
    arguments = ["--minutes", "0.05", "--seed", "5", "--pause", "0.05", "--folder", str(tmp_path / "soak")]
    assert 0 == soak.main(arguments), capsys.readouterr().out
    told = capsys.readouterr().out
    assert "seed 5" in told
    assert "lost, doubled, reordered, torn: 0" in told
    assert "broadcaster" in told


def test_what_is_not_flat_is_told() -> None:
    sizes = soak.Sizes()
    sizes.memory["acceptor"] = [20 * MEBIBYTE] * 100
    sizes.files["acceptor"] = [30] * 100
    assert [] == sizes.faults()
    sizes.memory["broadcaster"] = [20 * MEBIBYTE + number * MEBIBYTE // 5 for number in range(100)]
    sizes.files["broadcaster"] = [30 + number for number in range(100)]
    grown, opened = sizes.faults()
    assert "broadcaster" in grown
    assert "MiB" in grown
    assert "open files" in opened
    assert 3 == len(sizes.rows())
