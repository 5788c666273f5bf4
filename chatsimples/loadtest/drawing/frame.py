"""What plots have in common: their style, and the frame of an SVG with its title.

The same text stands in an HTML page, which takes `STYLE` into its own style, and, made `standalone`, in
a file.
"""

from __future__ import annotations

from pathlib import Path

from chatsimples.loadtest.drawing.lettering import fitted, lettering
from chatsimples.loadtest.drawing.markup import Markup, element

PAGE_STYLE = (Path(__file__).parent / "style.css").read_text("utf-8")
"""What the page and its plots look like, in light and dark."""

STYLE = PAGE_STYLE.partition("/* The page around the plots. */")[0]
"""The part of it that plots need: their colours are apart for the colour-blind too."""

COLOURS = 6
TITLE_SIZE = 15
ROW = 18
EDGE = 10


def framed(title: str, width: int, height: float, *children: Markup) -> Markup:
    """Put what is drawn into an SVG with a title."""
    return element(
        "svg",
        lettering(fitted(title, width - 2 * EDGE, TITLE_SIZE), EDGE, 20, "title", title),
        *children,
        class_="plot",
        role="img",
        aria_label=title,
        viewBox=f"0 0 {width} {height:.0f}",
        width=width,
        height=f"{height:.0f}",
    )


def standalone(svg: str) -> str:
    """Make a plot a file of its own, with its style and its ground."""
    end = svg.index(">")
    head = svg[:end].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    ground = element("rect", class_="ground", width="100%", height="100%")
    return f"{head}><style>{STYLE}</style>{ground}{svg[end + 1 :]}\n"
