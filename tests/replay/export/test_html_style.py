"""The page's colours are those of every other screen."""

from __future__ import annotations

import re

import pytest

from chatsimples.replay.export.html_style import style_sheet
from chatsimples.screen.colours import NICK_COLOURS, PALETTES


@pytest.mark.parametrize("background", ["light", "dark"])
def test_nicks_and_private_messages_have_the_palettes_colours(background: str) -> None:
    palette = PALETTES[background]
    for number, colour in enumerate(palette.nicks):
        assert f"--nick{number}: {colour};" in style_sheet()
    assert f"--calm: {palette.calm}; --private: {palette.pink};" in style_sheet()


def test_every_nick_has_a_rule_and_every_variable_a_value() -> None:
    sheet = style_sheet()
    assert NICK_COLOURS == len(re.findall(r"\.nick\d+ \{ color: var\(--nick\d+\); \}", sheet))
    assert set() == set(re.findall(r"var\(--([\w-]+)\)", sheet)) - set(re.findall(r"--([\w-]+): #", sheet))
