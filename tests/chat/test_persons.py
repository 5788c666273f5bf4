"""By what a person is known again."""

from __future__ import annotations

from chatsimples.chat.persons import account_key, all_keys, guest_key, lasting_keys, nick_keys
from chatsimples.chat.rooms import Connection

IDENTITY = "9f86d081884c7d659a2feaa0c55ad015"


def person(nick: str = "ana", identity: str = IDENTITY, account: str = "Ana") -> Connection:
    return Connection(7, nick, "json", identity, nick_key=nick, account=account)


def test_who_is_logged_in_is_known_by_all_that_they_have() -> None:
    assert ("account ana", f"session {IDENTITY}", "conn 7", "nick ana") == all_keys(person())


def test_on_another_connection_the_account_and_the_session_tell() -> None:
    assert ("account ana", f"session {IDENTITY}") == lasting_keys(person())
    assert (f"session {IDENTITY}",) == lasting_keys(person(account=""))
    assert () == lasting_keys(person(identity="", account=""))


def test_a_nick_that_the_server_gives_tells_nothing_of_a_person() -> None:
    assert ("conn 7",) == all_keys(person("visitante-2", identity="", account=""))
    assert ("nick visitante-02",) == nick_keys("visitante-02")


def test_no_nick_is_invited() -> None:
    assert "account ana" == guest_key(person())
    assert f"session {IDENTITY}" == guest_key(person(account=""))
    assert "conn 7" == guest_key(person(identity="", account=""))


def test_an_account_is_the_same_in_any_case() -> None:
    assert account_key("çã") == account_key("ÇÃ")
