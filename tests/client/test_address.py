"""Addresses of servers in one word, and whom settings trust."""

from __future__ import annotations

import pytest

from chatsimples.client.address import tls_of, with_address
from chatsimples.config.client import ClientSettings
from chatsimples.errors import SettingError


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", ("127.0.0.1", 5000, "geral", False)),
        ("chatsimples://chat.example.org", ("chat.example.org", 5000, "geral", False)),
        ("chatsimples://chat.example.org:99/turma", ("chat.example.org", 99, "turma", False)),
        ("chatsimples+tls://chat.example.org", ("chat.example.org", 5443, "geral", True)),
        ("chatsimples+tls://chat.example.org/", ("chat.example.org", 5443, "geral", True)),
        ("chatsimples+tls://[2001:db8::7]:99/turma%20%C3%A1", ("2001:db8::7", 99, "turma á", True)),
        ("CHATSIMPLES+TLS://Chat.Example.org/a,b", ("chat.example.org", 5443, "a,b", True)),
    ],
)
def test_an_address_tells_the_server_its_port_the_room_and_tls(
    address: str, expected: tuple[str, int, str, bool]
) -> None:
    made = with_address(ClientSettings(), address)
    assert expected == (made.host, made.port, made.room, made.tls)


def test_tls_that_is_asked_for_stays_whatever_the_address_tells() -> None:
    made = with_address(ClientSettings(tls=True, room="x"), "chatsimples://chat.example.org")
    assert (True, 5443, "x") == (made.tls, made.port, made.room)


@pytest.mark.parametrize(
    "address",
    [
        "chat.example.org",
        "http://chat.example.org",
        "chatsimples://",
        "chatsimples:///turma",
        "chatsimples://h:0",
        "chatsimples://h:99999",
        "chatsimples://h:x",
        "chatsimples://ana:secret@h",
        "chatsimples://h/turma?x=1",
        "chatsimples://h/turma#x",
        "chatsimples://[::1",
        "chatsimples://h/%ff",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(SettingError, match="is no address"):
        with_address(ClientSettings(), address)


def test_without_a_word_of_tls_there_is_none() -> None:
    assert tls_of(ClientSettings(), str) is None


@pytest.mark.parametrize("settings", [ClientSettings(tls=True), ClientSettings(fingerprint="ab" * 32)])
def test_whoever_names_whom_to_trust_wants_tls(settings: ClientSettings) -> None:
    assert tls_of(settings, str) is not None
