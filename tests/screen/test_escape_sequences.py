"""Lines with escape sequences: coloured as on every other screen, and only where colours are wanted."""

from __future__ import annotations

import re
from itertools import pairwise

import pyte
import pytest

from chatsimples.screen.colours import NICK_COLOURS, PALETTES, nick_class, style_rules
from chatsimples.screen.escape_sequences import EscapeSequences
from chatsimples.screen.styled_text import StyledLine

LINE: StyledLine = [("class:time", "15:00 "), ("class:nick3", "ana"), ("", ": oi")]
SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")


def cell(style: str, bits: int, background: str) -> pyte.screens.Char:
    """Return a character in a style as a terminal shows it."""
    screen = pyte.Screen(10, 2)
    pyte.Stream(screen).feed(EscapeSequences(bits, background).render([(style, "x")]))
    return screen.buffer[0][0]


def test_without_colours_a_line_is_its_text() -> None:
    assert "15:00 ana: oi" == EscapeSequences().render(LINE)


@pytest.mark.parametrize("bits", [4, 8, 24])
def test_a_style_ends_where_its_text_ends(bits: int) -> None:
    written = EscapeSequences(bits).render(LINE)
    assert "15:00 ana: oi" == SEQUENCE.sub("", written)
    sequences = SEQUENCE.findall(written)
    assert 4 == len(sequences)
    assert [(each, "\x1b[0m") for each in sequences[::2]] == list(pairwise(sequences))[::2]
    assert written.endswith(": oi")


@pytest.mark.parametrize("background", PALETTES)
def test_a_nick_has_the_colour_that_it_has_in_the_terminal_client(background: str) -> None:
    palette = style_rules(8, background)
    for nick in ("ana", "Bia", "zé", "visitante-12", "李"):
        shown = cell(f"class:{nick_class(nick)}", 8, background)
        assert palette[nick_class(nick)] == f"#{shown.fg}"


@pytest.mark.parametrize("background", PALETTES)
@pytest.mark.parametrize("bits", [4, 8])
def test_every_style_is_written_as_its_rule_says(bits: int, background: str) -> None:
    for name, rule in style_rules(bits, background).items():
        shown = cell(f"class:{name}", bits, background)
        words = rule.split()
        assert [word in words for word in ("bold", "italic", "underline", "reverse")] == [
            shown.bold,
            shown.italics,
            shown.underscore,
            shown.reverse,
        ], name
        colour = next((word for word in words if word.startswith(("#", "ansi"))), "#default")
        assert colour.removeprefix("#").removeprefix("ansi") == shown.fg, name


def test_of_two_styles_the_last_one_decides_the_colour() -> None:
    shown = cell("class:problem class:private", 8, "dark")
    assert (PALETTES["dark"].pink, True) == (f"#{shown.fg}", shown.underscore)


def test_an_unknown_style_is_none() -> None:
    assert "x" == EscapeSequences(8).render([("class:none", "x")])


def test_all_colours_of_nicks_can_be_written() -> None:
    line: StyledLine = [(f"class:nick{number}", "x") for number in range(NICK_COLOURS)]
    for background in PALETTES:
        assert NICK_COLOURS == len(set(SEQUENCE.findall(EscapeSequences(8, background).render(line)))) - 1
