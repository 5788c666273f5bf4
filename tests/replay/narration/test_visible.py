"""Whatever a forged transcript holds, a terminal obeys nothing of it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.replay.narration.visible import local, local_minute, local_moment, visible, visible_name


@pytest.fixture(autouse=True)
def zone(set_zone):
    """Let the machine be where the clock is not a whole number of hours from UTC."""
    set_zone("XXX-05:30")


@given(st.text(st.characters()))
def test_nothing_that_is_shown_is_a_control_a_format_or_unassigned(text):
    for character in visible(text):
        assert character in "\u200c\u200d" or unicodedata.category(character) not in {
            "Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"
        }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("olá, tudo bem?", "olá, tudo bem?"),
        ("\x1b]0;mine\x07", r"\x1b]0;mine\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\u202etxt.exe", r"\u202etxt.exe"),
        ("a\u2028b", r"a\u2028b"),
        ("\ud800", r"\ud800"),
        ("10\u202f000\xa0€", "10 000 €"),
        ("👩\u200d💻 ❤\ufe0f", "👩\u200d💻 ❤\ufe0f"),
    ],
)
def test_what_a_terminal_obeys_is_shown_as_an_escape_and_the_rest_as_it_is(text, expected):
    assert expected == visible(text)


def test_a_name_that_is_too_long_is_cut():
    assert "x" * 64 == visible_name("x" * 64)
    assert "x" * 64 + "…" == visible_name("x" * 65)
    assert r"a\x1bb" == visible_name("a\x1bb")


def test_times_are_told_in_this_machines_zone():
    assert ("2026-11-23", "01:12") == local_minute("2026-11-22T19:42")
    assert "01:12:30" == f"{local('2026-11-22T19:42:30.000000Z'):%H:%M:%S}"
    assert "05:30:01" == f"{local_moment(1_999_999):%H:%M:%S}"


@pytest.mark.parametrize("at", ["", "yesterday", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59.000000Z"])
def test_what_is_no_time_has_none(at):
    assert None is local(at)
    assert None is local_minute(at[:16])
