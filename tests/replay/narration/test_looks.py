"""The looks: readable on every ground, and only where they are wanted."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from chatsimples.replay.narration.looks import NICK_COLOURS, Looks, colour_bits, nick_look
from chatsimples.screen import colours

_LEVELS = (0, 0x5F, 0x87, 0xAF, 0xD7, 0xFF)


def rgb(colour):
    """Give the red, green and blue of one of the 256 colours."""
    if colour >= 232:
        return (8 + 10 * (colour - 232),) * 3
    rest, blue = divmod(colour - 16, 6)
    red, green = divmod(rest, 6)
    return _LEVELS[red], _LEVELS[green], _LEVELS[blue]


def luminance(colour):
    linear = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_colour_can_be_read_on_black_and_on_white():
    written = Looks(8).write([(look, "x") for look in ("time", "room", "calm", "rule", "private")])
    used = {*NICK_COLOURS, *map(int, re.findall(r"38;5;(\d+)", written))}
    assert len(NICK_COLOURS) < len(used)
    for colour in used:
        # The least contrast that WCAG 2 lets large text and parts of controls have.
        assert min((luminance(colour) + 0.05) / 0.05, 1.05 / (luminance(colour) + 0.05)) >= 3, colour


def test_a_nick_looks_as_it_does_in_the_terminal_client():
    palette = colours.style_rules(8, "")
    for nick in ("ana", "Bia", "zé", "visitante-12", "李"):
        look = nick_look(nick)
        assert f"class:{look}" == colours.nick_class(nick)
        red, green, blue = rgb(NICK_COLOURS[int(look.removeprefix("nick"))])
        assert f"#{red:02x}{green:02x}{blue:02x}" == palette[look]


def test_looks_end_where_their_text_ends():
    line = [("time", "15:00 "), ("nick3", "ana"), ("", ": oi")]
    assert "15:00 ana: oi" == Looks().write(line)
    for bits in (4, 8):
        written = Looks(bits).write(line)
        assert "15:00 ana: oi" == re.sub(r"\x1b\[[0-9;]*m", "", written)
        sequences = re.findall(r"\x1b\[[0-9;]*m", written)
        assert [(each, "\x1b[0m") for each in sequences[::2]] == list(pairwise(sequences))[::2]
        assert written.endswith(": oi")


@pytest.mark.parametrize(
    ("setting", "environ", "terminal", "expected"),
    [
        ("auto", {"TERM": "xterm-256color"}, True, 8),
        ("auto", {"TERM": "xterm"}, True, 4),
        ("auto", {"TERM": "xterm", "COLORTERM": "truecolor"}, True, 8),
        ("auto", {"TERM": "xterm-256color"}, False, 0),
        ("auto", {"TERM": "xterm-256color", "NO_COLOR": "1"}, True, 0),
        ("auto", {"TERM": "xterm-256color", "NO_COLOR": ""}, True, 8),
        ("auto", {"TERM": "dumb"}, True, 0),
        ("auto", {"TERM": "vt100"}, True, 0),
        ("auto", {}, True, 0),
        ("off", {"TERM": "xterm-256color"}, True, 0),
        ("on", {"TERM": "xterm-256color", "NO_COLOR": "1"}, True, 8),
        ("on", {"TERM": "dumb"}, False, 4),
    ],
)
def test_colours_are_there_where_they_are_wanted(setting, environ, terminal, expected):
    assert expected == colour_bits(setting, environ, terminal=terminal)
