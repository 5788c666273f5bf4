"""HTML and SVG put together so that nothing gets in unescaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

_UNFIT = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Markup(str):
    """Text that is markup already and isn't escaped again."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | float) -> Markup:
    """Give an element of HTML or SVG; what is not `Markup` is escaped.

    An attribute's name is written with ``_`` for ``-``, and ``class_`` for ``class``.
    """
    written = ""
    for key, value in attributes.items():
        if value != "":
            shown = f"{value:.1f}" if isinstance(value, float) else escaped(str(value))
            written += f' {key.rstrip("_").replace("_", "-")}="{shown}"'
    return Markup(f"<{name}{written}>{joined(children)}</{name}>")


def joined(children: Iterable[str]) -> Markup:
    """Join pieces of markup and of text; what is not `Markup` is escaped."""
    return Markup("".join(each if isinstance(each, Markup) else escaped(each) for each in children))


def escaped(text: str) -> Markup:
    """Escape a text; characters that XML can't hold, and controls, become U+FFFD."""
    return Markup(escape(_UNFIT.sub("\ufffd", text)))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", class_: str = "") -> Markup:
    """Give a table that scrolls by itself where it is too wide.

    Args:
        head: names of the columns.
        rows: each begins with its name; a cell that is a ``td`` element already stands as it is.
        caption: stands above it, and names it for whoever has it read out; else its first column does.
        class_: of the table, for its style.
    """
    body = [element("tr", element("th", first, scope="row"), *map(_cell, rest)) for first, *rest in rows]
    top = element("thead", element("tr", *[element("th", name, scope="col") for name in head]))
    words = element("caption", caption) if caption else Markup()
    whole = element("table", words, top, element("tbody", *body), class_=class_)
    return element("div", whole, class_="scroll", tabindex=0, role="region", aria_label=caption or head[0])


def _cell(content: str) -> str:
    is_one = isinstance(content, Markup) and content.startswith("<td")
    return content if is_one else element("td", content)
