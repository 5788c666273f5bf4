"""Colours and styles: which colours there are, and what stands for what, on a terminal and on a page.

Nothing is told by colour alone: what must not be overlooked is bold, reversed or underlined too, or has a
sign of its own. Nicks have colours all around the wheel except the reds, which stand for problems, and the
golds and pinks, which stand for what is meant for this person. How bright they are depends on the background;
if that is not known, they can be read on black and on white alike.

All are among the 256 colours of terminals (their steps are 00, 5f, 87, af, d7, ff), so they look the same
with 256 colours as with millions.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from chatsimples.chat.names import heard_key

NICK_COLOURS = 10
"""How many colours nicks have: their styles are ``nick0`` and so on."""

_LONGEST_CACHED = 64
_DARK_BACKGROUNDS = frozenset(("0", "1", "2", "3", "4", "5", "6", "8"))
_LIGHT_BACKGROUNDS = frozenset(("7", "9", "10", "11", "12", "13", "14", "15"))


class Palette(NamedTuple):
    """The colours for one background.

    Attributes:
        nicks: as many as there are, each ``#rrggbb`` or, of the sixteen, a name.
        calm: for what need not stand out.
        red: for problems.
        gold: for what names this person.
        pink: for what is private.
    """

    nicks: tuple[str, ...]
    calm: str
    red: str
    gold: str
    pink: str


PALETTES = {
    "dark": Palette(
        nicks=("#d7af87", "#afaf5f", "#87d75f", "#5fd7af", "#00afaf", "#5fd7ff", "#5fafff", "#af87ff",
               "#d787ff", "#d7afd7"),
        calm="#949494", red="#ff5f5f", gold="#ffd75f", pink="#ff87d7",
    ),
    "light": Palette(
        nicks=("#5f5f00", "#005f00", "#008700", "#005f5f", "#005f87", "#005fd7", "#0000d7", "#8700ff",
               "#87005f", "#875f87"),
        calm="#626262", red="#af0000", gold="#875f00", pink="#af0087",
    ),
    "": Palette(
        nicks=("#878700", "#5f8700", "#008700", "#008787", "#0087af", "#5f87d7", "#5f5fff", "#875fd7",
               "#af5fd7", "#af5f87"),
        calm="#767676", red="#d70000", gold="#af8700", pink="#d70087",
    ),
}  # fmt: skip
"""By background: dark, light, or not known."""

# Of the sixteen, those that are neither pale nor dark on any terminal. Blue is used only in bold, which is
# bright in many terminals: there it can be read on black.
_SIXTEEN_NICKS = {
    "dark": ("ansigreen", "ansicyan", "bold ansiblue", "bold ansigreen", "bold ansicyan"),
    "light": ("ansigreen", "ansicyan", "ansiblue", "bold ansiblue"),
    "": ("ansigreen", "ansicyan", "bold ansiblue"),
}
_SIXTEEN = {
    background: Palette(nicks, calm="ansicyan", red="ansired", gold="ansimagenta", pink="ansimagenta")
    for background, nicks in _SIXTEEN_NICKS.items()
}

_ATTRIBUTES = {
    "own": "bold",
    "mention": "bold reverse",
    # "mention.word" has all that "mention" has, unless it says otherwise.
    "mention.word": "bold underline noreverse",
    "private": "bold underline",
    "link": "underline",
    "problem": "bold",
    "unread": "bold",
    "heading": "bold",
    "day": "",
    "prompt": "bold",
    "question": "bold reverse",
    "pending": "italic",
    "status": "",
    "status.current": "bold reverse",
    "status.unread": "bold",
    "status.mention": "bold underline",
    "status.problem": "bold reverse",
    "status.dim": "",
    "completion": "",
    "completion.current": "reverse",
}


def nick_class(nick: str) -> str:
    """Return the name of a nick's style: the same for the same nick, at every place and time."""
    # The cache keeps no long names: a hostile server can make them up.
    return _nick_class(nick) if len(nick) <= _LONGEST_CACHED else _nick_class.__wrapped__(nick)


@lru_cache(maxsize=4096)
def _nick_class(nick: str) -> str:
    # The lowest bits are much alike in names that are.
    number = (zlib.crc32(heard_key(nick).encode("utf-8", "replace")) >> 8) % NICK_COLOURS
    return f"nick{number}"


def colour_depth(setting: str, environ: Mapping[str, str], *, terminal: bool = True) -> int:
    """Return how many bits a colour has: 1 (there are none), 4, 8 or 24.

    Args:
        setting: "off", "16", "256" or "true"; with "auto" the environment says: ``NO_COLOR`` (no-color.org),
            ``COLORTERM``, ``TERM``; with "on" there are colours in any case.
        environ: the environment.
        terminal: whether the output goes to a terminal.
    """
    asked = {"off": 1, "16": 4, "256": 8, "true": 24}.get(setting)
    if asked:
        return asked
    term = environ.get("TERM", "")
    plain = environ.get("NO_COLOR") or term in ("", "dumb") or term.startswith("vt")
    if setting != "on" and (plain or not terminal):
        return 1
    # GNU screen passes on the variable of the terminal around it, and takes such colours for something else.
    within_screen = term.startswith("screen") and "STY" in environ
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") and not within_screen:
        return 24
    return 8 if "256color" in term else 4


def background(setting: str, environ: Mapping[str, str]) -> str:
    """Return the terminal's background: "dark", "light", or "" if it is not known.

    Args:
        setting: "dark" or "light"; with "auto" ``COLORFGBG`` says (as rxvt sets it), if it is there.
        environ: the environment.
    """
    if setting in ("dark", "light"):
        return setting
    last = environ.get("COLORFGBG", "").rpartition(";")[2]
    if last in _LIGHT_BACKGROUNDS:
        return "light"
    return "dark" if last in _DARK_BACKGROUNDS else ""


@cache
def style_rules(bits: int, ground: str) -> dict[str, str]:
    """Return the styles by name, for colours of so many bits on a background.

    Each is written as prompt_toolkit reads it: ``#ff5f5f bold``, ``ansired bold``; on a terminal without
    colours ``bold`` alone.
    """
    if bits == 1:
        return {**{f"nick{number}": "" for number in range(NICK_COLOURS)}, **_ATTRIBUTES}
    palette = (PALETTES if bits > 4 else _SIXTEEN)[ground]  # noqa: PLR2004 - the 16 colours of every terminal
    calm, red, gold, pink = palette.calm, palette.red, palette.gold, palette.pink
    colours = {
        "time": calm,
        "past": calm,
        "room": calm,
        "notice": calm,
        "join": calm,
        "day": calm,
        "heading": calm,
        "pending": calm,
        "status.dim": calm,
        "completion": calm,
        "own": "",
        "private": pink,
        "mention": gold,
        "mention.word": gold,
        "unread": gold,
        "status.unread": gold,
        "status.mention": gold,
        "question": gold,
        "problem": red,
        "status.problem": red,
    }
    nicks = palette.nicks
    rules = {f"nick{number}": nicks[number % len(nicks)] for number in range(NICK_COLOURS)}
    for name in sorted({*colours, *_ATTRIBUTES}):
        rules[name] = f"{colours.get(name, '')} {_ATTRIBUTES.get(name, '')}".strip()
    return rules
