"""A private message that was acked is never lost: it is for a session, whatever connection that has had."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

from replay.chats import LOG, START, as_version_1, only_records, write
from support.clients import Clients, JsonClient, Said
from support.server import Server
from support.waiting import eventually

from chatsimples.chat import commands
from chatsimples.chat.commands import OPERATOR
from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import State

OPTIONS = ("--message-rate", "0", "--segment-size", "4096")
SERVER_OPTIONS = OPTIONS

StartServer = Callable[..., Server]
Restart = Callable[[Server, StartServer], Server]


def position(client: JsonClient) -> Said:
    """Return the position that a client was welcomed at: it has read nothing that came after."""
    return {"log": client.welcome["log"], "seq": client.welcome["seq"]}


def resume(
    clients: Clients, server: Server, earlier: JsonClient, nick: str = "ana", since: Said | None = None
) -> JsonClient:
    """Come back, in no room, as the session of an earlier connection, and from where that one began."""
    again = clients.json(server)
    again.hello(nick, rooms=[], session=earlier.welcome["session"], since=since or position(earlier))
    assert again.welcome["resumed"]
    return again


def tell(author: JsonClient, text: str, to: str = "ana") -> None:
    """Say something in private, and wait for the ack."""
    mark = secrets.token_hex(4)
    author.ask("message", to=to, text=text, id=mark)
    assert "message" == author.answer(mark)["type"]


def told(client: JsonClient, author: JsonClient, to: str = "ana") -> list[str]:
    """Return the private messages that a client has received before one that it is told now."""
    last = f"fim {secrets.token_hex(4)}"
    tell(author, last, to)
    client.expect(text=last)
    return [said["text"] for said in client.heard(type="message") if "to" in said][:-1]


def without_ends(texts: list[str]) -> list[str]:
    """Leave out what `told` has let be said."""
    return [text for text in texts if not text.startswith("fim")]


def kill_the_broadcaster(server: Server, _: StartServer) -> Server:
    before = {name: server.child(name).pid for name in ("acceptor", "broadcaster")}
    server.child("broadcaster").kill()
    for name, pid in before.items():
        eventually(partial(has_another, server, name, pid), f"there is another {name}")
    return server


def has_another(server: Server, name: str, pid: int) -> bool:
    return server.child(name).pid != pid


def kill_everything(server: Server, start_server: StartServer) -> Server:
    server.kill()
    return start_server(*OPTIONS, logs=server.logs)


def stop_cleanly(server: Server, start_server: StartServer) -> Server:
    assert 0 == server.stop()
    return start_server(*OPTIONS, logs=server.logs)


RESTARTS: tuple[Restart, ...] = (kill_the_broadcaster, kill_everything, stop_cleanly)
"""The ends that there are; each test goes through them one after the other, on one transcript."""


def test_a_reader_in_no_room_gets_what_was_acked_before_the_end_of_the_server(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server(*OPTIONS)
    ana = clients.json(server, "ana", rooms=[])
    bia = clients.json(server, "bia")
    for end, restart in enumerate(RESTARTS):
        said = [f"segredo {end}-{number}" for number in range(40)]
        for text in said:
            tell(bia, text)
        server = restart(server, start_server)
        bia.read_to_end()
        bia = clients.json(server, "bia", session=bia.welcome["session"])
        again = resume(clients, server, ana)
        assert said == told(again, bia), restart.__name__
        # From here on it reads on as somebody who has just come.
        again.reset()
        ana = resume(clients, server, again, since={**position(again), "seq": again.heard()[-1]["seq"]})


def test_seventy_connections_of_a_session_get_each_word_once_and_in_order(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server(*OPTIONS)
    bia = clients.json(server, "bia", rooms=[])
    first = clients.json(server, "ana", rooms=[])
    ana, said = first, []
    for number in range(70):
        said += [f"para ana {number}", f"de ana {number}"]
        tell(bia, said[-2])
        tell(ana, said[-1], to="bia")
        ana = clients.json(server, "ana", rooms=[], session=first.welcome["session"])
    assert said == told(resume(clients, server, first), bia)

    for restart in RESTARTS:
        server = restart(server, start_server)
        bia.read_to_end()
        bia = clients.json(server, "bia", rooms=[], session=bia.welcome["session"])
        again = told(resume(clients, server, first), bia)
        assert said == without_ends(again), restart.__name__


def test_what_was_read_before_a_cut_does_not_come_again(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana", rooms=[]), clients.json(server, "bia", rooms=[])
    tell(bia, "lida")
    read = ana.expect(text="lida")
    tell(bia, "não lida")
    ana.reset()
    since = {**position(ana), "seq": read["seq"]}
    again = resume(clients, server, ana, since=since)
    assert ["não lida"] == told(again, bia)


def test_to_a_reader_that_is_away_it_is_refused_and_may_be_said_again(
    server: Server, clients: Clients
) -> None:
    ana, bia = clients.json(server, "ana", rooms=[]), clients.json(server, "bia", rooms=[])
    ana.ask("bye")
    ana.read_to_end()
    bia.ask("message", to="ana", text="onde estás?", id="p")
    assert ("p", "no_such_nick") == (bia.answer("p")["id"], bia.heard(type="error")[-1]["code"])
    assert [] == server.transcript.having(text="onde estás?")
    again = resume(clients, server, ana)
    bia.ask("message", to="ana", text="onde estás?", id="p")
    assert "message" == bia.answer("p")["type"]
    assert ["onde estás?"] == told(again, bia)


def test_two_that_had_one_nick_do_not_get_what_was_said_to_the_other(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server(*OPTIONS)
    bia = clients.json(server, "bia", rooms=[])
    first = clients.json(server, "ana", rooms=[])
    tell(bia, "para a primeira")
    first.ask("bye")
    first.read_to_end()
    second = clients.json(server, "ana", rooms=[])
    tell(bia, "para a segunda")
    for restart in (kill_the_broadcaster, stop_cleanly):
        server = restart(server, start_server)
        bia.read_to_end()
        bia = clients.json(server, "bia", rooms=[], session=bia.welcome["session"])
        again = resume(clients, server, second, since=position(first))
        assert ["para a segunda"] == without_ends(told(again, bia)), restart.__name__
        other = resume(clients, server, first, nick="outra")
        assert ["para a primeira"] == without_ends(told(other, bia, to="outra")), restart.__name__


def test_whoever_has_no_session_gets_what_is_said_to_its_connection_alone(
    server: Server, clients: Clients
) -> None:
    bia = clients.json(server, "bia", rooms=[])
    rui, eva = clients.text(server, "rui"), clients.text(server, "eva")
    tell(bia, "para rui", to="rui")
    assert "para rui" in rui.expect_notice("para rui", mark="[")
    rui.type("/msg bia obrigado")
    assert "rui" == bia.expect(text="obrigado")["nick"]
    eva.settle()
    assert [] == [line for line in eva.shown if "para rui" in line or "obrigado" in line]


# What version 1 has on record: private messages that name connections alone.

ANA, BIA, EVA = ("a-secret-of-ana-0001", "a-secret-of-bia-0001", "a-secret-of-eva-0001")


def records_of_version_1() -> list[Record]:
    """Let ana be told something on each of two connections, and somebody else under her nick."""
    chat, now, records = Chat(LOG, State()), START, []
    for command in (
        commands.Start(OPERATOR, "chatsimples 0.1.0", Limits(32, 256, 600.0)),
        *(commands.Open(1, "json", "::1"), commands.Hello(1, "bia", ("geral",), BIA)),
        *(commands.Open(2, "json", "::1"), commands.Hello(2, "ana", ("geral",), ANA)),
        commands.Say(1, "na primeira ligação", to="ana", id="1"),
        *(commands.Open(3, "json", "::1"), commands.Hello(3, "ana", ("geral",), ANA)),
        commands.Say(1, "na segunda ligação", to="ana", id="2"),
        commands.Bye(3),
        *(commands.Open(4, "json", "::1"), commands.Hello(4, "ana", ("geral",), EVA)),
        commands.Say(1, "a outra", to="ana", id="3"),
        commands.Say(4, "de outra", to="bia", id="4"),
        commands.Stop(OPERATOR),
    ):
        now += 1_000_000
        records += only_records(chat.apply(command, now))
    return as_version_1(records)


def test_a_session_gets_what_version_1_has_on_record_for_its_connections(
    start_server: StartServer, clients: Clients, tmp_path: Path
) -> None:
    write(tmp_path / "logs", records_of_version_1(), per_segment=6)
    server = start_server(*OPTIONS, logs=tmp_path / "logs")
    each_reads_its_own(clients, server)
    for restart in RESTARTS:
        server = restart(server, start_server)
        each_reads_its_own(clients, server)


def each_reads_its_own(clients: Clients, server: Server) -> None:
    rui = clients.json(server, "rui", rooms=[])
    for nick, secret, expected in (
        ("ana", ANA, ["na primeira ligação", "na segunda ligação"]),
        ("eva", EVA, ["a outra", "de outra"]),
        ("bia", BIA, ["na primeira ligação", "na segunda ligação", "a outra", "de outra"]),
        ("ninguém", "a-secret-of-nobody-1", []),
    ):
        reader = clients.json(server)
        reader.hello(nick, rooms=[], session=secret, since={"log": LOG, "seq": 0})
        assert reader.welcome["resumed"]
        assert expected == without_ends(told(reader, rui, to=nick))
    rui.ask("bye")
    rui.read_to_end()
