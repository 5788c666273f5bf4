"""The settings of the commands that look into the store of accounts."""

from __future__ import annotations

import pytest

from chatsimples.config.accounts import AddSettings, NetworkSettings, StoreSettings, TokenSettings
from chatsimples.config.base import Settings, describe, make_settings
from chatsimples.errors import SettingError


@pytest.mark.parametrize("cls", [StoreSettings, AddSettings, TokenSettings, NetworkSettings])
def test_each_finds_the_store_as_the_server_does(cls: type[Settings]) -> None:
    described = {each.name: each for each in describe(cls)}
    assert "CHATSIMPLES_ACCOUNTS" == described["accounts"].variable
    assert ("CHATSIMPLES_LOGS", "logs") == (described["logs"].variable, described["logs"].default)


def test_no_setting_is_a_password() -> None:
    for cls in (StoreSettings, AddSettings, TokenSettings, NetworkSettings):
        assert [] == [each.name for each in describe(cls) if "password" in each.name and each.kind is str]


@pytest.mark.parametrize(
    ("cls", "values"),
    [
        (AddSettings, {"role": "owner"}),
        (TokenSettings, {"days": -1}),
        (TokenSettings, {"label": "x" * 65}),
        (NetworkSettings, {"days": -0.5}),
        (NetworkSettings, {"reason": "x" * 257}),
    ],
)
def test_what_can_not_be_is_refused(cls: type[Settings], values: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        make_settings(cls, values)
