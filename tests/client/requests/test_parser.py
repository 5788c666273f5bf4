"""Typed lines are read into actions, within the limits that the server has told of."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat import commands
from chatsimples.client.protocol.replies import ServerLimits
from chatsimples.client.requests.actions import (
    Action,
    Converse,
    Edit,
    Enter,
    Govern,
    Help,
    History,
    Leave,
    Private,
    Quit,
    Rename,
    Rooms,
    Say,
    Status,
    Who,
)
from chatsimples.client.requests.command_words import COMMANDS
from chatsimples.client.requests.parser import holds_secret, parse, parse_lines
from chatsimples.errors import Refusal

LIMITS = ServerLimits(max_line=65_536, max_text=4_096, max_name=32)

TYPED: dict[str, Action | None] = {
    "oi": Say("oi"),
    " oi ": Say(" oi "),
    "oi\r\n": Say("oi"),
    "//etc/hosts": Say("/etc/hosts"),
    "//": Say("/"),
    "\tdentro": Say("    dentro"),
    "": None,
    "  \t ": None,
    "/sair": Quit(),
    "/quit": Quit(),
    "/SAIR": Quit(),
    "/quit até amanhã": Quit(),
    "/apelido ana": Rename("ana"),
    "/nick  ana ": Rename("ana"),
    "/entrar #dev": Enter("dev"),
    "/join dev": Enter("dev"),
    "/quem": Who(""),
    "/who #dev": Who("dev"),
    "/salas": Rooms(),
    "/rooms": Rooms(),
    "/msg bia só  para ti": Private("bia", "só  para ti"),
    "/msg bia /sair": Private("bia", "/sair"),
    "/estado": Status(),
    "/status": Status(),
    "/historico": History(20),
    "/histórico 5": History(5),
    "/history 1000": History(1000),
    "/deixar": Leave(""),
    "/leave #dev": Leave("dev"),
    "/part dev": Leave("dev"),
    "/conversa bia": Converse("bia"),
    "/query bia": Converse("bia"),
    "/editar": Edit(""),
    "/edit um rascunho": Edit("um rascunho"),
    "/msg @bia oi": Private("bia", "oi"),
    "/exit": Quit(),
    "/ajuda": Help(),
    "/help": Help(),
}

REFUSED = {
    "/nada": "unknown_command",
    "/": "unknown_command",
    "/ sair": "unknown_command",
    "/apelido": "bad_nick",
    "/apelido a b": "bad_nick",
    "/entrar": "bad_room",
    "/entrar ##": "bad_room",
    "/quem a/b": "bad_room",
    "/msg": "bad_request",
    "/msg bia": "bad_request",
    "/msg bia ": "bad_request",
    "/msg a! oi": "bad_nick",
    "/historico 0": "bad_request",
    "/historico 1001": "bad_request",
    "/historico 99999999999999999999": "bad_request",
    "/historico -1": "bad_request",
    "/historico ²": "bad_request",
    "\x1b[31m": "bad_text",
    "a\rb": "bad_text",
    "//\x07": "bad_text",
    "/msg bia \x07": "bad_text",
    "é" * 2_049: "text_too_long",
    "/apelido " + "x" * 33: "bad_nick",
    "/entrar " + "x" * 33: "bad_room",
    "/msg " + "x" * 33 + " oi": "bad_nick",
}


@pytest.mark.parametrize("line", TYPED)
def test_a_typed_line_is_an_action(line: str) -> None:
    assert TYPED[line] == parse(line, LIMITS)


@pytest.mark.parametrize("line", REFUSED)
def test_a_line_that_can_not_be_sent_is_refused(line: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(line, LIMITS)
    assert REFUSED[line] == refused.value.code


def test_the_longest_text_is_said() -> None:
    text = "é" * 2_048
    assert Say(text) == parse(text, LIMITS)


def test_a_refused_command_is_named_without_its_controls() -> None:
    with pytest.raises(Refusal) as refused:
        parse("/a\x1b[2J", LIMITS)
    assert "/a\\x1b[2J" == refused.value.detail["name"]


@given(st.text())
def test_any_line_is_read_or_refused(line: str) -> None:
    try:
        action = parse(line, LIMITS)
    except Refusal as refusal:
        assert refusal.code in {*REFUSED.values()}
    else:
        assert action is None or isinstance(action, Action)


LINES: dict[str, list[Action]] = {
    "": [],
    "\n \n": [],
    "um": [Say("um")],
    "/quem": [Who("")],
    "um\n\n    dois\r\n\ttrês": [Say("um"), Say("    dois"), Say("    três")],
    "um\n/sair": [Say("um"), Say("/sair")],
    "\n/msg bia um\ndois": [Private("bia", "um"), Private("bia", "dois")],
    "//etc\n/tmp": [Say("/etc"), Say("/tmp")],
}


@pytest.mark.parametrize("text", LINES, ids=repr)
def test_several_lines_go_where_the_first_one_goes(text: str) -> None:
    assert LINES[text] == parse_lines(text, LIMITS)


@pytest.mark.parametrize("text", ["/sair\num", "um\nd\x1bois", "/nada\num"])
def test_several_lines_are_all_refused_if_one_is(text: str) -> None:
    with pytest.raises(Refusal):
        parse_lines(text, LIMITS)


def test_every_command_word_is_read() -> None:
    for command in COMMANDS.values():
        for word in command.words:
            try:
                parse(f"/{word}", LIMITS)
            except Refusal as refusal:
                assert "unknown_command" != refusal.code, word


def test_without_limits_the_server_judges() -> None:
    for line in ("x" * 1_000_000, "/apelido " + "x" * 900, "/entrar " + "x" * 900):
        assert isinstance(parse(line, ServerLimits()), Action)
    assert 2 == len(parse_lines("x" * 100_000 + "\nolá", ServerLimits()))


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("/entrar x abre-te", True),
        ("/join x", False),
        ("/definir limite 20 chave abre-te", True),
        ("/set key=abre-te", True),
        ("/set moderated on", False),
        ("/login ana segredo", True),
        ("/register ana segredo", True),
        ("//login ana segredo", False),
        ("entrar x abre-te", False),
        ("/topico key abre-te", False),
        ("", False),
    ],
)
def test_lines_with_a_key_or_a_password_are_told(line: str, secret: bool) -> None:
    assert secret == holds_secret(line)


def test_who_governs_says_where_or_means_the_room_in_front() -> None:
    assert Govern(commands.Kick(0, "bia", ".")) == parse("/expulsar bia", ServerLimits())
    assert Govern(commands.Kick(0, "bia", "x")) == parse("/kick #x bia", ServerLimits())
    assert Who("") == parse("/topico", ServerLimits()) == parse("/set", ServerLimits())
    assert Enter("x", "abre te") == parse("/entrar #x abre te", ServerLimits())
    assert Help(governing=True) == parse("/ajuda salas", ServerLimits())


@pytest.mark.parametrize("day", ["2026-11-29", "1999-01-01"])
def test_history_from_a_day_on_begins_at_its_midnight_here(day: str) -> None:
    asked = parse(f"/historico {day}", LIMITS)
    assert isinstance(asked, History)
    assert 20 == asked.limit
    assert datetime.fromisoformat(f"{day}T00:00:00").astimezone() == datetime.fromisoformat(asked.at)


@pytest.mark.parametrize("day", ["2026-02-30", "-", "2026-11", "26-11-29", "2026-11-29 x", "-5"])
def test_what_is_no_day_is_refused(day: str) -> None:
    with pytest.raises(Refusal, match="bad_request"):
        parse(f"/historico {day}", LIMITS)
