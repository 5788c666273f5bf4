"""Which of its two shapes the client takes, and what it refuses to start with."""

from __future__ import annotations

import subprocess

import pytest
from client.programs import TerminalClient, client_command
from support.server import Server, clean_environment, run_command
from support.waiting import DEADLINE

from chatsimples.client.program import on_terminal, run
from chatsimples.config.client import ClientSettings
from chatsimples.errors import SettingError


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (ClientSettings(nick="a b", lang="en"), "the nick a b can't be used"),
        (ClientSettings(room="a b", lang="en"), "the room name a b can't be used"),
        (ClientSettings(room="geral,a b", lang="en"), "the room name a b can't be used"),
        (ClientSettings(room="geral,", lang="en"), "the room name '' can't be used"),
        (ClientSettings(nick="a\x1b", lang="en"), r"the nick a\\x1b can't be used"),
    ],
)
def test_a_forbidden_name_is_refused_before_anything_else(settings: ClientSettings, why: str) -> None:
    with pytest.raises(SettingError, match=why):
        run(settings)


def test_a_forbidden_setting_is_wrong_usage() -> None:
    done = subprocess.run(
        client_command(5000, "--nick", "a b"),
        capture_output=True, text=True, timeout=DEADLINE, env=clean_environment(), check=False,
    )  # fmt: skip
    assert 2 == done.returncode
    assert done.stderr.startswith("chatsimples: the nick a b can't be used")
    assert 1 == len(done.stderr.splitlines())


class Stream:
    """A standard stream, a terminal or not."""

    def __init__(self, *, terminal: bool) -> None:
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


PLACES = [
    (True, True, "xterm", True),
    (True, True, "dumb", False),
    (True, True, "", False),
    (True, False, "xterm", False),
    (False, True, "xterm", False),
    (None, True, "xterm", False),
    (True, None, "xterm", False),
]


@pytest.mark.parametrize(("source", "target", "term", "expected"), PLACES)
def test_a_screen_needs_a_terminal_at_both_ends(
    source: bool | None, target: bool | None, term: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None if source is None else Stream(terminal=source))
    monkeypatch.setattr("sys.stdout", None if target is None else Stream(terminal=target))
    monkeypatch.setenv("TERM", term)
    assert expected == on_terminal()


def test_a_terminal_without_a_cursor_is_a_pipe(server: Server) -> None:
    ana = TerminalClient(server.port, "--nick", "ana", through=["env", "TERM=dumb"])
    try:
        ana.sees("ana has entered #geral")
        ana.enter("olá")
        ana.sees("ana: olá")
        assert b"\x1b" not in ana.raw
        ana.type("\x04")
        assert 0 == ana.wait()
    finally:
        ana.close()


def test_for_programs_a_terminal_is_a_pipe(server: Server) -> None:
    robot = TerminalClient(server.port, "--nick", "robot", "--json", columns=200)
    try:
        robot.sees('"state":"connected"')
        robot.enter("olá")
        robot.sees('"text":"olá"')
        assert b"\x1b" not in robot.raw
        robot.type("\x04")
        assert 0 == robot.wait()
    finally:
        robot.close()


@pytest.mark.parametrize("options", [["--port", "x"], ["--room", "a b"], ["--nada"], ["--room", ""]])
def test_wrong_usage_is_known_by_its_exit_code(options: list[str]) -> None:
    done = run_command("client", *options)
    assert (2, "") == (done.returncode, done.stdout)
    assert "Traceback" not in done.stderr
