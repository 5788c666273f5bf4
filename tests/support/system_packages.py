"""Programs of others that tests run: those that are there, and those that the system's packages bring.

Where one is missing and packages can be installed without a question (as root, with apt), it is installed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

_INSTALL_SECONDS = 240.0

Find = Callable[[], str | None]


def program(name: str, package: str) -> str:
    """Return where a program is; where it is missing and can't be installed, skip the test."""
    found, why = find_or_install(lambda: shutil.which(name), package)
    if not found:
        pytest.skip(f"{name} is not on this machine: {why}")
    return found


def find_or_install(find: Find, package: str) -> tuple[str | None, str]:
    """Return where a program is, installed if need be; and if it is nowhere, why."""
    found = find()
    if found:
        return found, ""
    # Tests that run at the same time wait for the one that installs: apt lets one at a time.
    with Path(__file__).open("rb") as itself:
        fcntl.flock(itself, fcntl.LOCK_EX)
        why = "" if find() else _install(find, package)
    return find(), why


def _install(find: Find, package: str) -> str:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return f"{package} can be installed by root with apt only"
    apt = ["apt-get", "-q", "-y", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"]
    install = [*apt, "install", "--no-install-recommends", package]
    until = time.monotonic() + _INSTALL_SECONDS
    # The lists of packages may be old, or missing.
    for command in (install, [*apt, "update"], install):
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                timeout=max(1.0, until - time.monotonic()),
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired:
            return f"{' '.join(command)} took too long"
        if find():
            break
    return f"{' '.join(command)}: {done.stderr.strip()[-200:]}"
