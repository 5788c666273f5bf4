"""One password for all (``--password-file``), as people give it: in a pipe, and at a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from client.programs import PipedClient, TerminalClient
from support.server import Server

StartServer = Callable[..., Server]

SHARED = "abre-te sésamo"


@pytest.fixture
def server(start_server: StartServer, tmp_path: Path) -> Server:
    path = tmp_path / "password"
    path.write_text(f"{SHARED}\n", "utf-8")
    return start_server("--password-file", str(path))


def test_a_program_without_an_account_gives_the_password_on_its_first_line(
    server: Server, tmp_path: Path
) -> None:
    piped = PipedClient(tmp_path / "right", server.port, "--nick", "rui", "--password-stdin", "--once")
    piped.type(SHARED, "oi de todos")
    piped.end_input()
    assert 0 == piped.wait(), piped.errors
    said = server.transcript.having(type="message")
    assert [("rui", "oi de todos")] == [(entry.said["nick"], entry.said["text"]) for entry in said]
    assert "" == piped.errors


def test_without_the_password_or_with_another_nothing_is_said(server: Server, tmp_path: Path) -> None:
    for number, (options, typed, words) in enumerate((
        (("--password-stdin",), ("errada demais", "oi"), "the account or what proves it is not right"),
        ((), ("oi",), "--password-stdin gives a password that all share"),
    )):  # fmt: skip
        piped = PipedClient(tmp_path / str(number), server.port, "--nick", "rui", *options)
        piped.type(*typed)
        piped.end_input()
        assert 1 == piped.wait()
        assert words in piped.errors
    assert [] == server.transcript.having(type="message")


def test_at_a_terminal_the_password_is_asked_for_without_an_account(server: Server, tmp_path: Path) -> None:
    rui = TerminalClient(server.port, "--nick", "rui", "--password-stdin", state=tmp_path / "state")
    try:
        rui.sees("Password:")
        rui.enter("errada demais")
        rui.sees("the account or what proves it is not right")
        rui.sees("Password:")
        rui.enter(SHARED)
        rui.sees("rui #geral>")
        rui.enter("/sair")
        assert 0 == rui.wait()
        assert SHARED not in "\n".join(rui.everything)
        for path in (tmp_path / "state").rglob("*"):
            assert not path.is_file() or SHARED.encode() not in path.read_bytes()
    finally:
        rui.close()
