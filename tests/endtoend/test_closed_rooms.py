"""What one may not enter one may not read: every road that there is, tried over real sockets."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.accounts import PASSWORD, make_account
from support.clients import Clients, JsonClient, Said
from support.server import COMMAND, Server, clean_environment
from support.waiting import DEADLINE

StartServer = Callable[..., Server]
SESSION = "a-session-of-eva-000"
SECRET = "segredo"


@pytest.fixture
def server(start_server: StartServer, tmp_path: Path) -> Server:
    logs = tmp_path / "logs"
    make_account(logs, "ana", "member")
    make_account(logs, "mod", "moderator")
    return start_server("--lang", "en", "--message-rate", "0", logs=logs)


def owner(clients: Clients, server: Server) -> JsonClient:
    ana = clients.json(server, "ana", account="ana", password=PASSWORD, rooms=["Sala"])
    ana.expect(type="role", role="owner")
    ana.say(SECRET, id="s", room="Sala")
    return ana


def eva(clients: Clients, server: Server, nick: str = "eva", **hello: Any) -> JsonClient:
    return clients.json(server, nick, session=SESSION, **{"rooms": [], **hello})


def told(said: Said, *names: str) -> tuple[Any, ...]:
    return tuple(said[name] for name in names)


def reads_nothing(client: JsonClient, code: str, room: str = "sALA") -> None:
    """Try every road into a room, and see that none tells anything of it."""
    for kind in ("join", "history", "who"):
        client.ask(kind, room=room, id=kind)
        answer = client.answer(kind)
        assert ("error", code) == (answer["type"], answer["code"]), answer
    client.ask("message", room=room, text="oi", id="m")
    client.refused("not_in_room")
    client.settle()
    assert SECRET.encode() not in client.raw


def test_a_ban_is_got_around_by_no_nick_session_position_or_restart(
    server: Server, clients: Clients, start_server: StartServer
) -> None:
    ana = owner(clients, server)
    first = eva(clients, server, rooms=["geral"])
    ana.ask("ban", room="SALA", nick="EVA", text="chega")
    ana.expect(type="ban", nick="eva")
    reads_nothing(first, "banned")
    first.ask("nick", nick="maria")
    first.expect(type="nick", new="maria")
    reads_nothing(first, "banned")
    first.close()
    since = {"log": first.welcome["log"], "seq": 0}
    again = eva(clients, server, "outra", rooms=["Sala", "geral"], since=since)
    again.refused("banned")
    reads_nothing(again, "banned")
    server.stop()
    server = start_server("--lang", "en", "--message-rate", "0", logs=server.logs)
    last = eva(clients, server, "mais-uma", rooms=["sala"], since=since)
    last.refused("banned")
    reads_nothing(last, "banned")


def test_a_secret_room_is_nowhere_to_be_seen(server: Server, clients: Clients) -> None:
    ana = owner(clients, server)
    ana.ask("set", room="Sala", settings={"secret": True, "key": "abre-te"})
    ana.expect(type="set", settings={"secret": True, "keyed": True})
    outsider = eva(clients, server)
    outsider.ask("rooms", id="r")
    assert [] == outsider.answer("r")["rooms"]
    for room in ("sALA", "nada"):
        outsider.ask("who", room=room, id="w")
        assert (room, [], 0) == told(outsider.answer("w"), "room", "members", "count")
        outsider.ask("history", room=room, id="h")
        assert (room, True) == told(outsider.answer("h"), "room", "complete")
        for kind in ("topic", "leave"):
            outsider.ask(kind, room=room, id=kind)
            assert "not_in_room" == outsider.answer(kind)["code"]
    outsider.ask("join", room="sALA", key="errada", id="j")
    assert "room_closed" == outsider.answer("j")["code"]
    assert b"Sala" not in outsider.raw
    assert SECRET.encode() not in outsider.raw
    outsider.ask("join", room="sALA", key="abre-te", id="k")
    assert "Sala" == outsider.answer("k")["room"]


def test_whoever_is_removed_hears_nothing_of_what_comes_after(server: Server, clients: Clients) -> None:
    ana = owner(clients, server)
    other = eva(clients, server, rooms=["Sala"])
    ana.ask("kick", room="Sala", nick="eva", text="chega", id="k")
    assert ("kicked", "ana") == told(ana.answer("k"), "reason", "by")
    assert "chega" == other.expect(type="leave", nick="eva")["text"]
    ana.say("depois", id="d", room="Sala")
    other.settle()
    assert b"depois" not in other.raw


def test_moderators_keep_somebody_off_the_server(server: Server, clients: Clients) -> None:
    mod = clients.json(server, "mod", account="mod", password=PASSWORD)
    rude = eva(clients, server)
    mod.ask("mute", nick="eva", seconds=600, id="m")
    mod.answer("m")
    rude.ask("message", to="mod", text="psiu", id="p")
    assert "muted" == rude.answer("p")["code"]
    rude.ask("ban", nick="mod", id="b")
    assert "not_permitted" == rude.answer("b")["code"]
    mod.ask("ban", nick="eva", seconds=600, text="chega", id="b")
    assert ("ban", "eva") == told(mod.answer("b"), "type", "nick")
    rude.refused("banned")
    rude.read_to_end()
    mod.ask("message", to="eva", text="psiu", id="n")
    assert "no_such_nick" == mod.answer("n")["code"]
    back = clients.json(server)
    back.ask("hello", nick="maria", session=SESSION)
    back.refused("banned")
    back.read_to_end()


def test_moderators_are_told_what_others_of_them_do_on_the_server(server: Server, clients: Clients) -> None:
    mod = clients.json(server, "mod", account="mod", password=PASSWORD, rooms=[])
    other = clients.json(server, "mod-2", account="mod", password=PASSWORD, rooms=[])
    person = clients.text(server)
    person.type(f"/login mod {PASSWORD}")
    person.expect_notice("mod")
    guest = clients.json(server, "rui")
    rude = eva(clients, server)
    mod.ask("mute", nick="eva", seconds=600, text="calma", id="m")
    assert ("eva", "mod", "calma") == told(other.expect(type="mute"), "nick", "by", "text")
    person.expect_notice("mod", "eva", "calma")
    server.type("/banir eva 1h chega")
    assert ("eva", "*") == told(other.expect(type="ban"), "nick", "by")
    assert ("eva", "*") == told(other.expect(type="bye", reason="banned"), "nick", "by")
    person.expect_notice("eva", "chega")
    rude.read_to_end()
    guest.settle()
    assert b'"eva"' not in guest.raw
    for each in (mod, other):
        each.settle()
        heard = [line for line, said in each.received if "at" in said]
        assert server.transcript.received_by(each.conn) == heard


def test_all_of_it_is_proved_by_the_rules(server: Server, clients: Clients) -> None:
    ana = owner(clients, server)
    mod = clients.json(server, "mod", account="mod", password=PASSWORD, rooms=["Sala"])
    eva(clients, server, rooms=["Sala"])
    ana.ask("set", room="Sala", settings={"key": "abre-te", "moderated": True}, id="s")
    ana.answer("s")
    ana.ask("role", room="Sala", nick="mod", role="operator", id="r")
    ana.answer("r")
    mod.ask("ban", room="Sala", nick="eva", seconds=60, id="b")
    mod.answer("b")
    mod.ask("ban", nick="eva", seconds=60, id="c")
    mod.answer("c")
    server.stop()
    server.transcript.check(stopped=True)
    done = subprocess.run(
        [*COMMAND, "replay", "check", str(server.logs), "--lang", "en"],
        env=clean_environment(),
        check=False,
        capture_output=True,
        timeout=DEADLINE,
    )
    assert (0, b"") == (done.returncode, done.stderr)
