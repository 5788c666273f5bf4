"""Masks: nicks of which parts are left open, ``*`` for any characters and ``?`` for one.

A mask is told from a nick by these alone, which no nick can have.
"""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache
from typing import Final

from chatsimples.chat.names import check_nick, name_key

KEY: Final = "mask "
"""What the key of a mask begins with, among those of persons."""

_OPEN = re.compile(r"[*?]")


def is_mask(name: str) -> bool:
    """Tell whether a name has a part that is open."""
    return _OPEN.search(name) is not None


def check_mask(name: str, limit: int) -> str:
    """Return a mask, or a nick, in the form in which it is shown.

    Args:
        name: what was typed.
        limit: characters that it may have; 0 for no limit.

    Raises:
        Refusal: ``bad_nick``.
    """
    if not is_mask(name):
        return check_nick(name, limit)
    # With a letter wherever it is open, a mask is a name.
    check_nick(_OPEN.sub("a", name), limit)
    return name


def mask_key(mask: str) -> str:
    """Return what those are known by to whom a mask fits."""
    return KEY + name_key(mask)


def fits(key: str, nick_key: str) -> bool:
    """Tell whether a mask, by its key, fits a nick, by its key."""
    return _pattern(key.removeprefix(KEY)).match(nick_key) is not None


@lru_cache(maxsize=4_096)
def _pattern(mask: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(mask))
