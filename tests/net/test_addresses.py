"""Addresses of servers in one word."""

from __future__ import annotations

import pytest

from chatsimples.errors import SettingError
from chatsimples.net.addresses import Address, read_address, read_server


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chatsimples://h", Address("h", 5000)),
        ("chatsimples+tls://h/turma", Address("h", 5443, "turma", by_tls=True)),
        ("chatsimples+tls://[::1]:9", Address("::1", 9, by_tls=True)),
    ],
)
def test_an_address_tells_the_server_its_port_the_room_and_tls(text: str, expected: Address) -> None:
    assert expected == read_address(text, str)


def test_tls_that_is_asked_for_stays_and_has_its_own_port() -> None:
    assert Address("h", 5443, by_tls=True) == read_address("chatsimples://h", str, by_tls=True)
    assert Address("h", 5443, by_tls=True) == read_server("chatsimples://h", str, by_tls=True)


@pytest.mark.parametrize("text", ["h", "https://h", "chatsimples://ana:secret@h", "chatsimples://h:0"])
def test_what_is_no_address_is_refused(text: str) -> None:
    for read in (read_address, read_server):
        with pytest.raises(SettingError, match="is no address"):
            read(text, str)


def test_where_no_room_is_entered_none_is_named() -> None:
    assert Address("h", 9) == read_server("chatsimples://h:9/", str)
    with pytest.raises(SettingError, match="names no room"):
        read_server("chatsimples://h/turma", str)
