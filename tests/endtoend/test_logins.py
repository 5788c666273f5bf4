"""Accounts on a running server: who may come, as whom, until when; and what those meet who try otherwise."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.clients import Clients, JsonClient
from support.processes import Process
from support.server import Server, run_command, running_server
from support.waiting import eventually

from chatsimples.accounts.store import Store
from chatsimples.server.logins.slowing import OF_A_NETWORK

PASSWORD = "a good password"
SECRET = "a-secret-of-ana-1"


@pytest.fixture
def clients() -> Iterator[Clients]:
    opened = Clients()
    yield opened
    opened.close()


@pytest.fixture
def strangers() -> Iterator[Clients]:
    """Clients of a server that not everybody may enter."""
    opened = Clients(may_look=False)
    yield opened
    opened.close()


def cli(server: Server, *words: str, typed: str = "") -> str:
    """Run a command on the server's machine; what is secret is typed."""
    done = run_command(*words, "--logs", server.logs, "--lang", "en", typed=typed)
    assert 0 == done.returncode, done.stderr
    return done.stdout.strip()


def add(server: Server, name: str = "ana", *options: str, password: str = PASSWORD) -> None:
    cli(server, "account", "add", name, *options, typed=f"{password}\n")
    eventually(lambda: is_known(server, name), f"the server knows {name}")


def is_known(server: Server, name: str) -> bool:
    """Tell whether a guest is refused a nick."""
    client = JsonClient(server.port)
    client.ask("hello", nick=name, rooms=[])
    said = client.next_but_ping("an answer")
    client.close()
    return bool(said.get("code") == "nick_registered")


def log_in(clients: Clients, server: Server, **hello: object) -> JsonClient:
    """Log in; the answer is the welcome."""
    client = clients.json(server)
    client.ask("hello", rooms=["geral"], **hello)
    client.welcome = client.next_but_ping("welcome")
    assert "welcome" == client.welcome["type"], client.welcome
    return client


def events(server: Server) -> list[dict[str, object]]:
    lines = (server.logs / "server.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("logins")) as running:
        add(running)
        yield running


def test_an_account_is_logged_in_by_its_password_in_any_dialect(server: Server, clients: Clients) -> None:
    ana = log_in(clients, server, account="ANA", password=PASSWORD)
    assert ("ana", "ana", "member") == tuple(ana.welcome[name] for name in ("nick", "account", "role"))
    person = clients.text(server)
    person.type(f"/login ana {PASSWORD}")
    person.expect_notice("logged in as ana")


def test_nothing_after_a_login_is_lost_and_nothing_comes_before_it(server: Server, clients: Clients) -> None:
    client = clients.json(server)
    client.ask("hello", nick="ana-2", account="ana", password=PASSWORD, session=SECRET)
    for number in range(20):
        client.ask("message", room="geral", text=f"{number}", id=f"{number}")
    client.finish_sending()
    client.read_to_end()
    client.take_in()
    assert [f"{number}" for number in range(20)] == [
        said["text"] for said in client.heard(type="message", conn=client.heard(type="hello")[0]["conn"])
    ]


@pytest.mark.parametrize("nick", ["ana", "ANA", "\u0430na", "\u0430n\u0430"])
def test_nobody_else_gets_its_name_nor_one_that_looks_like_it(
    server: Server, clients: Clients, nick: str
) -> None:
    code = "nick_registered" if nick.isascii() else "nick_confusable"
    guest = clients.json(server)
    guest.ask("hello", nick=nick)
    guest.refused(code)
    guest.hello("rui")
    guest.ask("nick", nick=nick, id="n")
    assert code == guest.answer("n")["code"]
    visitor = clients.text(server)
    visitor.type(f"/nick {nick}")
    visitor.expect_notice(nick, "account")
    course = clients.course(server, nick)
    course.say("oi")
    course.expect_notice(nick, "account")
    assert not [line for line in guest.heard(type="nick") if line["new"] == nick]


def test_a_guest_who_had_the_nick_before_the_account_gives_it_up(server: Server, clients: Clients) -> None:
    guest = clients.json(server, "bia", rooms=["geral"])
    cli(server, "account", "add", "bia", typed=f"{PASSWORD}\n")
    log_in(clients, server, account="bia", password=PASSWORD)
    assert "reclaimed" == guest.expect(type="nick", nick="bia")["reason"]


def test_a_guest_gives_it_up_to_whoever_logs_in_later_too(server: Server, clients: Clients) -> None:
    guests = [clients.json(server, nick, rooms=["geral"]) for nick in ("caio", "davi")]
    for guest in ("caio", "davi"):
        cli(server, "account", "add", guest, typed=f"{PASSWORD}\n")
    person = clients.text(server)
    person.type(f"/login caio {PASSWORD}")
    assert "reclaimed" == guests[0].expect(type="nick", nick="caio")["reason"]
    person.type("oi")
    assert "caio" == guests[1].expect(type="message", text="oi")["nick"]
    program = clients.json(server, "programa")
    program.ask("login", account="davi", password=PASSWORD, id="l")
    program.expect(type="login", account="davi")
    program.ask("nick", nick="davi", id="n")
    assert "reclaimed" == guests[1].expect(type="nick", nick="davi")["reason"]
    assert "davi" == program.answer("n")["new"]


def test_who_guesses_is_slowed_and_the_owner_is_not(tmp_path: Path, clients: Clients) -> None:
    with running_server(tmp_path, "--message-rate", "0") as server:
        add(server, "vitima")
        log_in(clients, server, account="vitima", password=PASSWORD)
        guesser = clients.json(server)
        for number in range(OF_A_NETWORK.burst):
            guesser.ask("hello", nick="x", account="ninguem", password=f"guess number {number}")
            guesser.refused("login_failed")
        others = [clients.json(server) for _ in range(5)]
        for number, each in enumerate(others):
            each.ask("hello", nick="x", account=f"n{number}", password="another guess")
        # One or two of them wait for some seconds; the others are refused without a look.
        assert "login_busy" in [each.expect(type="error")["code"] for each in others]
        owner = log_in(clients, server, nick="vitima-2", account="vitima", password=PASSWORD)
        assert "vitima" == owner.welcome["account"]
        clients.close()


def test_a_session_secret_is_worth_nothing_without_its_account(server: Server, clients: Clients) -> None:
    """Session fixation: a secret that the client made, and others know."""
    add(server, "fixada")
    friend = clients.json(server, "amiga", rooms=["geral"])
    owner = log_in(clients, server, account="fixada", password=PASSWORD, session="a" * 16)
    friend.ask("message", to="fixada", text="só para ti", id="p1")
    friend.answer("p1")
    owner.expect(type="message", text="só para ti")
    position = {"log": owner.welcome["log"], "seq": 0}
    thief = clients.json(server)
    thief.ask("hello", nick="ladra", session="a" * 16, since=position, rooms=["geral"])
    thief.settle()
    assert "ladra" == thief.heard(type="welcome")[0]["nick"]
    assert not thief.heard(text="só para ti")
    # The owner was neither thrown out nor renamed by it.
    owner.settle()
    assert not owner.heard(type="error", code="replaced")
    other = log_in(
        clients, server, account="ana", password=PASSWORD, nick="ana3", session="a" * 16, since=position
    )
    other.settle()
    assert not other.heard(text="só para ti")


def test_a_guests_session_secret_is_worth_nothing_after_a_login(server: Server, clients: Clients) -> None:
    """Session fixation, of somebody who logs in when they are there already."""
    add(server, "tarde")
    secret = "b" * 16
    friend = clients.json(server, "amigo", rooms=["geral"])
    owner = clients.json(server, "ainda-não", session=secret)
    owner.ask("login", account="tarde", password=PASSWORD, id="l1")
    owner.answer("l1")
    position = {"log": owner.welcome["log"], "seq": 0}
    friend.ask("message", to="ainda-não", text="só para a conta", id="p2")
    friend.answer("p2")
    owner.expect(type="message", text="só para a conta")
    owner.say("sou eu", id="m1")
    thief = clients.json(server)
    thief.ask("hello", nick="ladrão", session=secret, since=position, rooms=["geral"])
    thief.settle()
    assert "ladrão" == thief.heard(type="welcome")[0]["nick"]
    assert not thief.heard(text="só para a conta")
    owner.settle()
    assert not owner.heard(type="error", code="replaced")
    # It is its owner's, who has the same secret and is logged in.
    again = log_in(
        clients, server, account="tarde", password=PASSWORD, nick="ainda-não", session=secret, since=position
    )
    again.expect(type="message", text="só para a conta")
    owner.refused("replaced")
    again.ask("message", room="geral", text="sou eu", id="m1")
    again.expect(type="duplicate", id="m1")


ENDINGS: dict[str, Callable[[Server, str], object]] = {
    "another password": lambda server, name: cli(
        server, "account", "passwd", name, typed="another password\n"
    ),
    "a lock": lambda server, name: cli(server, "account", "lock", name),
    "its removal": lambda server, name: cli(server, "account", "remove", name),
    "a token revoked": lambda server, name: cli(
        server, "token", "revoke", cli(server, "token", "list", name).split()[0]
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_all_sessions_of_an_account_end_with_what_ends_it(
    server: Server, clients: Clients, ending: str
) -> None:
    name = f"fim-{list(ENDINGS).index(ending)}"
    add(server, name)
    token = cli(server, "token", "add", name)
    sessions = [
        log_in(clients, server, account=name, password=PASSWORD, session=f"{name}-1-{SECRET}"),
        log_in(clients, server, nick=f"{name}-2", token=token, session=f"{name}-2-{SECRET}"),
    ]
    ENDINGS[ending](server, name)
    for client in sessions:
        client.read_to_end()
        client.take_in()
        assert client.heard(type="error", code="session_ended")
    # What it was logged in by is of use no more, and its session secret is not either.
    stolen = clients.json(server)
    if ending == "a token revoked":
        stolen.ask("hello", nick="x", token=token, session=f"{name}-2-{SECRET}")
    else:
        stolen.ask("hello", nick="x", account=name, password=PASSWORD, session=f"{name}-1-{SECRET}")
    stolen.refused("login_failed")


def test_what_ended_stays_ended_after_a_restart(tmp_path: Path, clients: Clients) -> None:
    with running_server(tmp_path) as first:
        add(first)
        log_in(clients, first, account="ana", password=PASSWORD, session=SECRET)
    cli(first, "account", "passwd", "ana", typed="another password\n")
    with running_server(tmp_path) as second:
        back = clients.json(second)
        back.ask("hello", account="ana", password=PASSWORD, session=SECRET)
        back.refused("login_failed")
        back.ask("hello", nick="ana", session=SECRET)
        back.refused("nick_registered")
        log_in(clients, second, account="ana", password="another password", session=SECRET)


def test_an_admin_is_told_how_the_server_does_and_nobody_else(tmp_path: Path, clients: Clients) -> None:
    with running_server(tmp_path) as server:
        add(server, "chefe", "--role", "admin")
        add(server, "gil", "--role", "moderator")
        guest = clients.json(server, "rui")
        moderator = log_in(clients, server, account="gil", password=PASSWORD)
        for other in (guest, moderator):
            other.ask("status", id="s")
            other.refused("not_permitted")
        admin = log_in(clients, server, account="chefe", password=PASSWORD)
        admin.ask("status", id="a")
        first = admin.expect(type="status")
        guest.say("oi", id="1")
        admin.expect(type="message", text="oi")
        admin.ask("status", id="b")
        told = admin.expect(type="status", id="b")
        assert {"json": 3} == told["connections"]
        assert len(server.transcript.entries) == told["records"] == told["seq"]
        # The message, to three; and what else came between.
        assert told["deliveries"] >= first["deliveries"] + 3
        assert told["bytes"] > first["bytes"]
        assert told["uptime"] >= first["uptime"] > 0
        assert told["turns"]["count"] == sum(count for _, count in told["turns"]["histogram"])
        assert told["turns"]["count"] > first["turns"]["count"]
        assert told["rss"] > 1_000_000
        assert (0, 0) == (told["backlog"], told["catching_up"])


def test_where_an_account_is_needed_a_guest_can_do_nothing(tmp_path: Path, strangers: Clients) -> None:
    with running_server(tmp_path, "--access", "accounts", "--registration", "open") as server:
        guest = strangers.json(server)
        for asked in (
            {"type": "hello", "nick": "rui"},
            {"type": "rooms"},
            {"type": "history"},
            {"type": "ping"},
        ):
            guest.ask(**asked)
            guest.refused("login_required")
        visitor = strangers.text(server)
        visitor.type("oi")
        visitor.expect_notice("logged in")
        visitor.type("/registrar rui a good password")
        visitor.expect_notice("logged in as rui")
        visitor.type("oi")
        made = log_in(strangers, server, account="bia", password=PASSWORD, register=True)
        assert ("bia", "bia") == (made.welcome["nick"], made.welcome["account"])
        again = strangers.json(server)
        again.ask("hello", account="BIA", password="another password", register=True)
        again.refused("nick_registered")
        again.ask("hello", account="b\u0456a", password="another password", register=True)
        again.refused("nick_confusable")
        strangers.close()


def test_who_is_banned_comes_in_by_no_login_not_even_as_a_guest(tmp_path: Path, strangers: Clients) -> None:
    with running_server(tmp_path, "--access", "accounts") as server:
        cli(server, "account", "add", "ana", "--role", "admin", typed=f"{PASSWORD}\n")
        cli(server, "account", "add", "rui", typed=f"{PASSWORD}\n")
        admin = log_in(strangers, server, account="ana", password=PASSWORD)
        admin.ask("ban", account="rui", seconds=600, id="b")
        admin.answer("b")
        banned = strangers.text(server)
        banned.send(f"/login rui {PASSWORD}\nvoltei\n".encode())
        assert b"you are banned from this server" in banned.read_to_end()
        admin.expect(type="leave", reason="banned")
        admin.ask("who", room="geral")
        assert ["ana"] == admin.expect(type="members")["members"]
        assert not [each for each in server.transcript.entries if each.said.get("text") == "voltei"]


def test_one_password_for_all_is_asked_of_everybody(tmp_path: Path, strangers: Clients) -> None:
    path = tmp_path / "password"
    path.write_text("sesame open\n", "utf-8")
    with running_server(tmp_path / "server", "--password-file", str(path)) as server:
        guest = strangers.json(server)
        guest.ask("hello", nick="rui")
        guest.refused("login_required")
        guest.ask("hello", nick="rui", password="sesame shut")
        guest.refused("login_failed")
        guest.hello("rui", password="sesame open")
        visitor = strangers.text(server)
        visitor.type("/login sesame open")
        visitor.type("oi")
        assert "visitante-1" == guest.expect(type="message", text="oi")["nick"]
        strangers.close()


def test_a_banned_address_is_told_why_and_an_exempt_one_comes_in(tmp_path: Path, clients: Clients) -> None:
    with running_server(tmp_path) as server:
        cli(server, "address", "ban", "127.0.0.0/8", "--reason", "a test")

        eventually(lambda: not is_let_in(server), "the ban counts")
        knocking = clients.raw(server)
        told = knocking.read_to_end()
        assert b'"code":"banned"' in told
        assert b"a test" in told
        cli(server, "address", "exempt", "127.0.0.1")
        eventually(lambda: is_let_in(server), "the exemption counts")


def test_a_ban_of_an_address_ends_its_connections_and_no_others(tmp_path: Path, clients: Clients) -> None:
    with running_server(tmp_path, "--trusted-proxy", "127.0.0.1", "--ping-interval", "0") as server:
        talker, person, idler, stays = (clients.raw(server) for _ in range(4))
        for client, address in ((talker, 7), (person, 7), (idler, 7), (stays, 8)):
            client.send(f"PROXY TCP4 192.0.2.{address} 127.0.0.1 4000 5000\r\n".encode())
        talker.send(b'{"type":"hello","nick":"rui"}\n')
        person.send(b"oi\n")
        stays.send(b'{"type":"hello","nick":"eva"}\n')
        eventually(lambda: 4 == len(server.transcript.having(type="hello")), "all are there")
        cli(server, "address", "ban", "192.0.2.7", "--reason", "a test")
        for client in (talker, person, idler):
            assert b"you can't come in: a test" in client.read_to_end()
        eventually(lambda: 3 == len(server.transcript.having(type="bye", reason="banned")), "all have gone")
        stays.send(b'{"type":"message","room":"geral","text":"still here","id":"m"}\n')
        while b"still here" not in stays.next_line():
            pass
    assert 0 == run_command("replay", "check", server.logs).returncode


def is_let_in(server: Server) -> bool:
    client = JsonClient(server.port)
    try:
        client.ask("hello", nick="rui", rooms=[])
        return bool(client.next_but_ping("an answer")["type"] == "welcome")
    except OSError:
        # It was closed before the hello came.
        return False
    finally:
        client.close()


def test_a_flood_of_logins_is_bounded_and_everybody_else_goes_on(tmp_path: Path, clients: Clients) -> None:
    with running_server(tmp_path, "--message-rate", "0") as server:
        add(server)
        ear = clients.json(server, "ouvido", rooms=["geral"])
        crowd = [clients.json(server) for _ in range(400)]
        for number, each in enumerate(crowd):
            each.ask("hello", nick=f"x{number}", account=f"n{number}", password="wrong password")
        for number in range(20):
            ear.say(f"{number}", f"flood-{number}")
        codes = [each.expect(type="error")["code"] for each in crowd]
        assert {"login_busy", "login_failed"} == set(codes)
        clients.close()


def hashing_processes(server: Server) -> list[Process]:
    return [each for each in server.processes() if "chatsimples: hashing" in each.arguments]


def test_passwords_are_hashed_in_a_process_that_comes_with_the_first_of_them(
    tmp_path: Path, clients: Clients
) -> None:
    with running_server(tmp_path) as server:
        add(server)
        clients.json(server, "rui")
        assert [] == hashing_processes(server)
        log_in(clients, server, nick="ana-1", account="ana", password=PASSWORD)
        (hashing,) = hashing_processes(server)
        log_in(clients, server, nick="ana-2", account="ana", password=PASSWORD)
        assert [hashing] == hashing_processes(server)
        if sys.platform == "linux":
            # Few do not have to wait for a machine that has other work.
            assert os.getpriority(os.PRIO_PROCESS, 0) == os.getpriority(os.PRIO_PROCESS, hashing.pid)
        assert 0 == server.stop()
        server.is_gone()


def test_logins_go_on_when_the_process_that_hashes_is_killed_over_them(
    tmp_path: Path, clients: Clients
) -> None:
    with running_server(tmp_path, "--message-rate", "0") as server:
        add(server)
        log_in(clients, server, nick="ana-3", account="ana", password=PASSWORD)
        hashing = server.child("hashing")
        crowd = [clients.json(server) for _ in range(8)]
        hashing.kill(signal.SIGSTOP)
        for number, each in enumerate(crowd):
            each.ask("hello", nick=f"p{number}", account="ana", password=PASSWORD)
        hashing.kill()
        for each in crowd:
            assert "ana" == each.expect(type="welcome")["account"]
        log_in(clients, server, nick="ana-4", account="ana", password=PASSWORD)
        assert server.child("hashing").pid != hashing.pid
        assert ["the hashing process has died"] == [
            each["event"] for each in server.events if each["level"] == "error"
        ]


def test_no_secret_is_in_a_file_an_error_or_the_list_of_processes(tmp_path: Path, strangers: Clients) -> None:
    shared = tmp_path / "password"
    shared.write_text("sesame-for-everybody\n", "utf-8")
    secrets = ["a-secret-password-1", "a-wrong-password-2", "sesame-for-everybody", "a-key-of-a-room-3"]
    options = ("--password-file", str(shared), "--registration", "open")
    with running_server(tmp_path / "server", *options) as server:
        cli(server, "account", "add", "ana", typed=f"{secrets[0]}\n")
        token = cli(server, "token", "add", "ana")
        secrets.append(token)
        ana = log_in(strangers, server, account="ana", password=secrets[0], session=SECRET)
        log_in(strangers, server, nick="ana-2", token=token)
        ana.ask("join", room="sala", id="j")
        ana.answer("j")
        ana.ask("set", room="sala", settings={"key": secrets[3]}, id="s")
        ana.answer("s")
        person = strangers.text(server)
        person.type(f"/login ana {secrets[1]}")
        person.type(f"/login {secrets[0]}")
        person.type(f"/registrar rui {secrets[1]}")
        person.type("/login sesame-for-everybody")
        person.type(f"/entrar sala {secrets[3]}")
        person.settle()
        wrong = strangers.json(server)
        for fields in (
            {"account": secrets[1], "password": secrets[0]}, {"account": "ana", "password": [secrets[1]]},
            {"token": token + "x"}, {"account": 5, "password": secrets[0], "nick": "a b"},
        ):  # fmt: skip
            wrong.ask("hello", **fields)
        for _ in range(4):
            wrong.expect(type="error")
        processes = subprocess.run(
            ["ps", "-e", "-o", "args", "ww"], capture_output=True, encoding="utf-8", check=True
        ).stdout
        told = b"".join(client.raw for client in (ana, person, wrong))
        strangers.close()
    files = {path: path.read_bytes() for path in server.folder.rglob("*") if path.is_file()}
    assert {"accounts.db", "server.jsonl", "stderr"} <= {path.name for path in files}
    for secret in secrets:
        assert [] == [path for path, data in files.items() if secret.encode() in data]
        assert secret not in processes
        assert secret.encode() not in told
    modes = {oct(path.stat().st_mode & 0o777) for path in files if path.parent == server.logs}
    assert {"0o600"} == modes
    assert 0o700 == server.logs.stat().st_mode & 0o777
    failures = [each for each in events(server) if each["event"] == "a login has failed"]
    assert "ana" in [each["account"] for each in failures]


def test_an_open_server_beyond_this_machine_says_so_in_one_line(tmp_path: Path) -> None:
    for options, says in (
        (("--host", "0.0.0.0"), True),
        (("--host", "0.0.0.0", "--access", "accounts"), False),
        (("--host", "127.0.0.1"), False),
    ):
        with running_server(tmp_path / "-".join(options).replace("/", ""), *options) as server:
            lines = server.stdout.splitlines()
            assert says == any("anybody who reaches this address can come in" in line for line in lines)


def test_a_store_that_is_none_is_told_at_start(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "accounts.db").write_text("no database " * 100, "utf-8")
    server = Server(tmp_path / "server", logs=logs)
    try:
        server.launch()
        assert 1 == server.wait()
        assert "accounts.db: file is not a database" in server.stderr
    finally:
        server.close()


def test_a_store_keeps_what_was_said_while_the_server_had_it_open(server: Server) -> None:
    with Store(server.logs / "accounts.db") as store:
        assert "member" == store.get("ana").role
