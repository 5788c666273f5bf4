r"""Text that others typed, sanitized: it moves nothing, hides nothing and imitates nothing on a screen.

A server checks every text and name (`chatsimples.chat.names`); but a client can be led to a server that does
not, a transcript can be forged, and a server lets pass what is ordinary in one script and a trick in another.
So whatever came over the network or from a transcript passes through `sanitize` before it is part of a line.

* Controls, formats, fillers, tags, private and unassigned characters, which a terminal obeys or nobody can
  see, become escapes such as ``\u202e``.
* Joiners and variation selectors stay where they have an effect: in emoji, and between letters that join.
* Every space becomes the plain one. No-break spaces are ordinary in typed French and Portuguese, so escapes
  would be noise; and a space of another width would only serve to align a text with what is not its own.
* A character carries four marks; "…" stands for any more, which would reach into the rows above and below.
  A mark at the beginning, which would change the character before the text, becomes an escape.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from functools import lru_cache

INVISIBLE = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\U00016fe4\U0001d159"
    "\ufe00-\ufe0d\U000e0100-\U000e01ef"
)
"""Characters, as inside a regular expression's [], that show nothing though they count as printable."""

LONGEST_NAME = 64
"""Characters of a name that are shown."""

_ELLIPSIS = "…"
_ZWJ = "\u200d"
_JOINERS = frozenset("\u200c\u200d")
_SELECTORS = frozenset("\ufe0e\ufe0f")
_ESCAPED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_INVISIBLE = re.compile(f"[{INVISIBLE}]")

# Vowels and finals of Hangul in pieces: letters by category, but they are put onto the letter before them.
_JAMO = re.compile("[\u1161-\u11ff\ud7b0-\ud7fb]")

# Blocks of characters that are safe if str.isprintable() accepts them: letters with their accents,
# punctuation, symbols, kana, Chinese and Korean, emoji. For all others `_kind` decides.
_UNUSUAL = re.compile(
    "[^\x20-\x7e\xa1-\u02ff\u0370-\u0482\u048a-\u058f\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u20cf"
    "\u2100-\u27ff\u2900-\u2bff\u3001-\u3029\u3030-\u3098\u309b-\u3163\u3400-\u9fff\uac00-\ud7a3"
    "\uff01-\uff9f\U0001f000-\U0001faff]"
)

_EMOJI_BLOCKS = "\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_EMOJI = re.compile(f"[{_EMOJI_BLOCKS}]")
_SELECTABLE = re.compile(
    f"[{_EMOJI_BLOCKS}\xa9\xae\u203c\u2049\u2122\u2139\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe"
    "\u2934\u2935\u3030\u303d\u3297\u3299]"
)
_KEYCAP = re.compile("[#*0-9][\ufe0e\ufe0f]\u20e3")

# Blocks of scripts whose letters join, from Arabic to Myanmar, Mongolian, those of South-East Asia and so on.
# In Latin, Greek, Cyrillic or Chinese a joiner would only make two equal words different.
_JOINING = re.compile(
    "[\u0620-\u109f\u1700-\u1aff\u1b00-\u1cff\ua800-\ua8ff\ua930-\ua95f\ua980-\uabff"
    "\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff\U0001e900-\U0001e95f]"
)

# One character carries four marks above or below it, or twice as many beside it. (A syllable of Burmese has
# up to five, most of them beside.)
_MOST_WEIGHT = 8
_MARK_WEIGHT = 2
_SPACING_MARK_WEIGHT = 1


class _Kind(Enum):
    PLAIN = auto()
    SPACE = auto()
    ESCAPED = auto()
    MARK = auto()
    SPACING_MARK = auto()
    JOINER = auto()
    SELECTOR = auto()


_ATTACHED = frozenset({_Kind.MARK, _Kind.SPACING_MARK, _Kind.JOINER, _Kind.SELECTOR})


def sanitize(text: str, limit: int = 0) -> str:
    """Return a text that can be part of a line.

    Args:
        text: any characters at all.
        limit: characters of the result; "…" follows if there are more. 0 for no limit.
    """
    if text.isprintable() and (text.isascii() or not _UNUSUAL.search(text)):
        return text if not limit or len(text) <= limit else text[:limit] + _ELLIPSIS
    pieces = _Sanitizer(text).pieces()
    return "".join(_limited(pieces, limit) if limit else pieces)


def sanitize_name(name: str) -> str:
    """Return a nick or a room's name that can be part of a line; a longer one than the rules allow is cut."""
    # The cache keeps no long names: a hostile server can make them up.
    return _sanitize_name(name) if len(name) <= LONGEST_NAME else sanitize(name, LONGEST_NAME)


@lru_cache(maxsize=4096)
def _sanitize_name(name: str) -> str:
    return sanitize(name, LONGEST_NAME)


class _Sanitizer:
    """Goes through a text and gives the pieces of the result.

    ``_base`` is the character that marks, joiners and selectors now belong to ("" if there is none),
    ``_last`` the last piece, ``_weight`` that of the marks on ``_base``.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._base = self._last = ""
        self._weight = 0

    def pieces(self) -> Iterator[str]:
        for index, character in enumerate(self._text):
            kind = _kind(character)
            if kind is _Kind.PLAIN or kind is _Kind.SPACE:
                shown = character if kind is _Kind.PLAIN else " "
                self._base, self._weight = shown, 0
            elif kind is _Kind.MARK or kind is _Kind.SPACING_MARK:
                shown = self._mark(character, _MARK_WEIGHT if kind is _Kind.MARK else _SPACING_MARK_WEIGHT)
            elif (kind is _Kind.JOINER and self._joins(index)) or (
                kind is _Kind.SELECTOR and self._selects(index)
            ):
                shown = character
            else:
                shown = character.encode("unicode_escape").decode("ascii")
                self._base, self._weight = "", 0
            if shown:
                self._last = shown
                yield shown

    def _mark(self, character: str, weight: int) -> str:
        if not self._base:
            return character.encode("unicode_escape").decode("ascii")
        if self._weight > _MOST_WEIGHT:
            return ""
        self._weight += weight
        if self._weight > _MOST_WEIGHT:
            self._base = character = _ELLIPSIS
        return character

    def _joins(self, index: int) -> bool:
        following = self._text[index + 1 : index + 2]
        if not self._base or not following:
            return False
        if _EMOJI.match(self._base):
            emoji = bool(_EMOJI.match(following)) and _kind(following) is _Kind.PLAIN
            return emoji and self._text[index] == _ZWJ
        if not (_is_joining(self._base) and _JOINING.match(following)):
            return False
        room_for_mark = self._weight + _MARK_WEIGHT <= _MOST_WEIGHT
        return _is_joining(following) or (_kind(following) is _Kind.MARK and room_for_mark)

    def _selects(self, index: int) -> bool:
        if not self._base or self._last != self._base:
            return False
        return bool(_SELECTABLE.match(self._base) or _KEYCAP.match(self._text, index - 1))


def _limited(pieces: Iterable[str], limit: int) -> Iterator[str]:
    """Give whole pieces up to the limit; a character whose marks would be cut off is left out with them."""
    kept: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            cut = piece
            while kept and (_is_attached(cut) or kept[-1] in _JOINERS):
                cut = kept.pop()
            kept.append(_ELLIPSIS)
            break
        kept.append(piece)
    return iter(kept)


def _is_attached(piece: str) -> bool:
    return len(piece) == 1 and _kind(piece) in _ATTACHED


def _is_joining(character: str) -> bool:
    return bool(_JOINING.match(character)) and unicodedata.category(character).startswith("L")


@lru_cache(maxsize=4096)
def _kind(character: str) -> _Kind:
    if character in _JOINERS:
        return _Kind.JOINER
    if character in _SELECTORS:
        return _Kind.SELECTOR
    category = unicodedata.category(character)
    if category == "Cn" and "\U0001f000" <= character <= "\U0001faff":
        # An emoji younger than this Python's tables.
        return _Kind.PLAIN
    if category in _ESCAPED or _INVISIBLE.match(character):
        return _Kind.ESCAPED
    if category == "Zs":
        return _Kind.SPACE
    if category in ("Mn", "Me") or _JAMO.match(character):
        return _Kind.MARK
    return _Kind.SPACING_MARK if category == "Mc" else _Kind.PLAIN
