"""The operational log tells what the server did, and never what people said."""

from __future__ import annotations

import json
from collections.abc import Callable

from support.clients import Clients
from support.server import Server
from support.waiting import eventually

StartServer = Callable[..., Server]


def test_no_word_that_anybody_says_is_in_the_log_or_on_the_terminal(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server("--message-rate", "0", "--max-line", "1000")
    ana, bia, course = (
        clients.json(server, "ana"),
        clients.text(server, "bia"),
        clients.course(server, "curso"),
    )
    word = "berimbau"
    ana.say(f"{word} em json", id="1")
    ana.ask("message", to="bia", text=f"{word} privado", id="2")
    ana.ask("message", room="geral", text=f"{word} \x00", id="3")
    ana.send(f'{{"type":"message", {word}\n'.encode())
    bia.type(f"{word} em texto")
    bia.type(f"/msg ana {word} privado")
    bia.type(f"{word} \x1b[31m")
    bia.send(word.encode() + b"\xff\n")
    course.say(f"{word} sem linha")
    for said in ("em texto", "sem linha"):
        ana.expect(text=f"{word} {said}")
    ana.send(word.encode() * 1000)
    ana.read_to_end()
    server.child("broadcaster").kill()
    eventually(lambda: len(server.transcript.having(type="start")) == 2, "a new broadcaster writes")
    assert 0 == server.stop()
    log = (server.logs / "server.jsonl").read_text("utf-8")
    assert word in b"".join(entry.line for entry in server.transcript.entries).decode()
    assert word not in log
    assert word not in server.stdout + server.stderr


def test_the_log_is_json_lines_that_say_which_process_they_come_from(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server()
    clients.json(server, "ana").ask("bye")
    assert 0 == server.stop()
    events = [json.loads(line) for line in (server.logs / "server.jsonl").read_text("utf-8").splitlines()]
    assert events
    assert all({"event", "process"} <= event.keys() for event in events)
    assert {"supervisor", "acceptor", "broadcaster"} <= {
        str(event["process"]).split()[-1] for event in events
    }


def test_what_clients_make_up_cannot_forge_a_line_on_the_terminal(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server()
    for nick in ("ana\n2026-01-01 forged", "ana\x1b[2J", "ana\r"):
        client = clients.json(server)
        client.ask("hello", nick=nick)
        client.refused("bad_nick")
    assert 0 == server.stop()
    log = (server.logs / "server.jsonl").read_text("utf-8")
    assert "\x1b[2J" not in server.stdout + server.stderr + log
    assert "\n2026-01-01 forged" not in server.stdout + server.stderr + log
