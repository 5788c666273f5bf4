"""The settings of what replays: the same thing is called the same in every command."""

from __future__ import annotations

from chatsimples.config.base import Described, Settings, describe, make_settings
from chatsimples.config.client import ClientSettings
from chatsimples.config.replay import (
    ExportSettings,
    PlaySettings,
    ReenactSettings,
    ServeSettings,
    StatsSettings,
)
from chatsimples.config.server import ServerSettings


def described(cls: type[Settings], name: str) -> Described:
    return next(each for each in describe(cls) if each.name == name)


def test_what_is_played_counted_and_exported_is_selected_alike() -> None:
    for name in ("from", "to", "room", "nick"):
        options = [described(cls, name) for cls in (PlaySettings, ExportSettings, StatsSettings)]
        assert 1 == len({(each.option, each.help, each.default) for each in options})


def test_a_selection_begins_and_ends_with_from_and_to() -> None:
    settings = make_settings(PlaySettings, {"from": "12", "to": "15:00"})
    assert ("12", "15:00") == (settings.begin, settings.end)


def test_a_reenactment_goes_where_a_client_would_and_serving_listens_as_a_server() -> None:
    assert (ClientSettings().host, ClientSettings().port) == (ReenactSettings().host, ReenactSettings().port)
    assert (ServerSettings().host, ServerSettings().port) == (ServeSettings().host, ServeSettings().port)
