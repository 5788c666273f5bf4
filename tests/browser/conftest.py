"""A browser for all of these tests, people with pages in it, and with terminals beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from client.programs import TerminalClient
from playwright.sync_api import Browser
from support.browsers import launched_browser
from support.clients import Clients
from support.server import Server

from browser.visitors import Visitor, Visitors


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser; what people have in it is one another's secret."""
    with launched_browser() as launched:
        yield launched


@pytest.fixture
def visitors(browser: Browser, clients: Clients) -> Iterator[Visitors]:
    """A maker of people with browsers of their own; in these nothing may go wrong."""
    made: list[Visitor] = []

    def make(server: Server, **how: Any) -> Visitor:
        made.append(Visitor(browser, server, **how))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def terminals() -> Iterator[Callable[..., TerminalClient]]:
    """A starter of the terminal client."""
    started: list[TerminalClient] = []

    def start(server: Server, *options: str) -> TerminalClient:
        started.append(TerminalClient(server.port, *options))
        return started[-1]

    yield start
    for each in started:
        each.close()
