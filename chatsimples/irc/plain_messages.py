"""What nearly all lines are, a text for one channel, read without a look at what else a line can be."""

from __future__ import annotations

from functools import lru_cache

from chatsimples.chat.names import check_room
from chatsimples.errors import Refusal
from chatsimples.irc.server import Bounds

START = b"PRIVMSG #"
"""What these lines begin with."""

_CHANNEL = len(START) - 1
_ROOMS_KNOWN = 1_024


def read_plain(line: bytes, bounds: Bounds, longest: int) -> tuple[str, str] | None:
    r"""Return the room and the text of a line ``PRIVMSG #room :text``.

    Args:
        line: begins with `START`; its ``\n`` was taken off.
        bounds: of names and texts.
        longest: bytes that it may have.

    Returns:
        None if it is anything else, or may not be said: whoever reads all lines tells what and why.
    """
    line = line.rstrip(b"\r")
    channel, _, typed = line[_CHANNEL:].partition(b" :")
    if not typed or len(line) > longest or 0 < bounds.max_text < len(typed):
        return None
    try:
        text = typed.decode()
        # What is printable has neither formatting codes nor controls.
        if text.isspace() or not text.isprintable():
            return None
        return _room(channel, bounds.max_name), text
    except (UnicodeDecodeError, Refusal):
        return None


@lru_cache(_ROOMS_KNOWN)
def _room(channel: bytes, longest: int) -> str:
    return check_room(channel.decode(), longest)
