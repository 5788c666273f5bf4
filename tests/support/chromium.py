"""A real browser, headless, driven by the DevTools protocol through a pair of pipes.

Chromium or Chrome is looked for as ``CHATSIMPLES_CHROMIUM`` says, then on the PATH. Where there is none and
the system's own packages can be installed without a question (as root, with apt), it is installed from there.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from support.system_packages import find_or_install
from support.waiting import DEADLINE

VARIABLE = "CHATSIMPLES_CHROMIUM"
"""Names the browser's program; ``none`` does without, and the tests that need one are skipped."""

_NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chrome")
_ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_DEADLINE = 120.0
_OPTIONS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
    # It opens the tests' own pages only; and its sandbox runs neither as root nor in every container.
    "--no-sandbox",
)

# The browser reads commands from descriptor 3 and writes to 4.
_LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Page:
    """A page in the browser.

    Attributes:
        events: what the browser has told about it: a method and its parameters each.
    """

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self.events: list[tuple[str, dict[str, Any]]] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol."""
        return self._browser.call(method, self._session, **parameters)

    def open(self, address: str) -> None:
        """Load a page, and wait until it is there."""
        self.events.clear()
        self.call("Page.navigate", url=address)
        self.wait_for_event("Page.loadEventFired")

    def wait_for_event(self, method: str) -> None:
        """Wait until the browser tells of something."""
        self._browser.wait(lambda: method in {name for name, _ in self.events}, method)

    def run(self, script: str) -> Any:
        """Give the value of a script's last expression; a promise is waited for.

        Raises:
            AssertionError: it threw an error.
        """
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_until(self, condition: str) -> None:
        """Wait until an expression is true in the page.

        Raises:
            AssertionError: it does not become so in time.
        """
        self._browser.wait(lambda: self.run(f"Boolean({condition})"), condition)

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def picture(self, width: int, height: int, scheme: str = "light") -> bytes:
        """Give a PNG of what is in view."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])

    @property
    def errors(self) -> list[str]:
        """What went wrong in it: errors that nobody caught, and what its policy refused."""
        told = [
            parameters
            for method, parameters in self.events
            if method == "Runtime.exceptionThrown"
            or (method == "Log.entryAdded" and parameters["entry"]["level"] == "error")
        ]
        return [json.dumps(each) for each in told]

    @property
    def requests(self) -> list[str]:
        """The addresses that were asked for."""
        return [
            parameters["request"]["url"]
            for method, parameters in self.events
            if method == "Network.requestWillBeSent"
        ]


class Browser:
    """A browser that runs; see `running_browser`."""

    def __init__(self, process: subprocess.Popen[bytes], to: int, back: int) -> None:
        self.process = process
        self._to = to
        self._back = back
        self._received = b""
        self._last_id = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._pages: dict[str, Page] = {}

    def page(self) -> Page:
        """Give a new page."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.call(f"{domain}.enable")
        return page

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol.

        Raises:
            AssertionError: the browser refuses it, or does not answer.
        """
        self._last_id += 1
        number = self._last_id
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        self.wait(lambda: number in self._answers, method, pause=0)
        answer = self._answers.pop(number)
        assert "error" not in answer, (method, answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    def wait(self, check: Any, what: str, pause: float = 0.01) -> None:
        """Wait until a check gives something true, and take in meanwhile what the browser tells."""
        until = time.monotonic() + _DEADLINE
        while not check():
            left = until - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not within {_DEADLINE:g} s: {what}")
            self._take(min(left, pause or left))

    def _take(self, seconds: float) -> None:
        if not select.select([self._back], [], [], seconds)[0]:
            return
        data = os.read(self._back, 1 << 20)
        if not data:
            raise AssertionError(f"the browser has ended: {self.process.wait(DEADLINE)}")
        *messages, self._received = (self._received + data).split(b"\0")
        for each in messages:
            message = json.loads(each)
            page = self._pages.get(message.get("sessionId", ""))
            if "id" in message:
                self._answers[message["id"]] = message
            elif page:
                page.events.append((message["method"], message["params"]))


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start a browser with nothing kept from before; where there is none, skip the test."""
    program = chromium_program()
    with tempfile.TemporaryDirectory(prefix="chatsimples-", ignore_cleanup_errors=True) as folder:
        its_input, to = _pipe()
        back, its_output = _pipe()
        launch = [sys.executable, "-c", _LAUNCH, str(its_input), str(its_output), program]
        with (Path(folder) / "stderr").open("wb") as errors:
            process = subprocess.Popen(
                [*launch, *_OPTIONS, f"--user-data-dir={folder}/profile", "about:blank"],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=(its_input, its_output),
                start_new_session=True,
                # It writes to the user's folders, whatever profile it is given.
                env={**os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder},
            )
        os.close(its_input)
        os.close(its_output)
        browser = Browser(process, to, back)
        try:
            yield browser
            browser.call("Browser.close")
            process.wait(_DEADLINE)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(_DEADLINE)
            os.close(to)
            os.close(back)


def _pipe() -> tuple[int, int]:
    """Make a pipe whose descriptors are out of the way of those that the browser wants."""
    ends = os.pipe()
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return moved[0], moved[1]


def chromium_program() -> str:
    """Return a browser's program; where there is none, skip the test."""
    asked = os.environ.get(VARIABLE, "")
    if asked == "none":
        pytest.skip(f"{VARIABLE}=none")
    if asked:
        found = shutil.which(asked)
    else:
        found, why = find_or_install(_find, "chromium")
        if not found:
            pytest.skip(f"there is no Chromium here; {why}, and {VARIABLE} names none")
    if not found:
        pytest.fail(f"{VARIABLE} is {asked}, and that is no program")
    return found


def _find() -> str | None:
    found = filter(None, map(shutil.which, (*_NAMES, _ON_MACOS)))
    # One that comes as a snap sees no files of the tests'.
    return next((program for program in found if not program.startswith("/snap/")), None)
