"""What others write is text wherever it comes to: no code runs, and the policy has nothing to refuse."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import WebSocketRoute, expect
from support.accounts import PASSWORD, make_account
from support.attacks import ATTACKS
from support.clients import Clients
from support.effort import step
from support.server import Server, run_command, running_server

from browser.visitors import Visitor, Visitors

MORE = (
    "javascript:window.ran=20 http://x/'onclick='window.ran=21 https://x.example/\"onmouseover=\"window.ran=22",
    "data:text/html,<script>window.ran=23</script> vbscript:ran=24 JaVaScRiPt:window.ran=25",
    "<a href='javascript:window.ran=26'>http://x.example/</a>",
    "/<script>window.ran=27</script> :<img src=x onerror=window.ran=28>:",
    "ana: <details open ontoggle=window.ran=29> <input autofocus onfocus=window.ran=30>",
    "<form action='http://127.0.0.1:9/'><button>x</button></form><base href='http://127.0.0.1:9/'>",
)
CORPUS = (*ATTACKS, *MORE)
# Names that no server of ours lets pass: another one may.
NICK = "<img src=x onerror='window.ran=40'>"
ROOM = "<svg onload='window.ran=41'><script>window.ran=42"

TOUCHED = """() => {
  for (const each of document.querySelectorAll("body *"))
    for (const type of ["mouseover", "pointerover", "focus", "toggle"])
      each.dispatchEvent(new Event(type, { bubbles: true }));
}"""
# What the page is not made of, and where its links do not lead to.
ODD = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const tags = "iframe, object, embed, base, style, meta[http-equiv], #page script, #page img:not(.sign)";
  return [
    ...all(tags),
    ...all("#page details:not(.login), #page form[action]"),
    ...all("#page a[href]").filter((each) => !/^(#|https?:)/.test(each.getAttribute("href"))),
    ...all("#page *").filter((each) => each.getAttributeNames().some((name) => name.startsWith("on"))),
  ].map((each) => each.outerHTML);
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an account: a room that it makes has an owner, and so a topic."""
    folder = tmp_path_factory.mktemp("server")
    make_account(folder / "logs", "rui")
    with running_server(folder, "--message-burst", "200") as running:
        yield running


def is_only_text(visitor: Visitor) -> None:
    visitor.page.evaluate(TOUCHED)
    assert [] == visitor.page.evaluate(ODD)


def said_as(texts: Iterable[str]) -> list[str]:
    """Return texts as they are compared: white space that the page shows as one space."""
    return [" ".join(text.split()) for text in texts]


def test_texts_topics_and_drafts_stay_text_now_and_in_the_history(
    server: Server, visitors: Visitors, clients: Clients, tmp_path: Path
) -> None:
    rui = clients.json(server, "rui", rooms=["praça"], account="rui", password=PASSWORD)
    ana = visitors(server).enter("ana", "praça")
    for number, text in enumerate(CORPUS):
        rui.ask("topic", room="praça", text=text)
        rui.say(text, id=f"{number}", room="praça")
        rui.ask("message", to="ana", text=text, id=f"p{number}")
    ana.has_on_record(said_as(CORPUS))
    is_only_text(ana)
    expect(ana.page.locator("header .topic")).to_have_text(said_as(CORPUS)[-1])
    ana.goes_to("rui")
    ana.has_on_record(said_as(CORPUS))
    for text in CORPUS:
        ana.field.fill(text)
        ana.field.press("Tab")
    is_only_text(ana)
    ana.page.reload()
    ana.is_in()
    ana.sees(CORPUS[0])
    is_only_text(ana)
    # Who comes later reads it as what was said before.
    bia = visitors(server).enter("bia", "praça")
    bia.has_on_record(said_as(CORPUS))
    bia.say("/who")
    bia.sees("topic: ")
    is_only_text(bia)
    page = tmp_path / "chat.html"
    assert 0 == run_command("replay", "export", server.logs, "--output", page).returncode
    bia.elsewhere = page.as_uri()
    bia.page.goto(bia.elsewhere)
    bia.page.evaluate(TOUCHED)
    assert 1 == bia.page.evaluate("document.scripts.length")
    assert {*CORPUS} <= {*bia.page.locator("bdi").all_text_contents()}


def test_names_that_a_lying_server_makes_up_stay_text(
    server: Server, visitors: Visitors, clients: Clients
) -> None:
    lia = clients.json(server, "lia", rooms=["sala"])
    ana = visitors(server)

    def spoiled(text: str) -> str:
        for name, evil in (("lia", NICK), ("sala", ROOM)):
            text = text.replace(json.dumps(name), json.dumps(evil))
        return text

    def repaired(text: str) -> str:
        for name, evil in (("lia", NICK), ("sala", ROOM)):
            text = text.replace(json.dumps(evil), json.dumps(name))
        return text

    def stand_between(page_side: WebSocketRoute) -> None:
        server_side = page_side.connect_to_server()
        page_side.on_message(lambda text: server_side.send(repaired(str(text))))
        server_side.on_message(lambda text: page_side.send(spoiled(str(text))))

    ana.page.route_web_socket("**/ws", stand_between)
    ana.enter("ana", ROOM)
    expect(ana.title).to_have_text(f"#{ROOM}")
    lia.say("ana: olá", id="1", room="sala")
    lia.ask("message", to="ana", text="psst", id="2")
    ana.sees(NICK, "ana: olá")
    ana.page.get_by_role("button", name="people here").click()
    expect(ana.page.locator("#members")).to_contain_text(NICK)
    ana.page.get_by_role("button", name="find or make a room").click()
    expect(ana.page.locator(".rooms-dialog .directory")).to_contain_text(ROOM)
    is_only_text(ana)
    ana.page.keyboard.press("Escape")
    ana.say("/who", "/rooms")
    ana.sees(f"#{ROOM} (2)")
    ana.field.fill("<img")
    ana.field.press("Tab")
    ana.field.fill("")
    ana.page.locator("nav.side").get_by_text(NICK).click()
    expect(ana.title).to_have_text(NICK)
    ana.has_on_record(["psst"])
    ana.say("eu também")
    lia.expect(type="message", text="eu também", to="lia")
    is_only_text(ana)


def test_addresses_that_were_made_up_do_nothing(server: Server, visitors: Visitors, clients: Clients) -> None:
    ana = visitors(server)
    for text in CORPUS[:: step(4)]:
        ana.page.goto("about:blank")
        ana.open(text)
        expect(ana.page.locator("#door-nick")).to_be_visible()
    is_only_text(ana)
    ana.page.goto(f"{ana.address}%3Cscript%3Ewindow.ran=50%3C/script%3E")
    assert 0 == ana.page.evaluate("document.scripts.length")
