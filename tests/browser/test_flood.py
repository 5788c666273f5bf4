"""A room in which a thousand messages a second are said: who types in it goes on typing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import expect
from support.clients import Clients, JsonClient, command
from support.effort import LONG
from support.server import Server

from browser.visitors import Visitors

SERVER_OPTIONS = ("--message-rate", "0", "--address-rate", "0")
RATE = 1_000
MESSAGES = 30_000 if LONG else 4_000
AT_ONCE = 20
TEXT = "o que se escreve não espera pelo que os outros dizem"

# How long each key takes until the browser is ready to draw what it wrote; and how often rows are made.
MEASURED = """() => {
  window.waits = [];
  window.drawings = 0;
  const field = document.querySelector(".composer textarea");
  field.addEventListener("input", ({ timeStamp }) => {
    requestAnimationFrame(() => setTimeout(() => window.waits.push(performance.now() - timeStamp)));
  });
  const observer = new MutationObserver(() => { window.drawings += 1; });
  observer.observe(document.querySelector(".entries"), { childList: true });
}"""
ROWS = "document.querySelectorAll('.entries > li').length"


@contextmanager
def flooded(client: JsonClient, room: str) -> Iterator[threading.Thread]:
    """Have somebody say `MESSAGES` in a room, `RATE` a second."""

    def say_all() -> None:
        begun = time.monotonic()
        for first in range(0, MESSAGES, AT_ONCE):
            time.sleep(max(0.0, begun + first / RATE - time.monotonic()))
            texts = range(first, first + AT_ONCE)
            client.send(
                b"".join(command("message", room=room, text=f"frase {each}", id=f"{each}") for each in texts)
            )
            client.take_in()

    thread = threading.Thread(target=say_all)
    thread.start()
    try:
        yield thread
    finally:
        thread.join()


def test_typing_goes_on_in_a_flood_and_nothing_of_it_is_lost(
    server: Server, visitors: Visitors, clients: Clients, record_property: Callable[[str, object], None]
) -> None:
    rui = clients.json(server, "rui", rooms=["cheia"])
    ana = visitors(server).enter("ana", "cheia")
    ana.field.click()
    ana.page.evaluate(MEASURED)
    rows = 0
    with flooded(rui, "cheia") as talking:
        for number, key in enumerate(TEXT):
            ana.page.keyboard.type(key)
            if number % 10 == 0:
                rows = max(rows, ana.page.evaluate(ROWS))
        typed_in_time = talking.is_alive()
        # Every key is where it was typed, at once.
        expect(ana.field).to_have_value(TEXT)
        ana.page.keyboard.press("Enter")
        expect(ana.field).to_have_value("")
    ana.sees(f"frase {MESSAGES - 1}")
    expect(ana.texts.last).to_be_in_viewport()
    expect(ana.pending).to_have_count(0)
    said = [entry.said["text"] for entry in server.transcript.having(type="message", room="cheia")]
    assert sorted([*(f"frase {number}" for number in range(MESSAGES)), TEXT]) == sorted(said)
    # What is drawn is drawn for many at once, and few of them stay in the page.
    assert MESSAGES / 4 > ana.page.evaluate("window.drawings")
    assert 200 > max(rows, ana.page.evaluate(ROWS))
    # And nothing is missing from what can be read now.
    shown = ana.texts.all_text_contents()
    assert said[-len(shown) :] == shown
    waits = sorted(ana.page.evaluate("window.waits"))
    assert len(TEXT) <= len(waits)
    record_property("typing, median", f"{waits[len(waits) // 2]:.0f} ms")
    record_property("typing, 95 %", f"{waits[len(waits) * 95 // 100]:.0f} ms")
    record_property("typed while it floods", typed_in_time)
