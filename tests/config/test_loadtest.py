"""The load test's settings: what is said of another program does not reach it."""

from __future__ import annotations

from chatsimples.config.base import describe
from chatsimples.config.client import ClientSettings
from chatsimples.config.loadtest import LoadTestSettings
from chatsimples.config.server import ServerSettings


def test_no_variable_of_the_server_or_the_client_sets_the_load_test() -> None:
    own = {each.variable for each in describe(LoadTestSettings)}
    assert not own & {each.variable for cls in (ServerSettings, ClientSettings) for each in describe(cls)}


def test_told_nothing_it_starts_a_server_of_its_own() -> None:
    assert ("", 0) == (LoadTestSettings().host, LoadTestSettings().port)
