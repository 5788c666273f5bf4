"""Lines for programs: objects in, objects out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.effects import Members
from chatsimples.chat.records import Record, to_line
from chatsimples.client.dialogue.display import Display
from chatsimples.client.pipe.json_lines import JsonLines, read_object
from chatsimples.client.pipe.line_format import Asked
from chatsimples.client.protocol import events
from chatsimples.client.protocol.replies import Welcome
from chatsimples.client.requests.requests import Place
from chatsimples.client.words import commands
from chatsimples.errors import Refusal

LINES = JsonLines(Display(str), str)

OBJECTS: list[tuple[dict[str, Any], Asked]] = [
    ({"type": "message", "room": "a", "text": "oi", "id": "1"}, Asked(commands.Say("oi"), Place("a"), "1")),
    ({"type": "message", "to": "bia", "text": "oi"}, Asked(commands.Say("oi"), Place(to="bia"))),
    ({"type": "join", "room": "#a", "id": "2"}, Asked(commands.Enter("a"), Place(), "2")),
    ({"type": "leave", "room": "a"}, Asked(commands.Leave("a"), Place())),
    ({"type": "nick", "nick": "eva"}, Asked(commands.Rename("eva"), Place())),
    ({"type": "who"}, Asked(commands.Who(""), Place())),
    ({"type": "who", "room": "a", "id": "3"}, Asked(commands.Who("a"), Place(), "3")),
    ({"type": "rooms", "id": "4"}, Asked(commands.Rooms(), Place(), "4")),
    (
        {"type": "history", "room": "a", "before": 9, "limit": 3},
        Asked(commands.History(3), Place("a"), "", 9),
    ),
    ({"type": "history"}, Asked(commands.History(50), Place("geral"))),
    ({"type": "bye"}, Asked(commands.Quit(), Place())),
]


@pytest.mark.parametrize(("fields", "expected"), OBJECTS)
def test_an_object_is_a_command_of_the_protocol(fields: dict[str, Any], expected: Asked) -> None:
    assert expected == LINES.read(json.dumps({**fields, "unknown": [1]}))


@pytest.mark.parametrize(
    ("line", "code", "mark"),
    [
        ("{", "bad_json", ""),
        ('{"type":"message"} x', "bad_json", ""),
        ("{" * 100_000, "bad_json", ""),
        ("{}", "bad_request", ""),
        ('{"type":"grita","id":"7"}', "unknown_type", "7"),
        ('{"type":"message","text":"oi","id":"7"}', "bad_request", "7"),
        ('{"type":"message","room":"a","to":"b","text":"oi"}', "bad_request", ""),
        ('{"type":"message","room":"a","text":"d\\u001bois","id":"7"}', "bad_text", "7"),
        ('{"type":"message","room":"a","text":"\\ud800"}', "bad_json", ""),
        ('{"type":"message","room":"a b","text":"oi"}', "bad_room", ""),
        ('{"type":"nick","nick":"a b","id":"7"}', "bad_nick", "7"),
        ('{"type":"history","limit":1001}', "bad_request", ""),
        ('{"type":"rooms","id":7}', "bad_request", ""),
        ('{"type":"hello","nick":"eva"}', "bad_request", ""),
        ('{"type":"ping"}', "bad_request", ""),
        ('{"type":"pong"}', "bad_request", ""),
    ],
)
def test_what_is_wrong_with_an_object_is_told(line: str, code: str, mark: str) -> None:
    asked = read_object(line)
    assert isinstance(asked.action, Refusal)
    assert (code, mark) == (asked.action.code, asked.mark)


@given(st.text())
def test_whatever_begins_like_an_object_is_a_command_or_refused(rest: str) -> None:
    if "\n" not in rest and rest.isprintable():
        assert isinstance(read_object("{" + rest), Asked)


def test_what_is_no_object_is_as_a_person_types_it() -> None:
    assert Asked(commands.Say("oi {x}")) == LINES.read("oi {x}")
    assert Asked(commands.Enter("a")) == LINES.read("/entrar a")
    assert LINES.read("  ") is None
    with pytest.raises(Refusal):
        LINES.read("/nada")


RECORD = Record(5, "2026-11-22T15:00:00.000000Z", "message", 1, "ana", room="geral", text="olá €", id="x")


def test_a_record_goes_out_as_it_came() -> None:
    line = to_line(RECORD).removesuffix(b"\n")
    event = events.Happened(RECORD, own=True, past=False, command=None, line=line)
    (out,) = LINES.happened(event, "geral", "")
    assert line == out.encode()
    assert [out, '{"type":"done","id":"a","seq":5}'] == LINES.happened(event, "geral", "a")


def test_a_line_that_is_no_text_does_no_harm() -> None:
    line = b'{"seq":5,"at":"","type":"join","x":"\xff"}'
    (out,) = LINES.happened(events.Happened(RECORD, False, False, None, line), "geral", "")
    assert {"seq": 5, "at": "", "type": "join", "x": "\udcff"} == json.loads(
        out.encode("utf-8", "backslashreplace")
    )


def test_a_welcome_keeps_the_secret() -> None:
    welcome = Welcome("ana", "01K", 5, session="s3cret", resumed=True, head=7, server="x", notice="n")
    connection, out = LINES.welcomed(events.Welcomed(welcome, again=True, gap=True), ["geral"], "here:1")
    assert {"type": "connection", "state": "connected", "gap": True} == json.loads(connection)
    assert {
        "type": "welcome",
        "nick": "ana",
        "log": "01K",
        "seq": 5,
        "resumed": True,
        "head": 7,
        "server": "x",
        "notice": "n",
    } == json.loads(out)


def test_an_answer_carries_the_program_s_id() -> None:
    line = b'{"type":"members","room":"a","members":["ana"],"count":1,"id":"own"}'
    event = events.Answered(Members("a", ["ana"], 1, "own"), None, line)
    assert [line.decode()] == LINES.answered(event, "")
    assert [line.decode().replace("own", "w")] == LINES.answered(event, "w")


def test_what_was_on_record_already_is_done() -> None:
    event = events.Known(events.Command("message", "own", room="a", text="oi"), 9, unseen=True)
    assert ['{"type":"done","id":"a","seq":9}'] == LINES.known(event, "ana", "a", "a")
    assert [] == LINES.known(event, "ana", "a", "")


def test_a_refusal_is_an_error_with_what_is_refused() -> None:
    command = events.Command("message", "own", to="bia", text="oi")
    event = events.Refused("no_such_nick", "x", command, {"nick": "bia"})
    assert {
        "type": "error",
        "code": "no_such_nick",
        "text": "nobody here is called bia",
        "id": "a",
        "detail": {"nick": "bia"},
        "command": {"type": "message", "to": "bia", "text": "oi"},
    } == json.loads(LINES.refused(event, "a")[0])
    assert {"type": "error", "code": "novo", "text": "novo"} == json.loads(
        LINES.refused(events.Refused("novo", ""), "")[0]
    )
    taken = events.NickRefused("nick_in_use", "", "ana", {"nick": "ana"})
    assert "the nick ana is taken" == json.loads(LINES.refused(taken, "")[0])["text"]


def test_a_wrong_line_is_an_error_with_its_number() -> None:
    (out,) = LINES.wrong(Refusal("bad_nick", name="a b", why="w"), "porque", 7, "n")
    assert {
        "type": "error",
        "code": "bad_nick",
        "text": "porque",
        "id": "n",
        "detail": {"name": "a b", "why": "w"},
        "line": 7,
    } == json.loads(out)


def test_the_help_is_one_object() -> None:
    (out,) = LINES.help()
    told = json.loads(out)
    assert "help" == told["type"]
    assert "/apelido, /nick NAME: take another nick" in told["lines"]


@pytest.mark.parametrize("state", ["lost", "failed"])
def test_the_state_of_the_connection_is_an_object(state: Any) -> None:
    assert [f'{{"type":"connection","state":"{state}","text":"por isto"}}'] == LINES.connection(
        state, "por isto"
    )
