"""A person who has set nothing sees twenty messages from before, and little of joins and bells."""

from __future__ import annotations

from chatsimples.client.dialogue.preferences import Preferences
from chatsimples.config.client import ClientSettings


def test_the_defaults_are_those_of_the_settings() -> None:
    settings = ClientSettings()
    assert Preferences(settings.history, settings.joins, settings.bell) == Preferences()
