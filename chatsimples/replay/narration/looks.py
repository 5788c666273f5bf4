"""The looks of what is played: which escape sequences stand for what.

The terminal's ground is not known, so nicks have colours that can be read on black and on white. They are
those that the terminal client gives on such a ground: a nick looks the same there and here.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import lru_cache

from chatsimples.chat.names import heard_key

Piece = tuple[str, str]
"""A look (``time``, ``room``, ``calm``, ``private``, ``rule``, ``nick`` and a number, or "") and a text."""

NICK_COLOURS = (100, 64, 28, 30, 31, 68, 63, 98, 134, 132)
"""Of the 256 colours."""

_CALM, _PINK = 243, 162
_RICH = {
    "time": f"38;5;{_CALM}",
    "room": f"38;5;{_CALM}",
    "calm": f"38;5;{_CALM}",
    "rule": f"38;5;{_CALM}",
    "private": f"38;5;{_PINK};1",
    **{f"nick{number}": f"38;5;{colour}" for number, colour in enumerate(NICK_COLOURS)},
}

# Of the sixteen, those that are neither pale nor dark anywhere; blue only where it is bold.
_PLAIN_NICKS = ("32", "36", "1;34")
_PLAIN = {
    "time": "2",
    "room": "2",
    "calm": "2",
    "rule": "2",
    "private": "35;1",
    **{f"nick{number}": _PLAIN_NICKS[number % len(_PLAIN_NICKS)] for number, _ in enumerate(NICK_COLOURS)},
}


class Looks:
    """Turns pieces into what is written to a terminal.

    Args:
        bits: of a colour: 0 for no looks at all, 4 or 8.
    """

    def __init__(self, bits: int = 0) -> None:
        self._codes: Mapping[str, str] = {0: {}, 4: _PLAIN, 8: _RICH}[bits]

    def write(self, line: list[Piece]) -> str:
        """Write a line, without a newline."""
        if not self._codes:
            return "".join([text for _, text in line])
        return "".join([self._piece(look, text) for look, text in line])

    def _piece(self, look: str, text: str) -> str:
        code = self._codes.get(look)
        return f"\x1b[{code}m{text}\x1b[0m" if code else text


@lru_cache(maxsize=4096)
def nick_look(nick: str) -> str:
    """Give a nick's look: the same for the same nick, at every place and time."""
    # The lowest bits are much alike in names that are.
    return f"nick{(zlib.crc32(heard_key(nick).encode('utf-8', 'replace')) >> 8) % len(NICK_COLOURS)}"


def colour_bits(setting: str, environ: Mapping[str, str], *, terminal: bool) -> int:
    """Give how many bits a colour has: 0 (none), 4 or 8.

    Args:
        setting: "off", "on", or "auto": ``NO_COLOR`` (no-color.org) and ``TERM`` say.
        environ: the environment.
        terminal: whether it is written to one.
    """
    term = environ.get("TERM", "")
    plain = not terminal or bool(environ.get("NO_COLOR")) or term in ("", "dumb") or term.startswith("vt")
    if setting == "off" or (setting == "auto" and plain):
        return 0
    true = environ.get("COLORTERM", "").lower() in ("truecolor", "24bit")
    return 8 if "256color" in term or true else 4
