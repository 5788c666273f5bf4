"""One port, every dialect: the first bytes choose."""

from __future__ import annotations

import json

import pytest
from support.clients import Clients, Connection, JsonClient, command
from support.server import Server

SERVER_OPTIONS = ("--message-rate", "0")


def heard_meanwhile(observer: JsonClient, mark: str) -> list[dict[str, object]]:
    """Return the records that an observer in ``geral`` hears before its own mark comes back."""
    before = len(observer.received)
    observer.say(mark, id=mark)
    return [said for _, said in observer.received[before:-1] if "seq" in said]


def test_json_and_plain_text_talk_to_each_other_on_one_port(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    bia.type("olá, ana")
    assert "bia" == ana.expect(type="message", text="olá, ana")["nick"]
    ana.say("olá, bia", id="1")
    bia.expect("ana: olá, bia")


def test_json_is_known_when_it_comes_byte_by_byte(server: Server, clients: Clients) -> None:
    ana = clients.json(server)
    ana.dribble(command("hello", nick="ana"), pause=0.002)
    assert "ana" == ana.expect(type="welcome")["nick"]
    ana.dribble(command("message", room="geral", text="devagar", id="1"), pause=0.002)
    assert "devagar" == ana.answer("1")["text"]


def test_json_lines_may_end_in_cr_lf(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    ana.send(b'{"type":"message","room":"geral","text":"oi","id":"1"}\r\n')
    assert "oi" == ana.answer("1")["text"]


def test_plain_text_is_one_message_a_line_however_it_is_cut(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    bia.dribble("às três\r\nsim?\n".encode(), pause=0.002)
    assert "às três" == ana.expect(type="message")["text"]
    assert "sim?" == ana.expect(type="message")["text"]


def test_a_client_that_says_nothing_hears_the_room_as_a_visitor(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    silent = clients.text(server)
    ana.expect_visitor()
    ana.say("alguém aí?", id="1")
    silent.expect("ana: alguém aí?")


def test_a_silent_visitor_that_speaks_json_after_all_leaves_and_begins_anew(
    server: Server, clients: Clients
) -> None:
    ana, silent = clients.json(server, "ana"), clients.json(server)
    visitor = ana.expect_visitor()
    ana.say("ainda texto", id="1")
    while b"ana: ainda texto" != silent.next_line().rstrip():
        pass
    silent.ask("hello", nick="bia")
    left = ana.expect(type="leave", conn=visitor["conn"])
    assert ("switched", visitor["nick"]) == (left["reason"], left["nick"])
    ana.expect(type="join", nick="bia")
    ana.say("agora json", id="2")
    lines: list[dict[str, object]] = []
    while not lines or lines[-1].get("text") != "agora json":
        line = silent.next_line()
        if line.startswith(b"{") or lines:
            lines.append(json.loads(line))
    assert "welcome" == lines[0]["type"]
    assert ["hello", "join", "message"] == [said["type"] for said in lines[1:] if said["type"] != "leave"]


def test_one_who_has_begun_to_speak_json_is_no_visitor_however_slow_it_is(
    server: Server, clients: Clients
) -> None:
    ana, slow = clients.json(server, "ana"), clients.json(server)
    slow.send(b'{"type":"hello",')
    silent = clients.text(server)
    ana.expect_visitor()  # The silent one came later, and is a visitor by now.
    silent.close()
    slow.send(b'"nick":"bia"}\n')
    slow.expect(type="welcome")
    ana.expect(type="join", nick="bia")
    assert 1 == len([said for said in ana.heard(type="join") if said["nick"].startswith("visitante-")])


REQUESTS = {
    "a GET with JSON behind it": b"GET / HTTP/1.1\r\n\r\n" + command("hello", nick="eva"),
    "a form's POST": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\n"
    + command("hello", nick="eva")
    + command("message", room="geral", text="injected"),
    "a POST of plain lines": b"POST /say HTTP/1.1\r\nContent-Length: 24\r\n\r\ninjected\ninjected again\n",
    "another method": b"DELETE /geral HTTP/1.1\r\n\r\ninjected\n",
    "an old request": b"HEAD /nothing HTTP/1.0\r\n\r\n",
    "a proxy's CONNECT": b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\ninjected\n",
    "any method at all": b"BREW /pot HTTP/1.1\r\n\r\ninjected\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\nCookie: " + b"c" * 60_000 + b"\r\n\r\n",
    "a WebSocket from another origin": b"GET /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\ninjected\n",
}


@pytest.mark.parametrize("request_bytes", REQUESTS.values(), ids=REQUESTS.keys())
def test_an_http_request_gets_an_http_refusal_and_nothing_of_it_reaches_a_room(
    server: Server, clients: Clients, request_bytes: bytes
) -> None:
    ana, browser = clients.json(server, "ana"), clients.raw(server)
    browser.send(request_bytes)
    answer = browser.read_to_end()
    assert answer.startswith(b"HTTP/1."), answer
    status = int(answer.split()[1])
    assert 400 <= status <= 599
    assert b"\r\n\r\n" in answer
    assert [] == heard_meanwhile(ana, "nothing else")


def test_the_body_of_an_http_request_is_not_taken_as_chat_when_it_comes_later(
    server: Server, clients: Clients
) -> None:
    ana, browser = clients.json(server, "ana"), clients.raw(server)
    browser.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
    try:
        for _ in range(20):
            browser.send(command("hello", nick="eva") + command("message", room="geral", text="injected"))
    except ConnectionError:
        pass  # It was closed meanwhile, as it should be.
    browser.read_to_end()
    assert [] == heard_meanwhile(ana, "nothing else")


UNREGISTERED = {
    "without a user": b"NICK eva\r\n",
    "without a nick": b"USER eva 0 * :Eva\r\n",
    "while capabilities are negotiated": b"CAP LS 302\r\nNICK eva\r\nUSER eva 0 * :Eva\r\n",
    "from a gateway": b"WEBIRC password gateway host 192.0.2.7\r\n",
}


@pytest.mark.parametrize("greeting", UNREGISTERED.values(), ids=UNREGISTERED.keys())
def test_an_irc_client_that_is_not_registered_brings_nothing_into_a_room(
    server: Server, clients: Clients, greeting: bytes
) -> None:
    ana, irc = clients.json(server, "ana"), clients.raw(server)
    irc.send(greeting + b"JOIN #geral\r\nPRIVMSG #geral :injected\r\nQUIT\r\n")
    told = irc.read_to_end()
    assert 2 == told.count(b" 451 ")
    assert told.splitlines()[-1].startswith(b"ERROR ")
    assert [] == heard_meanwhile(ana, "nothing else")


def test_a_browser_that_tries_https_brings_nothing_into_a_room(server: Server, clients: Clients) -> None:
    ana, browser = clients.json(server, "ana"), clients.raw(server)
    browser.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2)
    # A fatal TLS alert (RFC 8446, section 6), and nobody has come.
    assert browser.read_to_end().startswith(b"\x15\x03")
    assert [] == heard_meanwhile(ana, "nothing else")


def test_words_that_only_look_like_another_protocol_are_chat(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    for line in ("GET off my lawn", "NICK of time", "POST it", "{not json"):
        bia.type(line)
        assert line == ana.expect(type="message", nick="bia")["text"]


def test_a_connection_that_is_closed_before_it_says_anything_leaves_no_trace(
    server: Server, clients: Clients
) -> None:
    ana = clients.json(server, "ana")
    for connection in [Connection(server.port) for _ in range(20)]:
        connection.close()
    clients.json(server, "bia")
    ana.expect(type="join", nick="bia")
    assert [] == [said for said in ana.heard(type="join") if said["nick"].startswith("visitante")]
