"""The roles in a room: the words for them, and their marks."""

from __future__ import annotations

import pytest

from chatsimples.chat.names import check_nick
from chatsimples.errors import Refusal
from chatsimples.words.roles import MARKS, ROLE_WORDS, ROLES, marked, read_role, role_words


def test_every_role_has_its_word_in_both_languages() -> None:
    assert set(ROLES) == set(ROLE_WORDS)
    for lang in ("pt", "en"):
        assert list(ROLES) == [read_role(word) for word in role_words(lang)]


def test_words_are_read_in_any_case_and_others_mean_nothing() -> None:
    assert ("owner", "voice", "none") == (read_role("DONA"), read_role("Voice"), read_role("nenhum"))
    assert read_role("chefe") is None
    assert read_role("") is None


def test_a_nick_shows_its_role_by_what_no_nick_can_begin_with() -> None:
    assert ["~ana", "@ana", "+ana", "ana"] == [marked("ana", role) for role in ROLES]
    for mark in MARKS.values():
        with pytest.raises(Refusal):
            check_nick(f"{mark}ana", 0)
