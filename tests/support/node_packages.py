"""What npm brings for the tests of the page: the packages of tests/page/package.json, fetched once."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest
from support.paths import ROOT

HERE = ROOT / "tests" / "page"


def node_package_file(path: str) -> Path:
    """Return a file of a package; where npm can't bring it, skip the test."""
    wanted = HERE / "node_modules" / path
    # Tests that run at the same time wait for the one that fetches.
    with (HERE / "package-lock.json").open("rb") as itself:
        fcntl.flock(itself, fcntl.LOCK_EX)
        reason = "" if wanted.exists() else _fetch()
    if not wanted.exists():
        pytest.skip(f"there is no {path} here: {reason}")
    return wanted


def _fetch() -> str:
    npm = shutil.which("npm")
    if not npm:
        return "there is no npm to fetch it"
    command = [npm, "ci", "--no-audit", "--no-fund"]
    fetched = subprocess.run(command, check=False, cwd=HERE, capture_output=True, text=True)
    return f"npm ci: {fetched.stderr.strip()[-200:]}"
