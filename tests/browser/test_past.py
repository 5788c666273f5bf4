"""What was said before: scrolled to, linked to, gone to by a day, and played by the time machine."""

from __future__ import annotations

from browser.visitors import Visitors
from playwright.sync_api import expect
from support.clients import Clients
from support.server import Server

SERVER_OPTIONS = ("--message-rate", "0")
ROWS = "document.querySelectorAll('.entries > li').length"
AT_TOP = """() => {
  const top = document.querySelector(".timeline").getBoundingClientRect().top;
  const rows = [...document.querySelectorAll(".entries .text")];
  const row = rows.find((each) => each.getBoundingClientRect().bottom > top);
  return row ? Number(row.textContent.split(" ")[1]) : -1;
}"""


def fill(server: Server, clients: Clients, room: str, many: int) -> list[int]:
    """Say so many messages in a room; give their numbers on record."""
    rui = clients.json(server, "rui", rooms=[room])
    for number in range(many):
        rui.ask("message", room=room, text=f"frase {number}", id=f"{number}")
    rui.expect(type="message", text=f"frase {many - 1}")
    return [entry.said["seq"] for entry in server.transcript.having(type="message", room=room)]


def test_scrolling_goes_to_the_beginning_and_back_with_few_rows_in_the_page(
    server: Server, visitors: Visitors, clients: Clients
) -> None:
    fill(server, clients, "longa", 400)
    ana = visitors(server).enter("ana", "longa")
    ana.sees("frase 399")
    ana.timeline.focus()
    seen = 400
    while seen:
        ana.page.keyboard.press("PageUp")
        first = ana.page.evaluate(AT_TOP)
        # No jump: what is at the top now is not newer than what was.
        assert -1 < first <= seen
        seen = first
        assert 200 > ana.page.evaluate(ROWS)
    ana.sees("frase 0")
    ana.page.keyboard.press("Escape")
    expect(ana.texts.last).to_have_text("frase 399")
    expect(ana.texts.last).to_be_in_viewport()


def test_a_link_to_a_message_opens_it_in_its_place(
    server: Server, visitors: Visitors, clients: Clients
) -> None:
    seqs = fill(server, clients, "ligada", 300)
    ana = visitors(server).enter("ana", f"ligada/{seqs[120]}")
    linked = ana.texts.filter(has_text="frase 120")
    expect(linked).to_be_in_viewport()
    ana.sees("frase 119", "frase 121")
    ana.page.goto(f"{ana.address}#ligada/{seqs[7]}")
    expect(ana.texts.filter(has_text="frase 7").first).to_be_in_viewport()
    ana.page.go_back()
    expect(linked).to_be_in_viewport()
    ana.page.get_by_role("button", name="to the newest").click()
    expect(ana.texts.last).to_have_text("frase 299")
    expect(ana.texts.last).to_be_in_viewport()
    assert f"{ana.address}#ligada" == ana.page.url


def test_the_time_machine_plays_the_room_and_leads_back_to_now(
    server: Server, visitors: Visitors, clients: Clients
) -> None:
    fill(server, clients, "passada", 60)
    ana = visitors(server).enter("ana", "passada")
    ana.sees("frase 59")
    ana.page.get_by_role("button", name="back in time").click()
    ana.page.get_by_role("button", name="Time machine").click()
    player = ana.page.get_by_role("form", name="Time machine")
    position = player.get_by_role("slider", name="Position")
    position.fill("0")
    expect(ana.timeline).not_to_contain_text("frase 59")
    player.get_by_role("button", name="Play").focus()
    ana.page.keyboard.press(".")
    ana.page.keyboard.press(".")
    ana.sees("rui has entered", "frase 0")
    expect(ana.timeline).not_to_contain_text("frase 2")
    player.get_by_label("Speed").select_option("max")
    player.get_by_role("button", name="Play").click()
    ana.sees("frase 59")
    expect(position).to_have_value("1000")
    position.fill("0")
    expect(ana.timeline).not_to_contain_text("frase 59")
    clients.json(server, "bia", rooms=["passada"]).say("agora", id="1", room="passada")
    player.get_by_role("button", name="Back to now").click()
    expect(player).to_have_count(0)
    ana.sees("frase 59", "agora")
    expect(ana.texts.last).to_be_in_viewport()


def test_a_day_leads_to_its_first_message(server: Server, visitors: Visitors, clients: Clients) -> None:
    fill(server, clients, "de-hoje", 200)
    ana = visitors(server).enter("ana", "de-hoje")
    ana.sees("frase 199")
    ana.page.get_by_role("button", name="back in time").click()
    ana.page.get_by_role("button", name="Go there").click()
    expect(ana.texts.filter(has_text="frase 0").first).to_be_in_viewport()
    ana.page.keyboard.press("Escape")
    expect(ana.texts.last).to_have_text("frase 199")
