"""Lines for programs: objects in, objects out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat import commands
from chatsimples.chat.effects import Members
from chatsimples.chat.records import Record, to_line
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.client.pipe.json_lines import JsonLines, read_object
from chatsimples.client.pipe.line_format import InputLine
from chatsimples.client.protocol import events
from chatsimples.client.protocol.commands import Command
from chatsimples.client.protocol.replies import ServerLimits, Welcome
from chatsimples.client.rendering.renderer import Renderer
from chatsimples.client.requests import actions
from chatsimples.client.requests.request import Destination
from chatsimples.errors import Refusal

LINES = JsonLines(Renderer(str), str)
NO_LIMITS = ServerLimits()

OBJECTS: list[tuple[dict[str, Any], InputLine]] = [
    (
        {"type": "message", "room": "a", "text": "oi", "id": "1"},
        InputLine(actions.Say("oi"), Destination("a"), "1"),
    ),
    ({"type": "message", "to": "bia", "text": "oi"}, InputLine(actions.Say("oi"), Destination(to="bia"))),
    ({"type": "join", "room": "#a", "id": "2"}, InputLine(actions.Enter("a"), Destination(), "2")),
    ({"type": "leave", "room": "a"}, InputLine(actions.Leave("a"), Destination())),
    ({"type": "nick", "nick": "eva"}, InputLine(actions.Rename("eva"), Destination())),
    ({"type": "who"}, InputLine(actions.Who(""), Destination())),
    ({"type": "who", "room": "a", "id": "3"}, InputLine(actions.Who("a"), Destination(), "3")),
    ({"type": "rooms", "id": "4"}, InputLine(actions.Rooms(), Destination(), "4")),
    (
        {"type": "history", "room": "a", "before": 9, "limit": 3},
        InputLine(actions.History(3, 9), Destination("a")),
    ),
    ({"type": "status", "id": "s"}, InputLine(actions.Status(), Destination(), "s")),
    ({"type": "history"}, InputLine(actions.History(50), Destination("geral"))),
    (
        {"type": "history", "room": "a", "after": 0, "all": True, "id": "h"},
        InputLine(actions.History(50, after=0, all_records=True), Destination("a"), "h"),
    ),
    (
        {"type": "history", "at": "2026-11-29T12:00:00-03:00"},
        InputLine(actions.History(50, at="2026-11-29T15:00:00.000000Z"), Destination("geral")),
    ),
    ({"type": "bye"}, InputLine(actions.Quit(), Destination())),
    (
        {"type": "join", "room": "#x", "key": "abre-te", "id": "7"},
        InputLine(actions.Enter("x", "abre-te"), Destination(), "7"),
    ),
    (
        {"type": "set", "room": "x", "settings": {"key": "abre-te", "secret": True}, "id": "7"},
        InputLine(
            actions.Govern(commands.Set(0, "x", SettingsAsked(key="abre-te", secret=True), "7")),
            Destination(),
            "7",
        ),
    ),
    (
        {"type": "topic", "room": "x", "text": "a prova"},
        InputLine(actions.Govern(commands.Topic(0, "x", "a prova")), Destination()),
    ),
    (
        {"type": "kick", "nick": "bia", "id": "7"},
        InputLine(actions.Govern(commands.Kick(0, "bia", id="7")), Destination(), "7"),
    ),
]


@pytest.mark.parametrize(("fields", "expected"), OBJECTS)
def test_an_object_is_a_command_of_the_protocol(fields: dict[str, Any], expected: InputLine) -> None:
    assert expected == LINES.read(json.dumps({**fields, "unknown": [1]}), NO_LIMITS)


@pytest.mark.parametrize(
    ("line", "code", "request_id"),
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
        ('{"type":"login","account":"ana","password":"x"}', "bad_request", ""),
    ],
)
def test_a_wrong_object_is_a_refusal(line: str, code: str, request_id: str) -> None:
    asked = read_object(line, NO_LIMITS)
    assert isinstance(asked.action, Refusal)
    assert (code, request_id) == (asked.action.code, asked.request_id)


@given(st.text())
def test_any_text_that_begins_like_an_object_is_a_command_or_refused(rest: str) -> None:
    if "\n" not in rest and rest.isprintable():
        assert isinstance(read_object("{" + rest, NO_LIMITS), InputLine)


def test_a_line_that_is_no_object_is_as_a_person_types_it() -> None:
    assert InputLine(actions.Say("oi {x}")) == LINES.read("oi {x}", NO_LIMITS)
    assert InputLine(actions.Enter("a")) == LINES.read("/entrar a", NO_LIMITS)
    assert LINES.read("  ", NO_LIMITS) is None
    with pytest.raises(Refusal):
        LINES.read("/nada", NO_LIMITS)


RECORD = Record(5, "2026-11-22T15:00:00.000000Z", "message", 1, "ana", room="geral", text="olá €", id="x")


def test_a_record_goes_out_as_it_came() -> None:
    line = to_line(RECORD).removesuffix(b"\n")
    event = events.RecordReceived(RECORD, own=True, past=False, command=None, line=line)
    (out,) = LINES.record(event, "geral", "")
    assert line == out.encode()
    assert [out, '{"type":"done","id":"a","seq":5}'] == LINES.record(event, "geral", "a")


def test_a_line_that_is_no_text_does_no_harm() -> None:
    line = b'{"seq":5,"at":"","type":"join","x":"\xff"}'
    (out,) = LINES.record(events.RecordReceived(RECORD, False, False, None, line), "geral", "")
    assert {"seq": 5, "at": "", "type": "join", "x": "\udcff"} == json.loads(
        out.encode("utf-8", "backslashreplace")
    )


def test_a_welcome_is_written_without_the_secret() -> None:
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
    event = events.ReplyReceived(Members("a", ["ana"], 1, id="own"), None, line)
    assert [line.decode()] == LINES.reply(event, "")
    assert [line.decode().replace("own", "w")] == LINES.reply(event, "w")


def test_a_text_that_was_on_record_already_is_done() -> None:
    event = events.AlreadyRecorded(Command("message", "own", room="a", text="oi"), 9, unseen=True)
    assert ['{"type":"done","id":"a","seq":9}'] == LINES.already_recorded(event, "ana", "a", "a")
    assert [] == LINES.already_recorded(event, "ana", "a", "")


def test_a_refusal_is_an_error_with_its_command() -> None:
    command = Command("message", "own", to="bia", text="oi")
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
    (out,) = LINES.invalid(Refusal("bad_nick", name="a b", why="w"), "porque", 7, "n")
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


@pytest.mark.parametrize("kind", ["hello", "bye"])
def test_the_arrival_and_the_end_of_a_connection_go_out_too(kind: str) -> None:
    record = Record(5, "2026-11-22T15:00:00.000000Z", kind, 1, "ana")
    line = to_line(record).removesuffix(b"\n")
    event = events.RecordReceived(record, own=True, past=False, command=None, line=line)
    assert [line.decode()] == LINES.record(event, "geral", "")


def test_the_welcome_tells_the_limits_if_the_server_does() -> None:
    welcome = Welcome("ana", "01K", 5, limits=ServerLimits(65_536, 20_000, 32))
    _, out = LINES.welcomed(events.Welcomed(welcome, again=False, gap=False), ["geral"], "here:1")
    assert {"max_line": 65_536, "max_text": 20_000, "max_name": 32} == json.loads(out)["limits"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"type": "message", "room": "a", "text": "x" * 31}, "text_too_long"),
        ({"type": "message", "room": "x" * 9, "text": "oi"}, "bad_room"),
        ({"type": "nick", "nick": "x" * 9}, "bad_nick"),
    ],
)
def test_an_object_beyond_the_servers_limits_is_a_refusal(fields: dict[str, Any], code: str) -> None:
    read = read_object(json.dumps(fields), ServerLimits(1_000, 30, 8))
    assert isinstance(read.action, Refusal)
    assert code == read.action.code
    assert not isinstance(read_object(json.dumps(fields), NO_LIMITS).action, Refusal)


def test_a_text_whose_line_would_be_too_long_is_a_refusal() -> None:
    fields = {"type": "message", "room": "a", "text": '"' * 600, "id": "7"}
    read = read_object(json.dumps(fields), ServerLimits(max_line=1_000))
    assert isinstance(read.action, Refusal)
    assert ("bad_request", "7") == (read.action.code, read.request_id)
