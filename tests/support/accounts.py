"""Accounts for a server of a test, made as whoever runs it makes them."""

from __future__ import annotations

from pathlib import Path

from support.server import run_command

PASSWORD = "uma senha de teste"


def make_account(logs: Path, name: str, role: str = "member") -> None:
    """Add an account with `PASSWORD` to the store of a server that keeps its files in ``logs``."""
    done = run_command("account", "add", name, "--role", role, "--logs", logs, typed=f"{PASSWORD}\n")
    assert 0 == done.returncode, done.stderr
