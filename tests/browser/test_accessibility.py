"""The page for everybody: axe finds nothing, it fits a phone and a wide screen, and keys are enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import expect
from support.clients import Clients
from support.effort import LONG
from support.node_packages import node_package_file
from support.server import Server

from browser.visitors import Visitor, Visitors

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}

SETTLED = "Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {})))"
FOCUSED = """() => {
  const { activeElement: focused } = document;
  const isShown = focused.matches("body, textarea") || getComputedStyle(focused).outlineStyle !== "none";
  return { name: focused.getAttribute("aria-label") ?? focused.textContent, isShown };
}"""

RUN = """(rules) => axe.run(document, {
  resultTypes: ["violations"], ...(rules ? { runOnly: rules } : {}),
})"""
RULES_OF_DARK = ["color-contrast", "link-in-text-block"]
"""What can be otherwise in the dark than in the light."""

Judge = Callable[[Visitor, str], None]


@pytest.fixture(scope="module")
def axe() -> str:
    """The rules of axe-core, a script."""
    return node_package_file("axe-core/axe.min.js").read_text("utf-8")


@pytest.fixture
def judged(axe: str) -> Judge:
    """Have axe look at what is shown now, in the dark and in the light; it may find nothing."""

    def judge(visitor: Visitor, where: str) -> None:
        if not visitor.page.evaluate("'axe' in window"):
            visitor.page.evaluate(axe)
        schemes: list[tuple[Literal["dark", "light"], list[str] | None]] = [
            ("dark", None if LONG else RULES_OF_DARK),
            ("light", None),
        ]
        for scheme, rules in schemes:
            visitor.page.emulate_media(color_scheme=scheme)
            expect(visitor.page.locator("html")).to_have_attribute("data-scheme", scheme)
            # What is still fading in has colours of its own.
            visitor.page.evaluate(SETTLED)
            found = visitor.page.evaluate(RUN, rules)
            told = [
                f"{where}, {scheme}: {each['id']}: {node['target']}: {node.get('failureSummary')}"
                for each in found["violations"]
                for node in each["nodes"]
            ]
            assert [] == told

    return judge


def test_axe_finds_nothing_wherever_one_comes(
    server: Server, visitors: Visitors, clients: Clients, judged: Judge
) -> None:
    rui = clients.json(server, "rui", rooms=["geral", "turma"])
    ana = visitors(server, viewport=DESKTOP).open("turma")
    ana.page.locator(".door summary").click()
    judged(ana, "the door")
    ana.enter("ana", "turma")
    rui.say("ana: vê https://example.org/ e :heart:", id="1", room="turma")
    rui.say("noutra sala", id="2", room="geral")
    rui.ask("message", to="ana", text="em privado", id="3")
    ana.say("olá", "/who", "/nada", "/join fechada")
    expect(ana.title).to_have_text("#fechada")
    ana.goes_to("#turma")
    ana.page.get_by_role("button", name="people here").click()
    expect(ana.page.locator("#members")).to_contain_text("rui")
    ana.field.press_sequentially("/")
    expect(ana.page.get_by_role("listbox")).to_be_visible()
    judged(ana, "the chat")
    ana.field.fill("")
    for button in ("settings", "find or make a room", "back in time"):
        ana.page.get_by_role("button", name=button, exact=True).click()
        expect(ana.page.get_by_role("dialog")).to_be_visible()
        judged(ana, button)
        ana.page.keyboard.press("Escape")
        expect(ana.page.get_by_role("dialog")).to_have_count(0)
    ana.field.press("F1")
    ana.goes_to("rui")
    judged(ana, "in private")
    server.type("/kick ana")
    expect(ana.page.get_by_role("alertdialog")).to_be_visible()
    judged(ana, "removed")


def test_the_page_fits_a_phone_and_a_wide_screen_and_keeps_its_place(
    server: Server, visitors: Visitors, clients: Clients, judged: Judge
) -> None:
    rui = clients.json(server, "rui", rooms=["longa"])
    for number in range(60):
        rui.say(f"frase {number} " + number % 7 * "comprida ", id=f"{number}", room="longa")
    ana = visitors(server, viewport=PHONE, has_touch=True, is_mobile=True).enter("ana", "longa")
    rooms = ana.page.locator("nav.side")
    ana.sees("frase 59")
    expect(rooms).not_to_be_in_viewport()
    judged(ana, "on a phone")
    for size in (PHONE, {"width": 320, "height": 568}, {"width": 844, "height": 390}, DESKTOP, PHONE):
        ana.page.set_viewport_size({"width": size["width"], "height": size["height"]})
        # Who is at the end stays there.
        expect(ana.texts.last).to_be_in_viewport()
        expect(ana.field).to_be_in_viewport()
        assert ana.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    ana.page.get_by_role("button", name="conversations").click()
    expect(rooms).to_be_in_viewport()
    judged(ana, "the conversations on a phone")
    ana.page.locator(".veil").click(position={"x": 380, "y": 400})
    expect(rooms).not_to_be_in_viewport()
    ana.page.set_viewport_size({"width": 1440, "height": 900})
    expect(rooms).to_be_in_viewport()


def test_keys_alone_are_enough(server: Server, visitors: Visitors, clients: Clients) -> None:
    rui = clients.json(server, "rui", rooms=["geral", "teclas"])
    ana = visitors(server).open("teclas")
    keys = ana.page.keyboard
    expect(ana.page.locator("#door-nick")).to_be_focused()
    keys.type("ana")
    keys.press("Enter")
    ana.is_in()
    expect(ana.field).to_be_focused()
    expect(ana.page.get_by_role("button", name="people here, 2")).to_be_visible()
    keys.type("olá, ru")
    keys.press("Tab")
    keys.press("Enter")
    ana.has_on_record(["olá, rui"])
    keys.press("ArrowUp")
    expect(ana.field).to_have_value("olá, rui ")
    keys.press("Control+a")
    keys.press("Backspace")
    rui.ask("message", to="ana", text="psst", id="1")
    expect(ana.conversation("rui")).to_have_class("unread urgent")
    keys.press("Alt+a")
    expect(ana.title).to_have_text("rui")
    keys.press("Alt+1")
    expect(ana.title).to_have_text("#geral")
    keys.press("Alt+ArrowDown")
    expect(ana.title).to_have_text("#teclas")
    # Everything that can be used can be come to, and shows that it is in focus.
    seen = set()
    for _ in range(30):
        keys.press("Tab")
        focused = ana.page.evaluate(FOCUSED)
        assert focused["isShown"], focused
        seen.add(focused["name"])
    assert {"settings", "find or make a room", "people here, 2", "what is said"} <= seen
    keys.press("Escape")
    expect(ana.field).to_be_focused()
    said = ana.page.locator(".unseen[role=status]")
    rui.say("lido em voz alta", id="2", room="teclas")
    expect(said).to_contain_text("rui: lido em voz alta")


def test_colours_follow_the_system_and_the_settings(
    server: Server, visitors: Visitors, clients: Clients
) -> None:
    ana = visitors(server, color_scheme="dark").enter("ana")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = ana.page.evaluate(ground)
    ana.page.emulate_media(color_scheme="light")
    expect(ana.page.locator("html")).to_have_attribute("data-scheme", "light")
    light = ana.page.evaluate(ground)
    assert dark != light
    ana.page.get_by_role("button", name="settings").click()
    ana.page.get_by_label("Colours").select_option("dark")
    assert dark == ana.page.evaluate(ground)
    ana.page.reload()
    ana.is_in()
    assert dark == ana.page.evaluate(ground)
