"""WebSocket on the chat's port: the same chat, the same bytes, and endings that say why."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest
from support import websocket
from support.clients import BrowserClient, Clients, command
from support.server import Server
from support.waiting import DEADLINE
from websockets.frames import Opcode
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from chatsimples.dialects.negotiation import SILENCE_DECIDES

StartServer = Callable[..., Server]

SERVER_OPTIONS = ("--message-rate", "0")

_V1 = Subprotocol("chatsimples.v1")


def test_browsers_programs_and_people_who_type_are_in_one_chat(server: Server, clients: Clients) -> None:
    ana, bia, rui = clients.browser(server, "ana"), clients.json(server, "bia"), clients.text(server, "rui")
    ana.say("olá a todos", id="1")
    assert "ana" == bia.expect(type="message", text="olá a todos")["nick"]
    rui.expect("ana: olá a todos")
    rui.type("oi, ana")
    assert "rui" == ana.expect(type="message", text="oi, ana")["nick"]
    ana.ask("message", to="bia", text="só para ti", id="2")
    assert "só para ti" == bia.expect(type="message", to="bia")["text"]


def test_a_client_of_another_make_is_understood(server: Server) -> None:
    with connect(f"ws://127.0.0.1:{server.port}/ws", subprotocols=[_V1], compression="deflate") as client:
        assert _V1 == client.subprotocol
        assert [] == client.protocol.extensions
        client.send('{"type":"hello","nick":"ana"}\n{"type":"message","room":"geral","text":"oi","id":"1"}')
        heard: list[str] = []
        while '"id":"1"' not in "".join(heard):
            heard += str(client.recv()).split("\n")
        assert {"welcome", "hello", "join", "message"} == {json.loads(line)["type"] for line in heard}
        assert client.ping().wait(DEADLINE)


def test_the_handshake_comes_first_and_compression_is_declined(server: Server, clients: Clients) -> None:
    ana = clients.browser(server)
    assert ana.answered is not None
    assert 101 == ana.answered.status
    assert "chatsimples.v1" == ana.answered.headers["sec-websocket-protocol"]
    assert websocket.ACCEPT == ana.answered.headers["sec-websocket-accept"]
    assert [] == ana.lines


def test_what_a_browser_receives_is_the_transcripts_lines(server: Server, clients: Clients) -> None:
    ana, bia = clients.browser(server, "ana"), clients.json(server, "bia")
    for number in range(200):
        bia.ask("message", room="geral", text=f"frase {number} ação 🙂", id=f"{number}")
    ana.expect(id="199")
    ana.must_have(server.transcript.received_by(ana.conn))
    assert "websocket" == json.loads(ana.records[0])["dialect"]


def test_a_message_may_hold_many_commands_and_come_in_fragments(server: Server, clients: Clients) -> None:
    ana = clients.browser(server, "ana")
    lines = b"".join(command("message", room="geral", text=f"{n}", id=f"{n}") for n in range(20))
    ana.send_bytes(websocket.fragments(lines, [1, 2, 3, 50, 0, 7]))
    assert [f"{n}" for n in range(20)] == [ana.expect(type="message")["text"] for _ in range(20)]


def test_a_ping_is_answered_with_what_it_holds(server: Server, clients: Clients) -> None:
    ana = clients.browser(server, "ana")
    ana.send_bytes(websocket.ping(b"\x00um") + websocket.ping(b"\xffdois"))
    ana.settle()
    assert [("PONG", b"\x00um"), ("PONG", b"\xffdois")] == ana.frames


def test_the_servers_sign_of_life_is_a_ping_frame_that_a_browser_answers_by_itself(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server("--ping-interval", "0.2", "--ping-timeout", "3")
    ana = clients.browser(server, "ana")
    # The second one comes only if the first was answered.
    while [each.kind for each in ana.frames].count("PING") < 2:
        assert ana.receive()
    assert not ana.heard(type="ping")
    assert 0 < int(ana.frames[0].data) < ana.say("ainda estou aqui", id="1")["seq"]


# How a connection ends.


def ended(client: BrowserClient) -> tuple[int, str]:
    client.read_to_end()
    return client.closed


@pytest.mark.parametrize(
    ("data", "code", "why"),
    [
        (websocket.frame(Opcode.BINARY, b"{}"), 1003, "not_text"),
        (websocket.text(b'{"type":"ping","x":"\xff"}'), 1007, "bad_utf8"),
        (websocket.text(b"x" * 65_537), 1009, "line_too_long"),
        (b"\x81\x02{}", 1002, "bad_frame"),
    ],
)
def test_what_can_not_be_taken_is_told_and_ends_the_connection_with_its_code(
    server: Server, clients: Clients, data: bytes, code: int, why: str
) -> None:
    ana, bia = clients.browser(server, "ana"), clients.json(server, "bia")
    ana.send_bytes(data + websocket.text(command("message", room="geral", text="tarde")))
    assert why == ana.expect(type="error")["code"]
    assert (code, why) == ended(ana)
    assert "error" == bia.expect(type="leave", nick="ana")["reason"]
    bia.settle()
    assert not bia.heard(type="message")


def test_a_bye_ends_with_1000_and_a_removal_with_1008(server: Server, clients: Clients) -> None:
    ana, bia = clients.browser(server, "ana"), clients.browser(server, "bia")
    ana.ask("bye")
    assert (1000, "quit") == ended(ana)
    server.type("/kick bia")
    assert (1008, "kicked") == ended(bia)
    assert "kicked" == bia.expect(type="error")["code"]


def test_a_goodbye_is_echoed_and_is_a_hang_up_for_the_others(server: Server, clients: Clients) -> None:
    ana, bia = clients.browser(server, "ana"), clients.json(server, "bia")
    ana.send_bytes(websocket.close(4001, "a aba foi fechada"))
    assert (4001, "a aba foi fechada") == ended(ana)
    assert "closed" == bia.expect(type="leave", nick="ana")["reason"]


def test_one_that_sends_no_more_without_a_goodbye_has_hung_up(server: Server, clients: Clients) -> None:
    ana, bia = clients.browser(server, "ana"), clients.json(server, "bia")
    # The beginning of a message is none.
    ana.send_bytes(websocket.text(command("message", room="geral", text="metade"))[:-3])
    ana.finish_sending()
    assert (0, "") == ended(ana)
    assert "closed" == bia.expect(type="leave", nick="ana")["reason"]
    bia.settle()
    assert not bia.heard(type="message")


def test_when_the_server_stops_browsers_are_told_to_come_back(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server()
    ana = clients.browser(server, "ana")
    assert 0 == server.stop()
    assert (1001, "shutdown") == ended(ana)
    ana.take_in()
    ana.must_have(server.transcript.received_by(ana.conn))


# Coming back.


def test_after_a_cut_a_browser_goes_on_where_it_was_and_repeats_nothing(
    server: Server, clients: Clients
) -> None:
    ana, bia = clients.browser(server, "ana"), clients.json(server, "bia")
    last = ana.say("antes", id="1")
    ana.reset()
    bia.expect(type="leave", nick="ana")
    missed = [bia.say(f"perdida {number}", id=f"b{number}") for number in range(3)]
    again = clients.browser(server)
    since = {"log": ana.welcome["log"], "seq": last["seq"]}
    assert again.hello("ana", session=ana.welcome["session"], since=since)["resumed"]
    again.ask("message", room="geral", text="antes", id="1")
    assert "duplicate" == again.expect(id="1")["type"]
    assert [each["text"] for each in missed] == [each["text"] for each in again.heard(type="message")]


def test_one_that_was_silent_for_long_may_still_ask_for_a_websocket(server: Server, clients: Clients) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(websocket.head()[:30])
        sock.settimeout(SILENCE_DECIDES * 2)
        with pytest.raises(TimeoutError):
            sock.recv(1)
        sock.settimeout(DEADLINE)
        sock.sendall(websocket.head()[30:])
        assert sock.recv(12) == b"HTTP/1.1 101"
