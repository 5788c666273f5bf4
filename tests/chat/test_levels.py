"""Who stands above whom."""

from __future__ import annotations

import pytest

from chatsimples.chat import levels
from chatsimples.chat.charters import new_charter
from chatsimples.chat.levels import Level
from chatsimples.chat.rooms import Connection


def person(account: str = "", role: str = "") -> Connection:
    return Connection(1, "eva", "json", "", account=account, role=role)


@pytest.mark.parametrize(
    ("role", "level"),
    [("", Level.NOBODY), ("member", Level.NOBODY), ("moderator", Level.OPERATOR), ("admin", Level.ADMIN)],
)
def test_what_an_account_is_on_the_server_it_is_in_every_room(role: str, level: Level) -> None:
    assert level is levels.on_server(person("eva", role))
    assert level is levels.in_room(None, person("eva", role))
    assert level is levels.in_room(new_charter("ana"), person("eva", role))


def test_a_role_in_a_room_is_the_accounts_in_any_spelling() -> None:
    charter = new_charter("ana")
    charter.grant("ana", "owner")
    charter.grant("eva", "voice")
    assert Level.OWNER is levels.in_room(charter, person("ANA", "moderator"))
    assert Level.OPERATOR is levels.in_room(charter, person("eva", "moderator"))
    assert Level.VOICE is levels.by_role(charter, person("Eva"))
    assert Level.NOBODY is levels.by_role(charter, person())
    assert Level.NOBODY is levels.by_role(None, person("ana"))


def test_in_a_room_of_guests_operators_are_what_owners_are_elsewhere() -> None:
    of_guests, lasting = new_charter(""), new_charter("ana")
    for charter in (of_guests, lasting):
        charter.grant_guest(1, "operator")
        charter.grant("eva", "voice")
    assert Level.OWNER is levels.by_role(of_guests, person("eva"))
    assert Level.OPERATOR is levels.by_role(lasting, person("eva"))
    assert "operator" == levels.role_in(lasting, person("eva"))
    assert Level.VOICE is levels.of_account(of_guests, "eva")
    of_guests.grant_guest(1, "none")
    assert ["voice", ""] == [levels.role_in(of_guests, each) for each in (person("eva"), person())]


def test_nobody_is_above_the_operator() -> None:
    assert max(Level) is Level.CONSOLE
