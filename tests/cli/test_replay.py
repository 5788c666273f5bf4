"""The commands that replay: their help, and their errors."""

from __future__ import annotations

import pytest
from support.server import run_command

COMMANDS = ("play", "reenact", "check", "export", "stats", "serve")


@pytest.mark.parametrize("command", [("replay", each) for each in COMMANDS] + [("redact",)])
def test_where_there_is_no_transcript_there_is_one_line_and_exit_code_1(tmp_path, command):
    extra = ("--seq", "1", "--reason", "x", "--output", tmp_path / "new") if command == ("redact",) else ()
    done = run_command(*command, tmp_path / "missing", *extra)
    assert (1, "") == (done.returncode, done.stdout)
    assert 1 == done.stderr.count("\n")
    assert str(tmp_path / "missing") in done.stderr


def test_the_help_names_every_command():
    done = run_command("replay", "--help")
    assert 0 == done.returncode
    for command in COMMANDS:
        assert f"  {command}" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_has_help_with_examples_in_both_languages(command):
    for lang, word in (("en", "Examples:"), ("pt", "Exemplos:")):
        done = run_command("replay", command, "--help", "--lang", lang)
        assert 0 == done.returncode
        assert word in done.stdout
        assert f"chatsimples replay {command}" in done.stdout
