"""What people are told of what others tell of themselves, of reactions and announcements."""

from __future__ import annotations

from typing import Any

import pytest

from chatsimples.chat.effects import IsAway
from chatsimples.chat.records import BY_OPERATOR, Record
from chatsimples.i18n import translator
from chatsimples.words.telling import TELLING, away, is_telling, telling
from chatsimples.words.told import Shown

AT = "2026-11-22T15:00:00.000000Z"
REACTION = {"+draft/react": "👍", "+draft/reply": "01J/7"}


def record(kind: str, **fields: Any) -> Record:
    return Record(1, AT, kind, **{"conn": 7, "nick": "ana", "room": "x", **fields})


@pytest.mark.parametrize(
    ("told", "english", "portuguese"),
    [
        (record("away", text="almoço"), "ana is away: almoço", "ana está ausente: almoço"),
        (record("away"), "ana is back", "ana voltou"),
        (
            record("setname", realname="Ana {Lima}"),
            "ana gives their name as Ana {Lima}",
            "ana diz que se chama Ana {Lima}",
        ),
        (record("tags", tags=REACTION), "ana reacts with 👍", "ana reage com 👍"),
        (
            record("announcement", nick="", room="", text="já volto", by="mod"),
            "mod to everybody: já volto",
            "mod para todos: já volto",
        ),
        (
            record("announcement", nick="", room="", text="já volto", by=BY_OPERATOR),
            "the server's operator to everybody: já volto",
            "o operador do servidor para todos: já volto",
        ),
    ],
)
def test_each_has_its_sentence_in_both_languages(told: Record, english: str, portuguese: str) -> None:
    assert is_telling(told)
    assert told.type in TELLING
    assert english == telling(told, translator("en"))
    assert portuguese == telling(told, translator("pt"))


@pytest.mark.parametrize("tags", [{"+x": "y"}, {"+draft/react": ""}])
def test_tags_that_are_no_reaction_are_not_told(tags: dict[str, str]) -> None:
    assert not is_telling(record("tags", tags=tags))
    assert not is_telling(record("message", text="oi", tags=REACTION))


def test_what_others_wrote_is_shown_as_it_has_to_be() -> None:
    shown = Shown(name=str.upper, text=lambda text: f"«{text}»")
    assert "ANA is away: «almoço»" == telling(record("away", text="almoço"), str, shown)
    assert "ANA is away: «almoço»" == away(IsAway("ana", "almoço"), str, shown)
