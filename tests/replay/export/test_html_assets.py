"""The page's colours are those of every other screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import chatsimples
from chatsimples.replay.export.html_assets import script, style_sheet
from chatsimples.screen.colours import NICK_COLOURS, PALETTES


@pytest.mark.parametrize("background", ["light", "dark"])
def test_nicks_and_private_messages_have_the_palettes_colours(background: str) -> None:
    palette = PALETTES[background]
    for number, colour in enumerate(palette.nicks):
        assert f"--nick{number}: {colour};" in style_sheet()
    assert f"--calm: {palette.calm};" in style_sheet()
    assert f"--pink: {palette.pink};" in style_sheet()


def test_every_nick_has_a_rule_and_every_variable_a_value() -> None:
    sheet = style_sheet()
    assert NICK_COLOURS == len(re.findall(r"\.nick\d+ \{ color: var\(--nick\d+\); \}", sheet))
    assert set() == set(re.findall(r"var\(--([\w-]+)\)", sheet)) - set(re.findall(r"--([\w-]+): #", sheet))


def test_the_player_is_that_of_the_chats_page() -> None:
    page = Path(chatsimples.__file__).parent / "page"
    assert (page / "js" / "player" / "playback.js").read_text("utf-8") in script()
    assert (page / "style" / "player.css").read_text("utf-8") in style_sheet()
