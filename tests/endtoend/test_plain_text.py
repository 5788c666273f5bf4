"""Plain text: nc, telnet and the course's client."""

from __future__ import annotations

import time

import pytest
from support.clients import Clients, TextClient
from support.server import Server

SERVER_OPTIONS = ("--message-rate", "0")


def test_others_see_nick_and_text_and_the_sender_gets_nothing_back(server: Server, clients: Clients) -> None:
    ana, bia = clients.text(server, "ana"), clients.text(server, "bia")
    ana.type("olá a todos")
    bia.expect("ana: olá a todos")
    ana.settle()
    assert [] == ana.messages


def test_until_it_picks_a_name_it_is_a_visitor(server: Server, clients: Clients) -> None:
    ana, visitor = clients.json(server, "ana"), clients.text(server)
    visitor.type("quem sou eu?")
    said = ana.expect(type="message")
    assert said["nick"].startswith("visitante-")
    assert said["nick"].removeprefix("visitante-").isdigit()


def test_joins_and_leaves_are_one_notice_line_each(server: Server, clients: Clients) -> None:
    ana = clients.text(server, "ana")
    bia = clients.json(server, "bia")
    ana.expect_notice("bia")
    bia.ask("bye")
    ana.expect_notice("bia")
    ana.settle()
    assert 2 == len([line for line in ana.shown if "bia" in line])


@pytest.mark.parametrize("word", ["/apelido", "/nick"])
def test_the_nick_is_changed_in_both_languages(server: Server, clients: Clients, word: str) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    bia.type(f"{word} beatriz")
    assert "beatriz" == ana.expect(type="nick", nick="bia")["new"]
    bia.type("sou eu")
    assert "beatriz" == ana.expect(type="message")["nick"]


@pytest.mark.parametrize("word", ["/entrar", "/join"])
def test_entering_another_room_leaves_this_one_and_hears_only_that(
    server: Server, clients: Clients, word: str
) -> None:
    ana = clients.json(server, "ana", rooms=["geral", "sala"])
    bia = clients.text(server, "bia")
    bia.type(f"{word} #sala")
    assert "geral" == ana.expect(type="leave", nick="bia")["room"]
    assert "sala" == ana.expect(type="join", nick="bia", room="sala")["room"]
    ana.say("em geral", id="1", room="geral")
    ana.say("na sala", id="2", room="sala")
    bia.expect("ana: na sala")
    assert ["ana: na sala"] == bia.messages
    bia.type("aqui")
    assert "sala" == ana.expect(text="aqui")["room"]


@pytest.mark.parametrize("word", ["/quem", "/who"])
def test_who_is_here_is_told_in_both_languages(server: Server, clients: Clients, word: str) -> None:
    clients.json(server, "ana")
    clients.json(server, "noutra", rooms=["outra"])
    bia = clients.text(server, "bia")
    before = len(bia.shown)
    bia.type(word)
    bia.settle()
    told = bia.shown[before:-1]
    assert all(line.startswith("* ") for line in told)
    assert all(nick in " ".join(told) for nick in ("ana", "bia"))
    assert "noutra" not in " ".join(told)


@pytest.mark.parametrize("word", ["/salas", "/rooms"])
def test_the_rooms_are_listed_in_both_languages(server: Server, clients: Clients, word: str) -> None:
    clients.json(server, "ana", rooms=["esplanada"])
    bia = clients.text(server, "bia")
    bia.type(word)
    bia.settle()
    assert all(any(room in line for line in bia.shown) for room in ("esplanada", "geral"))


def test_a_private_message_is_seen_by_its_receiver_alone(server: Server, clients: Clients) -> None:
    ana, bia, eva = (clients.text(server, nick) for nick in ("ana", "bia", "eva"))
    ana.type("/msg bia só para ti: sim")
    line = bia.expect_notice("ana", "só para ti: sim", mark="[")
    assert line.endswith("só para ti: sim")
    ana.type("fim")
    eva.expect("ana: fim")
    assert [] == [line for line in eva.shown if "só para ti" in line]
    assert "bia" == server.transcript.having(type="message", text="só para ti: sim")[-1].said["to"]


def test_private_messages_cross_between_dialects(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    ana.ask("message", to="bia", text="de json")
    bia.expect_notice("ana", "de json", mark="[")
    bia.type("/msg ana de texto")
    assert "bia" == ana.expect(text="de texto")["nick"]


@pytest.mark.parametrize("word", ["/historico", "/history"])
def test_history_shows_the_last_messages_of_the_room_oldest_first(
    server: Server, clients: Clients, word: str
) -> None:
    ana = clients.json(server, "ana", rooms=["arquivo"])
    for number in range(5):
        ana.say(f"frase {number}", id=f"{word}{number}", room="arquivo")
    bia = clients.text(server, "bia")
    bia.type("/join arquivo")
    bia.settle()
    before = len(bia.shown)
    bia.type(f"{word} 3")
    while not any("ana: frase 4" in line for line in bia.shown[before:]):
        bia.next("history")
    told = [line for line in bia.shown[before:] if "frase" in line]
    assert 3 == len(told)
    assert all(f"ana: frase {number}" in line for number, line in enumerate(told, 2))


@pytest.mark.parametrize("word", ["/ajuda", "/help"])
def test_help_names_every_command(server: Server, clients: Clients, word: str) -> None:
    bia = clients.text(server, "bia")
    before = len(bia.shown)
    bia.type(word)
    bia.settle()
    told = "\n".join(bia.shown[before:])
    assert all(line.startswith("* ") for line in bia.shown[before:])
    names = ["nick", "join", "who", "rooms", "msg", "history", "help", "quit"]
    assert [] == [name for name in names if f"/{name}" not in told]


@pytest.mark.parametrize("word", ["/sair", "/quit"])
def test_leaving_ends_the_connection_in_both_languages(server: Server, clients: Clients, word: str) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    bia.type(word)
    bia.read_to_end()
    assert "quit" == ana.expect(type="leave", nick="bia")["reason"]


def test_nothing_after_quit_is_said(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    bia.send(b"adeus\n/quit\nainda aqui?\n")
    ana.expect(type="leave", nick="bia")
    ana.say("fim", id="f")
    assert ["adeus", "fim"] == [said["text"] for said in ana.heard(type="message")]


def test_two_slashes_say_one(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    bia.type("//sair é um comando")
    assert "/sair é um comando" == ana.expect(type="message")["text"]


REFUSED = {
    "an unknown command": ("/dançar tango", "/dançar"),
    "a taken nick": ("/nick ana", "ana"),
    "an impossible nick": ("/nick a:b", ""),
    "a command without its argument": ("/nick", ""),
    "an impossible room": (f"/join {'a' * 33}", ""),
    "a room it is in already": ("/join geral", "geral"),
    "a message to nobody": ("/msg ninguém oi", "ninguém"),
    "a message without text": ("/msg ana", ""),
    "a history of no number": ("/history muitas", ""),
    "a text that is too long": ("x" * 4097, "4096"),
    "spaces only": (" \N{NO-BREAK SPACE} ", ""),
}


@pytest.mark.parametrize(("line", "word"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_is_told_to_its_sender_alone_and_the_connection_stays(
    server: Server, clients: Clients, line: str, word: str
) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    start, shown = ana.expect(type="nick", new="bia")["seq"], len(bia.shown)
    bia.type(line)
    bia.expect_notice(word)
    bia.settle()
    assert len(bia.shown) > shown
    bia.type("ainda cá estou")
    ana.expect(text="ainda cá estou")
    assert ["ainda cá estou"] == [said.get("text") for said in ana.heard() if said.get("seq", 0) > start]


def test_empty_lines_are_ignored_and_lines_may_end_in_cr_lf(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    bia.send(b"\r\n\n\r\num\r\n\ndois\n")
    assert ["um", "dois"] == [ana.expect(type="message")["text"] for _ in range(2)]


def test_a_message_may_come_in_any_number_of_pieces_even_within_a_character(
    server: Server, clients: Clients
) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    line = "às três 😀 語\n".encode()
    for cut in range(1, len(line)):
        bia.send(line[:cut])
        time.sleep(0.002)  # Only to make two segments likely; nothing depends on it.
        bia.send(line[cut:])
        assert "às três 😀 語" == ana.expect(type="message")["text"]


def test_one_who_has_sent_a_newline_may_pause_within_a_line(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    bia.send(b"meia ")
    for number in range(15):  # Far longer than the pause that would end a message without newlines.
        ana.say(f"{number}", id=f"{number}")
        time.sleep(0.01)
    bia.send(b"frase\n")
    assert "meia frase" == ana.expect(type="message", nick="bia")["text"]


def test_a_line_at_the_limit_is_said_whole(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    for text in ("a" * 4096, "語" * 1365):
        bia.type(text)
        assert text == ana.expect(type="message")["text"]
        ana.say(text, id=text[:9])
        bia.expect(f"ana: {text}")


def test_many_lines_in_one_segment_are_as_many_messages(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    bia.send(b"".join(b"linha %d\n" % number for number in range(1000)))
    said = [ana.expect(type="message", nick="bia")["text"] for _ in range(1000)]
    assert [f"linha {number}" for number in range(1000)] == said


def test_a_text_client_may_end_its_sending_and_its_last_words_count(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    bia.send(b"primeira\nsem fim de linha")
    bia.finish_sending()
    assert ["primeira", "sem fim de linha"] == [ana.expect(type="message")["text"] for _ in range(2)]
    ana.expect(type="leave", nick="bia")


def test_a_nick_of_the_other_dialect_is_taken_for_all(server: Server, clients: Clients) -> None:
    clients.text(server, "bia")
    other = clients.json(server)
    other.ask("hello", nick="bia")
    other.refused("nick_in_use")


def visitor_hears(client: TextClient, line: str) -> None:
    client.expect(line)


def test_the_courses_clients_talk_to_each_other_without_a_single_newline(
    server: Server, clients: Clients
) -> None:
    watcher = clients.json(server, "vigia")
    ana, bia = clients.course(server, "ana"), clients.course(server, "bia")
    for _ in range(2):
        watcher.expect_visitor()  # They hear the room before they say anything.
    ana.say("olá, é a ana")
    visitor_hears(bia, "ana: olá, é a ana")
    bia.say("olá: é a bia")
    visitor_hears(ana, "bia: olá: é a bia")
    ana.say("até já")
    visitor_hears(bia, "ana: até já")
    assert ["bia: olá: é a bia"] == ana.messages
    said = [(record["nick"], record["text"]) for record in watcher.heard(type="message")]
    while len(said) < 3:
        record = watcher.expect(type="message")
        said.append((record["nick"], record["text"]))
    assert [("ana", "olá, é a ana"), ("bia", "olá: é a bia"), ("ana", "até já")] == said


def test_the_courses_goodbye_is_the_leave_and_not_a_message(server: Server, clients: Clients) -> None:
    watcher, ana = clients.json(server, "vigia"), clients.course(server, "ana")
    ana.say("olá")
    watcher.expect(text="olá", nick="ana")
    ana.goodbye()
    assert "quit" == watcher.expect(type="leave", nick="ana")["reason"]
    watcher.say("fim", id="f")
    assert ["olá", "fim"] == [said["text"] for said in watcher.heard(type="message")]


def test_the_courses_goodbye_counts_when_the_socket_is_closed_right_behind_it(
    server: Server, clients: Clients
) -> None:
    watcher, ana = clients.json(server, "vigia"), clients.course(server, "ana")
    ana.say("olá")
    watcher.expect(text="olá", nick="ana")
    while ana.receive(0.05):
        pass  # The course's client reads all along; closing with anything unread would be a reset.
    ana.goodbye()
    ana.close()
    assert "quit" == watcher.expect(type="leave", nick="ana")["reason"]
    watcher.say("fim", id="f")
    assert ["olá", "fim"] == [said["text"] for said in watcher.heard(type="message")]


def test_a_course_client_whose_nick_is_taken_says_its_whole_line_and_is_told(
    server: Server, clients: Clients
) -> None:
    ana, other = clients.json(server, "ana"), clients.course(server, "ana")
    other.say("sou a outra")
    said = ana.expect(type="message")
    assert said["nick"].startswith("visitante-")
    assert "ana: sou a outra" == said["text"]
    other.expect_notice("ana")


def test_commands_work_without_a_newline_too(server: Server, clients: Clients) -> None:
    clients.json(server, "ana")
    bia = clients.text(server)
    bia.send(b"/who")
    bia.expect_notice("ana")


def test_a_course_client_among_all_kinds(server: Server, clients: Clients) -> None:
    json_client, text = clients.json(server, "jota"), clients.text(server, "texto")
    course = clients.course(server, "curso")
    course.say("às três?")
    text.expect("curso: às três?")
    assert "às três?" == json_client.expect(nick="curso", type="message")["text"]
    text.type("sim")
    visitor_hears(course, "texto: sim")
    json_client.say("também vou", id="1")
    visitor_hears(course, "jota: também vou")
    assert course.shown[-1] == text.expect("jota: também vou")
