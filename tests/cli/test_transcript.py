"""``verify`` and ``redact`` take a transcript's folder, and nothing that is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.command_lines import one_line, run

REDACT = ("--seq", "1", "--reason", "privacy", "--output", "new")


@pytest.mark.parametrize(("name", "options"), [("verify", ()), ("redact", REDACT)])
def test_a_missing_transcript_is_told_in_one_line_with_exit_code_1(
    tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    result = run(name, tmp_path / "missing", *options)
    assert (1, "") == (result.returncode, result.stdout)
    assert f"{tmp_path / 'missing'} can't be read: No such file or directory" in one_line(result.stderr)


def test_a_folder_without_a_transcript_is_told(tmp_path: Path) -> None:
    result = run("verify", tmp_path)
    assert 1 == result.returncode
    assert f"there is no transcript in {tmp_path}" in one_line(result.stderr)
