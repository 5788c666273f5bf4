"""Reenact: a live server hears it all again, and the record is the same; where it is not, that is told."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import threading
import time
from collections.abc import Callable, Container, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from replay.chats import RandomChat, as_version_1, write
from support.accounts import PASSWORD, make_account
from support.clients import Clients, EndedError, JsonClient, Said
from support.effort import few
from support.server import Server, run_command, run_unread
from support.tls import Authority
from support.tls import options as tls_options
from support.waiting import DEADLINE, eventually

from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record

SERVER_OPTIONS = ("--message-rate", "0", "--quiet-room", "3", "--max-rooms", "0")

AT = "2026-11-19T15:00:0{}.000000Z"
LIMITS = Limits(max_rooms=0, quiet_room=3, nick_hold=600.0)
MORE = {"tags", "away", "setname"}
CONVERSATION = {"hello", "bye", "join", "leave", "nick", "message"} | MORE
NO_CLIENTS = {"crash", "kicked", "shutdown", "timeout"}


def reenact(path: Path, port: int, *options: str | Path) -> subprocess.CompletedProcess[str]:
    return run_command(
        "replay", "reenact", path, "--port", str(port), "--lang", "en", "--patience", "60", *options
    )


def records(folder: Path, after: int = 0) -> list[Said]:
    lines = [line for path in sorted(folder.glob("transcript-*")) for line in path.read_bytes().splitlines()]
    said = [json.loads(line) for line in lines]
    return [each for each in said if each["type"] in CONVERSATION and each["seq"] > after]


def last_seq(server: Server) -> int:
    """Return the seq that the observer's hello will have: all else comes behind it."""
    return max((int(each["seq"]) for each in records(server.logs)), default=1) + 1


def normal(given: Iterable[Said], but: Container[str] = ()) -> list[Said]:
    """Number connections and people in the order in which they come; leave out what can't be the same."""
    numbers: dict[tuple[str, object], int] = {}
    made = []
    for each in given:
        kept = {name: value for name, value in each.items() if name not in {"at", "seq", "by"}}
        kept = {name: value for name, value in kept.items() if name not in but}
        for name in ("conn", "to_conn", "identity", "to_identity"):
            if name in kept:
                kind = name.removeprefix("to_")
                kept[name] = numbers.setdefault((kind, kept[name]), len(numbers))
        if kept.get("reason") in NO_CLIENTS | {"closed", "left"}:
            kept["reason"] = "closed or left"
        made.append(kept)
    return made


def assert_same(recorded: Path, server: Server, after: int, but: Container[str] = ()) -> None:
    """Compare by means of the test's own: not with the product's comparison."""
    old, new = normal(records(recorded), but), normal(records(server.logs, after), but)
    assert old == new[: len(old)]
    seqs = [each["seq"] for each in records(server.logs, after)]
    assert list(range(after + 1, after + 1 + len(old))) == seqs[: len(old)]


def random_chat(seed: int) -> list[Record]:
    chat = RandomChat(random.Random(seed), quiet=3)
    while len(chat.records) < 60:
        chat.go_on()
    return chat.records


@pytest.mark.parametrize("seed", few([1, 4, 5, 6], 2))
def test_chats_in_which_everything_happens_come_out_the_same(
    server: Server, tmp_path: Path, seed: int
) -> None:
    write(tmp_path / "recorded", random_chat(seed))
    after = last_seq(server)
    done = reenact(tmp_path / "recorded", server.port, "--speed", "max", "--logs", server.logs)
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert done.stdout.startswith(f"the same: {len(records(tmp_path / 'recorded'))} records")
    assert 1 == done.stdout.count("\n")
    assert_same(tmp_path / "recorded", server, after)


def everybody_is_gone(server: Server) -> bool:
    types = [each["type"] for each in records(server.logs)]
    return types.count("hello") == types.count("bye")


def test_it_is_done_by_tls_with_a_server_that_is_trusted_and_with_no_other(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "authority")
    pair = authority.issue()
    server = start_server(*SERVER_OPTIONS, *tls_options(pair))
    write(tmp_path / "recorded", random_chat(2))
    address = f"chatsimples+tls://localhost:{server.tls_port}"
    fingerprint = hashlib.sha256(pair.der).hexdigest()

    def by_tls(*options: str | Path) -> subprocess.CompletedProcess[str]:
        told = ("--speed", "max", "--logs", server.logs, *options)
        return run_command("replay", "reenact", tmp_path / "recorded", "--lang", "en", *told)

    for trust in (
        ("--server", address, "--ca", authority.file),
        ("--server", address, "--fingerprint", fingerprint),
    ):
        eventually(lambda: everybody_is_gone(server), "those of the run before are gone")
        after = last_seq(server)
        done = by_tls(*trust)
        assert (0, "") == (done.returncode, done.stderr), done.stdout
        assert_same(tmp_path / "recorded", server, after)
    eventually(lambda: everybody_is_gone(server), "those of the run before are gone")
    said = last_seq(server)
    for options, why in (
        (("--server", address), "who issued its certificate is not trusted here"),
        (("--server", address, "--fingerprint", "ab" * 32), "its fingerprint is another one"),
        (("--tls", "--port", str(server.port)), "it does not speak TLS"),
        (("--server", "chatsimples+tls://localhost/turma"), "names no room here"),
        (("--ca", "/no/such/file"), "can't be read"),
    ):
        done = by_tls(*options)
        assert "" == done.stdout
        assert why in done.stderr
    assert said == last_seq(server), "nothing was said"


def cut_short(*more: Record) -> list[Record]:
    """Make a chat of two who are in two rooms each, what was left of a command, and the crash that cut it."""
    begun: list[Record] = [Record(1, AT.format(0), "start", server="s", limits=LIMITS)]
    for conn, nick in ((1, "ana"), (2, "bia")):
        begun.append(Record(0, AT.format(0), "hello", conn, nick, dialect="json", identity=f"I{conn}"))
        begun += [Record(0, AT.format(0), "join", conn, nick, room=room) for room in ("x", "y")]
    begun += more
    chat = RandomChat(random.Random(1), quiet=0, before=numbered(begun))
    return chat.records


def numbered(given: Sequence[Record]) -> list[Record]:
    return [msgspec.structs.replace(each, seq=seq) for seq, each in enumerate(given, 1)]


@pytest.mark.parametrize(
    "left",
    [
        [Record(0, AT.format(1), "leave", 1, "ana", room="x", reason="quit")],
        [Record(0, AT.format(1), "leave", 1, "ana", room=room, reason="replaced") for room in "xy"],
        [Record(0, AT.format(1), "leave", 2, "bia", room=room, reason="closed") for room in "xy"],
        [Record(0, AT.format(1), "nick", 1, "ana", "visitante-1", room, reason="reclaimed") for room in "xy"],
        [Record(0, AT.format(1), "hello", 3, "visitante-1", dialect="text")],
        [
            Record(0, AT.format(1), "hello", 3, "visitante-1", dialect="text"),
            Record(0, AT.format(1), "join", 3, "visitante-1", room="geral"),
            Record(0, AT.format(1), "leave", 3, "visitante-1", room="geral", reason="left"),
        ],
    ],
    ids=[
        "a leave",
        "all leaves of who was replaced",
        "all leaves",
        "a nick that is lost",
        "a visitor's hello",
        "a move",
    ],
)
def test_what_a_crash_cut_in_the_middle_is_done_as_far_as_it_went(
    server: Server, tmp_path: Path, left: list[Record]
) -> None:
    write(tmp_path / "recorded", cut_short(*left))
    done = reenact(tmp_path / "recorded", server.port, "--speed", "max", "--logs", server.logs)
    assert (0, "") == (done.returncode, done.stderr), done.stdout


def test_a_real_chat_with_a_crash_a_restart_and_a_kick_comes_out_the_same(
    start_server: Callable[..., Server], clients: Clients, server: Server
) -> None:
    first = start_server("--message-rate", "0", "--quiet-room", "3")
    ana = clients.json(first, "ana", rooms=["geral", "turma"])
    rui = clients.text(first, "rui")
    ana.say("olá, rui ❤", "1")
    rui.send("olá, ana\n/msg ana só para ti\n/entrar turma\n//sair não é sair\n".encode())
    ana.expect(type="message", text="/sair não é sair")
    first.child("broadcaster").kill()
    session = ana.welcome["session"]

    def come_back() -> JsonClient | None:
        try:
            back = clients.json(first)
            back.hello("ana", rooms=["turma"], session=session)
        except (EndedError, OSError):
            return None
        return back

    eventually(come_back, "ana is back")
    again = clients.json(first)
    again.hello("Ana", rooms=["geral"], session=session)
    again.say("de volta", "2")
    bia = clients.json(first, "bia")
    first.type("/expulsar bia")
    bia.read_to_end()
    first.stop()
    first.launch().listening()
    late = clients.json(first, "ana", session=session)
    late.say("outra vez", "3")
    first.stop()
    assert {"crash", "kicked", "replaced", "shutdown"} <= {each.get("reason") for each in records(first.logs)}
    after = last_seq(server)
    done = reenact(first.logs, server.port, "--speed", "max", "--logs", server.logs)
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert_same(first.logs, server, after)


def test_what_clients_of_irc_websockets_and_plain_text_said_is_said_again(
    start_server: Callable[..., Server], clients: Clients, server: Server
) -> None:
    first = start_server("--message-rate", "0", "--quiet-room", "3", "--max-rooms", "0")
    ana = clients.json(first, "ana", rooms=["geral"], user="al", realname="Ana Lima")
    bia = clients.browser(first, "bia", rooms=["geral", "turma"])
    rui = clients.text(first, "rui")
    eva = clients.irc(first, "eva", 0, "message-tags", "batch", "draft/multiline")
    eva.answer("JOIN #geral", "JOIN #turma")
    ana.ask("message", room="geral", text="acena", kind="action", id="1")
    ana.answer("1")
    ana.ask("message", to="eva", lines=["um", "", "três"], id="2")
    ana.answer("2")
    ana.ask("signal", room="geral", tags={"+typing": "active"})
    bia.ask("tags", room="turma", tags={"+draft/react": "👍"}, id="3")
    bia.answer("3")
    bia.ask("away", text="almoço", id="4")
    bia.answer("4")
    for line in ("/me sorri", "/ausente já volto", "/away", "/nome Rui Reis"):
        rui.type(line)
    rui.settle()
    eva.answer(
        "PRIVMSG #geral :\x01ACTION dança\x01",
        "NOTICE ana :aviso",
        "@+draft/react=\N{HEAVY BLACK HEART} TAGMSG #geral",
        "BATCH +1 draft/multiline #turma",
        "@batch=1 PRIVMSG #turma :uma",
        "@batch=1;draft/multiline-concat PRIVMSG #turma : linha",
        "BATCH -1",
        "AWAY :longe",
        "AWAY",
        "SETNAME :Eva Dias",
        "NICK evinha",
        "TOPIC #turma :ninguém pode",
        "PART #turma :até já",
    )
    eva.type("QUIT :até amanhã")
    eva.read_to_end()
    first.stop()
    assert MORE <= {each["type"] for each in records(first.logs)}
    after = last_seq(server)
    done = reenact(first.logs, server.port, "--speed", "max", "--logs", server.logs)
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert "spoke JSON instead of what they spoke: 1 irc, 1 websocket" in done.stdout
    assert_same(first.logs, server, after, but={"dialect", "identity", "to_identity"})


RECORDED = [
    Record(1, AT.format(0), "start", server="s", limits=LIMITS),
    Record(2, AT.format(0), "hello", 1, "ana", dialect="json", identity="I"),
    Record(3, AT.format(0), "join", 1, "ana", room="sala"),
    Record(4, AT.format(1), "message", 1, "ana", room="sala", text="primeira"),
    Record(5, AT.format(3), "message", 1, "ana", room="sala", text="segunda"),
    Record(6, AT.format(3), "leave", 1, "ana", room="sala", reason="quit"),
    Record(7, AT.format(3), "bye", 1, "ana", reason="quit"),
]


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Give a short recording, of three seconds."""
    write(tmp_path / "recorded", RECORDED)
    return tmp_path / "recorded"


def test_a_nick_that_is_taken_is_reported_and_not_got_round(
    server: Server, clients: Clients, recorded: Path
) -> None:
    clients.json(server, "ANA", rooms=["outra"])
    done = reenact(recorded, server.port, "--speed", "max")
    assert 1 == done.returncode
    assert "the hello of ana" in done.stderr
    assert "nick_in_use" in done.stderr
    assert 1 == done.stderr.count("\n")


def test_what_somebody_else_says_in_between_is_a_difference_told_in_its_context(
    server: Server, clients: Clients, recorded: Path
) -> None:
    other = clients.json(server, "intruso", rooms=["sala"])

    def interrupt() -> None:
        other.expect(type="message", text="primeira")
        other.ask("message", room="sala", text="com licença")

    thread = threading.Thread(target=interrupt)
    thread.start()
    # Slowly, so that there is time for a word in between.
    done = reenact(recorded, server.port, "--speed", "0.5")
    thread.join(DEADLINE)
    assert 1 == done.returncode
    assert "record 5" in done.stderr
    lines = done.stdout.splitlines()
    assert "the same up to here (3 records):" == lines[0]
    assert '"text":"primeira"' in lines[-3]
    assert lines[-2].startswith("recorded: {") and '"text":"segunda"' in lines[-2]
    assert lines[-1].startswith("now:      {") and '"text":"com licença"' in lines[-1]


def test_another_servers_rules_are_a_difference(start_server: Callable[..., Server], tmp_path: Path) -> None:
    limits = msgspec.structs.replace(LIMITS, quiet_room=2)
    crowd = [Record(1, AT.format(0), "start", server="s", limits=limits)]
    for n in range(1, 5):
        crowd += [
            Record(2 * n, AT.format(0), "hello", n, f"n{n}", dialect="json", identity=f"I{n}"),
            Record(2 * n + 1, AT.format(0), "join", n, f"n{n}", room="sala", quiet=n > 2),
        ]
    write(tmp_path / "recorded", crowd)
    done = reenact(tmp_path / "recorded", start_server("--quiet-room", "3").port, "--speed", "max")
    assert 1 == done.returncode
    assert "record 7: quiet is False, recorded was True" in done.stderr


def test_a_difference_is_the_verdict_also_when_nobody_reads_where_it_is(
    server: Server, clients: Clients, recorded: Path
) -> None:
    clients.json(server, "ANA", rooms=["outra"])
    options = ("--port", str(server.port), "--speed", "max", "--patience", "5")
    done = run_unread("replay", "reenact", recorded, *options)
    assert 1 == done.returncode
    assert "Traceback" not in done.stderr


def test_the_rhythm_is_kept_and_can_be_quicker(server: Server, recorded: Path) -> None:
    begun = time.monotonic()
    done = reenact(recorded, server.port, "--speed", "2")
    assert 0 == done.returncode, done.stderr
    assert time.monotonic() - begun >= 1.5
    begun = time.monotonic()
    assert 0 == reenact(recorded, server.port, "--speed", "1", "--max-idle", "0.25").returncode
    assert time.monotonic() - begun >= 0.5


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "quick", "1e9"])
def test_a_speed_that_can_not_be_is_wrong_usage(recorded: Path, speed: str) -> None:
    done = reenact(recorded, 5000, "--speed", speed)
    assert 2 == done.returncode
    assert speed in done.stderr


def test_where_there_is_no_server_it_says_so(recorded: Path) -> None:
    done = reenact(recorded, 9)
    assert (1, "") == (done.returncode, done.stdout)
    assert "no server can be reached at 127.0.0.1:9" in done.stderr


def test_a_recording_that_can_not_be_true_is_told_with_its_place(server: Server, tmp_path: Path) -> None:
    write(
        tmp_path / "false",
        [*RECORDED[:4], Record(5, AT.format(3), "message", 7, "eva", room="sala", text="oi")],
    )
    done = reenact(tmp_path / "false", server.port, "--speed", "max")
    assert 1 == done.returncode
    assert "line 6" in done.stderr
    assert "say hello first" in done.stderr


def test_a_chat_all_in_plain_text_comes_out_the_same(server: Server, tmp_path: Path) -> None:
    """Nobody hears a record there: each hears what the others say, and of oneself that one comes and goes."""
    told: list[tuple[str, int, str, dict[str, Any]]] = [
        ("hello", 1, "visitante-1", {"dialect": "text"}),
        ("join", 1, "visitante-1", {"room": "geral"}),
        ("message", 1, "visitante-1", {"room": "geral", "text": "está aí alguém?"}),
        ("hello", 2, "visitante-2", {"dialect": "text"}),
        ("join", 2, "visitante-2", {"room": "geral"}),
        ("nick", 2, "visitante-2", {"new": "rui", "room": "geral"}),
        ("message", 2, "rui", {"room": "geral", "text": "/sim"}),
        ("message", 1, "visitante-1", {"to": "rui", "to_conn": 2, "text": "olá"}),
        ("leave", 2, "rui", {"room": "geral", "reason": "left"}),
        ("join", 2, "rui", {"room": "outra"}),
        ("leave", 1, "visitante-1", {"room": "geral", "reason": "closed"}),
        ("bye", 1, "visitante-1", {"reason": "closed"}),
        ("leave", 2, "rui", {"room": "outra", "reason": "quit"}),
        ("bye", 2, "rui", {"reason": "quit"}),
    ]
    start = Record(1, AT.format(0), "start", server="s", limits=LIMITS)
    recorded = [
        Record(seq, AT.format(0), kind, conn, nick, **more)
        for seq, (kind, conn, nick, more) in enumerate(told, 2)
    ]
    write(tmp_path / "recorded", [start, *recorded])
    after = last_seq(server)
    done = reenact(tmp_path / "recorded", server.port, "--speed", "max", "--logs", server.logs)
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert_same(tmp_path / "recorded", server, after)


def converse_and_remove(ana: JsonClient, clients: Clients, recorder: Server) -> None:
    """Let an owner remove people in plain text, who stay, do all that they can, and go in every way."""
    bia = clients.json(recorder, "bia", rooms=["aula"])
    caio, dora, eva = (clients.text(recorder, nick) for nick in ("caio", "dora", "eva"))
    for each in (caio, dora, eva):
        each.type("/entrar aula")
        each.settle()
    caio.type("cheguei")
    ana.expect(type="message", text="cheguei")
    ana.ask("kick", room="aula", nick="caio", text="chega")
    bia.expect(type="leave", nick="caio")
    bia.say("enfim", id="b1", room="aula")
    caio.type("/apelido novo")
    caio.settle()
    bia.ask("message", to="novo", text="volte", id="b2")
    caio.expect("[bia → novo] volte")
    caio.type("/msg bia já volto")
    bia.expect(type="message", text="já volto")
    caio.type("/entrar aula")
    bia.expect(type="join", nick="novo")
    caio.type("voltei")
    bia.expect(type="message", text="voltei")
    ana.ask("kick", room="aula", nick="novo")
    bia.expect(type="leave", nick="novo")
    caio.type("/entrar outra")
    caio.settle()
    caio.type("sozinho")
    caio.settle()
    for nick in ("dora", "eva"):
        ana.ask("ban", room="aula", nick=nick)
        bia.expect(type="leave", nick=nick)
    dora.type("/sair")
    dora.read_to_end()
    eva.close()
    ana.say("fim", id="a9", room="aula")
    bia.expect(type="message", text="fim")


@pytest.mark.parametrize("watched", few([True, False]))
def test_who_was_removed_in_plain_text_goes_out_and_does_the_rest_as_it_was(
    start_server: Callable[..., Server], clients: Clients, tmp_path: Path, watched: bool
) -> None:
    make_account(tmp_path / "recorder" / "logs", "ana")
    recorder = start_server("--message-rate", "0", logs=tmp_path / "recorder" / "logs")
    ana = clients.json(recorder, "ana", account="ana", password=PASSWORD, rooms=["aula"])
    converse_and_remove(ana, clients, recorder)
    clients.close()
    assert 0 == recorder.stop()
    server = start_server("--message-rate", "0")
    after = last_seq(server)
    options = ("--logs", server.logs) if watched else ()
    done = reenact(recorder.logs, server.port, "--speed", "max", *options)
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert "4 leave" not in done.stdout
    outside = [each for each in records(server.logs, after) if str(each.get("room")).startswith("reenact-")]
    caio = outside[0]["conn"]
    assert ["join", "nick", "leave"] == [each["type"] for each in outside if each["conn"] == caio][:3]
    said = [each["text"] for each in records(server.logs, after) if each["type"] == "message"]
    assert ["cheguei", "enfim", "volte", "já volto", "voltei", "sozinho", "fim"] == said


def converse_and_take_names(clients: Clients, recorder: Server) -> None:
    """Let guests lose their nicks to those whose accounts they are, in every way there is."""
    ana = clients.json(recorder, "ana", rooms=["geral", "aula"])
    caio, rui = (clients.text(recorder, nick) for nick in ("caio", "rui"))
    lia = clients.json(recorder, "lia", rooms=[])
    for nick in ("ana", "caio", "rui", "lia"):
        make_account(recorder.logs, nick)
    own_ana = clients.json(recorder, "ana", account="ana", password=PASSWORD, rooms=["aula"])
    own_ana.say("sou eu", id="1", room="aula")
    ana.expect(type="message", text="sou eu")
    own_caio = clients.json(recorder, "outro", account="caio", password=PASSWORD, rooms=["geral"])
    own_caio.ask("nick", nick="caio", id="2")
    ana.expect(type="nick", new="caio")
    own_rui = clients.text(recorder)
    own_rui.type(f"/login rui {PASSWORD}")
    ana.expect(type="nick", new="rui")
    own_rui.type("e eu também")
    ana.expect(type="message", nick="rui", text="e eu também")
    clients.json(recorder, "lia", account="lia", password=PASSWORD, rooms=["geral"])
    lia.expect(type="nick", nick="lia")
    # A session goes on as the account's; whoever comes under its secret is somebody else.
    ida = clients.json(recorder, "ida", session="s" * 16, rooms=["aula"])
    ida.ask("login", account="ana", password=PASSWORD, id="l")
    ida.answer("l")
    lia.ask("message", to="ida", text="é contigo", id="p1")
    ida.expect(type="message", text="é contigo")
    clients.json(recorder, "eco", session="s" * 16, rooms=["aula"])
    ida.ask("message", to="eco", text="quem és?", id="p2")
    ida.answer("p2")
    caio.type("fui caio")
    rui.type("fui rui")
    ana.expect(type="message", text="fui rui")
    ana.say("fui ana", id="3")


def test_who_lost_their_nick_to_an_account_changes_it_by_themselves(
    start_server: Callable[..., Server], clients: Clients, tmp_path: Path
) -> None:
    recorder = start_server("--message-rate", "0", logs=tmp_path / "recorder" / "logs")
    converse_and_take_names(clients, recorder)
    clients.close()
    assert 0 == recorder.stop()
    server = start_server("--message-rate", "0")
    after = last_seq(server)
    done = reenact(recorder.logs, server.port, "--speed", "max", "--logs", server.logs)
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert "an account took from them: 4 connections" in done.stdout

    def as_guests(given: list[Said]) -> list[Said]:
        # Who was logged in later was called otherwise then.
        names = {"account", "role", "identity", "to_identity"}
        told = [{name: value for name, value in each.items() if name not in names} for each in given]
        return [dict(each.items() - {("reason", "reclaimed")}) for each in normal(told)]

    old = as_guests(records(recorder.logs))
    assert old == as_guests(records(server.logs, after))[: len(old)]


@pytest.mark.parametrize("seed", few([2, 7]))
def test_a_chat_of_version_1_comes_out_as_what_it_amounts_to(
    server: Server, tmp_path: Path, seed: int
) -> None:
    write(tmp_path / "recorded", as_version_1(random_chat(seed)))
    after = last_seq(server)
    done = reenact(tmp_path / "recorded", server.port, "--speed", "max", "--logs", server.logs)
    assert (0, "") == (done.returncode, done.stderr), done.stdout

    def without(given: list[Said]) -> list[Said]:
        hidden = {"dialect", "identity", "to_identity"}
        told = [each for each in given if each["type"] not in {"hello", "bye"}]
        return normal({name: value for name, value in each.items() if name not in hidden} for each in told)

    old = without(records(tmp_path / "recorded"))
    assert old == without(records(server.logs, after))[: len(old)]
