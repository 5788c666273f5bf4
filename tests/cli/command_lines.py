"""The command line as people meet it: run, with its output, in a language."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.server import run_command

ENGLISH = {"LANGUAGE": "", "LC_ALL": "C.UTF-8"}
PORTUGUESE = {"LANGUAGE": "", "LC_ALL": "pt_BR.UTF-8", "PYTHONUTF8": "1"}


def run(*arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in English if the environment does not say otherwise."""
    return run_command(*arguments, environ={**ENGLISH, **environ})


def one_line(text: str) -> str:
    """Return the only line of a text."""
    lines = [line for line in text.splitlines() if line.strip()]
    assert 1 == len(lines), text
    return lines[0]
