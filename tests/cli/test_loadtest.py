"""``load-test``: what follows ``--`` is for the test's own server."""

from __future__ import annotations

from cli.command_lines import one_line, run


def test_options_after_two_dashes_are_the_servers() -> None:
    result = run("load-test", "--clients", "1", "--seconds", "0.1", "--", "--workers", "0")
    assert 1 == result.returncode
    assert "the server chatsimples ended with 2 instead of listening" in result.stderr
    assert "'--workers'" in result.stderr


def test_a_rate_that_can_not_be_is_told_in_one_line_with_exit_code_2() -> None:
    result = run("load-test", "--rate", "fast")
    assert (2, "") == (result.returncode, result.stdout)
    assert "--rate: 'fast' is neither a number of messages a second" in one_line(result.stderr)
