"""What a person types, read as what it means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.client.words.commands import (
    COMMANDS,
    TEXT_LIMIT,
    Action,
    Converse,
    Edit,
    Enter,
    Help,
    History,
    Leave,
    Private,
    Quit,
    Rename,
    Rooms,
    Say,
    Who,
    argument_kinds,
    parse,
    parse_lines,
    usage,
    words,
)
from chatsimples.errors import Refusal

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
    "é" * (TEXT_LIMIT // 2 + 1): "text_too_long",
}


@pytest.mark.parametrize("line", TYPED)
def test_what_is_typed_means(line: str) -> None:
    assert TYPED[line] == parse(line)


@pytest.mark.parametrize("line", REFUSED)
def test_what_can_not_be_is_refused(line: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(line)
    assert REFUSED[line] == refused.value.code


def test_the_longest_text_is_said() -> None:
    text = "é" * (TEXT_LIMIT // 2)
    assert Say(text) == parse(text)


def test_a_refused_command_is_named_without_its_controls() -> None:
    with pytest.raises(Refusal) as refused:
        parse("/a\x1b[2J")
    assert "/a\\x1b[2J" == refused.value.detail["name"]


@given(st.text())
def test_whatever_is_typed_is_read_or_refused(line: str) -> None:
    try:
        action = parse(line)
    except Refusal as refusal:
        assert refusal.code in {*REFUSED.values()}
    else:
        assert action is None or isinstance(action, Action)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words[0])
def test_every_command_shows_its_two_words(command: object) -> None:
    shown = usage(command, str)  # type: ignore[arg-type] # parametrize loses the type
    assert shown.startswith("/")
    assert "/msg NICK TEXT" == shown or ", /" in shown


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
    assert LINES[text] == parse_lines(text)


@pytest.mark.parametrize("text", ["/sair\num", "um\nd\x1bois", "/nada\num"])
def test_several_lines_are_all_refused_if_one_is(text: str) -> None:
    with pytest.raises(Refusal):
        parse_lines(text)


@pytest.mark.parametrize(("lang", "first"), [("pt", "entrar"), ("en", "join")])
def test_the_words_of_ones_language_are_offered_first(lang: str, first: str) -> None:
    offered = words(lang)
    assert first == offered[0]
    assert {"sair", "quit", "msg", "editar"} <= set(offered)
    assert len(set(offered)) == len(offered)


def test_the_first_argument_of_a_command_is_known() -> None:
    kinds = argument_kinds()
    assert ("nick", "nick", "room", "room", "") == tuple(
        kinds[word] for word in ("msg", "query", "entrar", "leave", "salas")
    )
