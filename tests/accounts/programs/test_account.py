"""``chatsimples account``: each command does what it says, once, and says so in a line."""

from __future__ import annotations

from functools import partial

import pytest
from accounts.programs.terminal_side import PASSWORD, Desk

from chatsimples.accounts.passwords import Argon2Hasher
from chatsimples.accounts.programs import account
from chatsimples.config.accounts import AddSettings
from chatsimples.errors import SettingError


def add(desk: Desk, name: str = "Ana", password: str = PASSWORD) -> str:
    desk.types(f"{password}\n")
    return desk.run(lambda: account.add(name, AddSettings(logs=str(desk.folder), role="moderator"), str))


def test_an_account_is_added_with_its_password_and_role(desk: Desk) -> None:
    assert "added: Ana, moderator\n" == add(desk)
    with desk.store() as store:
        found = store.get("ana")
    assert Argon2Hasher().matches(found.password, PASSWORD)
    assert 0o700 == desk.folder.stat().st_mode & 0o777


def test_an_account_without_a_password_asks_for_none(desk: Desk) -> None:
    settings = AddSettings(logs=str(desk.folder), tokens_only=True)
    assert "added: robot, member\n" == desk.run(lambda: account.add("robot", settings, str))
    assert "no password" in desk.run(lambda: account.show(desk.settings(), str))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ANA", "is an account's"),
        ("an\u0430", "looks like"),
        ("a b", "made of letters"),
        ("visitante-1", "visitor"),
    ],
)
def test_a_name_that_can_not_be_had_is_told(desk: Desk, name: str, why: str) -> None:
    add(desk)
    desk.types(f"{PASSWORD}\n")
    assert why in desk.error(lambda: account.add(name, AddSettings(logs=str(desk.folder)), str))


def test_the_list_tells_no_hash(desk: Desk) -> None:
    add(desk)
    add(desk, "bia")
    desk.run(lambda: account.lock("BIA", desk.settings(), str))
    first, second = desk.run(lambda: account.show(desk.settings(), str)).splitlines()
    assert first.startswith("Ana ")
    assert first.endswith("  moderator")
    assert second.endswith("  moderator, locked")
    assert "argon2" not in first + second


def test_another_password_takes_the_place_of_the_old_one(desk: Desk) -> None:
    add(desk)
    desk.types("another password\n")
    said = desk.run(lambda: account.change_password("ana", desk.settings(), str))
    assert said.startswith("Ana has another password")
    with desk.store() as store:
        hashed = store.get("ana").password
    assert [False, True] == [Argon2Hasher().matches(hashed, each) for each in (PASSWORD, "another password")]


def test_a_role_is_one_that_there_is(desk: Desk) -> None:
    add(desk)
    assert "Ana is admin now\n" == desk.run(
        lambda: account.change_role(("ana", "admin"), desk.settings(), str)
    )
    with pytest.raises(SettingError, match="there is no role 'owner'; there are member, moderator, admin"):
        account.change_role(("ana", "owner"), desk.settings(), str)


def test_an_account_is_locked_unlocked_and_removed(desk: Desk) -> None:
    add(desk)
    settings = desk.settings()
    assert "locked: Ana\n" == desk.run(lambda: account.lock("ana", settings, str))
    assert "unlocked: Ana\n" == desk.run(lambda: account.unlock("ana", settings, str))
    assert "removed: Ana\n" == desk.run(lambda: account.remove("ana", settings, str))
    assert "" == desk.run(lambda: account.show(settings, str))


def test_an_account_that_is_not_there_is_told(desk: Desk) -> None:
    settings = desk.settings()
    for program in (account.change_password, account.lock, account.unlock, account.remove):
        told = desk.error(partial(program, "eva", settings, str))
        assert f"there is no account eva in {desk.path}" == told
    assert "no account eva" in desk.error(lambda: account.change_role(("eva", "admin"), settings, str))
