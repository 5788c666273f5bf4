"""``server``: its help ends with examples."""

from __future__ import annotations

import pytest
from cli.command_lines import run

from chatsimples.cli.client import CLIENT
from chatsimples.cli.command import Command
from chatsimples.cli.server import SERVER


@pytest.mark.parametrize("command", [SERVER, CLIENT], ids=lambda command: command.name)
def test_help_ends_with_examples(command: Command) -> None:
    shown = run(command.name, "--help").stdout.splitlines()
    expected = [
        line for meaning, example in command.examples for line in (f"    {meaning}:", f"      {example}")
    ]
    assert ["  Examples:", *expected] == shown[-len(expected) - 1 :]
