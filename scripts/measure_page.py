#!/usr/bin/env python3
"""Measure the browser's page: scrolling a long room, and typing while much is said in it.

A server gets a room with so many messages; a headless Chromium shows its page. Scrolling goes on by so many
pixels each frame, up from the newest message and then down from the first. After each frame it is looked
whether a row that is in view stands where it has to: else it has jumped. What the page holds is told as it is
at the end of each part. Then somebody says messages at a rate, and keys are pressed: how long one takes is
measured from the key to the end of the frame that shows it. Long tasks are those over 50 ms.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from playwright.sync_api import Page  # noqa: E402 - found by the path above
from replay import chats  # noqa: E402
from support.browsers import launched_browser  # noqa: E402
from support.server import Server  # noqa: E402

_KEY_EVERY = 0.1
_SOON = 50
"""Milliseconds within which a key is to be seen."""

_WATCH = """
(() => {
  window.longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((each) => each.duration)))
    .observe({ type: "longtask" });
  window.keys = [];
  addEventListener("keydown", ({ timeStamp }) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => keys.push(performance.now() - timeStamp);
    port2.postMessage(0);
  }), true);
})()
"""
_SCROLL = """
async ([by, seconds]) => {
  const view = document.querySelector(".timeline");
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const told = { frames: [], jumps: 0, rows: 0, first: "", last: "" };
  longTasks.length = 0;
  const until = performance.now() + seconds * 1000;
  let before = performance.now();
  while (performance.now() < until) {
    const { top, bottom } = view.getBoundingClientRect();
    const rows = [...document.querySelectorAll(".entries .row")];
    const row = by < 0 ? rows.find((each) => each.getBoundingClientRect().bottom > top + 50)
      : rows.findLast((each) => each.getBoundingClientRect().top < bottom - 50);
    const [place, scrolled] = [row.getBoundingClientRect().top, view.scrollTop];
    view.scrollTop += by;
    const moved = scrolled - view.scrollTop;
    await frame();
    if (row.isConnected && Math.abs(row.getBoundingClientRect().top - place - moved) > 1.5) told.jumps += 1;
    told.frames.push(performance.now() - before);
    before = performance.now();
    told.rows = Math.max(told.rows, rows.length);
  }
  const texts = document.querySelectorAll(".entries .text");
  const [first, last] = [texts[0], texts[texts.length - 1]].map((each) => each.textContent);
  return { ...told, long: [...longTasks], first, last };
}
"""


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=100_000, help="in the room")
    parser.add_argument("--rate", type=int, default=1_000, help="messages a second, while keys are pressed")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each part")
    parser.add_argument("--step", type=int, default=1_200, help="pixels a frame")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, launched_browser() as browser:
        chats.write(Path(folder) / "logs", chats.long_room(asked.messages))
        server = Server(Path(folder), "--message-rate", "0").start()
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB")
            page.goto(f"http://127.0.0.1:{server.port}/")
            page.fill("#door-nick", "zé")
            page.press("#door-nick", "Enter")
            page.wait_for_selector(".entries .text")
            page.evaluate(_WATCH)
            measure_scrolling(page, asked.step, asked.seconds)
            measure_typing(page, server.port, asked.rate, asked.seconds)
        finally:
            server.close()


def measure_scrolling(page: Page, step: int, seconds: float) -> None:
    """Scroll up from the end, and down from the beginning."""
    told = page.evaluate(_SCROLL, [-step, seconds])
    tell_scrolling("up from the newest", told, page)
    page.evaluate("() => { location.hash = '#geral/1' }")
    page.wait_for_selector(".row.shown")
    told = page.evaluate(_SCROLL, [step, seconds])
    tell_scrolling("down from the first", told, page)
    page.click(".further")


def tell_scrolling(name: str, told: dict[str, object], page: Page) -> None:
    """Print what scrolling was like."""
    frames, long = told["frames"], told["long"]
    numbers = [int(str(told[end]).split(":")[0]) for end in ("first", "last")]
    heap = heap_size(page) / 1e6
    sys.stdout.write(
        f"{name}: messages {numbers[0]}-{numbers[1]} in the page at the end; jumps {told['jumps']}; "
        f"frames {spread(frames)}; {tasks(long)}; rows at most {told['rows']}; heap {heap:.1f} MB\n"
    )


def measure_typing(page: Page, port: int, rate: int, seconds: float) -> None:
    """Press keys, while nothing is said and while much is."""
    page.click(".composer textarea")
    for name, each in (("quiet", 0), (f"{rate} messages/s", rate)):
        with talking(port, each):
            page.wait_for_timeout(1_000)
            page.evaluate("() => { keys.length = longTasks.length = 0 }")
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                page.keyboard.press("a")
                time.sleep(_KEY_EVERY)
            keys, long = page.evaluate("() => [keys, longTasks]")
        below = sum(key < _SOON for key in keys) / len(keys)
        heap = heap_size(page) / 1e6
        sys.stdout.write(
            f"typing, {name}: key to frame {spread(keys)}, {below:.1%} of {len(keys)} below {_SOON} ms; "
            f"{tasks(long)}; heap {heap:.1f} MB\n"
        )


def heap_size(page: Page) -> float:
    """Return how many bytes of heap the page uses, after a garbage collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: float = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used


def spread(values: object) -> str:
    """Return the median, the 99th percentile and the maximum of some milliseconds, in words."""
    known = sorted(values) if isinstance(values, list) and values else [0.0]
    p99 = known[min(len(known) - 1, int(len(known) * 0.99))]
    return f"p50 {statistics.median(known):.1f}, p99 {p99:.1f}, max {known[-1]:.1f} ms"


def tasks(long: object) -> str:
    """Return how many long tasks there were, and the longest."""
    known = long if isinstance(long, list) else []
    return f"long tasks {len(known)}" + (f", the longest {max(known):.0f} ms" if known else "")


@contextmanager
def talking(port: int, rate: int) -> Iterator[None]:
    """Have somebody say so many messages a second as long as this lasts."""
    ended = threading.Event()

    def talk() -> None:
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(b'{"type":"hello","nick":"robo","rooms":["geral"]}\n')
            drain = threading.Thread(target=lambda: [None for _ in iter(lambda: sock.recv(1 << 16), b"")])
            drain.start()
            begun, said = time.monotonic(), 0
            while not ended.wait(0.01):
                due = int((time.monotonic() - begun) * rate)
                texts = (
                    f"{number}: {chats.WORDS[number % len(chats.WORDS)]} um dois três"
                    for number in range(said, due)
                )
                lines = (json.dumps({"type": "message", "room": "geral", "text": text}) for text in texts)
                sock.sendall("".join(f"{line}\n" for line in lines).encode())
                said = due
            sock.shutdown(socket.SHUT_WR)
            drain.join()

    if not rate:
        yield
        return
    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    main()
