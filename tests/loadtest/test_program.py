"""The load test from settings to exit code and files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from loadtest.faulty import faulty
from loadtest.loads import PATIENT, children, quick_start
from support.server import Server

from chatsimples.config.loadtest import LoadTestSettings
from chatsimples.errors import ChatSimplesError, SettingError
from chatsimples.loadtest import results
from chatsimples.loadtest.program import run
from chatsimples.loadtest.run.shape import Patience

SERVER_OPTIONS = ("--message-rate", "0")


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = children()
    with quick_start():
        yield
    assert before == children()


def load_test(port: int, patience: Patience = PATIENT, **settings: object) -> int:
    """Run a small load test at a server; return its exit code."""
    small = {"port": port, "clients": 3, "seconds": 0.3, "rate": "400", "size": 40}
    return run(LoadTestSettings(**{**small, **settings}), (), str, patience)  # type: ignore[arg-type] # the test says what is what


def test_a_fault_is_exit_code_1_and_stands_in_words_and_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    json, html = tmp_path / "result.json", tmp_path / "result.html"
    with faulty("lose for one") as server:
        assert 1 == load_test(server.port, Patience(still=4.0), json=str(json), html=str(html))
    told = " ".join(capsys.readouterr().out.split())
    assert "chatsimples: of 360 deliveries 1 were lost, 0 came twice, 0 out of order" in told
    assert "sender 00: 40 came where 39 was due" in told
    report = results.load(json)
    assert not report.ok
    assert 1 == report.runs[0].checks.lost
    assert html.read_text("utf-8")


def test_all_runs_are_in_the_report_and_one_that_fails_fails_all(server: Server, tmp_path: Path) -> None:
    json = tmp_path / "result.json"
    assert 0 == load_test(server.port, runs=2, json=str(json))
    report = results.load(json)
    assert [1, 2] == [each.round for each in report.runs]
    assert ["chatsimples"] == report.targets
    assert 400.0 == report.runs[1].phase.offered
    assert {"system", "processor", "cores", "memory", "python"} == set(report.machine)
    assert server.port == report.settings["port"]


def test_what_can_not_be_written_is_known_before_anybody_connects(tmp_path: Path) -> None:
    with pytest.raises(ChatSimplesError, match="can't be written: No such file or directory"):
        load_test(1, json=str(tmp_path / "nowhere" / "result.json"))
    with pytest.raises(ChatSimplesError, match="can't be written: Is a directory"):
        load_test(1, html=str(tmp_path))


def test_settings_that_do_not_go_together_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    json = tmp_path / "result.json"
    with pytest.raises(SettingError):
        load_test(1, rooms=4, json=str(json))
    assert not json.exists()


def test_a_server_that_can_not_be_loaded_leaves_earlier_results_as_they_are(
    tmp_path: Path,
) -> None:
    json = tmp_path / "result.json"
    json.write_text("of another time", "utf-8")
    with faulty("close on connect") as server, pytest.raises(ChatSimplesError, match="ended its connection"):
        load_test(server.port, json=str(json))
    assert "of another time" == json.read_text("utf-8")


def test_the_files_are_written_also_if_nobody_reads_the_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    json = tmp_path / "result.json"

    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed, faulty("") as server:
        monkeypatch.setattr("sys.stdout", closed)
        with pytest.raises(SystemExit):
            load_test(server.port, json=str(json))
        monkeypatch.undo()
    assert results.load(json).ok


def test_the_tests_own_server_takes_texts_as_long_as_the_tests(tmp_path: Path) -> None:
    json = tmp_path / "result.json"
    assert 0 == load_test(0, size=20_000, rate="50", json=str(json))
    assert 3 * 15 == results.load(json).runs[0].checks.exact
