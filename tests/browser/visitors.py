"""People who come by a browser: each has one of their own, and its pages must keep to the page's policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Request, expect
from support.browsers import MILLISECONDS
from support.server import Server
from support.waiting import eventually

# Told to the test: what the page's policy refuses, and the code of others, which would set `window.ran`.
_TELLING = """
addEventListener("securitypolicyviolation", (event) =>
  window.told(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
Object.defineProperty(window, "ran", { set: (what) => window.told(`code ran: ${what}`) });
"""


# What the browser says of an answer in plain text.
_TAKEN_FOR_A_VISITOR = "net::ERR_INVALID_HTTP_RESPONSE"
# And if it is sent elsewhere before it has shown that.
_ITS_ERROR_COMES = "interrupted by another navigation"


class Visitor:
    """A person with a browser of their own (a context: storage, cookies and cache are theirs alone).

    Attributes:
        page: the tab that they look at.
        elsewhere: an address that may be asked for too.
        troubles: what no page of theirs may have: uncaught errors, what its policy refused, scripts of others
            that ran, requests to anywhere but the server.
    """

    def __init__(self, browser: Browser, server: Server, **how: Any) -> None:
        self.server = server
        self.elsewhere = "data:"
        self.troubles: list[str] = []
        self.context: BrowserContext = browser.new_context(**{"locale": "en-GB", **how})
        self.context.set_default_timeout(MILLISECONDS)
        self.context.expose_binding("told", lambda source, what: self.troubles.append(str(what)))
        self.context.add_init_script(_TELLING)
        self.context.on("weberror", lambda error: self.troubles.append(str(error.error)))
        self.context.on("request", self._asked)
        self.context.on("requestfailed", self._failed)
        self._late = False
        self.page: Page = self.context.new_page()

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"http://127.0.0.1:{self.server.port}/", self.elsewhere)):
            self.troubles.append(f"it asks for {request.url}")

    @property
    def address(self) -> str:
        """The chat's address."""
        return f"http://127.0.0.1:{self.server.port}/"

    def _failed(self, request: Request) -> None:
        self._late |= request.failure == _TAKEN_FOR_A_VISITOR

    def open(self, route: str = "") -> Visitor:
        """Open the chat's page, and come to its door, or where an earlier page stopped.

        A browser that a busy machine keeps from sending its request for half a second is a visitor: it asks
        again.
        """
        address = self.address + (f"#{quote(route, safe='/@')}" if route else "")
        if not self._loads(address):
            eventually(lambda: self._loads("about:blank") and self._loads(address), "the page is loaded")
        return self

    def _loads(self, address: str) -> bool:
        """Load a page; tell whether all of it came."""
        self._late = False
        try:
            self.page.goto(address)
        except Error as error:
            if not any(each in error.message for each in (_TAKEN_FOR_A_VISITOR, _ITS_ERROR_COMES)):
                raise
            return False
        return not self._late

    def crash(self) -> None:
        """End the tab's process: its page has no time for anything."""
        with self.page.expect_event("crash"), suppress(Error):
            self.page.goto("chrome://crash")

    def open_tab(self, route: str = "") -> Page:
        """Open another tab, which comes to the front; give the one before."""
        before, self.page = self.page, self.context.new_page()
        self.open(route)
        return before

    def enter(self, nick: str, room: str = "") -> Visitor:
        """Open the page and come in by its door."""
        self.open(room)
        self.page.locator("#door-nick").fill(nick)
        self.page.locator("#door-nick").press("Enter")
        return self.is_in()

    def log_in(self, account: str, password: str) -> None:
        """Come in by the door as an account."""
        summary = self.page.locator(".door summary")
        if not self.page.locator("#door-account").is_visible():
            summary.click()
        self.page.locator("#door-account").fill(account)
        self.page.locator("#door-password").fill(password)
        self.page.locator("#door-password").press("Enter")

    def is_in(self) -> Visitor:
        """Wait until the page is connected."""
        expect(self.state).to_have_class("state connected")
        return self

    def is_cut_off(self) -> None:
        """Wait until the page has noticed that its connection is lost."""
        expect(self.state).not_to_have_class("state connected")

    def say(self, *texts: str) -> None:
        """Type texts, with Enter after each."""
        for text in texts:
            self.field.fill(text)
            self.field.press("Enter")

    def sees(self, *texts: str) -> None:
        """Wait until these texts are in the conversation in front."""
        for text in texts:
            expect(self.timeline).to_contain_text(text)

    def has_on_record(self, texts: Sequence[str]) -> None:
        """Wait until exactly these messages are on record in the conversation in front, in this order."""
        expect(self.texts).to_have_text([*texts])
        expect(self.pending).to_have_count(0)

    def goes_to(self, name: str) -> None:
        """Click a conversation in the list."""
        self.conversation(name).click()
        expect(self.title).to_have_text(name)

    def conversation(self, name: str) -> Locator:
        """Its button in the list: a room with ``#``, a person without."""
        return self.page.locator("nav.side .conversations button").filter(
            has=self.page.locator(".name", has_text=name.removeprefix("#"))
        )

    @property
    def field(self) -> Locator:
        """Where texts are typed."""
        return self.page.locator(".composer textarea")

    @property
    def timeline(self) -> Locator:
        """What is said."""
        return self.page.locator(".timeline")

    @property
    def texts(self) -> Locator:
        """The messages on record."""
        return self.page.locator(".entries .row:not(.pending) .text")

    @property
    def pending(self) -> Locator:
        """Own messages that are not known to be on record."""
        return self.page.locator(".entries .pending .text")

    @property
    def state(self) -> Locator:
        """The state of the connection."""
        return self.page.locator("header .state")

    @property
    def title(self) -> Locator:
        """What stands above the conversation in front."""
        return self.page.locator("header h1")

    def close(self) -> None:
        """Close the browser; nothing may have gone wrong in it."""
        self.context.close()
        assert [] == self.troubles


Visitors = Callable[..., Visitor]
