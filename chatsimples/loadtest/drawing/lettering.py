"""Texts in a plot: how wide they are, and what fits."""

from __future__ import annotations

import unicodedata

from chatsimples.loadtest.drawing.markup import Markup, element

SIZE = 13
"""How high the letters are in pixels, as the style has it."""


def width_of(text: str, size: float = SIZE) -> float:
    """Guess how wide a text is in pixels, rather too much: there is no font to ask."""
    ems = 0.0
    for char in text:
        if unicodedata.east_asian_width(char) in "WF":
            ems += 1.05
        elif char.isupper() or char in "mw@%—":
            ems += 0.82
        else:
            ems += 0.32 if char in "iljt.,:;|!'() " else 0.6
    return ems * size


def fitted(text: str, width: float, size: float = SIZE) -> str:
    """Cut a text that is too wide, with an ellipsis for what is missing."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def lettering(words: str, x: float, y: float, class_: str = "", full: str = "") -> Markup:
    """Give a text at a place; ``full`` is what it was before it was cut, told on asking."""
    whole = element("title", full) if full and full != words else Markup()
    return element("text", words, whole, x=float(x), y=float(y), class_=class_)
