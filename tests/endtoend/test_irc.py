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
