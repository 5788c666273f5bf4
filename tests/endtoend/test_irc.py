"""Clients of IRC, beside those of other dialects, on a real server."""

from __future__ import annotations

from collections.abc import Callable

from support.clients import Clients, pump
from support.server import Server

SERVER_OPTIONS = ("--message-rate", "0", "--server-name", "irc.test")
StartServer = Callable[..., Server]


def test_people_of_two_dialects_talk(server: Server, clients: Clients) -> None:
    ana, rui = clients.irc(server, "ana"), clients.json(server, "rui")
    assert ["JOIN #geral", "353 ana = #geral :ana rui", "366 ana #geral :End of /NAMES list"] == [
        line.removeprefix(f":ana!u@c{server.transcript.conn_of('ana')} ")
        for line in ana.answer("JOIN #geral")
    ]
    ana.type("PRIVMSG #geral :olá, \x02rui\x02")
    assert "olá, rui" == rui.expect(type="message", nick="ana")["text"]
    rui.say("oi, ana", id="1")
    ana.await_end(" PRIVMSG #geral :oi, ana")
    rui.ask("message", to="ana", text="só para ti")
    ana.await_end(" PRIVMSG ana :só para ti")


def test_who_enters_a_large_room_is_told_of_nobody_else_and_can_ask(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server(*SERVER_OPTIONS, "--quiet-room", "2")
    ana, bia = clients.irc(server, "ana"), clients.irc(server, "bia")
    for each in (ana, bia):
        each.answer("JOIN #x")
    eva = clients.irc(server, "eva")
    assert ["353 eva = #x :eva", "366 eva #x :End of /NAMES list (1 of 3)"] == eva.answer("JOIN #x")[1:]
    assert ["353 eva = #x :ana bia eva", "366 eva #x :End of /NAMES list"] == eva.answer("NAMES #x")
    ana.settle()
    assert not [line for line in ana.shown if line.startswith(":eva!")]


def test_what_several_rooms_hear_is_one_line(server: Server, clients: Clients) -> None:
    ana, bia = clients.irc(server, "um"), clients.irc(server, "dois")
    for each in (ana, bia):
        each.answer("JOIN #x,#y,#z")
    ana.settle()
    before = len(ana.lines)
    renamed = bia.answer("NICK duas")
    assert 1 == len(renamed)
    assert renamed[0].endswith(" NICK duas")
    bia.answer("PART #y")
    bia.type("QUIT :bye")
    assert bia.read_to_end().endswith(b"ERROR :Closing link (quit)\r\n")
    ana.await_end(" QUIT :bye")
    ana.settle()
    assert ["NICK duas", "PART #y", "QUIT :bye"] == [
        line.partition(" ")[2] for line in ana.shown[before:-1] if "!u@c" in line
    ]


def test_an_answer_has_the_label_of_its_question_and_what_one_says_comes_back(
    server: Server, clients: Clients
) -> None:
    ana = clients.irc(server, "rita", 0, "batch", "labeled-response", "echo-message", "message-tags")
    ana.answer("JOIN #l")
    before = len(ana.lines)
    ana.answer(
        "@label=p1 PING x", "@label=m1 PRIVMSG #l :oi", "@label=n1 NOTICE nobody-here :oi", "PRIVMSG #l :tu"
    )
    log = server.transcript.log
    ping, said, ack, plain = ana.shown[before:-1]
    assert "@label=p1 :irc.test PONG irc.test :x" == ping
    tags, line = said.split(" ", 1)
    assert tags.startswith(f"@label=m1;msgid={log}/")
    assert line.endswith(" PRIVMSG #l :oi")
    assert "@label=n1 :irc.test ACK" == ack
    assert plain.startswith(f"@msgid={log}/")


def test_a_slow_reader_is_served_from_the_transcript_and_hears_each_line_once(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server(*SERVER_OPTIONS, "--ping-interval", "0", "--max-backlog", "65536")
    slow = clients.irc(server, "lenta", 4096)
    slow.answer("JOIN #a,#b")
    talker = clients.json(server, "fala", rooms=["a", "b"])
    walker = clients.irc(server, "anda")
    walker.answer("JOIN #a,#b")
    texts = [f"{number:04d} {'x' * 400}" for number in range(2_000)]
    for number, text in enumerate(texts):
        talker.ask("message", room="ab"[number % 2], text=text, id=str(number))
        if number % 500 == 250:
            walker.type(f"NICK anda{number}")
            talker.answer(str(number))
    talker.answer("1999")
    walker.type("QUIT")
    walker.read_to_end()
    pump([slow], lambda: bool(slow.lines) and b" QUIT :" in slow.lines[-1], "the slow one has heard all")
    heard = [line.partition(" ")[2] for line in slow.shown]
    assert texts == [line.partition(" :")[2] for line in heard if line.startswith("PRIVMSG #")]
    nicks = [f"NICK anda{number}" for number in range(250, 2_000, 500)]
    assert nicks == [line for line in heard if line.startswith("NICK ")]
    assert 1 == sum(line.startswith("QUIT ") for line in heard)


def test_whoever_types_is_heard_by_those_who_know_tags_and_no_others(
    server: Server, clients: Clients
) -> None:
    typing, plain = clients.irc(server, "digita", 0, "message-tags"), clients.irc(server, "so_texto")
    reader = clients.irc(server, "le_tudo", 0, "message-tags")
    for each in (reader, plain, typing):
        each.answer("JOIN #t")
    assert [] == typing.answer("@+typing=active TAGMSG #t", "@+typing=active TAGMSG le_tudo")
    conn = server.transcript.conn_of("digita")
    for target in ("#t", "le_tudo"):
        assert f"@+typing=active :digita!u@c{conn} TAGMSG {target}" == reader.await_end(f" TAGMSG {target}")
    typing.answer("@+draft/react=ok TAGMSG #t", "PRIVMSG #t :oi")
    reacted = reader.await_end(" TAGMSG #t")
    assert reacted.startswith("@msgid=")
    assert "+draft/react=ok" in reacted
    plain.await_end(" PRIVMSG #t :oi")
    assert not any(" TAGMSG " in line for line in plain.shown)
    said = server.transcript.having(conn=conn)
    assert ["hello", "join", "tags", "message"] == [record.type for record in said]


def test_what_one_says_to_oneself_comes(server: Server, clients: Clients) -> None:
    ana = clients.irc(server, "sozinha")
    assert 1 == sum(line.endswith(" PRIVMSG sozinha :nota") for line in ana.answer("PRIVMSG sozinha :nota"))
    assert 1 == sum(line.endswith(" NOTICE sozinha :nota") for line in ana.answer("NOTICE sozinha :nota"))


def test_whoever_is_in_a_room_is_invited_by_nobody(server: Server, clients: Clients) -> None:
    ana, bia = clients.irc(server, "convida"), clients.irc(server, "esta")
    for each in (bia, ana):
        each.answer("JOIN #i")
    (refused,) = ana.answer("INVITE esta #i")
    assert refused.startswith("443 convida esta #i :")


def test_a_client_that_is_slow_to_say_what_it_is_begins_anew(server: Server, clients: Clients) -> None:
    late = clients.irc(server)
    # Its silence has made it a visitor, who is told about the room.
    assert not late.next().startswith(":irc.test ")
    for line in ("CAP LS 302", "NICK atrasada", "USER a 0 * :A", "CAP END"):
        late.type(line)
    late.await_end(" 001 atrasada :Welcome to ChatSimples, atrasada")
    assert ["JOIN #geral"] == [
        line.partition(" ")[2] for line in late.answer("JOIN #geral") if " JOIN " in line
    ]


def test_a_message_of_several_lines_is_one_in_each_dialect_that_knows_them(
    server: Server, clients: Clients
) -> None:
    knows = ("batch", "message-tags", "labeled-response", "draft/multiline")
    ana, bia, eva = (
        clients.irc(server, "linhas", 0, *knows),
        clients.irc(server, "lotes", 0, *knows),
        clients.irc(server, "simples"),
    )
    rui = clients.json(server, "jota", rooms=["m"])
    for each in (ana, bia, eva):
        each.answer("JOIN #m")
    ana.answer(
        "BATCH +1 draft/multiline #m",
        "@batch=1 PRIVMSG #m um",
        "@batch=1 PRIVMSG #m :",
        "@batch=1 PRIVMSG #m dois",
        "BATCH -1",
    )
    said = [rui.expect(type="message", nick="linhas") for _ in range(3)]
    assert [("um", 1), ("", 2), ("dois", 3)] == [(each.get("text", ""), each["part"]) for each in said]
    end = bia.await_end(f" BATCH -{said[0]['seq']}")
    begin = bia.shown.index(end) - 4
    assert bia.shown[begin].endswith(f" BATCH +{said[0]['seq']} draft/multiline #m")
    assert f"msgid={server.transcript.log}/{said[0]['seq']}" in bia.shown[begin]
    eva.await_end(" PRIVMSG #m :dois")
    assert ["um", "dois"] == [line.partition(" :")[2] for line in eva.shown if " PRIVMSG #m " in line]
