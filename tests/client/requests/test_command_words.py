"""Every command has words in both languages, and tells what its arguments are."""

from __future__ import annotations

import pytest

from chatsimples.client.requests.command_words import (
    COMMANDS,
    argument_kinds,
    command_name,
    usage,
    words,
)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_its_two_words(name: str) -> None:
    shown = usage(COMMANDS[name], str)
    assert shown.startswith("/")
    assert "/msg NICK TEXT" == shown or ", /" in shown


def test_a_word_belongs_to_one_command_whatever_its_case() -> None:
    every = [word for command in COMMANDS.values() for word in dict.fromkeys(command.words)]
    assert len(set(every)) == len(every)
    assert ("rename", "rename", "quit", "") == tuple(map(command_name, ("apelido", "NICK", "sair", "nada")))


@pytest.mark.parametrize(("lang", "first"), [("pt", "entrar"), ("en", "join")])
def test_the_words_of_ones_language_are_offered_first(lang: str, first: str) -> None:
    offered = words(lang)
    assert first == offered[0]
    assert {"sair", "quit", "msg", "editar"} <= set(offered)
    assert len(set(offered)) == len(offered)


def test_the_first_argument_of_a_command_is_known() -> None:
    kinds = argument_kinds()
    assert ("nick", "nick", "room", "room", "room", "") == tuple(
        kinds[word] for word in ("msg", "query", "entrar", "leave", "salas", "sair")
    )
