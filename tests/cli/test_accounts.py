"""``chatsimples account``, ``token`` and ``address`` on the command line: help, errors, exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.command_lines import one_line, run

from chatsimples.cli.program import GROUPS

COMMANDS = [
    (group, command.name) for group in ("account", "token", "address") for command in GROUPS[group][1]
]


@pytest.mark.parametrize(("group", "name"), COMMANDS)
def test_each_has_help_with_examples_in_both_languages(group: str, name: str) -> None:
    for lang, word in (("en", "Examples:"), ("pt", "Exemplos:")):
        result = run(group, name, "--help", "--lang", lang)
        assert 0 == result.returncode
        assert word in result.stdout
        assert f"chatsimples {group} {name}" in result.stdout
        assert "" == result.stderr


def test_what_is_done_shows_in_the_exit_code(tmp_path: Path) -> None:
    where = ("--logs", tmp_path)
    assert 0 == run("account", "add", "robot", "--tokens-only", *where).returncode
    assert "robot" in run("account", "list", *where).stdout
    missing = run("account", "remove", "eva", *where)
    assert (1, "") == (missing.returncode, missing.stdout)
    assert "there is no account eva" in one_line(missing.stderr)
    wrong = run("account", "role", "robot", "owner", *where)
    assert 2 == wrong.returncode
    assert "there is no role 'owner'" in one_line(wrong.stderr)


def test_a_password_is_no_argument(tmp_path: Path) -> None:
    for group, name in COMMANDS:
        assert "PASSWORD" not in run(group, name, "--help").stdout
    assert 2 == run("account", "add", "ana", "a good password", "--logs", tmp_path).returncode
