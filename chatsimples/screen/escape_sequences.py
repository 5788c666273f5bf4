"""Styled lines written with escape sequences (ECMA-48, SGR), for programs that print and own no screen."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatsimples.screen.colours import style_rules
from chatsimples.screen.styled_text import StyledLine, plain

_RESET = "\x1b[0m"
_ATTRIBUTES = {"bold": "1", "italic": "3", "underline": "4", "reverse": "7"}
_SIXTEEN = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_CLASS = re.compile(r"class:(\S+)")

# The 256 colours: after the sixteen a cube of six steps each way, then 24 greys.
_STEPS = ("00", "5f", "87", "af", "d7", "ff")
_NUMBERS = {
    **{
        f"#{red}{green}{blue}": 16 + 36 * r + 6 * g + b
        for r, red in enumerate(_STEPS)
        for g, green in enumerate(_STEPS)
        for b, blue in enumerate(_STEPS)
    },
    **{f"#{8 + 10 * grey:02x}" + f"{8 + 10 * grey:02x}" * 2: 232 + grey for grey in range(24)},
}


class EscapeSequences:
    """Writes lines as they look on a terminal.

    Args:
        bits: how many bits a colour has; 1: lines have no styles at all.
        background: of the terminal; "" if that is not known.
    """

    def __init__(self, bits: int = 1, background: str = "") -> None:
        self._plain = bits == 1
        rules = {} if self._plain else style_rules(bits, background)
        self._codes = {name: ";".join(_parameters(rule)) for name, rule in rules.items()}
        # A line's styles are few, and stand in the program.
        self._starts: dict[str, str] = {"": ""}

    def render(self, line: StyledLine) -> str:
        """Return a line with its escape sequences, without a newline."""
        if self._plain:
            return plain(line)
        return "".join([self._piece(style, text) for style, text in line])

    def _piece(self, style: str, text: str) -> str:
        start = self._starts.get(style)
        if start is None:
            code = ";".join(filter(None, map(self._codes.get, _CLASS.findall(style))))
            start = self._starts[style] = f"\x1b[{code}m" if code else ""
        return f"{start}{text}{_RESET}" if start else text


def _parameters(rule: str) -> Iterator[str]:
    for word in rule.split():
        if word.startswith("#"):
            yield f"38;5;{_NUMBERS[word]}"
        elif word.startswith("ansi"):
            yield str(30 + _SIXTEEN.index(word.removeprefix("ansi")))
        elif word in _ATTRIBUTES:
            yield _ATTRIBUTES[word]
