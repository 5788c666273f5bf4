"""irssi and WeeChat as people run them: their own log files have what the transcript has."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clients import Clients
from support.irc_programs import Irssi, WeeChat, irssi, weechat
from support.server import Server, running_server
from support.waiting import eventually

BUSY = 400
"""Lines of a kilobyte that are said while somebody sleeps: more than sockets and a small backlog take."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    # A small backlog: a slow reader is served from the transcript soon.
    with running_server(folder, "--max-backlog", "4096", "--message-rate", "0") as running:
        yield running


def said_in(server: Server, room: str) -> list[tuple[str, str]]:
    """Return who has said what in a room, as it is on record."""
    messages = (each.said for each in server.transcript.entries if each.type == "message")
    return [(each["nick"], each["text"]) for each in messages if each.get("room") == room]


def is_in(server: Server, nick: str, room: str) -> None:
    def entered() -> bool:
        records = [each.said for each in server.transcript.entries]
        return any(
            "join" == each["type"] and (nick, room) == (each["nick"], each["room"]) for each in records
        )

    eventually(entered, f"{nick} is in {room}")


def hears(program: Irssi | WeeChat, room: str, expected: list[tuple[str, str]]) -> None:
    eventually(lambda: len(program.heard(f"#{room}")) >= len(expected), "it has heard all")
    assert expected == program.heard(f"#{room}")


def test_what_is_said_is_on_record_and_in_both_logs(server: Server, clients: Clients, tmp_path: Path) -> None:
    with (
        irssi(tmp_path / "irssi", server.port, "ana") as ana,
        weechat(tmp_path / "weechat", server.port, "joão") as joao,
    ):
        ana.is_welcome()
        ana.type("/join #geral")
        is_in(server, "ana", "geral")
        joao.is_welcome()
        joao.type("/join #geral")
        is_in(server, "joão", "geral")
        guest = clients.json(server, "bia", rooms=["geral"])
        guest.say("oi, gente", "b1")
        ana.type("olá, João!")
        eventually(lambda: ("ana", "olá, João!") in said_in(server, "geral"), "ana has spoken")
        # It shows what it says itself at once, before what is on its way to it.
        eventually(lambda: ("ana", "olá, João!") in joao.heard("#geral"), "joão has heard her")
        joao.say("#geral", "tudo bem? ção ñ 日本 🎉")
        eventually(lambda: "joão" in {nick for nick, _ in said_in(server, "geral")}, "joão has spoken")
        guest.say(":com dois pontos", "b2")
        guest.say("/me não é ação", "b3")
        for program in (ana, joao):
            hears(program, "geral", said_in(server, "geral"))
        ana.type("/me dança")
        eventually(lambda: ("ana", "dança") in said_in(server, "geral"), "the action is on record")
        eventually(lambda: "dança" in joao.log("#geral"), "WeeChat shows the action")
        assert " *\tana dança" in joao.log("#geral")


def test_a_nick_that_is_taken_makes_them_try_another(
    server: Server, clients: Clients, tmp_path: Path
) -> None:
    clients.json(server, "rita")
    with irssi(tmp_path / "irssi", server.port, "rita") as second:
        second.is_welcome()
        second.type("/join #colisão")
        is_in(server, "rita_", "colisão")


def test_one_that_sleeps_in_a_busy_room_is_served_from_the_transcript_and_not_cut(
    server: Server, clients: Clients, tmp_path: Path
) -> None:
    with irssi(tmp_path / "irssi", server.port, "sono") as sleeper:
        sleeper.is_welcome()
        sleeper.type("/join #cheio")
        is_in(server, "sono", "cheio")
        os.kill(sleeper.pid, signal.SIGSTOP)
        speaker = clients.json(server, "fala", rooms=["cheio"])
        for number in range(BUSY):
            speaker.ask("message", room="cheio", text=f"{number} {'x' * 300}")
        speaker.settle()
        os.kill(sleeper.pid, signal.SIGCONT)
        hears(sleeper, "cheio", said_in(server, "cheio"))


def test_they_come_back_when_the_broadcaster_is_killed(server: Server, tmp_path: Path) -> None:
    with weechat(tmp_path / "weechat", server.port, "volta") as volta:
        volta.is_welcome()
        volta.type("/join #volta")
        is_in(server, "volta", "volta")
        volta.say("#volta", "antes")
        eventually(lambda: ("volta", "antes") in said_in(server, "volta"), "it has spoken")
        server.child("broadcaster").kill()

        def entered_twice() -> bool:
            joins = [each.said for each in server.transcript.entries if "join" == each.type]
            return 2 == len([each for each in joins if "volta" == each["room"]])

        eventually(entered_twice, "it has come back, and entered its channel again")
        volta.say("#volta", "depois")
        expected = [("volta", "antes"), ("volta", "depois")]
        eventually(lambda: expected == said_in(server, "volta"), "it speaks again")
        assert expected == volta.heard("#volta")[-2:]


def test_whoever_enters_sees_what_was_said_before(server: Server, clients: Clients, tmp_path: Path) -> None:
    before = clients.json(server, "cedo", rooms=["memória"])
    before.say("isto foi antes", "c1", "memória")
    with irssi(tmp_path / "irssi", server.port, "tarde") as late:
        late.is_welcome()
        late.type("/join #memória")
        late.sees("isto foi antes")
        before.say("e isto depois", "c2", "memória")
        hears(late, "memória", [("cedo", "isto foi antes"), ("cedo", "e isto depois")])
