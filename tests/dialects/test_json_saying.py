"""What JSON clients say, and tell of themselves."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from dialects.wire import LIMITS, feed

from chatsimples.chat import commands
from chatsimples.chat.commands import Line
from chatsimples.dialects.jsonl import JsonDialect

TAGS = {"+draft/react": "👍"}
TEXT = "x" * (LIMITS.max_text + 1)


def taken(**fields: Any) -> commands.Command:
    line = json.dumps(fields, separators=(",", ":")).encode() + b"\n"
    (command,) = feed(JsonDialect(msgspec.structs.replace(LIMITS, max_line=0), str, str).parser(1), [line])
    return command


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"type": "message", "room": "x", "text": "acena", "kind": "action", "id": "a"},
            commands.Say(1, "acena", "x", id="a", kind="action"),
        ),
        (
            {"type": "message", "to": "bia", "text": "oi", "tags": TAGS, "kind": "notice"},
            commands.Say(1, "oi", to="bia", kind="notice", tags=TAGS),
        ),
        ({"type": "message", "room": "x", "text": "oi", "tags": {}}, commands.Say(1, "oi", "x")),
        ({"type": "message", "room": "x", "lines": ["oi"]}, commands.Say(1, "oi", "x")),
        (
            {"type": "message", "room": "x", "lines": ["a", "", "b"], "tags": TAGS, "id": "a"},
            commands.Lines(1, (Line("a"), Line(""), Line("b")), "x", id="a", tags=TAGS),
        ),
        (
            {"type": "message", "to": "bia", "lines": ["a", "b"], "kind": "action"},
            commands.Lines(1, (Line("a"), Line("b")), to="bia", kind="action"),
        ),
        (
            {"type": "message", "room": "x", "lines": ["a", {"text": "b", "joined": True}, {"text": "c"}]},
            commands.Lines(1, (Line("a"), Line("b", joined=True), Line("c")), "x"),
        ),
        ({"type": "tags", "room": "x", "tags": TAGS, "id": "a"}, commands.Say(1, "", "x", id="a", tags=TAGS)),
        (
            {"type": "signal", "to": "bia", "tags": {"+typing": "active"}, "id": "a"},
            commands.Signal(1, {"+typing": "active"}, to="bia", id="a"),
        ),
        ({"type": "away", "text": "almoço", "id": "a"}, commands.Away(1, "almoço", "a")),
        ({"type": "away"}, commands.Away(1, "")),
        ({"type": "setname", "realname": "Ana Lima"}, commands.SetName(1, "Ana Lima")),
        ({"type": "announcement", "text": "já volto", "id": "a"}, commands.Announce(1, "já volto", "a")),
    ],
)
def test_an_object_is_a_command(fields: dict[str, Any], expected: commands.Command) -> None:
    assert expected == taken(**fields)


def test_a_hello_tells_of_the_person() -> None:
    hello = taken(type="hello", nick="ana", user="a", realname="Ana Lima")
    assert isinstance(hello, commands.Hello)
    assert ("a", "Ana Lima") == (hello.user, hello.realname)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"type": "message", "room": "x", "text": "oi", "kind": "shout"}, "bad_request"),
        ({"type": "message", "room": "x", "text": "oi", "kind": 1}, "bad_request"),
        ({"type": "message", "room": "x"}, "bad_request"),
        ({"type": "message", "room": "x", "lines": []}, "bad_request"),
        ({"type": "message", "room": "x", "text": "oi", "lines": ["oi"]}, "bad_request"),
        ({"type": "message", "text": "oi"}, "bad_request"),
        ({"type": "message", "room": "x", "to": "bia", "lines": ["a", "b"]}, "bad_request"),
        ({"type": "message", "room": "x", "lines": ["a"] * 65}, "bad_request"),
        ({"type": "message", "room": "x", "lines": ["a", TEXT]}, "text_too_long"),
        ({"type": "message", "room": "x", "lines": ["a\nb"]}, "bad_text"),
        ({"type": "message", "room": "x", "lines": ["", " "]}, "bad_text"),
        ({"type": "message", "room": "x", "lines": [{"text": "a", "joined": True}, "b"]}, "bad_request"),
        ({"type": "message", "room": "x", "text": "", "kind": "action"}, "bad_text"),
        ({"type": "message", "room": "x", "text": "oi", "tags": {"typing": ""}}, "bad_tags"),
        ({"type": "tags", "room": "x", "tags": {}}, "bad_tags"),
        ({"type": "tags", "tags": TAGS}, "bad_request"),
        ({"type": "signal", "room": "x", "tags": {"+a": "x\ny"}}, "bad_tags"),
        ({"type": "signal", "room": "x"}, "bad_request"),
        ({"type": "away", "text": "a\tb"}, "bad_text"),
        ({"type": "setname", "realname": ""}, "bad_text"),
        ({"type": "announcement", "text": ""}, "bad_text"),
        ({"type": "hello", "nick": "ana", "user": "a b"}, "bad_request"),
        ({"type": "away", "id": "x" * 65}, "bad_request"),
    ],
)
def test_what_is_wrong_is_refused(fields: dict[str, Any], code: str) -> None:
    fault = taken(**fields)
    assert isinstance(fault, commands.Fault)
    assert code == fault.code
