"""What is known of the server."""

from __future__ import annotations

import msgspec

from chatsimples.config.server import ServerSettings
from chatsimples.irc.server import Bounds, Server


def test_its_bounds_are_those_of_the_settings() -> None:
    settings = ServerSettings(max_name=9)
    assert Bounds(settings.max_text, 9, settings.max_rooms, settings.irc_playback) == msgspec.convert(
        settings, Bounds, from_attributes=True
    )
    assert 9 == Server(bounds=Bounds(max_name=9)).bounds.max_name
