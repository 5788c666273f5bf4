"""A password is typed unseen or comes on standard input; it is in no argument, output or error."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pexpect
import pytest
from accounts.programs.terminal_side import PASSWORD, Desk
from support.waiting import DEADLINE

from chatsimples.accounts.passwords import Argon2Hasher
from chatsimples.accounts.programs.asking import ask_password
from chatsimples.accounts.store import Store
from chatsimples.errors import ChatSimplesError


def error(desk: Desk, line: str) -> str:
    desk.types(line)

    def ask() -> int:
        ask_password("ana", str)
        return 0

    return desk.error(ask)


def test_the_first_line_of_standard_input_is_the_password(desk: Desk) -> None:
    for line in (f"{PASSWORD}\nmore\n", f"{PASSWORD}\r\n", PASSWORD):
        desk.types(line)
        assert PASSWORD == ask_password("ana", str)


def test_what_can_be_no_password_is_told_and_not_repeated(desk: Desk) -> None:
    assert "there is no password" in error(desk, "")
    assert "there is no password" in error(desk, "\n")
    assert "at least 8 characters" in error(desk, "secret7\n")
    assert "secret7" not in error(desk, "secret7\n")


def test_what_is_no_text_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), "utf-8"))
    with pytest.raises(ChatSimplesError, match="not UTF-8"):
        ask_password("ana", str)


def add(folder: Path) -> pexpect.spawn[str]:
    return pexpect.spawn(
        sys.executable,
        ["-m", "chatsimples", "account", "add", "ana", "--logs", str(folder), "--lang", "en"],
        encoding="utf-8",
        timeout=DEADLINE,
    )


def test_on_a_terminal_it_is_typed_twice_and_not_seen(tmp_path: Path) -> None:
    child = add(tmp_path)
    child.expect("Password of ana: ")
    child.sendline(PASSWORD)
    seen = f"{child.before}{child.after}"
    child.expect("Again: ")
    child.sendline(PASSWORD)
    seen += f"{child.before}{child.after}"
    child.expect("added: ana, member")
    seen += f"{child.before}{child.after}"
    child.expect(pexpect.EOF)
    child.close()
    assert 0 == child.exitstatus
    assert PASSWORD not in seen
    with Store(tmp_path / "accounts.db") as store:
        assert Argon2Hasher().matches(store.get("ana").password, PASSWORD)


def test_two_different_ones_are_none(tmp_path: Path) -> None:
    child = add(tmp_path)
    child.expect("Password of ana: ")
    child.sendline(PASSWORD)
    child.expect("Again: ")
    child.sendline("another password")
    child.expect("two different passwords")
    child.expect(pexpect.EOF)
    child.close()
    assert 1 == child.exitstatus
    with Store(tmp_path / "accounts.db") as store:
        assert 0 == store.count()
