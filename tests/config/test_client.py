"""The client's settings fit the server's, as both stand."""

from __future__ import annotations

from chatsimples.chat.names import DEFAULT_ROOM
from chatsimples.config.base import describe
from chatsimples.config.client import ClientSettings
from chatsimples.config.server import ServerSettings


def test_a_client_and_a_server_that_are_told_nothing_find_one_another() -> None:
    client, server = ClientSettings(), ServerSettings()
    assert (server.host, server.port) == (client.host, client.port)
    assert DEFAULT_ROOM == client.room


def test_choices_stand_in_the_order_in_which_they_are_written() -> None:
    choices = {each.name: each.choices for each in describe(ClientSettings) if each.choices}
    assert ("", "en", "pt") == choices["lang"]
    assert ("minutes", "seconds", "off") == choices["times"]
    assert ("auto", "off", "16", "256", "true") == choices["colors"]
