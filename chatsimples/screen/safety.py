r"""What others wrote, so that it can be shown: it moves nothing, hides nothing, and imitates nothing.

A server checks every text and name (`chatsimples.chat.names`); but a client can be led to a server that does
not, and a server lets pass what is ordinary in some script and a trick in another. So whatever came over the
network passes through `safe` before it is part of a line.

* What a terminal obeys, what nobody can see, and what has no agreed look (controls, formats, fillers, tags,
  private and unassigned characters) is shown as an escape such as ``\u202e``.
* Joiners and variation selectors stay where they do their work: in emoji, and between letters that join.
* Every space is shown as the plain one. No-break spaces are ordinary in typed French and Portuguese, so
  escapes would be noise; and a space of another width would only serve to line a text up with what is not
  its own.
* A character carries four marks; "…" stands for any more, which would reach into the rows above and below.
  A mark at the beginning, which would change what stands before the text, is shown as an escape.
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

_ELLIPSIS = "…"
_ZWJ = "\u200d"
_JOINERS = frozenset("\u200c\u200d")
_SELECTORS = frozenset("\ufe0e\ufe0f")
_ESCAPED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_INVISIBLE = re.compile(f"[{INVISIBLE}]")

# Vowels and finals of Hangul in pieces: letters by category, but they are put onto the letter before them.
_JAMO = re.compile("[\u1161-\u11ff\ud7b0-\ud7fb]")

# Blocks made of characters that need no second look if str.isprintable() takes them: letters with their
# accents, punctuation, symbols, kana, Chinese and Korean, emoji. In all the others `_kind` has to decide.
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

# The load that one character carries: four marks above or below it, or twice as many beside it. (A syllable
# of Burmese has up to five, most of them beside.)
_LOAD = 8
_MARK = 2
_SPACING_MARK = 1


class _Kind(Enum):
    PLAIN = auto()
    SPACE = auto()
    ESCAPED = auto()
    MARK = auto()
    SPACING_MARK = auto()
    JOINER = auto()
    SELECTOR = auto()


_ATTACHED = frozenset({_Kind.MARK, _Kind.SPACING_MARK, _Kind.JOINER, _Kind.SELECTOR})


def safe(text: str, limit: int = 0) -> str:
    """Give what others wrote so that it can be part of a line.

    Args:
        text: any characters at all.
        limit: characters of the result; "…" follows if there are more. 0 for no limit.
    """
    if text.isprintable() and (text.isascii() or not _UNUSUAL.search(text)):
        return text if not limit or len(text) <= limit else text[:limit] + _ELLIPSIS
    pieces = _Shown(text).pieces()
    return "".join(_limited(pieces, limit) if limit else pieces)


class _Shown:
    """Goes through a text, piece by piece of what is shown of it.

    ``_base`` is the character that marks, joiners and selectors now belong to ("" if there is none),
    ``_last`` what was shown last, ``_load`` the marks on ``_base``.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._base = self._last = ""
        self._load = 0

    def pieces(self) -> Iterator[str]:
        for index, character in enumerate(self._text):
            kind = _kind(character)
            if kind is _Kind.PLAIN or kind is _Kind.SPACE:
                shown = character if kind is _Kind.PLAIN else " "
                self._base, self._load = shown, 0
            elif kind is _Kind.MARK or kind is _Kind.SPACING_MARK:
                shown = self._mark(character, _MARK if kind is _Kind.MARK else _SPACING_MARK)
            elif (kind is _Kind.JOINER and self._joins(index)) or (
                kind is _Kind.SELECTOR and self._selects(index)
            ):
                shown = character
            else:
                shown = character.encode("unicode_escape").decode("ascii")
                self._base, self._load = "", 0
            if shown:
                self._last = shown
                yield shown

    def _mark(self, character: str, weight: int) -> str:
        if not self._base:
            return character.encode("unicode_escape").decode("ascii")
        if self._load > _LOAD:
            return ""
        self._load += weight
        if self._load > _LOAD:
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
        return _is_joining(following) or (_kind(following) is _Kind.MARK and self._load + _MARK <= _LOAD)

    def _selects(self, index: int) -> bool:
        if not self._base or self._last != self._base:
            return False
        return bool(_SELECTABLE.match(self._base) or _KEYCAP.match(self._text, index - 1))


def _limited(pieces: Iterable[str], limit: int) -> Iterator[str]:
    """Give whole pieces up to the limit; a character whose marks would be cut off goes with them."""
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
