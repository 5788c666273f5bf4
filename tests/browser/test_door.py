"""The door: nicks that are taken, accounts, wrong passwords; and what becomes of who is let in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect
from support.accounts import PASSWORD, make_account
from support.clients import Clients
from support.server import Server, running_server

from browser.visitors import Visitor, Visitors


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an account, where people may make more."""
    folder = tmp_path_factory.mktemp("server")
    make_account(folder / "logs", "maria", "moderator")
    with running_server(folder, "--registration", "open", "--message-rate", "0") as running:
        yield running


def problem(visitor: Visitor) -> Locator:
    return visitor.page.locator(".door .problem")


def test_a_nick_that_is_taken_or_impossible_is_refused_at_the_door(
    server: Server, visitors: Visitors, clients: Clients
) -> None:
    clients.json(server, "rui")
    ana = visitors(server).open()
    for nick in ("rui", "a b"):
        ana.page.locator("#door-nick").fill(nick)
        ana.page.locator("#door-nick").press("Enter")
        expect(ana.page.locator("#door-nick")).to_have_attribute("aria-invalid", "true")
        expect(problem(ana)).to_contain_text(nick)
    ana.enter("ana")


def test_a_wrong_password_is_told_and_the_right_one_lets_in(
    server: Server, visitors: Visitors, clients: Clients
) -> None:
    maria = visitors(server).open()
    maria.log_in("maria", "outra coisa")
    expect(problem(maria)).not_to_be_empty()
    expect(maria.page.locator("#door-password")).to_have_value("")
    maria.log_in("maria", PASSWORD)
    maria.is_in()
    expect(maria.page.locator(".me")).to_contain_text("maria")
    expect(maria.page.locator(".me")).to_contain_text("a moderator")
    kept = maria.page.evaluate("JSON.stringify({...localStorage})")
    assert PASSWORD not in kept
    # No password is kept: it is asked for again.
    maria.page.reload()
    expect(maria.page.locator("#door-account")).to_have_value("maria")
    maria.log_in("maria", PASSWORD)
    maria.is_in()


def test_an_account_can_be_made_at_the_door(server: Server, visitors: Visitors, clients: Clients) -> None:
    caio = visitors(server).open()
    caio.page.locator(".door summary").click()
    caio.page.locator("#door-register").check()
    caio.log_in("caio", PASSWORD)
    caio.is_in()
    expect(caio.page.locator(".me")).to_contain_text("a member")
    caio.page.reload()
    caio.log_in("caio", PASSWORD)
    caio.is_in()


def test_who_leaves_is_forgotten_and_who_is_removed_is_told(
    server: Server, visitors: Visitors, clients: Clients
) -> None:
    ana = visitors(server).enter("ana", "canto")
    ana.say("adeus")
    ana.has_on_record(["adeus"])
    ana.page.get_by_role("button", name="settings").click()
    ana.page.get_by_role("button", name="Leave the chat").click()
    expect(problem(ana)).to_have_text("you have left the chat")
    kept = ana.page.evaluate("Object.keys(localStorage).sort().join()")
    assert "session" not in kept
    ana.page.reload()
    expect(ana.page.locator("#door-nick")).to_have_value("ana")
    ana.enter("ana")
    server.type("/kick ana")
    expect(ana.page.get_by_role("alertdialog")).to_be_visible()
    ana.page.get_by_role("button", name="Connect again").click()
    ana.is_in()
