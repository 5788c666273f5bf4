"""How a server is stopped, and what can be typed on its terminal."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
from support.clients import Clients, command
from support.effort import few
from support.server import Server
from support.waiting import DEADLINE, eventually

StartServer = Callable[..., Server]

WAYS: dict[str, Callable[[Server], None]] = {
    "/sair": lambda server: server.type("/sair"),
    "Ctrl-C": lambda server: os.killpg(server.process.pid, signal.SIGINT),
    "SIGTERM": lambda server: server.process.send_signal(signal.SIGTERM),
    "SIGTERM to all of its processes": lambda server: os.killpg(server.process.pid, signal.SIGTERM),
    "/quit": lambda server: server.type("/quit"),
}


@pytest.mark.parametrize("way", few([*WAYS], 3))
def test_a_stop_ends_everybody_records_and_seals_it_and_exits_with_zero(
    start_server: StartServer, clients: Clients, way: str
) -> None:
    server = start_server("--message-rate", "0")
    ana, bia, course = (
        clients.json(server, "ana"),
        clients.text(server, "bia"),
        clients.course(server, "curso"),
    )
    course.say("olá")
    ana.expect(nick="curso", text="olá")
    ana.say("até ao fim", id="1")
    WAYS[way](server)
    assert 0 == server.wait()
    server.is_gone()
    for client in (ana, bia, course):
        client.read_to_end()
    transcript = server.transcript
    transcript.check(stopped=True)
    left = {entry.said["nick"]: entry.said["reason"] for entry in transcript.having(type="leave")}
    assert {"ana": "shutdown", "bia": "shutdown", "curso": "shutdown"} == left
    assert "stop" == transcript.entries[-1].type
    assert not server.traceback, server.traceback


def test_what_was_acked_before_a_stop_is_delivered_too(start_server: StartServer, clients: Clients) -> None:
    server = start_server("--message-rate", "0")
    ana, bia = clients.json(server, "ana"), clients.json(server, "bia")
    ana.send(b"".join(command("message", room="geral", text="x" * 200, id=f"{n}") for n in range(500)))
    ana.answer("100")
    assert 0 == server.stop()
    for client in (ana, bia):
        client.read_to_end()
        client.take_in()
    transcript = server.transcript
    for client in (ana, bia):
        expected = [entry.line for entry in transcript.having(type="message")]
        assert expected == [line for line, said in client.received if said["type"] == "message"]


def test_the_end_of_its_input_does_not_stop_it(start_server: StartServer, clients: Clients) -> None:
    server = start_server()
    server.end_input()
    ana = clients.json(server, "ana")
    ana.say("ainda aqui", id="1")
    assert server.process.poll() is None
    assert 0 == server.stop()


def test_it_runs_without_any_input(make_server: Callable[..., Server], clients: Clients) -> None:
    server = make_server("--message-rate", "0").launch()
    server.end_input()
    server.listening()
    clients.json(server, "ana").say("oi", id="1")


def test_a_second_signal_ends_it_at_once(start_server: StartServer, clients: Clients) -> None:
    server = start_server("--message-rate", "0", "--stop-timeout", "60", "--ping-interval", "0")
    stalled, talker = clients.json(server, "parada", receive_buffer=4096), clients.json(server, "fala")
    for number in range(1500):
        talker.ask("message", room="geral", text="x" * 4000, id=f"{number}")
        if number % 50 == 49:
            talker.answer(f"{number}")
    server.process.send_signal(signal.SIGTERM)
    talker.read_to_end()
    server.process.send_signal(signal.SIGTERM)
    server.wait(DEADLINE)
    server.is_gone()
    stalled.close()
    assert not server.traceback, server.traceback


def test_nobody_is_let_in_once_it_has_stopped(start_server: StartServer) -> None:
    server = start_server()
    assert 0 == server.stop()
    with pytest.raises(ConnectionRefusedError):
        Clients().raw(server)


def printed(server: Server, *words: str) -> None:
    """Wait until the server has printed all of these words as an answer."""
    eventually(lambda: all(word in server.stdout for word in words), f"the server prints {words}")


def test_who_is_there_can_be_asked_on_its_terminal(start_server: StartServer, clients: Clients) -> None:
    server = start_server()
    clients.json(server, "anabela")
    clients.text(server, "beatriz")
    assert "anabela" not in server.stdout
    server.type("/quem")
    printed(server, "anabela", "beatriz")


def test_somebody_can_be_removed_on_its_terminal(start_server: StartServer, clients: Clients) -> None:
    server = start_server()
    ana, bia, eva = clients.json(server, "ana"), clients.json(server, "bia"), clients.text(server, "eva")
    server.type("/expulsar BIA")
    bia.refused("kicked")
    bia.read_to_end()
    assert "kicked" == ana.expect(type="leave", nick="bia")["reason"]
    server.type("/expulsar eva")
    assert "kicked" == ana.expect(type="leave", nick="eva")["reason"]
    eva.read_to_end()
    server.type("/expulsar ninguém")
    printed(server, "ninguém")
    server.type("/expulsar")
    printed(server, "/kick NICK")
    ana.say("fico", id="1")


def test_help_and_nonsense_on_its_terminal_are_answered(start_server: StartServer, clients: Clients) -> None:
    server = start_server()
    server.type("/ajuda")
    printed(server, "/sair", "/quem", "/expulsar")
    for nonsense in ("/voar", "", "/expulsar", "\x1b[A", "olá"):
        answered = len(server.stdout)
        server.type(nonsense)
        if nonsense:
            eventually(lambda: len(server.stdout) > answered, "the server answers")  # noqa: B023 - called at once
    clients.json(server, "ana").say("tudo bem", id="1")
    assert 0 == server.stop()
