"""What was said before, in a browser: scrolled, linked to, read from a day on, and played; and /status."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import expect
from replay import chats
from support.accounts import PASSWORD, make_account
from support.server import Server, running_server

from browser.visitors import Visitor, Visitors

MESSAGES = 1_500
SCROLL = """
async (by) => {
  const view = document.querySelector(".timeline");
  const rows = [...document.querySelectorAll(".entries .row")];
  const { top } = view.getBoundingClientRect();
  const row = rows.find((each) => each.getBoundingClientRect().bottom > top + 50);
  const [place, scrolled] = [row.getBoundingClientRect().top, view.scrollTop];
  view.scrollTop += by;
  const moved = scrolled - view.scrollTop;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return row.isConnected ? Math.abs(row.getBoundingClientRect().top - place - moved) : 0;
}
"""


@pytest.fixture(scope="module")
def old_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a room in which much was said."""
    folder = tmp_path_factory.mktemp("server")
    chats.write(folder / "logs", chats.long_room(MESSAGES))
    make_account(folder / "logs", "chefe", "admin")
    with running_server(folder, "--message-rate", "0") as running:
        yield running


def first_text(visitor: Visitor) -> str:
    return visitor.texts.first.inner_text().split(":")[0]


def test_scrolling_up_leads_to_the_beginning_without_a_jump_and_down_to_now(
    old_room: Server, visitors: Visitors
) -> None:
    ana = visitors(old_room).enter("zé")
    ana.sees(f"{MESSAGES}: ")
    farthest = 0.0
    while first_text(ana) != "1":
        farthest = max(farthest, ana.page.evaluate(SCROLL, -1_500))
    assert farthest < 2
    ana.sees("this is the beginning of #geral")
    assert ana.page.locator(".entries .row").count() < 300
    ana.page.get_by_role("button", name="to the newest").click()
    ana.sees(f"{MESSAGES}: ")


def test_a_link_opens_a_message_in_its_place_and_there_is_a_way_back(
    old_room: Server, visitors: Visitors
) -> None:
    visitor = visitors(old_room).open("geral/1000")
    visitor.page.locator("#door-nick").fill("zé")
    visitor.page.locator("#door-nick").press("Enter")
    shown = visitor.page.locator(".row.shown .text")
    expect(shown).to_be_in_viewport()
    assert visitor.page.locator(".row.shown").get_attribute("data-seq") == "1000"
    visitor.page.keyboard.press("Escape")
    visitor.sees(f"{MESSAGES}: ")
    expect(visitor.page).to_have_url(re.compile("#geral$"))


def test_links_are_reached_and_copied_with_the_keyboard(old_room: Server, visitors: Visitors) -> None:
    visitor = visitors(old_room, permissions=["clipboard-read", "clipboard-write"]).enter("zé")
    visitor.sees(f"{MESSAGES}: ")
    visitor.timeline.focus()
    for key in ("Tab", "ArrowUp", "ControlOrMeta+c"):
        visitor.page.keyboard.press(key)
    link = visitor.page.evaluate("document.activeElement.href")
    assert re.search(r"#geral/\d+$", link)
    expect(visitor.page.locator("[aria-live]", has_text="link copied")).to_be_attached()
    assert link == visitor.page.evaluate("navigator.clipboard.readText()")


def test_a_room_is_read_from_a_day_on(old_room: Server, visitors: Visitors) -> None:
    visitor = visitors(old_room, timezone_id="UTC").enter("zé")
    visitor.sees(f"{MESSAGES}: ")
    at = old_room.transcript.having(type="message")[MESSAGES // 2].said["at"]
    visitor.page.get_by_role("button", name="back in time").click()
    visitor.page.get_by_label("Read from a day on").fill(at[:10])
    visitor.page.keyboard.press("Enter")
    told = visitor.page.locator(".row.shown time").get_attribute("datetime") or ""
    assert at[:10] == told[:10]
    assert datetime.fromisoformat(told).hour == 0


def test_the_time_machine_plays_a_room_from_its_beginning_and_leads_back(
    old_room: Server, visitors: Visitors
) -> None:
    visitor = visitors(old_room).enter("zé")
    visitor.sees(f"{MESSAGES}: ")
    visitor.page.get_by_role("button", name="back in time").click()
    visitor.page.get_by_role("button", name="Time machine").click()
    expect(visitor.field).to_be_hidden()
    machine = visitor.page.get_by_role("form", name="Time machine")
    machine.get_by_label("Speed").select_option("max")
    machine.get_by_label("Position").fill("0")
    visitor.sees("pessoa-8 has entered #geral")
    expect(visitor.texts).to_have_count(0)
    machine.get_by_role("button", name="Play").click()
    visitor.sees(f"{MESSAGES}: ")
    machine.get_by_role("button", name="Play").wait_for()
    visitor.page.keyboard.press("Escape")
    expect(visitor.field).to_be_visible()


def test_admins_see_how_the_server_does(old_room: Server, visitors: Visitors) -> None:
    visitor = visitors(old_room)
    visitor.page.goto(f"{visitor.address}status")
    visitor.log_in("chefe", PASSWORD)
    dialog = visitor.page.get_by_role("dialog", name="How the server does")
    expect(dialog.get_by_role("img", name=re.compile("^Connections: websocket 1$"))).to_be_visible()
    # A rate has two answers behind it.
    expect(dialog.get_by_role("img", name=re.compile(r"^Records a second: \d"))).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(visitor.page).to_have_url(re.compile("/#geral$"))
