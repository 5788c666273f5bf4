"""People with browsers talk with one another, with a terminal client and with `nc`."""

from __future__ import annotations

import re
from collections.abc import Callable

from client.programs import TerminalClient
from playwright.sync_api import expect
from support.clients import Clients
from support.server import Server

from browser.visitors import Visitors

Terminals = Callable[..., TerminalClient]


def test_browsers_a_terminal_and_a_bare_socket_are_in_one_conversation(
    server: Server, visitors: Visitors, terminals: Terminals, clients: Clients
) -> None:
    terminal = terminals(server, "--nick", "caio")
    ana = visitors(server).enter("ana")
    bia = visitors(server).enter("bia")
    plain = clients.text(server, "rui")
    terminal.sees("bia has entered")
    ana.say("olá, da página")
    bia.sees("olá, da página")
    bia.say("e de outra")
    terminal.sees("bia: e de outra")
    terminal.enter("olá, do terminal")
    plain.expect("caio: olá, do terminal")
    plain.type("olá, de um socket")
    said = ["olá, da página", "e de outra", "olá, do terminal", "olá, de um socket"]
    for visitor in (ana, bia):
        visitor.has_on_record(said)
    terminal.sees("rui: olá, de um socket")
    assert said == [entry.said["text"] for entry in server.transcript.having(type="message", room="geral")]


def test_what_is_said_in_private_reaches_its_two_and_nobody_else(
    server: Server, visitors: Visitors, terminals: Terminals, clients: Clients
) -> None:
    terminal = terminals(server, "--nick", "caio")
    terminal.sees("caio has entered")
    ana = visitors(server).enter("ana")
    bia = visitors(server).enter("bia")
    ana.say("/msg bia um segredo")
    expect(bia.conversation("ana")).to_have_accessible_name(re.compile("^#?ana ?, 1 unread, 1 for you$"))
    expect(bia.page).to_have_title("(1) #geral · ChatSimples")
    bia.goes_to("ana")
    bia.has_on_record(["um segredo"])
    expect(bia.page).to_have_title("ana · ChatSimples")
    bia.say("guardo-o")
    ana.goes_to("bia")
    ana.has_on_record(["um segredo", "guardo-o"])
    bia.say("/msg caio outro")
    terminal.sees("outro")
    terminal.enter("/msg bia recebido")
    bia.goes_to("caio")
    bia.has_on_record(["outro", "recebido"])
    ana.goes_to("#geral")
    ana.say("fim")
    terminal.enter("/1")
    ana.sees("fim")
    assert "segredo" not in "".join(terminal.everything)
    assert "outro" not in ana.page.locator("body").inner_text()


def test_rooms_count_what_is_unread_and_the_back_button_goes_back(
    server: Server, visitors: Visitors, clients: Clients
) -> None:
    rui = clients.json(server, "rui", rooms=["aula", "turma"])
    ana = visitors(server).enter("ana", "aula")
    ana.page.get_by_role("button", name="find or make a room").click()
    ana.page.get_by_role("button", name="turma").click()
    expect(ana.title).to_have_text("#turma")
    assert f"{ana.address}#turma" == ana.page.url
    rui.say("na aula", id="1", room="aula")
    expect(ana.conversation("aula")).to_have_accessible_name(re.compile("^#?aula ?, 1 unread$"))
    rui.say("ana, aqui?", id="2", room="aula")
    expect(ana.conversation("aula")).to_have_accessible_name(re.compile("^#?aula ?, 2 unread, 1 for you$"))
    ana.page.go_back()
    expect(ana.title).to_have_text("#aula")
    ana.has_on_record(["na aula", "ana, aqui?"])
    expect(ana.timeline.locator(".new")).to_contain_text("new since")
    expect(ana.timeline.locator("mark")).to_have_text("ana")
    expect(ana.conversation("aula")).to_have_accessible_name(re.compile("^#?aula ?$"))
    ana.page.go_forward()
    expect(ana.title).to_have_text("#turma")


def test_an_address_may_name_a_person_and_a_click_one_who_is_there(
    server: Server, visitors: Visitors, clients: Clients
) -> None:
    rui = clients.json(server, "rui", rooms=["praça"])
    ana = visitors(server).enter("ana", "@rui")
    expect(ana.title).to_have_text("rui")
    ana.say("/join praça")
    expect(ana.title).to_have_text("#praça")
    ana.page.get_by_role("button", name="people here").click()
    ana.page.locator("#members").get_by_role("button", name="rui").click()
    expect(ana.title).to_have_text("rui")
    assert f"{ana.address}#@rui" == ana.page.url
    ana.say("só para ti")
    rui.expect(type="message", text="só para ti", to="rui")


def test_each_reads_the_page_in_their_language(server: Server, visitors: Visitors, clients: Clients) -> None:
    ana = visitors(server, locale="pt-BR").enter("ana", "línguas")
    expect(ana.page.locator("html")).to_have_attribute("lang", "pt")
    expect(ana.state).to_have_text("conectado")
    bia = visitors(server, locale="de").enter("bia", "línguas")
    expect(bia.page.locator("html")).to_have_attribute("lang", "en")
    ana.sees("bia entrou")
    ana.say("/who")
    ana.sees("#línguas (2): ana, bia")
    bia.page.get_by_role("button", name="settings").click()
    bia.page.get_by_label("Language").select_option("português")
    bia.page.get_by_role("button", name="fechar").click()
    expect(bia.state).to_have_text("conectado")
    expect(bia.field).to_have_attribute("placeholder", "diga algo em #línguas")
    bia.page.reload()
    bia.is_in()
    expect(bia.state).to_have_text("conectado")


def test_drafts_stay_with_their_rooms_and_tab_completes(
    server: Server, visitors: Visitors, clients: Clients
) -> None:
    clients.json(server, "roberto", rooms=["a1", "a2"])
    ana = visitors(server).enter("ana", "a1")
    ana.say("/join a2")
    expect(ana.title).to_have_text("#a2")
    ana.field.press_sequentially("rob")
    ana.field.press("Tab")
    expect(ana.field).to_have_value("roberto: ")
    ana.field.press_sequentially(":heart:")
    expect(ana.field).to_have_value("roberto: ❤️")
    ana.goes_to("#a1")
    expect(ana.field).to_have_value("")
    ana.page.reload()
    ana.is_in()
    ana.goes_to("#a2")
    expect(ana.field).to_have_value("roberto: ❤️")
    ana.field.press("Enter")
    ana.has_on_record(["roberto: ❤️"])
