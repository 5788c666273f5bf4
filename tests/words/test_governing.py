"""What those type who govern a room; the wire corpus of plain text has most of it."""

from __future__ import annotations

import pytest

from chatsimples.chat import commands
from chatsimples.errors import Refusal, explain
from chatsimples.i18n import translator
from chatsimples.words.governing import (
    COMMANDS,
    NameLimits,
    governing_name,
    governing_usage,
    read_governing,
)

NONE = NameLimits()


def test_each_command_has_a_word_in_both_languages() -> None:
    for name, command in COMMANDS.items():
        portuguese, english = command.words[:2]
        assert (name, name) == (governing_name(portuguese.upper()), governing_name(english))
        assert f"/{portuguese} {command.arguments}, /{english} {command.arguments}" == governing_usage(name)
        assert command.help != translator("pt")(command.help)
    assert "" == governing_name("dançar")


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_not_complete_is_refused_with_what_to_type(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_governing(name, "", NONE)
    told = explain(refused.value.code, refused.value.detail, translator("pt"))
    assert governing_usage(name) in told


def test_without_a_room_the_place_is_the_one_that_is_given() -> None:
    assert commands.Kick(7, "bia", "x") == read_governing("kick", "bia", NONE, here="x", conn=7)
    assert commands.Kick(0, "bia", "x") == read_governing("kick", "#x bia", NONE, here="")
    assert commands.Kick(0, "bia", "") == read_governing("kick", "bia", NONE, here="")
    assert commands.Kick(0, "bia", "") == read_governing("kick", "* bia", NONE, here="x")


def test_where_there_is_no_room_a_topic_names_it() -> None:
    assert commands.Topic(0, "x", "#1 hoje") == read_governing("topic", "#x #1 hoje", NONE, here="")
    assert commands.Topic(0, "y", "#x hoje") == read_governing("topic", "#x hoje", NONE, here="y")


@pytest.mark.parametrize("name", ["topic", "invite", "role", "set"])
def test_what_is_about_a_room_alone_needs_one(name: str) -> None:
    for rest in ("bia owner", "* bia voice", "#x"):
        with pytest.raises(Refusal) as refused:
            read_governing(name, rest, NONE, here="")
        assert "bad_request" == refused.value.code


def test_names_and_texts_are_judged() -> None:
    limits = NameLimits(max_name=3, max_text=5)
    for name, rest, code in (
        ("kick", "a:b", "bad_nick"),
        ("kick", "beatriz", "bad_nick"),
        ("kick", "bia demais", "text_too_long"),
        ("topic", "a\tb", "bad_text"),
        ("ban", "#sala bia", "bad_room"),
        ("unban", "account:a:b", "bad_nick"),
    ):
        with pytest.raises(Refusal) as refused:
            read_governing(name, rest, limits)
        assert code == refused.value.code
