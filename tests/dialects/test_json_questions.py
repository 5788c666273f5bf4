"""The questions of JSON lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialects.wire import DIALECTS, feed, whole

from chatsimples.chat import commands


def asked(**fields: Any) -> commands.Command:
    (command,) = feed(DIALECTS["json"].parser(7), whole(json.dumps(fields).encode() + b"\n"))
    return command


@pytest.mark.parametrize(
    ("fields", "command"),
    [
        ({"type": "whois", "nick": "ana", "id": "i"}, commands.Whois(7, "ana", "i")),
        ({"type": "whowas", "nick": "ana", "limit": 2}, commands.Whowas(7, "ana", 2)),
        (
            {"type": "people", "room": "#x", "after": "bia", "limit": 3},
            commands.WhoList(7, "x", "", "bia", 3),
        ),
        ({"type": "people", "nick": "a*"}, commands.WhoList(7, "", "a*")),
        ({"type": "counts", "id": "i"}, commands.Count(7, "i")),
        (
            {"type": "monitor", "add": ["ana"], "remove": ["bia"], "clear": True, "tell": "list"},
            commands.Monitor(7, ("ana",), ("bia",), True, "list"),
        ),
        ({"type": "presence", "nicks": ["ana", "bia"]}, commands.Presence(7, ("ana", "bia"))),
        ({"type": "modes", "room": "x", "lists": True}, commands.Modes(7, "x", lists=True)),
        ({"type": "exempt", "room": "x", "nick": "a*"}, commands.Exempt(7, "x", "a*")),
        (
            {"type": "admit", "room": "x", "account": "ana", "lifted": True},
            commands.Exempt(7, "x", "", "ana", welcome=True, lifted=True),
        ),
    ],
)
def test_each_is_a_command(fields: dict[str, Any], command: commands.Command) -> None:
    assert command == asked(**fields)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"type": "people"}, "bad_request"),
        ({"type": "people", "room": "x", "nick": "a"}, "bad_request"),
        ({"type": "monitor", "add": ["a b"]}, "bad_nick"),
        ({"type": "whois", "nick": "a*"}, "bad_nick"),
        ({"type": "exempt", "nick": "a*"}, "bad_request"),
    ],
)
def test_what_asks_for_nothing_is_refused(fields: dict[str, Any], code: str) -> None:
    command = asked(**fields)
    assert isinstance(command, commands.Fault)
    assert code == command.code
