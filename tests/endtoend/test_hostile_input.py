"""Whatever is thrown at the port: it is refused, bounded, and never reaches another client raw."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from support.clients import Clients, Connection, JsonClient, TextClient, command
from support.server import Server
from support.waiting import DEADLINE, eventually

SERVER_OPTIONS = ("--message-rate", "0")

StartServer = Callable[..., Server]

# C0, DEL and C1 controls, Bidi_Control, line and paragraph separators.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

# By their names, that this file holds none of them.
NASTY = {
    "an escape sequence": "\x1b[2J\x1b[31mred",
    "a terminal title": "\x1b]0;owned\x07",
    "a NUL": "nul\x00byte",
    "a bell": "bell\x07",
    "a backspace": "ana\x08\x08\x08eva",
    "a carriage return inside": "ana: hi\reva: overwritten",
    "a tab": "a\tb",
    "a delete": "a\x7f",
    "a C1 control": "a\x9b31mred",
    "a next line": "a\x85b",
    "a right-to-left override": "a\N{RIGHT-TO-LEFT OVERRIDE}b",
    "a left-to-right mark": "a\N{LEFT-TO-RIGHT MARK}b",
    "an isolate": "a\N{RIGHT-TO-LEFT ISOLATE}b",
    "a line separator": "a\N{LINE SEPARATOR}eva: b",
    "a paragraph separator": "a\N{PARAGRAPH SEPARATOR}b",
}
NOT_UTF8 = {
    "a lone byte": b"a\xffb",
    "an overlong form": b"a\xc0\x80b",
    "an encoded surrogate": b"a\xed\xa0\x80b",
    "beyond Unicode": b"a\xf4\x90\x80\x80b",
    "half a character": b"a\xe2\x82",
    "telnet negotiation": b"\xff\xfd\x18\xff\xfb\x1f",
}


class Bystanders:
    """One client of each dialect, who must never be shown anything unfit."""

    def __init__(self, server: Server, clients: Clients) -> None:
        self.json: JsonClient = clients.json(server, "jota")
        self.text: TextClient = clients.text(server, "texto")
        self.json.expect(type="nick", new="texto")
        self._seen = len(self.json.received)
        self._shown = len(self.text.shown)

    def hear(self, mark: str) -> list[str]:
        """Return the texts said meanwhile, before ``mark``; check that all that came was fit to be shown."""
        self.json.say(mark, id=mark)
        self.text.expect(f"jota: {mark}")
        for line in [*self.text.lines, *self.json.lines]:
            shown = line.decode("utf-8").removesuffix("\n").removesuffix("\r")
            assert not CONTROLS.search(shown), f"{line!r} is not fit for a terminal"
        for line in self.json.lines:
            assert not CONTROLS.search("".join(map(str, json.loads(line).values()))), line
        heard = [said["text"] for _, said in self.json.received[self._seen :] if said["type"] == "message"]
        told = [line.partition(": ")[2] for line in self.text.messages]
        assert told[: told.index(mark) + 1] == heard
        return heard[:-1]


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
@pytest.mark.parametrize("place", ["a line of text", "a private text", "a nick", "a room"])
def test_unfit_text_is_refused_in_plain_text(server: Server, clients: Clients, text: str, place: str) -> None:
    bystanders, eva = Bystanders(server, clients), clients.text(server, "eva")
    prefix = {"a line of text": "", "a private text": "/msg texto ", "a nick": "/nick ", "a room": "/join "}[
        place
    ]
    before = len(eva.shown)
    eva.type(prefix + text)
    eva.settle()
    assert eva.shown[before].startswith("* ")
    assert not CONTROLS.search("".join(eva.shown))
    assert [] == bystanders.hear("fim")


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
@pytest.mark.parametrize("field", ["text", "nick", "room", "to", "id", "type", "join", "hello"])
def test_unfit_text_is_refused_in_every_field_of_json(
    server: Server, clients: Clients, text: str, field: str
) -> None:
    bystanders, eva = Bystanders(server, clients), clients.json(server)
    if field != "hello":
        eva.hello("eva")
    eva.send(
        {
            "text": command("message", room="geral", text=text),
            "nick": command("nick", nick=text),
            "room": command("message", room=text, text="oi"),
            "to": command("message", to=text, text="oi"),
            "id": command("message", room="geral", text="oi", id=text),
            "type": command(text),
            "join": command("join", room=text),
            "hello": command("hello", nick=text),
        }[field]
    )
    error = eva.expect(type="error")
    assert not CONTROLS.search("".join(map(str, error.values())))
    assert [] == bystanders.hear("fim")


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_unfit_text_is_refused_without_newlines_too(server: Server, clients: Clients, text: str) -> None:
    bystanders, eva = Bystanders(server, clients), clients.text(server)
    eva.send(f"eva: {text}".encode())
    eva.expect_notice()
    eva.send(f"{text}: oi".encode())
    eva.expect_notice()
    assert not CONTROLS.search("".join(eva.shown))
    assert [] == bystanders.hear("fim")


@pytest.mark.parametrize("data", NOT_UTF8.values(), ids=NOT_UTF8.keys())
def test_what_is_not_utf8_is_refused_in_plain_text(server: Server, clients: Clients, data: bytes) -> None:
    bystanders, eva = Bystanders(server, clients), clients.text(server, "eva")
    before = len(eva.shown)
    eva.send(data + b"\n")
    eva.settle()
    assert eva.shown[before].startswith("* ")
    assert [] == bystanders.hear("fim")


@pytest.mark.parametrize("data", NOT_UTF8.values(), ids=NOT_UTF8.keys())
def test_what_is_not_utf8_is_refused_without_newlines_too(
    server: Server, clients: Clients, data: bytes
) -> None:
    bystanders, eva = Bystanders(server, clients), clients.text(server)
    eva.send(data)
    eva.expect_notice()
    assert [] == bystanders.hear("fim")


def test_random_garbage_of_many_connections_shows_nobody_anything_unfit(
    server: Server, clients: Clients, chance: random.Random
) -> None:
    bystanders = Bystanders(server, clients)
    pieces = [
        b"{",
        b'"type"',
        b":",
        b'"hello"',
        b'"message"',
        b"\n",
        b"\r",
        b"\x00",
        b"\xff",
        b"/nick ",
        b"GET / ",
    ]
    for number in range(60):
        connection = Connection(server.port)
        try:
            if chance.random() < 0.5:
                connection.send(chance.randbytes(chance.randint(1, 4000)))
            else:
                connection.send(b"".join(chance.choices(pieces, k=200)))
            if chance.random() < 0.5:
                connection.send(b"\n")
            if number % 10 == 0:
                connection.receive(0.2)
        except ConnectionError:
            pass  # Refused in the middle, which is fine.
        (connection.close if chance.random() < 0.7 else connection.reset)()
    bystanders.hear("fim")


ODD_VALUES: list[object] = [
    None, True, 0, -1, 1.5, 10**30, "", " ", "geral", "eva", "#", "x" * 5000, "\ud800", "a\x00", [], {}, [[]],
    ["geral"], ["geral", None], {"log": "x", "seq": 1},
    {"log": "01KAQ3J5X5W9K3T0V2N8R7C4M6", "seq": -(2**70)},
]  # fmt: skip
FIELDS = ["nick", "rooms", "since", "session", "room", "to", "text", "id", "before", "limit", "type", "seq"]
TYPES = ["hello", "message", "join", "leave", "nick", "history", "who", "rooms", "ping", "pong"]


def odd_command(chance: random.Random) -> bytes:
    names = chance.sample(FIELDS, chance.randint(0, 6))
    fields = {name: chance.choice(ODD_VALUES) for name in names}
    return json.dumps({"type": chance.choice(TYPES), **fields}).encode() + b"\n"


def test_commands_with_odd_fields_end_no_process_and_no_connection(
    server: Server, clients: Clients, chance: random.Random
) -> None:
    before = {process.pid for process in server.processes()}
    bystanders = Bystanders(server, clients)
    registered, fresh = clients.json(server, "eva"), clients.json(server)
    fresh.send(b"{}\n")
    for turn in range(20):
        for client in (registered, fresh):
            client.send(b"".join(odd_command(chance) for _ in range(50)))
            client.ask("dance", id=f"turn {turn}")
            client.answer(f"turn {turn}")
    bystanders.hear("fim")
    assert before == {process.pid for process in server.processes()}
    assert not server.traceback, server.traceback


@pytest.mark.parametrize("beginning", [b'{"type":"', b"palavra ", b"GET /"], ids=["json", "text", "http"])
def test_a_line_without_end_is_cut_off_after_an_error_and_held_by_nobody(
    server: Server, clients: Clients, beginning: bytes
) -> None:
    bystanders, eva = Bystanders(server, clients), clients.raw(server)
    eva.send(beginning)
    sent = 0
    try:
        while sent < 64 << 20:
            eva.send(b"a" * 65536)
            sent += 65536
    except ConnectionError:
        pass
    assert sent < 64 << 20, "it takes all that one sends"
    eva.read_to_end()
    assert [] == bystanders.hear("fim")


def test_a_text_line_over_the_limit_ends_the_connection_after_an_error(
    server: Server, clients: Clients
) -> None:
    ana, eva = clients.json(server, "ana"), clients.text(server, "eva")
    eva.send(b"a" * 70_000)
    eva.expect_notice("65")
    eva.read_to_end()
    assert "error" == ana.expect(type="leave", nick="eva")["reason"]


def test_a_thousand_commands_in_one_segment_are_all_done_in_order(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.json(server, "bia")
    ana.send(b"".join(command("message", room="geral", text=f"{n}", id=f"{n}") for n in range(1000)))
    ana.answer("999")
    bia.expect(id="999")
    expected = [f"{n}" for n in range(1000)]
    assert expected == [said["id"] for said in ana.heard(type="message")]
    assert expected == [said["text"] for said in bia.heard(type="message")]


def test_a_thousand_bad_commands_in_one_segment_are_all_refused(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    ana.send(b"nonsense\n" * 1000)
    for _ in range(1000):
        ana.refused("bad_json")
    ana.settle()


def test_one_byte_a_segment_is_as_good_as_any(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.text(server, "bia")
    for number in range(5):
        ana.dribble(command("message", room="geral", text=f"byte a byte {number}", id=f"{number}"))
        ana.answer(f"{number}")
        bia.dribble(f"também {number}\n".encode())
        ana.expect(text=f"também {number}")
        bia.expect(f"ana: byte a byte {number}")
    assert 5 == len(bia.messages)


def test_a_flood_of_connections_that_come_and_go_leaves_nothing_behind(
    server: Server, clients: Clients, chance: random.Random
) -> None:
    ana = clients.json(server, "ana")
    greetings = [
        b"",
        b"{",
        command("hello", nick="eva")[:-5],
        command("hello", nick="eva"),
        b"oi\n",
        b"eva: oi",
    ]
    for number in range(400):
        connection = Connection(server.port)
        with suppress(ConnectionError):
            connection.send(chance.choice(greetings))
        (connection.close if number % 2 else connection.reset)()
    bia = clients.json(server, "bia")

    def only_two() -> bool:
        bia.ask("who")
        return sorted(bia.expect(type="members")["members"]) == ["ana", "bia"]

    eventually(only_two, "the others are gone", DEADLINE)
    ana.take_in()
    ana.must_have(server.transcript.received_by(ana.conn))
    server.transcript.check()


def test_connections_that_dribble_or_say_nothing_are_no_burden(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server("--registration-timeout", "2", "--message-rate", "0")
    ana = clients.json(server, "ana")
    slow = []
    for _ in range(100):
        slow.append(clients.raw(server))
        slow[-1].send(b'{"type"')
    for number in range(50):
        ana.say(f"{number}", id=f"{number}")
    for connection in slow:
        assert b"registration_timeout" in connection.read_to_end()
