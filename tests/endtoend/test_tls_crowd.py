"""A crowd by TLS, with the command that docs/performance.md names for it; there of 9,900."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from support.paths import ROOT
from support.server import clean_environment

CROWD = 60


def test_the_crowd_by_tls_is_measured_by_one_command_without_other_programs(tmp_path: Path) -> None:
    file = tmp_path / "crowd.json"
    command = [
        sys.executable,
        "scripts/measure_tls.py",
        "--rounds",
        "0",
        "--crowd",
        str(CROWD),
        "--json",
        file,
    ]
    # Neither HAProxy nor stunnel is there: an empty folder is all of the PATH.
    environment = clean_environment(PATH=str(tmp_path))
    done = subprocess.run(
        [str(each) for each in command],
        cwd=ROOT, capture_output=True, text=True, timeout=500, check=False, env=environment,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    crowd = json.loads(file.read_text())["crowd"]
    assert CROWD == crowd["connections"]
    assert 0 < crowd["p50_ms"] <= crowd["p99_ms"]
    assert "scripts/measure_tls.py --rounds 0 --crowd 9900" in (ROOT / "docs/performance.md").read_text()
    assert os.access(ROOT / "scripts/measure_tls.py", os.X_OK)
