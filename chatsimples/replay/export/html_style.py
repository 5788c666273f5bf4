"""The page's style sheet: the colours of `chatsimples.screen.colours`, then the rules of ``player.css``."""

from __future__ import annotations

from pathlib import Path

from chatsimples.screen.colours import NICK_COLOURS, PALETTES


def style_sheet() -> str:
    """Return the style sheet."""
    light, dark = _variables("light"), _variables("dark")
    nicks = " ".join(f".nick{number} {{ color: var(--nick{number}); }}" for number in range(NICK_COLOURS))
    colours = f"""\
:root {{ {light} }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}
{nicks}
"""
    return colours + (Path(__file__).parent / "player.css").read_text("utf-8")


def _variables(background: str) -> str:
    palette = PALETTES[background]
    colours = {f"nick{number}": colour for number, colour in enumerate(palette.nicks)}
    colours |= {"calm": palette.calm, "private": palette.pink}
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())
