"""What runs of irctest are compared with, and how; irctest itself is run by `scripts/run_irctest.sh`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.paths import ROOT

OUTCOME = ROOT / "tests" / "irc" / "irctest" / "outcome.py"
REPORT = """<?xml version="1.0"?>
<testsuites><testsuite>
<testcase classname="irctest.server_tests.join.JoinTestCase" name="testJoin"/>
<testcase classname="irctest.server_tests.join.JoinTestCase" name="testKey"/>
<testcase classname="irctest.server_tests.redact.RedactTestCase" name="testRedact">
<skipped message="Capability not
 supported"/></testcase>
<testcase classname="irctest.server_tests.kick.KickTestCase" name="testKick">{kick}</testcase>
</testsuite></testsuites>
"""


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """Have a copy of the tool, so that its lists are its own."""
    copy = tmp_path / "outcome.py"
    copy.write_bytes(OUTCOME.read_bytes())
    return copy


def run(tool: Path, kick: str, *options: str) -> subprocess.CompletedProcess[str]:
    report = tool.with_name("report.xml")
    report.write_text(REPORT.format(kick=kick))
    command = [sys.executable, str(tool), str(report), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_passed_is_frozen_with_why_others_were_skipped(tool: Path) -> None:
    assert 0 == run(tool, "", "--freeze").returncode
    passed = tool.with_name("passed.txt").read_text().splitlines()
    assert ["join.JoinTestCase.testJoin", "join.JoinTestCase.testKey", "kick.KickTestCase.testKick"] == passed
    skipped = tool.with_name("skipped.txt").read_text()
    assert "redact.RedactTestCase.testRedact: Capability not supported\n" == skipped


@pytest.mark.parametrize("kick", ["<failure/>", "<error/>", '<skipped message="no such command"/>'])
def test_what_passed_before_and_does_not_any_more_is_told(tool: Path, kick: str) -> None:
    run(tool, "", "--freeze")
    assert 0 == run(tool, "").returncode
    again = run(tool, kick)
    assert 1 == again.returncode
    assert "passed before: kick.KickTestCase.testKick\n" in again.stdout


def test_what_fails_is_never_right_and_what_is_new_is(tool: Path) -> None:
    assert 1 == run(tool, "<failure/>").returncode
    assert 0 == run(tool, "").returncode


def test_the_lists_are_in_order_and_tell_of_each_test_once() -> None:
    passed = OUTCOME.with_name("passed.txt").read_text("utf-8").splitlines()
    skipped = OUTCOME.with_name("skipped.txt").read_text("utf-8").splitlines()
    assert sorted(set(passed)) == passed
    assert all(why for _, why in (line.split(": ", 1) for line in skipped))
    assert set() == {line.split(": ", 1)[0] for line in skipped} & set(passed)
