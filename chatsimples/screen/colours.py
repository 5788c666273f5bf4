"""The looks: which colours there are, and which stand for what.

Nothing is told by colour alone: what must not be overlooked is bold, reversed or underlined too, or has a
mark of its own. Nicks have colours all around the wheel but for the reds, which are for what goes wrong, and
the golds and pinks, which are for what is meant for this person. How bright they are depends on the ground on
which they stand; if that is not known, they can be read on black and on white alike.

The colours are of those that every terminal with 256 has (the steps are 00, 5f, 87, af, d7, ff): so they look
the same with 256 as with millions, and none becomes another's twin.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from chatsimples.chat.names import heard_key

NICK_COLOURS = 10
"""Looks of nicks: ``nick0`` and so on."""

_DARK_GROUNDS = frozenset(("0", "1", "2", "3", "4", "5", "6", "8"))
_LIGHT_GROUNDS = frozenset(("7", "9", "10", "11", "12", "13", "14", "15"))


class _Palette(NamedTuple):
    nicks: tuple[str, ...]
    calm: str
    red: str
    gold: str
    pink: str


_RICH = {
    "dark": _Palette(
        nicks=("#d7af87", "#afaf5f", "#87d75f", "#5fd7af", "#00afaf", "#5fd7ff", "#5fafff", "#af87ff",
               "#d787ff", "#d7afd7"),
        calm="#949494", red="#ff5f5f", gold="#ffd75f", pink="#ff87d7",
    ),
    "light": _Palette(
        nicks=("#5f5f00", "#005f00", "#008700", "#005f5f", "#005f87", "#005fd7", "#0000d7", "#8700ff",
               "#87005f", "#875f87"),
        calm="#626262", red="#af0000", gold="#875f00", pink="#af0087",
    ),
    "": _Palette(
        nicks=("#878700", "#5f8700", "#008700", "#008787", "#0087af", "#5f87d7", "#5f5fff", "#875fd7",
               "#af5fd7", "#af5f87"),
        calm="#767676", red="#d70000", gold="#af8700", pink="#d70087",
    ),
}  # fmt: skip

# Of the sixteen, those that are neither pale nor dark anywhere; blue is only where it is bold, and bold is
# bright in many terminals: there it can be read on black.
_PLAIN_NICKS = {
    "dark": ("ansigreen", "ansicyan", "bold ansiblue", "bold ansigreen", "bold ansicyan"),
    "light": ("ansigreen", "ansicyan", "ansiblue", "bold ansiblue"),
    "": ("ansigreen", "ansicyan", "bold ansiblue"),
}
_PLAIN = {
    ground: _Palette(nicks, calm="ansicyan", red="ansired", gold="ansimagenta", pink="ansimagenta")
    for ground, nicks in _PLAIN_NICKS.items()
}

_TWO = {
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
    """Give a nick's look: the same for the same nick, at every place and time."""
    # The lowest bits are much alike in names that are.
    return f"class:nick{(zlib.crc32(heard_key(nick).encode('utf-8', 'replace')) >> 8) % NICK_COLOURS}"


def depth(setting: str, environ: Mapping[str, str]) -> int:
    """Give how many bits a colour has: 1 (none), 4, 8 or 24.

    Args:
        setting: "off", "16", "256" or "true"; with "auto" the environment says: ``NO_COLOR`` (no-color.org),
            ``COLORTERM``, ``TERM``.
        environ: the environment.
    """
    asked = {"off": 1, "16": 4, "256": 8, "true": 24}.get(setting)
    if asked:
        return asked
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR") or term in ("", "dumb") or term.startswith("vt"):
        return 1
    # GNU screen passes on the variable of the terminal around it, and takes such colours for something else.
    within_screen = term.startswith("screen") and "STY" in environ
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") and not within_screen:
        return 24
    return 8 if "256color" in term else 4


def background(setting: str, environ: Mapping[str, str]) -> str:
    """Give the terminal's ground: "dark", "light", or "" if it is not known.

    Args:
        setting: "dark" or "light"; with "auto" ``COLORFGBG`` says (as rxvt sets it), if it is there.
        environ: the environment.
    """
    if setting in ("dark", "light"):
        return setting
    last = environ.get("COLORFGBG", "").rpartition(";")[2]
    if last in _LIGHT_GROUNDS:
        return "light"
    return "dark" if last in _DARK_GROUNDS else ""


@cache
def style_rules(bits: int, ground: str) -> dict[str, str]:
    """Give the looks for colours of so many bits on a ground."""
    if bits == 1:
        return {**{f"nick{number}": "" for number in range(NICK_COLOURS)}, **_TWO}
    palette = (_RICH if bits > 4 else _PLAIN)[ground]  # noqa: PLR2004 - the 16 colours of every terminal
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
    for name in sorted({*colours, *_TWO}):
        rules[name] = f"{colours.get(name, '')} {_TWO.get(name, '')}".strip()
    return rules
