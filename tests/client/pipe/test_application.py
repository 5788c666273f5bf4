"""The client in a pipe, against a real server."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from client.programs import PipedClient, client_command, said_texts
from support.clients import Clients
from support.effort import few
from support.server import Server, clean_environment
from support.waiting import DEADLINE

SERVER_OPTIONS = ("--message-rate", "0")

StartServer = Callable[..., Server]
StartClient = Callable[..., PipedClient]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartClient]:
    started: list[PipedClient] = []

    def start_client(server: Server | int, *options: str, **how: object) -> PipedClient:
        port = server if isinstance(server, int) else server.port
        started.append(PipedClient(tmp_path / f"{len(started)}", port, *options, **how))  # type: ignore[arg-type] # as PipedClient's
        return started[-1]

    yield start_client
    for each in started:
        each.close()
        assert "Traceback" not in each.errors
        assert "Error" not in each.errors


def without_times(text: str) -> list[str]:
    return [re.sub(r"^(\| )?\d\d:\d\d ", r"\1", line) for line in text.splitlines()]


def test_each_line_is_said_and_each_record_shown(
    server: Server, clients: Clients, start: StartClient
) -> None:
    bia = clients.json(server, "bia")
    ana = start(server, "--nick", "ana")
    ana.type("olá", "//barra", "", "\tdentro")
    bia.expect(nick="ana", text="    dentro")
    bia.say("oi ana", id="1")
    ana.sees("bia: oi ana")
    ana.end_input()
    assert 0 == ana.wait()
    assert "quit" == bia.expect(type="leave", nick="ana")["reason"]
    assert ["olá", "/barra", "    dentro"] == [each["text"] for each in bia.heard(type="message", nick="ana")]
    lines = without_times(ana.shown)
    assert f"* connected to 127.0.0.1:{server.port}: you are ana in #geral" == lines[0]
    assert ["* ana has entered #geral", "ana: olá", "ana: /barra", "ana:     dentro", "bia: oi ana",
            "* ana has left #geral"] == lines[2:]  # fmt: skip
    assert "" == ana.errors


def test_commands_work_as_they_do_when_typed(server: Server, clients: Clients, start: StartClient) -> None:
    bia = clients.json(server, "bia", rooms=["canto"])
    ana = start(server, "--nick", "ana")
    ana.type(
        "/entrar canto",
        "em canto",
        "/msg bia só nós",
        "/apelido eva",
        "/quem",
        "/historico 1",
        "/sair",
        "não",
    )
    assert 0 == ana.wait()
    bia.expect(type="leave", nick="eva")
    assert ["em canto", "só nós"] == [each["text"] for each in bia.heard(type="message")]
    lines = without_times(ana.shown)
    for line in ("ana: em canto", "[ana → bia] só nós", "* you are now eva", "* #canto (2): bia, eva",
                 "| ana: em canto", "* that was all of #canto"):  # fmt: skip
        assert line in lines
    assert "" == ana.errors


def test_a_line_that_can_not_be_said_is_reported_and_the_exit_code_is_1(
    server: Server, start: StartClient
) -> None:
    ana = start(server, "--nick", "ana")
    assert ana.process.stdin is not None
    ana.process.stdin.write(b"um\na\xffb\n/nada\nd\x1bois\n/msg ninguem ol\xc3\xa1\nfim")
    ana.end_input()
    assert 1 == ana.wait()
    assert [
        "chatsimples: line 2: this line is not UTF-8 text",
        "chatsimples: line 3: there is no command /nada; /ajuda shows what there is",
        "chatsimples: line 4: the text can't be sent: U+001B at character 2 is a control character",
        "chatsimples: not said: olá (nobody here is called ninguem)",
    ] == sorted(ana.errors.splitlines())
    assert ["ana: um", "ana: fim"] == [each for each in without_times(ana.shown) if each.startswith("ana: ")]


def test_texts_and_names_are_as_long_as_the_server_accepts(
    start_server: StartServer, start: StartClient
) -> None:
    server = start_server("--message-rate", "0", "--max-text", "20000", "--max-name", "40")
    ana = start(server, "--nick", "ana")
    ana.type("a" * 10_000, "b" * 30_000, f"/apelido {'n' * 40}", f"/apelido {'m' * 41}", "fim")
    ana.end_input()
    assert 1 == ana.wait()
    assert ["a" * 10_000, "fim"] == said_texts(server)
    assert "n" * 40 == server.transcript.having(type="message", text="fim")[0].said["nick"]
    assert [
        "chatsimples: line 2: a text has at most 20000 bytes; this one has 30000",
        f"chatsimples: line 4: the nick {'m' * 32}… can't be used: it has more than 40 characters",
    ] == ana.errors.splitlines()


def test_a_text_whose_line_would_be_too_long_is_refused_before_it_is_sent(
    start_server: StartServer, start: StartClient
) -> None:
    server = start_server("--message-rate", "0", "--max-text", "0", "--max-line", "2000")
    ana = start(server, "--nick", "ana", "--once")
    ana.type('"' * 1_000, "x" * 1_700, "fim")
    ana.end_input()
    assert 1 == ana.wait()
    assert ["x" * 1_700, "fim"] == said_texts(server)
    assert "line 1: " in ana.errors
    assert "with escapes it has 2002 bytes, and the server accepts 1792 in a line" in ana.errors


def test_a_long_input_is_said_completely_and_in_order(
    start_server: StartServer, start: StartClient, tmp_path: Path
) -> None:
    server = start_server("--message-rate", "0")
    texts = [f"linha {number}" for number in range(2_000)]
    source = tmp_path / "input"
    source.write_text("\n".join(texts) + "\n", "utf-8")
    with source.open("rb") as file:
        ana = start(server, "--nick", "ana", source=file)
        assert 0 == ana.wait(DEADLINE)
    assert texts == said_texts(server)
    assert [f"ana: {text}" for text in texts] == [
        each for each in without_times(ana.shown) if "linha" in each
    ]


def test_a_slow_server_is_not_flooded(start_server: StartServer, start: StartClient, tmp_path: Path) -> None:
    # At this rate they take longer than the flood time-out, several times as long as the window does: whoever
    # sent them all at once would be cut, and whoever waits has time to spare.
    server = start_server("--message-rate", "200", "--message-burst", "20", "--flood-timeout", "4")
    source = tmp_path / "input"
    source.write_text("".join(f"{number}\n" for number in range(1_000)), "utf-8")
    with source.open("rb") as file:
        ana = start(server, "--nick", "ana", source=file)
        assert 0 == ana.wait()
    assert "" == ana.errors
    assert [str(number) for number in range(1_000)] == said_texts(server)


@pytest.mark.parametrize("source", ["/dev/null", "closed"])
def test_without_input_it_connects_and_leaves(
    server: Server, clients: Clients, tmp_path: Path, source: str
) -> None:
    bia = clients.json(server, "bia")
    redirect = "<&-" if source == "closed" else f"<{source}"
    command = subprocess.list2cmdline(client_command(server.port, "--nick", "ana"))
    done = subprocess.run(
        ["sh", "-c", f"{command} {redirect}"],
        capture_output=True,
        timeout=DEADLINE,
        env=clean_environment(),
        check=False,
    )
    assert (0, b"") == (done.returncode, done.stderr)
    assert "ana has entered" in done.stdout.decode()
    assert "quit" == bia.expect(type="leave", nick="ana")["reason"]


def test_an_unreadable_input_is_an_error(server: Server, start: StartClient, tmp_path: Path) -> None:
    with (tmp_path / "only to write").open("wb") as unreadable:
        ana = start(server, "--nick", "ana", source=unreadable)
        assert 1 == ana.wait()
    assert "chatsimples: the input can't be read: Bad file descriptor\n" == ana.errors


def test_without_an_output_it_speaks_all_the_same(server: Server, clients: Clients) -> None:
    bia = clients.json(server, "bia")
    command = subprocess.list2cmdline(client_command(server.port, "--nick", "ana"))
    done = subprocess.run(
        ["sh", "-c", f"echo sem eco | {command} >&-"],
        capture_output=True,
        timeout=DEADLINE,
        env=clean_environment(),
        check=False,
    )
    assert (0, b"") == (done.returncode, done.stderr)
    bia.expect(nick="ana", text="sem eco")


def test_an_output_that_nobody_reads_any_more_ends_it_quietly(
    server: Server, clients: Clients, start: StartClient
) -> None:
    bia = clients.json(server, "bia")
    source, sink = os.pipe()
    ana = start(server, "--nick", "ana", target=sink)
    os.close(sink)
    bia.expect(type="join", nick="ana")
    os.close(source)
    # If it has not noticed yet, it does when it has something to write.
    bia.ask("message", room="geral", text="alguém?", id="1")
    assert 0 == ana.wait()
    assert "" == ana.errors
    assert "quit" == bia.expect(type="leave", nick="ana")["reason"]


def test_an_output_that_does_not_flow_loses_nothing(
    server: Server, clients: Clients, start: StartClient
) -> None:
    bia = clients.json(server, "bia")
    source, sink = os.pipe()
    ana = start(server, "--nick", "ana", target=sink)
    os.close(sink)
    bia.expect(type="join", nick="ana")
    texts = [f"{number} " + "x" * 4_000 for number in range(1_000)]
    for number, text in enumerate(texts):
        bia.ask("message", room="geral", text=text, id=f"{number}")
    bia.answer("999")
    with os.fdopen(source, "r", encoding="utf-8") as output:
        read = output.readline()
        while " 999 " not in read[-4_100:]:
            line = output.readline()
            assert line
            read += line
        # Whoever leaves waits only a moment for its output: so it leaves when all has flowed.
        ana.type("/sair")
        shown = without_times(read + output.read())
    assert [f"bia: {text}" for text in texts] == [line for line in shown if line.startswith("bia: ")]
    assert 0 == ana.wait()


@pytest.mark.parametrize("number", few([signal.SIGHUP, signal.SIGINT, signal.SIGTERM]))
def test_a_signal_ends_it_with_a_goodbye(
    server: Server, clients: Clients, start: StartClient, number: int
) -> None:
    bia = clients.json(server, "bia")
    ana = start(server, "--nick", "ana")
    ana.type("olá")
    ana.sees("ana: olá")
    ana.signal(number)
    assert 0 == ana.wait()
    assert "" == ana.errors
    assert "quit" == bia.expect(type="leave", nick="ana")["reason"]


def test_without_a_server_it_fails_with_one_clear_line(start: StartClient) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        ana = start(port, "--nick", "ana")
        ana.type("oi")
        assert 1 == ana.wait()
    assert f"chatsimples: can't connect to 127.0.0.1:{port}: Connection refused\n" == ana.errors
    assert "" == ana.shown


def test_it_outlives_a_restart_of_the_server(start_server: StartServer, start: StartClient) -> None:
    server = start_server()
    ana = start(server, "--nick", "ana")
    ana.type("antes")
    ana.sees("ana: antes")
    server.kill()
    ana.type("entretanto")
    ana.end_input()
    again = start_server(logs=server.logs, port=server.port)
    assert 0 == ana.wait()
    assert ["antes", "entretanto"] == said_texts(again)
    assert "* connected again" in ana.shown
    assert ["ana: antes", "ana: entretanto"] == [
        line for line in without_times(ana.shown) if line.startswith("ana: ")
    ]


def test_once_it_fails_when_the_server_goes(start_server: StartServer, start: StartClient) -> None:
    server = start_server()
    ana = start(server, "--nick", "ana", "--once")
    ana.sees("ana has entered")
    server.kill()
    assert 1 == ana.wait()
    (line,) = ana.errors.splitlines()
    assert line.startswith("chatsimples: the connection was lost")


def test_unconfirmed_lines_are_counted(start_server: StartServer, start: StartClient) -> None:
    server = start_server()
    ana = start(server, "--nick", "ana")
    ana.sees("ana has entered")
    server.kill()
    ana.type("um", "dois", "/ajuda")
    ana.sees("/ajuda")
    ana.signal(signal.SIGTERM)
    assert 1 == ana.wait()
    assert "chatsimples: lines not confirmed as said: 2\n" == ana.errors


def test_without_a_nick_it_takes_the_login_name_or_one_like_it(server: Server, start: StartClient) -> None:
    first, second, third = (start(server) for _ in range(3))
    for each in (first, second, third):
        each.sees("has entered")
    assert {"ana", "ana2", "ana3"} == {
        re.findall(r"you are (\w+) in", each.shown)[0] for each in (first, second, third)
    }
    for each in (first, second, third):
        each.end_input()
        assert 0 == each.wait()


def test_a_nick_that_was_asked_for_and_is_taken_is_the_end(
    server: Server, clients: Clients, start: StartClient
) -> None:
    clients.json(server, "ana")
    ana = start(server, "--nick", "Ana")
    ana.type("oi")
    assert 1 == ana.wait()
    assert "chatsimples: the nick Ana is taken" in ana.errors


def test_a_login_name_that_is_too_long_for_the_server_is_not_used(
    start_server: StartServer, start: StartClient
) -> None:
    server = start_server("--max-name", "8")
    environment = clean_environment(LOGNAME="maria.antonieta")
    done = subprocess.run(
        client_command(server.port),
        input=b"oi\n",
        capture_output=True,
        timeout=DEADLINE,
        env=environment,
        check=False,
    )
    assert 0 == done.returncode
    assert "cliente: oi" in done.stdout.decode()


def test_commands_of_a_terminal_are_refused(server: Server, start: StartClient) -> None:
    ana = start(server, "--nick", "ana")
    ana.type("/editar um texto", "/conversa bia", "fim")
    ana.end_input()
    assert 1 == ana.wait()
    why = "this command is not complete or not right:"
    assert [
        f"chatsimples: line 1: {why} /editar is for people at a terminal",
        f"chatsimples: line 2: {why} /conversa is for people at a terminal",
    ] == ana.errors.splitlines()


def test_several_rooms_are_entered_and_the_first_is_spoken_in(
    server: Server, clients: Clients, start: StartClient
) -> None:
    bia = clients.json(server, "bia", rooms=["turma", "oficina"])
    ana = start(server, "--nick", "ana", "--room", "turma,#oficina,TURMA")
    ana.type("na turma", "/deixar", "na oficina", "/deixar", "em lado nenhum", "/entrar turma", "de novo")
    ana.end_input()
    assert 1 == ana.wait()
    bia.expect(type="leave", nick="ana", reason="quit")
    assert [("turma", "na turma"), ("oficina", "na oficina"), ("turma", "de novo")] == [
        (each["room"], each["text"]) for each in bia.heard(type="message", nick="ana")
    ]
    assert "line 5: " in ana.errors
    assert "you are in no room" in ana.errors
    assert 1 == len(ana.errors.splitlines())


def objects(text: str) -> list[dict[str, Any]]:
    told = [json.loads(line) for line in text.splitlines()]
    assert all(isinstance(each, dict) and isinstance(each["type"], str) for each in told)
    return told


def records_in(text: str) -> list[bytes]:
    return [line.encode() + b"\n" for line in text.splitlines() if line.startswith('{"seq":')]


def without_goodbyes(lines: list[bytes]) -> list[bytes]:
    """Leave out the records of an end, which may come after the client has gone."""
    return [line for line in lines if json.loads(line)["type"] not in {"leave", "bye"}]


def test_programs_get_the_transcripts_own_lines(server: Server, clients: Clients, start: StartClient) -> None:
    bia = clients.json(server, "bia", rooms=["x", "y"])
    robot = start(server, "--json", "--nick", "robot", "--room", "x,y")
    robot.sees('"room":"y"')
    bia.say('olá "tu" \\\\ € \U0001f642', id="1", room="y")
    robot.type("texto", '{"type":"message","room":"y","text":"{objeto}","id":"m"}', '{"type":"who","id":"w"}')
    robot.type("/salas", '{"type":"history","room":"y","limit":1,"id":"h"}')
    robot.end_input()
    assert 0 == robot.wait()
    assert "" == robot.errors
    told = objects(robot.shown)
    assert {"type": "connection", "state": "connected", "gap": False} == told[0]
    assert "welcome" == told[1]["type"]
    assert "session" not in told[1]
    transcript = server.transcript
    conn = transcript.conn_of("robot")
    *live, past = without_goodbyes(records_in(robot.shown))
    assert b'"type":"hello"' in live[0]
    assert without_goodbyes(transcript.received_by(conn, told[1]["seq"])) == live
    assert past in live
    assert "{objeto}" == json.loads(past)["text"]
    kinds = [each["type"] for each in told if each.get("id") in ("m", "w", "h") or each["type"] == "rooms"]
    assert ["done", "members", "rooms", "history_end"] == kinds


def test_programs_get_an_error_for_each_refused_line(server: Server, start: StartClient) -> None:
    robot = start(server, "--json", "--nick", "robot")
    assert robot.process.stdin is not None
    robot.process.stdin.write(
        b'{"type":\n{"type":"nada","id":"n"}\n\xff\n/nada\n{"type":"message","to":"ninguem","text":"oi","id":"z"}\n'
        + b"{" * 50_000
        + b"\n{"
        + b" " * 100_000
        + b"\nfim\n"
    )
    robot.end_input()
    assert 1 == robot.wait()
    told = objects(robot.shown)
    errors = [(each["code"], each.get("line"), each.get("id")) for each in told if each["type"] == "error"]
    assert [
        ("bad_json", 1, None),
        ("bad_json", 6, None),
        ("bad_json", 7, None),
        ("bad_utf8", 3, None),
        ("no_such_nick", None, "z"),
        ("unknown_command", 4, None),
        ("unknown_type", 2, "n"),
    ] == sorted(errors, key=str)
    assert len(errors) == len(robot.errors.splitlines())
    assert "fim" in [each.get("text") for each in told if each["type"] == "message"]


def test_programs_get_each_record_once_over_a_restart(
    start_server: StartServer, clients: Clients, start: StartClient
) -> None:
    server = start_server()
    robot = start(server, "--json", "--nick", "robot")
    robot.type("antes")
    robot.sees('"text":"antes"')
    server.kill()
    robot.sees('"state":"lost"')
    robot.type('{"type":"message","room":"geral","text":"entretanto","id":"e"}')
    again = start_server(logs=server.logs, port=server.port)
    robot.sees('{"type":"done","id":"e"')
    bia = clients.json(again, "bia")
    bia.say("depois", id="1")
    robot.sees('"text":"depois"')
    robot.type("/sair")
    assert 0 == robot.wait()
    assert "" == robot.errors
    told = objects(robot.shown)
    states = [each["state"] for each in told if each["type"] == "connection"]
    assert ["connected", "lost", "connected"] == states
    assert ["antes", "entretanto", "depois"] == [each["text"] for each in told if each["type"] == "message"]
    lines = records_in(robot.shown)
    assert ["robot", "robot"] == [each["nick"] for each in map(json.loads, lines) if each["type"] == "hello"]
    of_the_room = [line for line in lines if "room" in json.loads(line)]
    written = [entry.line for entry in again.transcript.entries if "room" in entry.said]
    assert of_the_room == written[: len(of_the_room)]
    assert len(written) - len(of_the_room) <= 1


def test_programs_are_told_that_there_is_no_connection(start: StartClient) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        robot = start(held.getsockname()[1], "--json", "--nick", "robot")
        assert 1 == robot.wait()
    (failed,) = objects(robot.shown)
    assert ("connection", "failed") == (failed["type"], failed["state"])
    assert f"chatsimples: {failed['text']}\n" == robot.errors


def test_programs_are_told_that_a_nick_is_taken(server: Server, clients: Clients, start: StartClient) -> None:
    clients.json(server, "robot")
    robot = start(server, "--json", "--nick", "robot")
    assert 1 == robot.wait()
    (error,) = objects(robot.shown)
    assert ("error", "nick_in_use") == (error["type"], error["code"])
    assert "chatsimples: the nick robot is taken\n" == robot.errors


def test_with_stay_it_prints_until_a_signal(server: Server, clients: Clients, start: StartClient) -> None:
    bia = clients.json(server, "bia")
    ana = start(server, "--nick", "ana", "--stay")
    ana.type("até já")
    ana.end_input()
    ana.sees("ana: até já")
    bia.say("ainda aí?", id="1")
    ana.sees("bia: ainda aí?")
    ana.signal(signal.SIGTERM)
    assert 0 == ana.wait()
    assert "" == ana.errors
    assert "quit" == bia.expect(type="leave", nick="ana")["reason"]


def test_with_stay_a_refusal_makes_the_exit_code_1(server: Server, start: StartClient) -> None:
    ana = start(server, "--nick", "ana", "--stay")
    ana.type("/nada", "fim")
    ana.end_input()
    ana.sees("ana: fim")
    ana.signal(signal.SIGTERM)
    assert 1 == ana.wait()


def test_with_stay_a_typed_goodbye_ends_it(server: Server, start: StartClient) -> None:
    ana = start(server, "--nick", "ana", "--stay")
    ana.type("fim", "/sair")
    ana.end_input()
    assert 0 == ana.wait()
    assert "ana: fim" in ana.shown


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it may show at the next line only")
def test_with_stay_it_ends_when_nobody_reads_its_output(
    server: Server, clients: Clients, start: StartClient
) -> None:
    bia = clients.json(server, "bia")
    source, sink = os.pipe()
    ana = start(server, "--nick", "ana", "--stay", target=sink)
    os.close(sink)
    ana.end_input()
    with os.fdopen(source, "rb") as output:
        while b"ana has entered" not in output.readline():
            pass
    assert 0 == ana.wait()
    assert "" == ana.errors
    assert "quit" == bia.expect(type="leave", nick="ana")["reason"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_an_output_that_takes_no_more_is_a_failure(server: Server, start: StartClient) -> None:
    with Path("/dev/full").open("wb") as full:
        ana = start(server, "--nick", "ana", target=full)
        assert 1 == ana.wait()
    assert "chatsimples: the output can't be written\n" == ana.errors


def test_a_nick_refused_twice_at_once_is_no_traceback(start: StartClient) -> None:
    refusal = b'{"type":"error","code":"nick_in_use","text":"x"}\n'
    with socket.create_server(("127.0.0.1", 0)) as rogue:
        ana = start(rogue.getsockname()[1])
        connection, _ = rogue.accept()
        with connection:
            connection.settimeout(DEADLINE)
            connection.recv(1 << 16)
            connection.sendall(refusal * 2)
            assert b'"nick":"ana2"' in connection.recv(1 << 16)
            ana.signal(signal.SIGTERM)
            ana.wait()
    assert "Traceback" not in ana.errors
