"""A room with an owner, heard in every dialect at once: programs, plain text and people read the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from client.programs import PipedClient, TerminalClient
from dialects.wire import DIALECTS
from support.accounts import PASSWORD, make_account
from support.clients import Clients, JsonClient, TextClient
from support.server import Server, run_command
from support.waiting import eventually

from chatsimples.chat.records import Record, from_line
from chatsimples.client.rendering.dates import Dates
from chatsimples.client.rendering.renderer import Renderer
from chatsimples.replay.narration.descriptions import describe, is_conversation
from chatsimples.screen.styled_text import plain

StartServer = Callable[..., Server]


@pytest.fixture
def server(start_server: StartServer, tmp_path: Path) -> Server:
    logs = tmp_path / "logs"
    make_account(logs, "ana")
    make_account(logs, "bia")
    return start_server("--lang", "en", logs=logs)


def in_plain_text(record: Record) -> str:
    return DIALECTS["text"].render(record, b"").decode().removesuffix("\n")


@pytest.fixture
def open_terminal(server: Server) -> Iterator[Callable[..., TerminalClient]]:
    opened: list[TerminalClient] = []

    def open_it(*options: str, state: Path | None = None) -> TerminalClient:
        opened.append(TerminalClient(server.port, *options, state=state))
        return opened[-1]

    yield open_it
    for each in opened:
        each.close()


@pytest.fixture
def piped(server: Server, tmp_path: Path) -> Iterator[PipedClient]:
    client = PipedClient(tmp_path / "pipe", server.port, "--nick", "pipa", "--room", "aula", "--stay")
    yield client
    client.close()


def converse(ana: JsonClient, bia: JsonClient, caio: TextClient) -> None:
    """Let an owner and an operator do all that they can in a room, to somebody in plain text."""
    ana.ask("topic", room="aula", text="a prova de {amanhã}")
    ana.ask("role", room="aula", nick="bia", role="operator")
    ana.ask("invite", room="aula", nick="ninguém", id="no")
    ana.refused("no_such_nick")
    ana.ask("set", room="aula", settings={"moderated": True, "limit": 20})
    ana.expect(type="set")
    bia.ask("mute", room="aula", nick="caio", seconds=600, text="calma")
    bia.expect(type="mute", nick="caio")
    caio.type("não me calo")
    caio.expect_notice("you are muted until")
    bia.ask("mute", room="aula", nick="caio", seconds=-1)
    bia.expect(type="mute", nick="caio", reason="lifted")
    ana.ask("set", room="aula", settings={"moderated": False, "key": "abre-te"})
    ana.expect(type="set", settings={"moderated": False, "keyed": True})
    caio.type("agora sim")
    bia.expect(type="message", text="agora sim")
    bia.ask("kick", room="aula", nick="caio", text="chega")
    bia.expect(type="leave", nick="caio", by="bia")
    caio.expect_notice("bia has removed caio from aula: chega")
    ana.ask("ban", room="aula", nick="caio")
    ana.expect(type="ban", nick="caio")
    ana.say("fim", id="fim", room="aula")


def test_one_conversation_is_the_same_in_every_dialect(
    server: Server,
    clients: Clients,
    open_terminal: Callable[..., TerminalClient],
    request: pytest.FixtureRequest,
) -> None:
    ana = clients.json(server, "ana", account="ana", password=PASSWORD, rooms=["aula"])
    # Whoever enters first, makes the room.
    piped: PipedClient = request.getfixturevalue("piped")
    bia = clients.json(server, "bia", account="bia", password=PASSWORD, rooms=["aula"])
    caio = clients.text(server, "caio")
    caio.type("/entrar aula")
    piped.sees("#aula")
    tela = open_terminal("--nick", "tela", "--room", "aula", "--times", "off")
    ana.expect(type="join", nick="tela")
    start = server.transcript.last_seq
    converse(ana, bia, caio)
    piped.sees("ana: fim")
    tela.sees("fim")
    records = [from_line(entry.line) for entry in server.transcript.entries if entry.seq > start]
    heard = [each for each in records if is_conversation(each) and each.room == "aula"]
    assert ["topic", "role", "set", "mute", "mute", "set", "message", "leave", "ban", "message"] == [
        each.type for each in heard
    ]
    # Whoever was removed hears up to that, and not their own words.
    until = [each.type for each in heard].index("leave") + 1
    expected = [in_plain_text(each) for each in heard[:until] if each.nick != "caio" or each.by]
    assert expected == [line for line in caio.shown if line in expected]
    renderer = Renderer(str, Dates())
    lines = [plain(renderer.record(each, "aula", own=False)) for each in heard]
    assert lines == [line for line in piped.shown.splitlines() if line in lines]
    # A replay tells the same, but for the way in which times are written.
    told = [describe(each, str) for each in heard if each.type != "message" and not each.until]
    assert told == [each for each in told if f"* {each}" in piped.shown]
    on_screen = "".join("".join(tela.everything).split())
    at = [on_screen.index("".join(line.split(maxsplit=1)[1].split())) for line in lines]
    assert sorted(at) == at
    for shown in (on_screen, piped.shown, "".join(caio.shown), str(server.transcript.entries)):
        assert "abre-te" not in shown


def test_a_person_logs_in_at_a_terminal_after_a_wrong_password(
    open_terminal: Callable[..., TerminalClient], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    ana = open_terminal("--account", "ana", "--room", "sala", state=state)
    ana.sees("Password of ana:")
    ana.enter("errada demais")
    ana.sees("the account or what proves it is not right")
    ana.sees("Password of ana:")
    ana.enter(PASSWORD)
    ana.sees("ana has made #sala and owns it")
    ana.enter("/topico a prova")
    ana.sees("ana has set the topic of #sala: a prova")
    ana.enter("/definir secreta sim")
    ana.sees("ana has changed #sala: secret")
    ana.enter("/quem")
    ana.sees("#sala (1): ~ana")
    ana.sees("topic: a prova")
    ana.enter("/entrar geral")
    ana.sees("ana #geral>")
    ana.enter("/entrar sala")
    ana.sees("ana #sala>")
    ana.enter("/sair")
    assert 0 == ana.wait()
    screen = "\n".join(ana.everything)
    assert "errada" not in screen
    assert PASSWORD not in screen
    for path in state.rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes()


def test_whoever_enters_is_shown_what_the_room_is_about(
    server: Server, clients: Clients, open_terminal: Callable[..., TerminalClient]
) -> None:
    ana = clients.json(server, "ana", account="ana", password=PASSWORD, rooms=["aula"])
    clients.text(server, "eva").type("/entrar aula")
    ana.expect(type="join", nick="eva")
    ana.ask("topic", room="aula", text="a prova de amanhã")
    caio = clients.text(server, "caio")
    caio.type("/entrar aula")
    caio.expect("* topic: a prova de amanhã")
    tela = open_terminal("--nick", "rui", "--room", "aula")
    tela.sees("topic: a prova de amanhã")
    # Programs ask: they are told nothing that they do not know.
    davi = clients.json(server, "davi", rooms=["aula"])
    davi.settle()
    assert b"amanh" not in davi.raw


def test_a_role_is_refused_to_a_guest_in_plain_words(server: Server, clients: Clients) -> None:
    ana = clients.text(server)
    ana.type(f"/login ana {PASSWORD}")
    ana.type("/entrar aula")
    ana.expect_notice("ana has made aula and owns it")
    eva = clients.json(server, "eva", rooms=["aula"])
    ana.type("/papel eva voz")
    ana.expect("* eva has no account, and only accounts have roles")
    ana.type("/papel ninguem voz")
    ana.expect_notice("nobody here is called ninguem")
    eva.settle()


TOLD = {
    "en": (
        "an operator of #aula",
        "bia is now Bibi",
        "has given Bibi a voice",
        "has taken away the role of Bibi",
    ),
    "pt": ("papel de operador de #aula", "bia agora é Bibi", "deu voz a Bibi", "tirou o papel de Bibi"),
}


@pytest.mark.parametrize("lang", ["en", "pt"])
def test_a_terminal_shows_the_roles_of_people_as_they_are_given_and_taken(
    server: Server, clients: Clients, open_terminal: Callable[..., TerminalClient], lang: str
) -> None:
    given, renamed, voiced, taken = TOLD[lang]
    ana = clients.json(server, "ana", account="ana", password=PASSWORD, rooms=["aula"])
    bia = clients.json(server, "bia", account="bia", password=PASSWORD, rooms=["aula"])
    clients.json(server, "bruno", rooms=["aula"])
    eva = open_terminal("--nick", "eva", "--room", "aula", "--lang", lang)
    eva.sees("eva #aula>")

    def offers(typed: str, *labels: str) -> None:
        """See what Tab offers, in whatever order."""
        eva.type(f"\x15{typed}\t")
        eva.sees(lambda: sorted(labels) == sorted(eva.status.split()), f"{labels}; {typed}")
        eva.type("\x15")

    eva.enter("/quem")
    eva.sees("#aula (4): ~ana, bia, bruno, eva")
    offers("/msg ", "~ana", "bia", "bruno")
    ana.ask("role", room="aula", nick="bia", role="operator")
    eva.sees(given)
    offers("b", "@bia", "bruno")
    offers("/papel @b", "@bia", "bruno")
    eva.enter("/quem")
    eva.sees("#aula (4): ~ana, @bia, bruno, eva")
    bia.ask("nick", nick="Bibi")
    eva.sees(renamed)
    offers("b", "@Bibi", "bruno")
    ana.ask("role", room="aula", nick="Bibi", role="voice")
    eva.sees(voiced)
    offers("b", "+Bibi", "bruno")
    ana.ask("role", room="aula", nick="Bibi", role="none")
    eva.sees(taken)
    offers("b", "Bibi", "bruno")
    ana.ask("leave", room="aula", id="l")
    ana.ask("nick", nick="bela", id="n")
    ana.ask("join", room="aula", id="j")
    eva.sees("bela", "ana as another")
    offers("b", "~bela", "Bibi", "bruno")
    eva.enter("/quem")
    eva.sees("#aula (4): ~bela, Bibi, bruno, eva")
    ana.close()
    clients.json(server, "beta", account="ana", password=PASSWORD, rooms=["aula"])
    eva.sees("beta", "ana on another connection")

    def offered() -> bool:
        eva.type("\x15b\t")
        eva.take_in()
        return "~beta" in eva.status

    eventually(offered, "its role is asked for")


def test_a_program_logs_in_by_the_first_line_of_its_input(server: Server, tmp_path: Path) -> None:
    piped = PipedClient(tmp_path / "right", server.port, "--account", "ana", "--password-stdin", "--once")
    piped.type(PASSWORD, "oi da conta")
    piped.end_input()
    assert 0 == piped.wait(), piped.errors
    said = server.transcript.having(type="message", text="oi da conta")
    assert ["ana"] == [entry.said["nick"] for entry in said]
    wrong = PipedClient(tmp_path / "wrong", server.port, "--account", "ana", "--password-stdin")
    wrong.type("errada demais", "oi")
    wrong.end_input()
    assert 1 == wrong.wait()
    assert "the account or what proves it is not right" in wrong.errors
    assert 1 == len(server.transcript.having(type="message"))


def test_the_operator_governs_at_the_console(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana", account="ana", password=PASSWORD, rooms=["sala"])
    eva = clients.json(server, "eva", rooms=["sala"])
    server.type("/topico #sala do operador")
    assert "*" == ana.expect(type="topic", text="do operador")["by"]
    server.type("/calar #sala eva 1h")
    ana.expect(type="mute", nick="eva")
    eva.ask("message", room="sala", text="oi", id="1")
    eva.refused("muted")
    server.type("/definir #sala chave abre-te")
    ana.expect(type="set", settings={"keyed": True})
    server.type("/banir eva 1d")
    eva.refused("banned")
    eva.read_to_end()
    eventually(lambda: "has banned eva from the server until" in server.stdout, "the console tells it")
    assert [] == [entry for entry in server.transcript.entries if b"abre-te" in entry.line]


def test_a_governed_chat_is_done_again_by_guests_and_says_what_was_left_out(
    server: Server, clients: Clients, start_server: StartServer
) -> None:
    ana = clients.json(server, "ana", account="ana", password=PASSWORD, rooms=["aula"])
    bia = clients.json(server, "bia", account="bia", password=PASSWORD, rooms=["aula"])
    eva = clients.json(server, "eva", rooms=["aula", "geral"])
    ana.ask("topic", room="aula", text="a prova")
    ana.ask("role", room="aula", nick="bia", role="operator")
    bia.expect(type="role", nick="bia")
    bia.ask("kick", room="aula", nick="eva", text="chega")
    eva.expect(type="leave", reason="kicked")
    eva.ask("join", room="aula", id="again")
    eva.expect(type="join", room="aula")
    ana.ask("ban", room="aula", nick="eva", text="mesmo")
    ana.expect(type="leave", nick="eva", reason="banned")
    eva.say("ainda aqui", id="1")
    server.type("/expulsar eva sai")
    eva.read_to_end()
    ana.say("fim", id="2", room="aula")
    clients.close()
    assert 0 == server.stop()
    assert 0 == run_command("replay", "check", server.logs).returncode
    again = start_server("--message-rate", "0", logs=server.logs.parent / "again")
    done = run_command(
        "replay", "reenact", server.logs, "--port", str(again.port), "--speed", "max", "--lang", "en",
        "--logs", again.logs,
    )  # fmt: skip
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert "the same:" in done.stdout
    assert "came as guests, as no record holds what proves an account: 2 connections" in done.stdout
    assert "left out, as it takes an account, a role or the server's operator: 1 ban, 2 role, 1 topic" in (
        done.stdout
    )
    for command in (["stats"], ["export", "--format", "text"]):
        told = run_command("replay", *command, server.logs, "--lang", "en").stdout
        assert "done to govern rooms" in told or "* bia has removed eva from #aula: chega" in told


def test_who_is_removed_from_the_only_room_can_come_back_if_they_may(
    server: Server, clients: Clients, open_terminal: Callable[..., TerminalClient]
) -> None:
    ana = clients.json(server, "ana", account="ana", password=PASSWORD, rooms=["aula"])
    eva = open_terminal("--nick", "eva", "--room", "aula", "--times", "off")
    eva.sees("eva has entered #aula")
    ana.ask("kick", room="aula", nick="eva", text="volte logo")
    eva.sees("ana has removed eva from #aula: volte logo")
    eva.enter("/entrar aula")
    ana.expect(type="join", nick="eva")
    eva.enter("voltei")
    ana.expect(type="message", text="voltei")
    ana.ask("set", room="aula", settings={"invite_only": True})
    late = open_terminal("--nick", "rui", "--room", "geral,aula", "--times", "off")
    late.sees("you may not enter aula: it is for those who are invited")
    assert "aula" not in late.status
    late.enter("oi de geral")
    late.sees("rui: oi de geral")
