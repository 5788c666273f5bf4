"""Every error code of docs/protocol.md that can be provoked from outside, and what happens then."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from support.clients import Clients, JsonClient, command
from support.server import Server
from support.waiting import DEADLINE

SERVER_OPTIONS = ("--message-rate", "0", "--max-rooms", "3", "--max-line", "200000")

StartServer = Callable[..., Server]

# (code, what is sent by "ana", who is in "geral" while "bia" is too)
REFUSED: list[tuple[str, bytes]] = [
    ("already_in_room", command("join", room="geral", id="x")),
    ("already_in_room", command("join", room="#GERAL", id="x")),
    ("already_registered", command("hello", nick="outra")),
    ("bad_json", b"isto n\xc3\xa3o \xc3\xa9 json\n"),
    ("bad_json", b'{"type":"message","room":"geral","text":\n'),
    ("bad_json", b'["message"]\n'),
    ("bad_json", b'"message"\n'),
    ("bad_json", b"42\n"),
    ("bad_json", b"null\n"),
    ("bad_json", b'{"type":"ping"} {"type":"ping"}\n'),
    ("bad_json", b'{"type":"message","room":"geral","text":"\t"}\n'),
    ("bad_json", b"[" * 100_000 + b"\n"),
    ("bad_nick", command("nick", nick="com espaço", id="x")),
    ("bad_nick", command("nick", nick="", id="x")),
    ("bad_nick", command("nick", nick="*", id="x")),
    ("bad_nick", command("nick", nick="[ana", id="x")),
    ("bad_nick", command("nick", nick="/quit", id="x")),
    ("bad_nick", command("nick", nick="a:b", id="x")),
    ("bad_nick", command("nick", nick="n" * 33, id="x")),
    ("bad_nick", command("nick", nick="ana\x1b[31m", id="x")),
    ("bad_nick", command("nick", nick="ana\N{RIGHT-TO-LEFT OVERRIDE}", id="x")),
    ("bad_nick", command("nick", nick="ana\n", id="x")),
    ("bad_nick", command("nick", nick="😀", id="x")),
    ("bad_request", b"{}\n"),
    ("bad_request", command("message", room="geral", id="x")),
    ("bad_request", command("message", text="para onde?", id="x")),
    ("bad_request", command("message", room="geral", text=5, id="x")),
    ("bad_request", command("message", room=["geral"], text="oi", id="x")),
    ("bad_request", command("message", room="geral", text=None, id="x")),
    ("bad_request", command("message", room="geral", text="oi", id=5)),
    ("bad_request", command("message", room="geral", text="oi", id="x" * 65)),
    ("bad_request", command("message", room="geral", text="oi", id="x\n")),
    ("bad_request", command("join", id="x")),
    ("bad_request", command("join", room=1, id="x")),
    ("bad_request", command("nick", id="x")),
    ("bad_request", command("history", room="geral", limit="muitas", id="x")),
    ("bad_request", command("history", room="geral", before={}, id="x")),
    ("bad_room", command("join", room="duas palavras", id="x")),
    ("bad_room", command("join", room="#", id="x")),
    ("bad_room", command("join", room="r" * 33, id="x")),
    ("bad_room", command("join", room="a,b", id="x")),
    ("bad_text", command("message", room="geral", text="", id="x")),
    ("bad_text", command("message", room="geral", text="  \N{NO-BREAK SPACE} ", id="x")),
    ("bad_text", command("message", room="geral", text="a\r\nQUIT", id="x")),
    ("bad_text", command("message", room="geral", text="a\tb", id="x")),
    ("bad_text", command("message", room="geral", text="\x00", id="x")),
    ("bad_text", command("message", room="geral", text="\x1b[2J", id="x")),
    ("bad_text", command("message", room="geral", text="a\x7f", id="x")),
    ("bad_text", command("message", room="geral", text="a\x9b31m", id="x")),
    ("bad_text", command("message", room="geral", text="a\x85b", id="x")),
    ("bad_text", command("message", room="geral", text="a\N{RIGHT-TO-LEFT OVERRIDE}b", id="x")),
    ("bad_text", command("message", room="geral", text="a\N{ARABIC LETTER MARK}b", id="x")),
    ("bad_text", command("message", room="geral", text="a\N{POP DIRECTIONAL ISOLATE}b", id="x")),
    ("bad_text", command("message", room="geral", text="a\N{LINE SEPARATOR}b", id="x")),
    ("bad_text", command("message", room="geral", text="a\N{PARAGRAPH SEPARATOR}b", id="x")),
    ("bad_text", command("message", to="bia", text="\x07", id="x")),
    ("bad_text", b'{"type":"message","room":"geral","text":"a\\u0000\\u001b[31m","id":"x"}\n'),
    ("bad_utf8", b'{"type":"message","room":"geral","text":"\xff"}\n'),
    ("bad_utf8", b'{"type":"message","room":"geral","text":"\xc0\xaf"}\n'),
    ("bad_utf8", b'{"type":"message","room":"geral","text":"\xed\xa0\x80"}\n'),
    ("nick_in_use", command("nick", nick="BIA", id="x")),
    ("no_such_nick", command("message", to="ninguém", text="oi", id="x")),
    ("not_in_room", command("message", room="alhures", text="oi", id="x")),
    ("not_in_room", command("leave", room="alhures", id="x")),
    ("text_too_long", command("message", room="geral", text="a" * 4097, id="x")),
    ("text_too_long", command("message", room="geral", text="é" * 2049, id="x")),
    ("unknown_type", command("dance", id="x")),
    ("unknown_type", command("start", id="x")),
    ("unknown_type", command("welcome", id="x")),
]


@pytest.mark.parametrize(
    ("code", "line"), REFUSED, ids=[f"{code}: {line[:60].decode('latin1')!r}" for code, line in REFUSED]
)
def test_a_refused_command_changes_nothing_and_the_connection_stays(
    server: Server, clients: Clients, code: str, line: bytes
) -> None:
    bia, ana = clients.json(server, "bia"), clients.json(server, "ana")
    ana.send(line)
    error = ana.refused(code)
    if b'"id": "x"}' in line:
        assert "x" == error["id"]
    assert error["text"].isprintable()
    ana.say("ainda cá estou", id="ok")
    bia.expect(text="ainda cá estou")
    after_join = [
        said["type"] for said in bia.heard() if said.get("seq", 0) > ana.heard(type="join")[0]["seq"]
    ]
    assert ["message"] == after_join


def test_a_lone_surrogate_is_refused(server: Server, clients: Clients) -> None:
    bia, ana = clients.json(server, "bia"), clients.json(server, "ana")
    ana.send(b'{"type":"message","room":"geral","text":"a\\ud800b","id":"x"}\n')
    assert ana.expect(type="error")["code"] in {"bad_text", "bad_json"}
    ana.say("ainda cá estou", id="ok")
    assert "ainda cá estou" == bia.expect(type="message")["text"]


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 400, "1.5", "-1", "1e3", "NaN"])
def test_numbers_that_cannot_be_are_refused_and_the_connection_stays(
    server: Server, clients: Clients, number: str
) -> None:
    ana = clients.json(server, "ana")
    ana.send(f'{{"type":"history","room":"geral","before":{number},"id":"x"}}\n'.encode())
    said = ana.next_but_ping("an answer")
    if number not in {"-1", "1e3"}:  # These are whole numbers, and may be taken as a position or refused.
        assert ("error", True) == (said["type"], said["code"] in {"bad_request", "bad_json"})
    ana.settle()


HUGE = ["1" + "0" * 18, "1" + "0" * 19, "1" + "0" * 400, "-1" + "0" * 400]


@pytest.mark.parametrize("number", HUGE, ids=["e18", "e19", "e400", "-e400"])
def test_huge_numbers_anywhere_harm_nobody(server: Server, clients: Clients, number: str) -> None:
    ana = clients.json(server, "ana")
    for line in (
        '{"type":"history","room":"geral","before":%s}',
        '{"type":"history","room":"geral","limit":%s}',
        '{"type":"message","room":"geral","text":%s}',
        '{"type":"message","room":"geral","text":"oi","other":%s}',
        '{"type":"who","room":%s}',
        '{"type":%s}',
        "%s",
    ):
        ana.send((line % number).encode() + b"\n")
        ana.settle()
    bia = clients.json(server)
    bia.send(
        f'{{"type":"hello","nick":"bia","since":{{"log":"{ana.welcome["log"]}","seq":{number}}}}}\n'.encode()
    )
    answer = bia.next_but_ping("an answer")
    assert answer["type"] == "error" or not answer["resumed"]


@pytest.mark.parametrize("field", ["text", "unknown", "id", "type"])
def test_json_a_hundred_thousand_deep_is_refused_and_the_connection_stays(
    server: Server, clients: Clients, field: str
) -> None:
    ana = clients.json(server, "ana")
    deep = b"[" * 90_000 + b"]" * 90_000
    ana.send(b'{"type":"message","room":"geral","text":"fundo","%s":%s}\n' % (field.encode(), deep))
    assert ana.expect(type="error")["code"] in {"bad_json", "bad_request"}
    ana.settle()


def test_a_type_that_is_no_string_is_refused(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    ana.send(b'{"type":7,"id":"x"}\n')
    assert ana.expect(type="error")["code"] in {"bad_request", "unknown_type"}
    ana.settle()


@pytest.mark.parametrize("secret", ["curta", "s" * 129, "com espaços não serve", "com-\x1b-não"])
def test_a_session_secret_of_the_wrong_form_is_never_taken(
    server: Server, clients: Clients, secret: str
) -> None:
    ana = clients.json(server)
    ana.ask("hello", nick="ana", session=secret)
    answer = ana.next_but_ping("an answer")
    if answer["type"] == "error":
        assert "bad_request" == answer["code"]
    else:
        assert ("welcome", True) == (answer["type"], secret != answer["session"])


# (code, fields of the hello)
HELLOS: list[tuple[str, dict[str, object]]] = [
    ("bad_request", {}),
    ("bad_request", {"nick": 5}),
    ("bad_request", {"nick": "ana", "rooms": "geral"}),
    ("bad_request", {"nick": "ana", "rooms": [1]}),
    ("bad_request", {"nick": "ana", "since": 5}),
    ("bad_request", {"nick": "ana", "since": {"log": 5, "seq": "x"}}),
    ("bad_request", {"nick": "ana", "session": 5}),
    ("bad_nick", {"nick": "a b"}),
    ("bad_nick", {"nick": ""}),
    ("bad_room", {"nick": "ana", "rooms": ["geral", "a b"]}),
    ("nick_in_use", {"nick": "Bia"}),
    ("too_many_rooms", {"nick": "ana", "rooms": ["a", "b", "c", "d"]}),
]


@pytest.mark.parametrize(("code", "fields"), HELLOS)
def test_a_hello_that_is_refused_can_be_said_again_rightly(
    server: Server, clients: Clients, code: str, fields: dict[str, object]
) -> None:
    bia, ana = clients.json(server, "bia"), clients.json(server)
    ana.ask("hello", **fields)
    ana.refused(code)
    assert "ana" == ana.hello("ana")["nick"]
    bia.expect(type="join", nick="ana")
    assert 2 == len(bia.heard(type="join"))


@pytest.mark.parametrize(
    "line",
    [
        command("message", room="geral", text="oi", id="x"),
        command("message", to="bia", text="oi", id="x"),
        command("join", room="geral", id="x"),
        command("leave", room="geral", id="x"),
        command("nick", nick="eva", id="x"),
        command("history", room="geral", id="x"),
        command("who", room="geral", id="x"),
        command("rooms", id="x"),
    ],
    ids=lambda line: json.loads(line)["type"],
)
def test_nothing_can_be_done_before_hello(server: Server, clients: Clients, line: bytes) -> None:
    bia, ana = clients.json(server, "bia"), clients.json(server)
    ana.send(line)
    assert "x" == ana.refused("not_registered")["id"]
    ana.hello("ana")
    bia.expect(nick="ana")
    assert [] == bia.heard(type="message")


def test_more_rooms_than_allowed_are_refused(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana", rooms=["a", "b", "c"])
    ana.ask("join", room="d", id="x")
    assert "x" == ana.refused("too_many_rooms")["id"]
    ana.ask("leave", room="b")
    ana.ask("join", room="d", id="y")
    assert "join" == ana.answer("y")["type"]


def ended_with(client: JsonClient, code: str) -> None:
    """Check that the server ends the connection after an error that says why."""
    client.refused(code)
    client.read_to_end()


def test_a_line_over_the_limit_ends_the_connection_after_an_error(server: Server, clients: Clients) -> None:
    bia, ana = clients.json(server, "bia"), clients.json(server, "ana")
    ana.send(b'{"type":"message","room":"geral","text":"' + b"a" * 200_000)
    ended_with(ana, "line_too_long")
    assert "error" == bia.expect(type="leave", nick="ana")["reason"]


def test_a_complete_line_over_the_limit_is_not_taken_either(server: Server, clients: Clients) -> None:
    bia, ana = clients.json(server, "bia"), clients.json(server, "ana")
    ana.send(command("message", room="geral", text="oi", filler="a" * 200_000))
    ended_with(ana, "line_too_long")
    bia.expect(type="leave", nick="ana")
    assert [] == bia.heard(type="message")


def test_a_session_that_comes_back_replaces_its_old_connection(server: Server, clients: Clients) -> None:
    bia, ana = clients.json(server, "bia"), clients.json(server, "ana")
    again = clients.json(server)
    again.hello("ana", session=ana.welcome["session"])
    ended_with(ana, "replaced")
    assert "ana" == again.welcome["nick"]
    left = bia.expect(type="leave", nick="ana")
    assert ("replaced", ana.conn) == (left["reason"], left["conn"])
    assert again.conn == bia.expect(type="join", nick="ana")["conn"]


def test_a_json_client_that_never_says_hello_is_ended(start_server: StartServer, clients: Clients) -> None:
    server = start_server("--registration-timeout", "0.3")
    late = clients.json(server)
    late.send(b'{"type":"hel')
    ended_with(late, "registration_timeout")


def test_a_client_that_gives_no_sign_of_life_is_ended_and_one_that_does_is_not(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server("--ping-interval", "0.3", "--ping-timeout", "3")
    alive, mute = clients.json(server, "viva"), clients.json(server, "muda")
    pings = 0
    while not alive.heard(type="leave", nick="muda"):
        if (said := alive.next())["type"] == "ping":
            alive.ask("pong")
            pings += 1
            assert said["seq"] >= 1
    assert "timeout" == alive.heard(type="leave", nick="muda")[0]["reason"]
    assert pings >= 1
    mute.expect(type="ping")
    ended_with(mute, "timeout")
    assert "muda" == clients.json(server, "muda").welcome["nick"]


def test_a_flood_that_goes_on_is_ended(start_server: StartServer, clients: Clients) -> None:
    server = start_server("--message-rate", "20", "--message-burst", "5", "--flood-timeout", "0.5")
    bia, ana = clients.json(server, "bia"), clients.json(server, "ana")
    # Far more than any pause of the server's could make up for.
    ana.send(command("message", room="geral", text="spam") * 1_000)
    ended_with(ana, "flood")
    assert "error" == bia.expect(type="leave", nick="ana")["reason"]
    assert len(bia.heard(type="message")) < 1_000


def test_commands_above_the_rate_wait_and_none_is_lost(start_server: StartServer, clients: Clients) -> None:
    server = start_server("--message-rate", "25", "--message-burst", "5")
    bia, ana = clients.json(server, "bia"), clients.json(server, "ana")
    ana.send(b"".join(command("message", room="geral", text=f"{n}", id=f"{n}") for n in range(40)))
    bia.expect(text="0")
    bia.say("no meio", id="b")
    ana.answer("39")
    said = [said["text"] for said in ana.heard(type="message", nick="ana")]
    assert [f"{n}" for n in range(40)] == said
    assert int(ana.heard(text="no meio")[0]["seq"]) < ana.heard(text="39")[0]["seq"]


def test_a_client_that_asks_and_never_reads_is_ended_and_the_others_notice_nothing(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server("--message-rate", "0", "--max-backlog", "65536")
    bia = clients.json(server, "bia")
    for number in range(200):
        bia.ask("message", room="geral", text="x" * 4000, id=f"{number}")
    bia.answer("199")
    greedy = clients.json(server, "gula", receive_buffer=4096)
    greedy.socket.setblocking(False)
    until = time.monotonic() + DEADLINE
    wish = command("history", room="geral", limit=200)
    while not bia.heard(type="leave", nick="gula"):
        assert time.monotonic() < until, "it asks and asks and is never ended"
        try:
            greedy.socket.send(wish)
        except BlockingIOError:
            pass  # The server reads no further for now.
        except ConnectionError:
            break
        bia.take_in(0.001)
    left = bia.heard(type="leave", nick="gula") or [bia.expect(type="leave", nick="gula")]
    assert left[0]["reason"] in {"error", "closed"}
    bia.say("e eu continuo", id="fim")


def test_with_no_descriptors_left_nobody_inside_notices_and_later_it_serves_again(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server("--message-rate", "0", wrapper=["sh", "-c", 'ulimit -n 80 && exec "$@"', "sh"])
    ana = clients.json(server, "ana")
    crowd = [clients.raw(server) for _ in range(150)]
    for number in range(20):
        ana.say(f"{number}", id=f"{number}")
    for each in crowd:
        each.close()
    bia = clients.json(server)
    bia.hello("bia")
    bia.say("entrei", id="1")
    ana.expect(text="entrei")
    ana.must_have(server.transcript.received_by(ana.conn))
