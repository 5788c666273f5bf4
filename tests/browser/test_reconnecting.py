"""Cuts, deaths, restarts and closed tabs: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from client.programs import TerminalClient, said_texts
from playwright.sync_api import expect
from support.clients import Clients
from support.effort import LONG
from support.server import Server
from support.waiting import eventually

from browser.visitors import Visitor, Visitors

Starter = Callable[..., Server]


def are_on_record(server: Server, texts: list[str]) -> None:
    """Wait until these messages, and no others, stand in the transcript."""
    eventually(lambda: len(said_texts(server)) >= len(texts), f"{len(texts)} messages are on record")
    assert texts == said_texts(server)


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """Let none of a server's processes run: one that is stopped alone is made to go on by another."""
    processes = server.processes()
    for each in processes:
        each.kill(signal.SIGSTOP)
    try:
        yield
    finally:
        for each in processes:
            each.kill(signal.SIGCONT)


def test_the_broadcasters_death_loses_nothing_and_doubles_nothing(
    start_server: Starter, visitors: Visitors, terminals: Callable[..., TerminalClient], clients: Clients
) -> None:
    server = start_server()
    terminal = terminals(server, "--nick", "caio")
    ana, bia = visitors(server).enter("ana"), visitors(server).enter("bia")
    numbers = (f"frase {number}" for number in count(1))
    said: list[str] = []

    def say(visitor: Visitor, many: int) -> None:
        texts = [next(numbers) for _ in range(many)]
        visitor.say(*texts)
        said.extend(texts)

    say(ana, 3)
    for _ in range(2):
        server.child("broadcaster").kill()
        say(ana, 5)
        ana.has_on_record(said)
        say(bia, 2)
        bia.has_on_record(said)
    terminal.sees(said[-1])
    are_on_record(server, said)
    for visitor in (ana, bia):
        visitor.is_in()


def test_a_server_that_starts_again_is_found_again(
    make_server: Starter, visitors: Visitors, clients: Clients
) -> None:
    first = make_server().start()
    ana, bia = visitors(first).enter("ana"), visitors(first).enter("bia")
    ana.say("antes")
    bia.has_on_record(["antes"])
    assert 0 == first.stop()
    ana.is_cut_off()
    expect(ana.state).to_contain_text("reconnecting in")
    ana.say("entretanto")
    expect(ana.pending).to_have_text(["entretanto"])
    expect(ana.state).to_contain_text("1 not sent yet")
    second = make_server(logs=first.logs, port=first.port).start()
    for visitor in (ana, bia):
        visitor.has_on_record(["antes", "entretanto"])
    bia.say("depois")
    ana.has_on_record(["antes", "entretanto", "depois"])
    are_on_record(second, ["antes", "entretanto", "depois"])


def test_what_is_typed_without_a_network_is_said_when_it_is_back(
    server: Server, visitors: Visitors, clients: Clients
) -> None:
    ana, bia = visitors(server).enter("ana", "comboio"), visitors(server).enter("bia", "comboio")
    ana.context.set_offline(True)
    server.child("broadcaster").kill()
    ana.is_cut_off()
    bia.is_in()
    ana.say("no túnel", "ainda no túnel")
    expect(ana.pending).to_have_text(["no túnel", "ainda no túnel"])
    expect(ana.state).to_contain_text("2 not sent yet")
    bia.say("onde estás?")
    bia.has_on_record(["onde estás?"])
    ana.context.set_offline(False)
    for visitor in (ana, bia):
        visitor.has_on_record(["onde estás?", "no túnel", "ainda no túnel"])
    # Who was away for so short has not left.
    expect(bia.timeline).not_to_contain_text("ana has left")


@pytest.mark.parametrize("ending", ["crashed", "closed"] if LONG else ["crashed"])
def test_each_text_is_said_once_though_its_tab_ends_in_the_middle(
    server: Server, visitors: Visitors, clients: Clients, ending: str
) -> None:
    room = f"pressa-{ending}"
    ana, bia = visitors(server).enter("ana", room), visitors(server).enter("bia", room)
    texts = [f"frase {number}" for number in range(30)]
    ana.say(*texts[:10])
    ana.has_on_record(texts[:10])
    with stopped(server):
        # On its way, and nobody answers.
        ana.say(*texts[10:20])
        ana.context.set_offline(True)
        ana.say(*texts[20:])
        expect(ana.pending).to_have_text(texts[10:])
        if ending == "crashed":
            ana.crash()
        ana.page.close()
        ana.context.set_offline(False)
    ana.open_tab(room)
    ana.is_in()
    for visitor in (ana, bia):
        visitor.has_on_record(texts)


def test_of_several_tabs_one_has_the_connection_and_texts_are_said_once(
    server: Server, visitors: Visitors, clients: Clients
) -> None:
    bia = visitors(server).enter("bia", "abas")
    ana = visitors(server).enter("ana", "abas")
    ana.say("da primeira")
    ana.has_on_record(["da primeira"])
    first = ana.open_tab("abas")
    ana.is_in()
    expect(first.get_by_role("alertdialog")).to_contain_text("The chat goes on in another tab or window.")
    ana.say("da segunda")
    second, ana.page = ana.page, first
    first.get_by_role("button", name="Use it here").click()
    expect(second.get_by_role("alertdialog")).to_be_visible()
    ana.is_in()
    ana.say("da primeira outra vez")
    ana.has_on_record(["da primeira", "da segunda", "da primeira outra vez"])
    bia.has_on_record(["da primeira", "da segunda", "da primeira outra vez"])
    first.close()
    ana.page = second
    second.bring_to_front()
    ana.is_in()
    ana.say("fim")
    bia.has_on_record(["da primeira", "da segunda", "da primeira outra vez", "fim"])
    expect(bia.timeline).not_to_contain_text("ana has left")
