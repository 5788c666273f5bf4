"""Styled lines: how wide they are, and how they are cut and wrapped to a screen.

Terminals differ in how wide they draw joined emoji, flags and marks. Here everything counts as wide as the
widest of them draws it, character by character: a row that is a little short does no harm, one that is too
long is broken once more by the terminal, at its edge.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from wcwidth import iter_graphemes, wcwidth

from chatsimples.screen.sanitize import INVISIBLE

StyledLine = list[tuple[str, str]]
"""A line in pieces, each with its style (of prompt_toolkit) and its text; without a newline."""

MAX_LINK = 2000
"""Columns of a link that is left whole; a wider one is a word like others."""

_TEXT = "class:text"
_ELLIPSIS = "…"
_HANGING = 2
_NARROW = 8
_WIDE_FORM = "\ufe0f"
_WORD = re.compile("[^ ]+")

# No character in a link can be taken for the end of a row, or for a space in it: it is of ASCII and letters.
# A bracket or quote at its front stays with it.
_LINK = re.compile(
    r"[(<\[{\"'«“\u2018]{0,2}(?:(?:https?|ftp|file)://|(?<![^\W_])(?:www\.|mailto:))"
    rf"(?:[!-~]|[^\W_{INVISIBLE}])+",
    re.IGNORECASE,
)


def plain(line: StyledLine) -> str:
    """Return a line's text without its styles."""
    return "".join(text for _, text in line)


def width(line: StyledLine) -> int:
    """Return the columns that a line takes, on a screen of any width."""
    return _columns(plain(line))


def cut(text: str, columns: int) -> str:
    """Return as much of a text as fits, with "…" at its end if that is not all.

    Args:
        text: without newlines.
        columns: how many it may take; below 1 nothing fits.
    """
    if _columns(text) <= columns:
        return text
    if columns < 1:
        return ""
    if text.isascii():
        return text[: columns - 1] + _ELLIPSIS
    end = used = 0
    for grapheme in iter_graphemes(text):
        used += _columns(grapheme)
        if used >= columns:
            break
        end += len(grapheme)
    return text[:end] + _ELLIPSIS


def wrap(line: StyledLine, columns: int) -> list[StyledLine]:
    """Wrap a line to rows that fit a screen, at spaces where possible; these spaces are dropped.

    Rows after the first are indented to where the line's text begins: its first piece with ``class:text``
    in its style. Where that would take more than a third of the screen, or if there is no such piece, they
    are indented by 2; on a screen of fewer than 8 columns not at all.

    A link stays whole. One that is wider than a row has a row of its own, the only kind of row that is wider
    than the screen: the terminal breaks it, and still knows it as one link. (A single character of two
    columns is too wide for one column, too.)

    Args:
        line: the line; it is returned itself if it fits.
        columns: the screen's, from 1 up; less is taken as 1.
    """
    text = plain(line)
    columns = max(columns, 1)
    if _columns(text) <= columns:
        return [line]
    indent = _indent(line, columns)
    rows = _Rows(text, columns, columns - indent)
    first, *others = _pieces(line, rows.fill())
    return [first, *([("", " " * indent), *row] if indent else row for row in others)]


class _Rows:
    """Fills rows with words and links; a row is where it starts and ends in the text."""

    def __init__(self, text: str, first: int, others: int) -> None:
        self._text = text
        self._room = first
        self._others = others
        self._start = self._end = self._used = 0
        self._done: list[tuple[int, int]] = []

    def fill(self) -> list[tuple[int, int]]:
        """Fill all rows. Spaces at a row's end are no part of it."""
        for start, end, link in _words(self._text):
            size = self._columns(start, end)
            if not self._fits(start, size):
                if not link and size > self._others:
                    self._add_in_parts(start, end)
                    continue
                self._begin(start)
            self._add(start, end, size)
        return [*self._done, (self._start, self._end)]

    def _columns(self, start: int, end: int) -> int:
        """Return the columns that a part adds; a selector at its start widens the character before it."""
        before = self._text[max(0, start - 1) : start]
        if self._text[start] != _WIDE_FORM:
            return _columns(self._text[start:end])
        return _columns(before + self._text[start:end]) - _columns(before)

    def _fits(self, start: int, size: int) -> bool:
        return self._used + start - self._end + size <= self._room

    def _add(self, start: int, end: int, size: int) -> None:
        self._used += start - self._end + size
        self._end = end

    def _begin(self, start: int) -> None:
        # A row that has nothing yet but the spaces before this word begins with the word instead.
        if self._end > self._start:
            self._done.append((self._start, self._end))
            self._room = self._others
        self._start = self._end = start
        self._used = 0

    def _add_in_parts(self, start: int, end: int) -> None:
        word = self._text[start:end]
        if not word.isascii():
            for part in _parts(word, self._others):
                size = self._columns(start, start + len(part))
                if not self._fits(start, size):
                    self._begin(start)
                self._add(start, start + len(part), size)
                start += len(part)
            return
        while start < end:
            if not self._fits(start, 1):
                self._begin(start)
            stop = min(end, self._end + self._room - self._used)
            self._add(start, stop, stop - start)
            start = stop


def _words(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the start and end of each word and link, and whether it is a link. Between them are spaces."""
    place = 0
    for start, end in links(text):
        for word in _WORD.finditer(text, place, start):
            yield word.start(), word.end(), False
        yield start, end, True
        place = end
    for word in _WORD.finditer(text, place):
        yield word.start(), word.end(), False


def links(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each link that is left whole starts and ends, with a bracket or quote at its front."""
    for found in _LINK.finditer(text):
        link = found[0]
        if not link.isprintable():
            link = link[: next(place for place, each in enumerate(link) if not each.isprintable())]
        if _columns(link) <= MAX_LINK:
            yield found.start(), found.start() + len(link)


def _parts(word: str, room: int) -> Iterator[str]:
    """Yield a word's graphemes; the characters of one that is wider than a row (many joined emoji, say)."""
    for grapheme in iter_graphemes(word):
        if _columns(grapheme) <= room:
            yield grapheme
            continue
        part = ""
        for character in grapheme:
            if part and _character_columns(character):
                yield part
                part = ""
            part += character
        yield part


def _indent(line: StyledLine, columns: int) -> int:
    if columns < _NARROW:
        return 0
    head = 0
    for style, text in line:
        if _TEXT in style.split():
            return head if 3 * head <= columns else _HANGING
        head += _columns(text)
    return _HANGING


def _pieces(line: StyledLine, rows: list[tuple[int, int]]) -> Iterator[StyledLine]:
    """Yield each row's pieces of the line. Rows are in order and don't overlap."""
    piece = place = 0
    for start, end in rows:
        row: StyledLine = []
        while piece < len(line):
            style, text = line[piece]
            if part := text[max(start - place, 0) : end - place]:
                row.append((style, part))
            if place + len(text) > end:
                break
            place += len(text)
            piece += 1
        yield row


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    columns = sum(map(_character_columns, text))
    if _WIDE_FORM in text:
        # It turns a symbol of one column, such as a heart or a digit, into an emoji of two.
        columns += sum(
            after == _WIDE_FORM and before not in " \xad" and _character_columns(before) == 1
            for before, after in pairwise(text)
        )
    return columns


@lru_cache(maxsize=4096)
def _character_columns(character: str) -> int:
    # A mark beside its letter has no width in some terminals, and a column in others.
    least = 1 if unicodedata.category(character) == "Mc" else 0
    return max(wcwidth(character), least)
