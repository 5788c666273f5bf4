"""A real browser, driven by Playwright: Debian's Chromium, or the one that `support.chromium` finds."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright
from support.chromium import chromium_program
from support.waiting import DEADLINE

MILLISECONDS = DEADLINE * 1000
"""The deadline, as Playwright counts."""

_OPTIONS = (
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--mute-audio",
    # It opens the tests' own pages only; and its sandbox runs neither as root nor in every container.
    "--no-sandbox",
)

expect.set_options(timeout=MILLISECONDS)


@contextmanager
def launched_browser() -> Iterator[Browser]:
    """Run a browser with nothing kept from before; where there is none, skip the test."""
    program = chromium_program()
    with (
        tempfile.TemporaryDirectory(prefix="chatsimples-", ignore_cleanup_errors=True) as folder,
        sync_playwright() as playwright,
    ):
        # It writes to the user's folders, whatever profile it is given.
        own = {"HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder}
        browser = playwright.chromium.launch(
            executable_path=program, args=_OPTIONS, env={**os.environ, **own}, timeout=MILLISECONDS
        )
        try:
            yield browser
        finally:
            browser.close()
