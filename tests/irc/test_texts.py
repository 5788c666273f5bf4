"""Texts that come from IRC clients, and go to them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.names import check_text
from chatsimples.irc.texts import Said, filled, fit, pieces, plain, read_text


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("olá", "olá"),
        ("\x02bold\x02 \x1ditalic\x1d \x0f\x11\x16\x1e\x1f!", "bold italic !"),
        ("\x034,12red\x03 \x031one \x03123", "red one 3"),
        ("\x03,5 \x04ff0000,00ff00hex\x04", ",5 hex"),
        ("a\tb", "a b"),
    ],
)
def test_codes_for_bold_and_colours_are_taken_out(typed: str, text: str) -> None:
    assert text == plain(typed)
    assert Said(text) == read_text(typed)
    assert text == check_text(text, 0)


@pytest.mark.parametrize(
    "typed", ["\x01ACTION dances\x01", "\x01ACTION dances", "\x01action \x02dances\x02\x01"]
)
def test_an_action_is_something_that_is_said(typed: str) -> None:
    assert Said("dances", action=True) == read_text(typed)


def test_another_ctcp_says_nothing() -> None:
    for typed, word in (("\x01VERSION\x01", "VERSION"), ("\x01PING 1\x01", "PING"), ("\x01", "?")):
        assert Said("", ctcp=word) == read_text(typed)


@given(text=st.text(min_size=1, max_size=300), size=st.integers(4, 200))
def test_pieces_fit_and_lose_nothing_but_the_spaces_between_them(text: str, size: int) -> None:
    cut = pieces(text, size)
    assert all(0 < len(piece.encode()) <= size for piece in cut)
    assert text.replace(" ", "") == "".join(cut).replace(" ", "")
    assert text.count(" ") - "".join(cut).count(" ") <= len(cut)


def test_a_text_is_cut_at_spaces_if_that_wastes_no_half_of_a_line() -> None:
    assert ["one two", "three"] == pieces("one two three", 8)
    assert ["a bbbbbb", "bbb"] == pieces("a bbbbbbbbb", 8)
    assert ["ééé", "é"] == pieces("éééé", 7)


def test_a_line_that_is_too_long_is_cut_between_characters() -> None:
    assert "abc" == fit("abc", 3)
    assert "é" == fit("éé", 3)


@given(st.lists(st.text("aé", min_size=1, max_size=9), max_size=30), st.integers(18, 60))
def test_words_fill_lines(words: list[str], size: int) -> None:
    found = list(filled(words, size))
    assert words == " ".join(found).split()
    assert all(len(line.encode()) <= size for line in found)
    # No line has room for the word that begins the next one.
    for line, following in pairwise(found):
        assert len(f"{line} {following.split()[0]}".encode()) > size
