r"""Texts as IRC clients write them, and as they can be written to them.

On record a text has no control characters. So the codes of mIRC and its followers for bold, colours and the
like are taken out where a text comes in, and a tab becomes a space. CTCP wraps a text in ``\x01``: its
``ACTION`` is a kind of message, everything else is between programs and not part of a chat.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from chatsimples.chat.commands import MOST_LINES
from chatsimples.irc.server import Bounds

_FORMATTING = re.compile(
    "\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
_CTCP = "\x01"
_ACTION = "ACTION"
ACTION = f"{_CTCP}{_ACTION} "
"""What stands in front of what somebody does."""

# The two highest bits of a byte that goes on with a character.
_WITHIN = 0x80

LONGEST_LINE = 512
"""Bytes in a line of IRC, its tags not counted, with its end."""


class Said(NamedTuple):
    """What somebody has said.

    Attributes:
        text: as it goes on record; empty if nothing is left.
        action: whether it is what they do.
        ctcp: the word of a CTCP that is no message; empty for none.
    """

    text: str
    action: bool = False
    ctcp: str = ""


def read_text(typed: str) -> Said:
    """Return what a text of an IRC client means."""
    if typed.startswith(_CTCP):
        word, _, text = typed[1:].removesuffix(_CTCP).partition(" ")
        if word.upper() != _ACTION:
            return Said("", ctcp=word or "?")
        return Said(plain(text), action=True)
    return Said(plain(typed))


def plain(text: str) -> str:
    """Return a text without formatting codes."""
    # Most texts have none: that is quicker to see than to look for each.
    return text if text.isprintable() else _FORMATTING.sub("", text).replace("\t", " ")


def most_bytes(bounds: Bounds) -> int:
    """Return how many bytes a message of several lines may have, a newline for each line but the first."""
    return bounds.max_text or MOST_LINES * LONGEST_LINE


def pieces(text: str, size: int) -> list[str]:
    """Cut a text into pieces of at most so many bytes of UTF-8, between characters, at spaces if there are.

    Args:
        text: not empty.
        size: 4 at least.
    """
    # A character has at most 4 bytes.
    if len(text) * 4 <= size:
        return [text]
    data = text.encode()
    found = []
    while len(data) > size:
        end = data.rfind(b" ", size // 2, size + 1)
        if end <= 0:
            end = size
            while data[end] & 0xC0 == _WITHIN:
                end -= 1
        found.append(data[:end].decode())
        data = data[end:].removeprefix(b" ")
    return [*found, data.decode()] if data else found


def filled(words: Iterable[str], size: int, between: str = " ") -> Iterator[str]:
    """Put words into as few lines as there have to be, of at most so many bytes each."""
    line: list[str] = []
    left = size
    for word in words:
        wide = len(word.encode()) + 1
        if line and wide > left + 1:
            yield between.join(line)
            line, left = [], size
        line.append(word)
        left -= wide
    if line:
        yield between.join(line)


def fit(line: str, size: int = LONGEST_LINE - 2) -> str:
    """Cut a line that is too long at its end."""
    return line if len(line) * 4 <= size else line.encode()[:size].decode("utf-8", "ignore")
