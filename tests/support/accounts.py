"""Accounts for a server of a test, made as whoever runs it makes them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.server import COMMAND, clean_environment

PASSWORD = "uma senha de teste"


def make_account(logs: Path, name: str, role: str = "member") -> None:
    """Add an account with `PASSWORD` to the store of a server that keeps its files in ``logs``."""
    subprocess.run(
        [*COMMAND, "account", "add", name, "--role", role, "--logs", str(logs), "--lang", "en"],
        input=f"{PASSWORD}\n".encode(),
        env=clean_environment(),
        check=True,
        capture_output=True,
        timeout=60,
    )
