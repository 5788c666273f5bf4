"""The text of a message, with its links and the reader's own nick standing out."""

from __future__ import annotations

import re

from chatsimples.screen.sanitize import sanitize
from chatsimples.screen.styled_text import StyledLine, links

LONGEST_TEXT = 65_536
"""Characters of a text that are shown."""


def styled_text(text: str, nick: str) -> StyledLine:
    """Return a message's text as pieces of a line.

    Args:
        text: as it was said.
        nick: the reader's; "" if it need not stand out.
    """
    shown = sanitize(text, LONGEST_TEXT)
    line: StyledLine = []
    at = 0
    for start, end in links(shown):
        line += _with_mentions(shown[at:start], nick)
        line.append(("class:text class:link", shown[start:end]))
        at = end
    return line + _with_mentions(shown[at:], nick)


def mentions(text: str, nick: str) -> bool:
    """Tell whether a text names a nick, as a word of its own."""
    return bool(nick) and nick.casefold() in text.casefold() and _named(nick).search(text) is not None


def _named(nick: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w]){re.escape(nick)}(?![\w])", re.IGNORECASE)


def _with_mentions(text: str, nick: str) -> StyledLine:
    line: StyledLine = []
    at = 0
    for named in _named(nick).finditer(text) if mentions(text, nick) else ():
        line += [("class:text", text[at : named.start()]), ("class:text class:mention.word", named[0])]
        at = named.end()
    line.append(("class:text", text[at:]))
    return [piece for piece in line if piece[1]]
