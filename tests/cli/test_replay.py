"""The commands that replay: their help, and their errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.command_lines import one_line, run

from chatsimples.cli.replay import REPLAY

NAMES = [command.name for command in REPLAY]


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_transcript_is_told_in_one_line_with_exit_code_1(tmp_path: Path, name: str) -> None:
    result = run("replay", name, tmp_path / "missing")
    assert (1, "") == (result.returncode, result.stdout)
    assert str(tmp_path / "missing") in one_line(result.stderr)


def test_the_help_names_every_command() -> None:
    result = run("replay", "--help")
    assert 0 == result.returncode
    assert [] == [name for name in NAMES if f"\n  {name} " not in result.stdout]


@pytest.mark.parametrize("name", NAMES)
def test_each_has_help_with_examples_in_both_languages(name: str) -> None:
    for lang, word in (("en", "Examples:"), ("pt", "Exemplos:")):
        result = run("replay", name, "--help", "--lang", lang)
        assert 0 == result.returncode
        assert word in result.stdout
        assert f"chatsimples replay {name}" in result.stdout
