"""``chatsimples token``: shown once, listed without what it is, taken back."""

from __future__ import annotations

from functools import partial

import pytest
from accounts.programs.terminal_side import Desk

from chatsimples.accounts.programs import token
from chatsimples.config.accounts import TokenSettings


@pytest.fixture
def settings(desk: Desk) -> TokenSettings:
    desk.folder.mkdir()
    with desk.store() as store:
        store.add("robot", "member", "")
        store.add("other", "member", "")
    return TokenSettings(logs=str(desk.folder), days=3, label="every night")


def test_a_token_is_shown_once_alone_on_standard_output(
    desk: Desk, settings: TokenSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == token.add("ROBOT", settings, str)
    shown = capsys.readouterr()
    assert shown.out.startswith("cst_")
    assert 1 == len(shown.out.splitlines())
    assert "only now" in shown.err
    with desk.store() as store:
        account = store.account_of(shown.out.strip())
    assert account is not None
    listed = desk.run(lambda: token.show(("robot",), desk.settings(), str))
    assert "every night" in listed
    assert shown.out.strip() not in listed


def test_the_list_is_of_all_accounts_or_of_those_that_are_named(desk: Desk, settings: TokenSettings) -> None:
    for name in ("robot", "other"):
        desk.run(partial(token.add, name, settings, str))
    assert 2 == len(desk.run(lambda: token.show((), desk.settings(), str)).splitlines())
    (line,) = desk.run(lambda: token.show(("other",), desk.settings(), str)).splitlines()
    assert ["2", "other"] == line.split()[:2]
    assert "no account eva" in desk.error(lambda: token.show(("eva",), desk.settings(), str))


def test_a_token_is_taken_back_by_its_number(desk: Desk, settings: TokenSettings) -> None:
    made = desk.run(lambda: token.add("robot", settings, str)).strip()
    assert "revoked: 1" in desk.run(lambda: token.revoke(1, desk.settings(), str))
    with desk.store() as store:
        assert store.account_of(made) is None
    assert "there is no token 1" in desk.error(lambda: token.revoke(1, desk.settings(), str))
    assert "no account eva" in desk.error(lambda: token.add("eva", settings, str))
