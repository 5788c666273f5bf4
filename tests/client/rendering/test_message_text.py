"""Links and mentions stand out in a text, and none of it is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.client.rendering.message_text import LONGEST_TEXT, mentions, styled_text
from chatsimples.screen.sanitize import sanitize
from chatsimples.screen.styled_text import plain


@pytest.mark.parametrize(
    ("text", "nick", "named"),
    [
        ("ana?", "ana", True),
        ("olá, ANA!", "ana", True),
        ("@ana: viste", "Ana", True),
        ("banana", "ana", False),
        ("ana_2", "ana", False),
        ("Élio vem", "élio", True),
        ("a.b aqui", "a.b", True),
        ("axb aqui", "a.b", False),
        ("olá", "", False),
    ],
)
def test_a_mention_is_the_nick_as_a_word(text: str, nick: str, named: bool) -> None:
    assert named == mentions(text, nick)
    styles = [style for style, _ in styled_text(text, nick)]
    assert named == ("class:text class:mention.word" in styles)


def test_links_and_mentions_are_pieces_of_their_own() -> None:
    assert [
        ("class:text", "vê "),
        ("class:text class:link", "https://ana.example/ana,"),
        ("class:text", " "),
        ("class:text class:mention.word", "Ana"),
        ("class:text", "!"),
    ] == styled_text("vê https://ana.example/ana, Ana!", "ana")


@given(st.text(), st.sampled_from(["", "ana", "a", "é"]))
def test_no_text_is_lost(text: str, nick: str) -> None:
    assert sanitize(text) == plain(styled_text(text, nick))


def test_a_text_without_end_is_cut() -> None:
    assert LONGEST_TEXT + 1 == len(plain(styled_text("x" * 1_000_000, "")))
