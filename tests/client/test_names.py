"""The rooms of the settings, and a nick of the login name."""

from __future__ import annotations

import pytest

from chatsimples.client.names import login_nick, room_names
from chatsimples.errors import Refusal


@pytest.mark.parametrize(
    ("setting", "rooms"),
    [
        ("geral", ["geral"]),
        ("geral,turma", ["geral", "turma"]),
        ("#turma, #Geral", ["turma", "Geral"]),
        ("turma,TURMA,geral,#turma", ["turma", "geral"]),
        ("São,SÃO,são-2", ["São", "são-2"]),
    ],
)
def test_rooms_are_entered_once_each_and_in_order(setting: str, rooms: list[str]) -> None:
    assert rooms == room_names(setting)


@pytest.mark.parametrize(
    "setting", ["", ",", "geral,", "geral,,turma", "geral turma", "geral;turma", "a\x1b"]
)
def test_a_name_that_is_no_room_is_refused(setting: str) -> None:
    with pytest.raises(Refusal) as refused:
        room_names(setting)
    assert "bad_room" == refused.value.code


@pytest.mark.parametrize(
    ("login", "nick"),
    [
        ("ana", "ana"),
        ("DOMAIN\\ana silva", "DOMAINanasilva"),
        ("josé", "josé"),
        ("...", "cliente"),
        ("", "cliente"),
        ("a" * 40, "a" * 24),
    ],
)
def test_a_nick_is_made_of_the_login_name(login: str, nick: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: login)
    assert nick == login_nick()


def test_without_a_login_name_there_is_a_nick(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert "cliente" == login_nick()
