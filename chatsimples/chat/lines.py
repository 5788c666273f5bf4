"""Messages of several lines, as they come in."""

from __future__ import annotations

from collections.abc import Sequence

from chatsimples.chat.commands import MOST_LINES, Line
from chatsimples.chat.names import check_text, is_fit
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

_MANY = N_("a message has at most {limit} lines")
_EMPTY = N_("it is empty")


def check_lines(lines: Sequence[Line], limit: int) -> tuple[Line, ...]:
    """Return the lines of a message if they may be said: at most `MOST_LINES`, and not all of them empty.

    Args:
        lines: what a client wants to say.
        limit: bytes of UTF-8 allowed in all, with one between two lines; 0 for no limit.

    Raises:
        Refusal: ``bad_request`` (too many lines), ``bad_text``, ``text_too_long``.
    """
    if len(lines) > MOST_LINES:
        raise Refusal("bad_request", why=_MANY, limit=MOST_LINES)
    if all(not line.text or line.text.isspace() for line in lines):
        raise Refusal("bad_text", why=_EMPTY)
    for line in lines:
        # One of them may be empty, or look so.
        if not is_fit(line.text):
            check_text(line.text, 0)
    size = sum(len(line.text.encode()) for line in lines) + len(lines) - 1
    if 0 < limit < size:
        raise Refusal("text_too_long", limit=limit, size=size)
    return tuple(lines)
