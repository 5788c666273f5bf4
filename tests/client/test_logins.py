"""What proves an account comes from a file, the environment or standard input, and from nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from chatsimples.client.logins import TOKEN_VARIABLE, find_login, is_in_clear
from chatsimples.client.protocol.core import Login
from chatsimples.config.client import ClientSettings
from chatsimples.errors import SettingError


def found(stdin: int | None = None, environ: dict[str, str] | None = None, **fields: object) -> Login | None:
    return find_login(msgspec.convert(fields, ClientSettings), stdin, str, environ or {})


def test_a_guest_logs_in_as_nobody() -> None:
    assert found() is None


def test_at_a_terminal_the_password_is_asked_for() -> None:
    assert Login("ana") == found(account="ana")
    assert Login("") == found(password_stdin=True)


def test_a_certificate_of_ones_own_needs_no_password() -> None:
    assert Login("ana", certificate=True) == found(0, account="ana", cert="ana.pem")
    assert found(0, cert="ana.pem") is None


def test_the_first_line_of_the_input_is_the_password_and_the_rest_is_left(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes("uma boa sénha\r\noi\n".encode())
    with path.open("rb", buffering=0) as file:
        assert Login("ana", "uma boa sénha") == found(file.fileno(), account="ana", password_stdin=True)
        assert b"oi\n" == file.read()


def test_a_token_comes_from_its_file_or_from_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("  abc123 \nmore\n")
    assert Login("", token="abc123") == found(0, token_file=str(path))
    assert Login("ana", token="xyz") == found(0, {TOKEN_VARIABLE: "xyz"}, account="ana")
    both = found(0, {TOKEN_VARIABLE: "xyz"}, account="ana", token_file=str(path))
    assert Login("ana", token="abc123") == both


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    with empty.open("rb") as file, pytest.raises(SettingError, match="first line of standard input"):
        found(file.fileno(), account="ana", password_stdin=True)
    with pytest.raises(SettingError, match="no password for ana: use --password-stdin, --token-file"):
        found(0, account="ana")
    with pytest.raises(SettingError, match="there is no token in"):
        found(token_file=str(empty))
    with pytest.raises(SettingError, match="can't be read: No such file"):
        found(token_file=str(tmp_path / "missing"))


def test_a_closed_input_has_no_password() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    os.close(reading)
    with pytest.raises(SettingError, match="first line of standard input"):
        found(reading, account="ana", password_stdin=True)


def test_what_is_printed_of_a_login_does_not_prove_it() -> None:
    assert "Login('ana')" == repr(Login("ana", "segredo", "abc"))


@pytest.mark.parametrize(
    ("fields", "clear"),
    [
        ({"host": "192.0.2.7"}, True),
        ({"host": "chat.example.org"}, True),
        ({"host": "::"}, True),
        ({"host": "192.0.2.7", "tls": True}, False),
        ({"host": "192.0.2.7", "fingerprint": "ab"}, False),
        ({"host": "127.0.0.2"}, False),
        ({"host": "::1"}, False),
        ({"host": "localhost"}, False),
    ],
)
def test_what_is_sent_to_another_machine_without_tls_is_in_the_clear(
    fields: dict[str, object], clear: bool
) -> None:
    assert clear == is_in_clear(msgspec.convert(fields, ClientSettings))
