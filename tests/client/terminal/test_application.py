"""The client on a terminal, against a real server, as a person sees it."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from client.programs import TerminalClient, said_texts
from support.clients import Clients
from support.effort import few
from support.server import Server
from support.waiting import eventually

SERVER_OPTIONS = ("--message-rate", "0")

StartServer = Callable[..., Server]
StartClient = Callable[..., TerminalClient]

_TIME = re.compile(r"^(\d\d:\d\d )? *")


@pytest.fixture
def start() -> Iterator[StartClient]:
    started: list[TerminalClient] = []

    def start_client(server: Server | int, *options: str, **how: object) -> TerminalClient:
        port = server if isinstance(server, int) else server.port
        if "--history" not in options:
            options += ("--history", "0")
        started.append(TerminalClient(port, *options, **how))  # type: ignore[arg-type] # as TerminalClient's
        return started[-1]

    yield start_client
    for each in started:
        each.close()
        assert b"Traceback" not in each.raw


def lines(client: TerminalClient) -> list[str]:
    """Give what was printed, without times and indents, prompt and status; nothing that is on its way."""
    return [_TIME.sub("", row) for row in client.everything if not row.startswith("…")][:-2]


def test_two_people_talk(server: Server, start: StartClient) -> None:
    ana = start(server, "--nick", "ana")
    ana.sees("ana has entered #geral")
    bia = start(server, "--nick", "bia", columns=40, rows=10)
    bia.sees("bia has entered")
    ana.enter("olá")
    bia.sees("ana: olá")
    bia.enter("olá também")
    ana.sees("bia: olá também")
    assert ["ana #geral>", " connected  1:#geral"] == ana.rows[-2:]
    assert [
        f"* connected to 127.0.0.1:{server.port}: you are ana in #geral",
        "* Everything that is said here is recorded, private messages too.",
        "* /ajuda or F1 shows what you can do, /sair leaves",
        "* ana has entered #geral",
        "* bia has entered #geral",
        "ana: olá",
        "bia: olá também",
    ] == lines(ana)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (20, 4)])
def test_half_a_line_stays_intact_while_messages_arrive(
    server: Server, clients: Clients, start: StartClient, columns: int, rows: int
) -> None:
    bia = clients.json(server, "bia")
    ana = start(server, "--nick", "ana", columns=columns, rows=rows)
    ana.sees(lambda: "connected" in ana.status)
    ana.type("meia ")
    ana.sees("ana #geral> meia")
    texts = [f"m{number}" for number in range(300)]
    for number, text in enumerate(texts):
        bia.ask("message", room="geral", text=text, id=text)
        if number == 150:
            ana.type("lin")
    ana.sees("bia: m299")
    ana.sees(lambda: "ana #geral> meia lin" in (ana.draft, ana.draft + " "), "the draft is intact")
    if rows > 4:
        # Every message stands above, once, in order, and no piece of the prompt among them.
        shown = [line for line in lines(ana) if line.startswith("bia: ")]
        assert [f"bia: {text}" for text in texts] == shown
        assert [] == [row for row in ana.everything[:-2] if "ana #geral>" in row]
    ana.enter("ha")
    assert "meia linha" == bia.expect(nick="ana", type="message")["text"]


def test_the_nick_is_asked_for_until_there_is_one(
    server: Server, clients: Clients, start: StartClient
) -> None:
    clients.json(server, "bia")
    ana = start(server)
    ana.sees("Your nick:")
    ana.enter("")
    ana.enter("a b")
    ana.sees("the nick a b can't be used")
    ana.type("\x15")
    ana.enter("BIA")
    ana.sees("the nick BIA is taken")
    ana.sees(lambda: ana.draft == "Your nick:", "it asks again")
    ana.enter("ana")
    ana.sees("ana has entered #geral")
    ana.sees(lambda: ana.draft == "ana #geral>", "the prompt shows the nick")


@pytest.mark.parametrize("goodbye", few(["a draft\x03", "/sair\r"]))
def test_leaving_gives_the_terminal_back(
    server: Server, clients: Clients, start: StartClient, goodbye: str
) -> None:
    bia = clients.json(server, "bia")
    shell = ["sh", "-c", '"$@"; echo "code $?"; stty -a; echo over', "sh"]
    ana = start(server, "--nick", "ana", through=shell, columns=120)
    ana.sees("ana has entered #geral")
    ana.type(goodbye)
    ana.sees("over")
    assert 0 == ana.wait()
    after = ana.rows[next(number for number, row in enumerate(ana.rows) if "code" in row) :]
    assert "code 0" == after[0]
    settings = set(" ".join(after).replace(";", " ").split())
    assert {"icanon", "echo", "isig", "icrnl", "opost"} <= settings
    assert [] == [row for row in ana.rows if "ana #geral>" in row or "connected:" in row]
    assert "quit" == bia.expect(type="leave", nick="ana")["reason"]
    # No bracketed paste and no hidden cursor are left behind.
    assert ana.raw.rfind(b"\x1b[?2004l") > ana.raw.rfind(b"\x1b[?2004h")
    assert ana.raw.rfind(b"\x1b[?25h") > ana.raw.rfind(b"\x1b[?25l")


@pytest.mark.parametrize("goodbye", few(["/sair\r", "\x04"]))
def test_one_can_leave_before_saying_who_one_is(server: Server, start: StartClient, goodbye: str) -> None:
    ana = start(server)
    ana.sees("Your nick:")
    ana.type(goodbye)
    assert 0 == ana.wait()


@pytest.mark.parametrize("number", few([signal.SIGTERM, signal.SIGINT]))
def test_a_signal_is_a_goodbye(server: Server, clients: Clients, start: StartClient, number: int) -> None:
    bia = clients.json(server, "bia")
    ana = start(server, "--nick", "ana")
    ana.sees("ana has entered #geral")
    ana.process.kill(number)
    assert 0 == ana.wait()
    assert "quit" == bia.expect(type="leave", nick="ana")["reason"]


def test_a_terminal_that_hangs_up_is_a_goodbye(server: Server, clients: Clients, start: StartClient) -> None:
    bia = clients.json(server, "bia")
    ana = start(server, "--nick", "ana")
    ana.sees("ana has entered #geral")
    ana.hang_up()
    assert "quit" == bia.expect(type="leave", nick="ana")["reason"]


def test_texts_typed_during_a_restart_are_said_after_it(
    start_server: StartServer, start: StartClient
) -> None:
    server = start_server()
    ana = start(server, "--nick", "ana")
    ana.enter("antes")
    ana.sees(lambda: "ana: antes" in lines(ana), "it is on record")
    server.kill()
    ana.sees("trying again")
    ana.sees(lambda: "offline: reconnecting in" in ana.status, "the status tells")
    ana.enter("um")
    ana.enter("dois")
    ana.sees(lambda: "not sent yet: 2" in ana.status, "what waits is counted")
    ana.type("rascunho")
    ana.sees(
        lambda: [row.split("ana: ")[1] for row in ana.rows if row.startswith("…")] == ["um", "dois"],
        "both wait",
    )
    again = start_server(logs=server.logs, port=server.port)
    assert [] == [row for row in ana.rows if re.match(r"\d\d:\d\d +ana: (um|dois)", row)]
    ana.sees(lambda: "ana: dois" in lines(ana), "it is on record")
    assert ["antes", "um", "dois"] == said_texts(again)
    assert ["ana: antes", "ana: um", "ana: dois"] == [line for line in lines(ana) if line.startswith("ana: ")]
    ana.sees(lambda: ana.rows[-2:] == ["ana #geral> rascunho", " connected  1:#geral"], "all is well again")


def test_without_a_server_it_says_so_once_and_goes_on_trying(
    start_server: StartServer, start: StartClient
) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        ana = start(port, "--nick", "ana", columns=100)
        ana.sees(f"! can't connect to 127.0.0.1:{port}: Connection refused; trying again")
        ana.sees(lambda: "offline: reconnecting in" in ana.status, "the status tells")
        ana.enter("paciência")
    start_server("--port", str(port))
    ana.sees(lambda: "ana: paciência" in lines(ana), "it is on record")
    assert 1 == len([line for line in lines(ana) if "can't connect" in line])


def test_once_it_does_not_try_again(start_server: StartServer, start: StartClient) -> None:
    server = start_server()
    ana = start(server, "--nick", "ana", "--once")
    ana.sees("ana has entered")
    server.kill()
    assert 1 == ana.wait()
    assert any("chatsimples: the connection was lost" in row for row in ana.rows)


def test_every_command(server: Server, clients: Clients, start: StartClient) -> None:
    bia = clients.json(server, "bia", rooms=["geral", "canto"])
    ana = start(server, "--nick", "ana")
    ana.sees("ana has entered")
    ana.enter("/ajuda")
    ana.sees("say a text that begins with /")
    ana.enter("/quem")
    ana.sees("* #geral (2): ana, bia")
    ana.enter("/salas")
    ana.sees("* rooms: #canto (1), #geral (2)")
    ana.enter("/msg bia só para ti")
    ana.sees("[ana → bia] só para ti")
    ana.enter("//barra")
    ana.sees("ana: /barra")
    ana.enter("/entrar canto")
    ana.sees(
        lambda: (ana.draft, ana.status) == ("ana #canto>", " connected 1:#geral  2:bia   3:#canto"),
        "the new room",
    )
    ana.enter("aqui")
    assert "canto" == bia.expect(text="aqui")["room"]
    bia.say("do outro lado", id="1")
    ana.sees(lambda: "1:#geral 1" in ana.status, "it is counted")
    ana.enter("/apelido eva")
    ana.sees(lambda: ana.draft == "eva #canto>", "the new nick")
    ana.enter("/historico 5")
    ana.sees("nothing was said in #canto before")
    ana.enter("/join geral")
    ana.sees("bia: do outro lado")
    ana.sees(lambda: ana.draft == "eva #geral>", "back in the room")
    ana.enter("/conversa bia")
    ana.sees(lambda: ana.draft == "eva bia>", "in private")
    ana.enter("segredo")
    assert "eva" == bia.expect(text="segredo", to="bia")["nick"]
    ana.enter("/deixar")
    ana.sees(lambda: ana.draft == "eva #geral>", "back again")
    ana.enter("/deixar canto")
    ana.sees(lambda: ana.status == " connected  1:#geral", "one room is left")
    ana.enter("/deixar")
    ana.sees("! this is your only room; /sair leaves the chat")


def test_conversations_are_switched_with_alt_and_a_number(
    server: Server, clients: Clients, start: StartClient
) -> None:
    bia = clients.json(server, "bia")
    ana = start(server, "--nick", "ana", "--room", "geral,canto")
    ana.sees("ana has entered #geral")
    ana.sees(lambda: ana.status.endswith("1:#geral  2:#canto"), "two rooms")
    ana.type("um rascunho\x1b2")
    ana.sees(lambda: ana.draft == "ana #canto> um rascunho", "the draft goes along")
    bia.say("olá, ana", id="1")
    ana.sees("#geral")
    ana.sees(lambda: "1:#geral 1!" in ana.status, "the mention is counted")
    ana.sees(lambda: b"\a" in ana.raw, "the bell rings")
    bia.ask("message", to="ana", text="psst", id="2")
    ana.sees("[bia → ana] psst")
    ana.sees(lambda: "3:bia 1!" in ana.status, "so is the private message")
    ana.type("\x1ba")
    ana.sees(lambda: ana.draft == "ana #geral> um rascunho", "where one is named comes first")
    ana.type("\x1ba")
    ana.sees(lambda: ana.draft == "ana bia> um rascunho", "then what is private")
    ana.sees(lambda: "!" not in ana.status, "all is read")
    ana.type("\x1b[1;3D")
    ana.sees(lambda: ana.draft == "ana #canto> um rascunho", "back by one")


def test_tab_completes_people_rooms_commands_and_emoji(
    server: Server, clients: Clients, start: StartClient
) -> None:
    bia = clients.json(server, "bia")
    clients.json(server, "Beatriz")
    ana = start(server, "--nick", "ana")
    ana.sees("ana has entered")
    bia.say("fui a última", id="1")
    ana.sees("bia: fui a última")
    ana.type("b\t")
    ana.sees(lambda: ana.draft == "ana #geral> bia:", "who spoke last")
    ana.type("\t")
    ana.sees(lambda: ana.draft == "ana #geral> Beatriz:", "the next one")
    ana.sees(lambda: "bia" in ana.status and "Beatriz" in ana.status, "both are offered")
    ana.type("\x15/ent\tge\t")
    ana.sees(lambda: ana.draft == "ana #geral> /entrar geral", "a command and a room")
    ana.type("\x15olá :heart:")
    ana.sees(lambda: "❤" in ana.draft, "an emoji by its name")


def test_a_room_begins_with_its_backlog_and_history_pages_back(
    server: Server, clients: Clients, start: StartClient
) -> None:
    bia = clients.json(server, "bia", rooms=["velha"])
    for number in range(30):
        bia.ask("message", room="velha", text=f"m{number}", id=f"v{number}")
    bia.expect(id="v29")
    ana = start(server, "--nick", "ana", "--room", "velha", "--history", "5")
    ana.sees("bia: m29")
    assert [f"bia: m{number}" for number in range(25, 30)] == [
        line for line in lines(ana) if line.startswith("bia: ")
    ]
    ana.type("\x1b[5~")
    ana.sees("── #velha ── now ──")
    assert [f"bia: m{number}" for number in range(5, 25)] == [
        line for line in lines(ana) if line.startswith("bia: ")
    ][5:]


def test_where_reading_stopped_is_kept_between_runs(
    server: Server, clients: Clients, start: StartClient, tmp_path: Path
) -> None:
    bia = clients.json(server, "bia", rooms=["marca"])
    options = ("--nick", "ana", "--room", "marca", "--history", "20")
    ana = start(server, *options, state=tmp_path)
    ana.sees("ana has entered")
    bia.ask("message", room="marca", text="lido", id="m1")
    ana.sees("bia: lido")
    ana.enter("/quem")
    ana.sees("#marca (2)")
    ana.enter("/sair")
    assert 0 == ana.wait()
    bia.ask("message", room="marca", text="por ler", id="m2")
    again = start(server, *options, state=tmp_path)
    again.sees("bia: por ler")
    shown = lines(again)
    place = shown.index("bia: lido")
    assert shown[place + 1].startswith("── new since ")
    assert "bia: por ler" == shown[place + 2]
    again.type("\x1b[A")
    again.sees(lambda: again.draft == "ana #marca> /sair", "what was typed is kept too")
    again.type("\x1b[A")
    again.sees(lambda: again.draft == "ana #marca> /quem", "all of it")


def test_a_long_message_is_written_in_an_editor(
    server: Server, clients: Clients, start: StartClient, tmp_path: Path
) -> None:
    bia = clients.json(server, "bia")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nread line < "$1"\nprintf "%s\\nsegunda" "$line, editado" > "$1"\n')
    editor.chmod(0o755)
    ana = start(server, "--nick", "ana", environ={"EDITOR": str(editor)})
    ana.sees("ana has entered")
    ana.enter("/editar primeira")
    ana.sees(lambda: "paste 2 lines?" in ana.status, "it asks")
    ana.type("n")
    # The question must be gone, or it is taken for the next one while the editor still runs.
    ana.sees(lambda: ana.draft == "segunda" and "paste" not in ana.status, "what was written stays")
    ana.type("\x18\x05")
    ana.sees(lambda: "paste 2 lines?" in ana.status, "it asks again")
    ana.type("a")
    assert "primeira, editado, editado" == bia.expect(nick="ana", type="message")["text"]
    assert "segunda" == bia.expect(nick="ana", text="segunda")["text"]


def test_without_an_editor_it_says_so(server: Server, start: StartClient) -> None:
    ana = start(server, "--nick", "ana", environ={"VISUAL": "/nonexistent/editor"}, columns=120)
    ana.sees("ana has entered")
    ana.type("rascunho\x18\x05")
    ana.sees("! the editor /nonexistent/editor can't be started: No such file or directory")
    ana.sees(lambda: ana.draft == "ana #geral> rascunho", "the draft is there")


def test_in_portuguese_everything_is(server: Server, clients: Clients, start: StartClient) -> None:
    bia = clients.json(server, "bia")
    ana = start(server, "--nick", "ana", "--lang", "pt", columns=100, rows=30)
    ana.sees("Tudo o que se diz aqui é gravado")
    ana.sees(lambda: ana.status == " conectado  1:#geral", "the status")
    ana.enter("/ajuda")
    ana.sees("estes comandos")
    ana.enter("/msg ninguém olá")
    ana.sees("! não foi dito: olá")
    ana.enter("/apelido bia")
    ana.sees("! o apelido bia já está em uso")
    ana.type("\x1b[200~um\ndois\x1b[201~")
    ana.sees(lambda: "colar 2 linhas? [t]odas [j]untas [n]ão" in ana.status, "the question")
    ana.type("t")
    assert "um" == bia.expect(nick="ana", text="um")["text"]


def test_the_size_can_change_at_any_time(server: Server, clients: Clients, start: StartClient) -> None:
    bia = clients.json(server, "bia")
    ana = start(server, "--nick", "ana")
    ana.sees("ana has entered")
    for number, (columns, rows) in enumerate([(40, 10), (200, 50), (10, 3)]):
        ana.type(f"meia {number}")
        ana.sees(f"ana #geral> meia {number}")
        ana.resize(columns, rows)
        bia.say("depois", id=f"{number}")
        ana.type(" linha")
        ana.resize(80, 24)
        draft = f"ana #geral> meia {number} linha"
        ana.sees(partial(is_shown, ana, draft), f"the draft after {columns} columns and {rows} rows")
        ana.sees(lambda: "connected" in ana.status, "the status")
        ana.enter("")
        assert f"meia {number} linha" == bia.expect(nick="ana", type="message")["text"]


def is_shown(client: TerminalClient, draft: str) -> bool:
    return client.draft == draft


@pytest.mark.parametrize(
    ("options", "environ", "coloured"),
    [
        ((), {"COLORTERM": "truecolor"}, b"38;2;"),
        (("--colors", "16"), {"COLORTERM": "truecolor"}, b"\x1b[0;3"),
        ((), {"NO_COLOR": "1"}, b""),
    ],
)
def test_colours_are_as_many_as_the_terminal_and_the_person_want(
    server: Server, start: StartClient, options: tuple[str, ...], environ: dict[str, str], coloured: bytes
) -> None:
    ana = start(server, "--nick", "ana", *options, environ=environ)
    ana.sees("ana has entered")
    if coloured:
        assert coloured in ana.raw
    else:
        assert None is re.search(rb"\x1b\[[0-9;]*[34][0-9][;m]", ana.raw)


def test_the_bell_can_be_silenced(server: Server, clients: Clients, start: StartClient) -> None:
    bia = clients.json(server, "bia")
    ana = start(server, "--nick", "ana", "--bell", "off")
    ana.sees("ana has entered")
    bia.say("ana, ana, ana!", id="1")
    ana.sees("bia: ana, ana, ana!")
    assert b"\a" not in ana.raw


def test_keys_are_the_persons_own(server: Server, start: StartClient) -> None:
    ana = start(server, "--nick", "ana", "--keys", "help=ctrl-g,next=f5", "--room", "geral,canto")
    ana.sees(lambda: "2:#canto" in ana.status, "two rooms")
    ana.type("\x07")
    ana.sees("say a text that begins with /")
    ana.type("\x1b[15~")
    ana.sees(lambda: ana.draft == "ana #canto>", "the next room")


def test_a_wrong_key_is_an_error_at_the_start(server: Server, start: StartClient) -> None:
    ana = start(server, "--nick", "ana", "--keys", "help=ctrl-banana", columns=120)
    assert 2 == ana.wait()
    assert any("there is no key 'ctrl-banana'" in row for row in ana.rows)


def test_a_text_that_can_not_be_said_stays_to_be_corrected(server: Server, start: StartClient) -> None:
    ana = start(server, "--nick", "ana", columns=100)
    ana.sees("ana has entered")
    ana.enter("/nada")
    ana.sees("! there is no command /nada; /ajuda shows what there is")
    ana.sees(lambda: ana.draft == "ana #geral> /nada", "the draft is there")
    ana.type("\x15")
    ana.paste("um\x07dois")
    ana.enter("")
    ana.sees("U+0007 at character 3 is a control character")
    ana.sees(lambda: ana.draft == "ana #geral> um^Gdois", "the draft is there")
    ana.type("\x7f" * 5)
    ana.enter("")
    ana.sees("ana: um")
    assert "um" == said_texts(server)[-1]


def test_pasted_lines_are_asked_about(server: Server, start: StartClient) -> None:
    ana = start(server, "--nick", "ana")
    ana.sees("ana has entered")
    before = len(said_texts(server))
    ana.paste("def f():\r\n\treturn 1\r\n\r\nfim\n")
    ana.sees(lambda: "paste 3 lines? [a]ll [j]oined [n]o" in ana.status, "it asks")
    assert before == len(said_texts(server))
    ana.type("n")
    ana.sees(lambda: "connected" in ana.status, "nothing happens")
    ana.paste("def f():\r\n\treturn 1\r\n\r\nfim\n")
    ana.type("a")
    ana.sees("ana: fim")
    assert ["def f():", "    return 1", "fim"] == said_texts(server)[before:]


def test_nothing_that_others_say_commands_the_terminal(server: Server, start: StartClient) -> None:
    # The server lets no control through; so here something else plays the server.
    with socket.create_server(("127.0.0.1", 0)) as rogue:
        ana = start(rogue.getsockname()[1], "--nick", "ana")
        connection, _ = rogue.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(
                b'{"type":"welcome","nick":"ana","log":"L","seq":1,"head":1}\n'
                b'{"seq":2,"at":"\\u001b[2J","type":"message","conn":2,"nick":"\\u001b]0;x\\u0007","room":"geral",'
                b'"text":"\\u001b[31mred\\u009b2J\\u202eabc"}\n'
            )
            ana.sees("--:-- \\x1b]0;x\\x07: \\x1b[31mred\\x9b2J\\u202eabc")
        assert b"\x1b[31mred" not in ana.raw
        assert b"\x1b]0;x" not in ana.raw
        ana.type("\x03")
        assert 0 == ana.wait()


def test_typing_goes_on_during_a_flood(server: Server, clients: Clients, start: StartClient) -> None:
    bia = clients.json(server, "bia")
    ana = start(server, "--nick", "ana")
    ana.sees("ana has entered")
    for number in range(1_000):
        bia.ask("message", room="geral", text=f"m{number}", id=f"{number}")
    ana.enter("no meio")

    def heard() -> list[dict[str, Any]]:
        bia.take_in()
        return bia.heard(nick="ana", type="message", text="no meio")

    ana.sees(heard, "bia hears it")
    ana.sees("bia: m999")
    ana.sees(lambda: ana.draft == "ana #geral>", "the input line is whole")
    assert [f"bia: m{number}" for number in range(1_000)] == [
        line for line in lines(ana) if line.startswith("bia: m")
    ]


def test_a_text_entered_just_before_leaving_is_said(server: Server, start: StartClient) -> None:
    ana = start(server, "--nick", "ana")
    ana.sees("ana has entered")
    before = len(said_texts(server))
    ana.type("".join(f"{number}\r" for number in range(100)) + "/sair\r")
    assert 0 == ana.wait()
    assert [str(number) for number in range(100)] == said_texts(server)[before:]


def test_leaving_without_a_connection_counts_the_unsaid_texts(start: StartClient) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        ana = start(held.getsockname()[1], "--nick", "ana", columns=100)
        ana.sees("trying again")
        ana.enter("em vão")
        ana.sees(lambda: "not sent yet: 1" in ana.status, "it waits")
        ana.enter("/sair")
        assert 1 == ana.wait()
    assert any("chatsimples: lines not confirmed as said: 1" in row for row in ana.rows)


def test_a_long_nick_and_room_leave_room_to_type(server: Server, start: StartClient) -> None:
    ana = start(server, "--nick", "a" * 30, "--room", "r" * 30, columns=40, rows=10)
    ana.sees("connected  1:#rrr")
    ana.sees(lambda: ana.draft.startswith("aaaaaaaaa… #rrrrrrrr…>"), "the prompt is cut")
    ana.enter("cabe")
    eventually(lambda: "cabe" in said_texts(server), "it is said")


def test_a_text_is_as_long_as_the_server_accepts_and_a_longer_draft_is_kept(
    start_server: StartServer, start: StartClient
) -> None:
    server = start_server("--message-rate", "0", "--max-text", "6000")
    ana = start(server, "--nick", "ana")
    ana.sees("ana has entered #geral")
    ana.paste("b" * 7_000)
    ana.sees("b" * 80)
    ana.type("\r")
    ana.sees("! a text has at most 6000 bytes; this one has 7000")
    # It stands there still, and can be shortened.
    ana.sees("b" * 80)
    ana.type("\x15")
    ana.sees(lambda: "ana #geral>" == ana.draft)
    ana.paste("a" * 5_000)
    ana.sees("a" * 80)
    ana.type("\r")
    eventually(lambda: said_texts(server) == ["a" * 5_000], "the text is on record")
