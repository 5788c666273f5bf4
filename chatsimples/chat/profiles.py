"""What people tell of themselves beside their nick: a user's name, a real name, and that they are away.

Each is in memory for everybody who is there, and in each checkpoint: so they are shorter than what is said.
"""

from __future__ import annotations

from typing import Final

from chatsimples.chat.names import check_text, printable
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

AWAY_SIZE: Final = 512
REALNAME_SIZE: Final = 256
USER_SIZE: Final = 32

_USER = N_("{name} is no user's name: it has at most {limit} letters, digits and signs, and no space")


def check_away(text: str) -> str:
    """Return why somebody is away, if that may be told; empty for who is back.

    Raises:
        Refusal: ``bad_text``, ``text_too_long``.
    """
    return text and check_text(text, AWAY_SIZE)


def check_realname(text: str) -> str:
    """Return a real name if it may be told.

    Raises:
        Refusal: ``bad_text``, ``text_too_long``.
    """
    return check_text(text, REALNAME_SIZE)


def check_user(name: str) -> str:
    """Return a user's name, which is a word without spaces, if it may be told.

    Raises:
        Refusal: ``bad_request``.
    """
    if not name.isprintable() or " " in name or not 0 < len(name) <= USER_SIZE:
        raise Refusal("bad_request", why=_USER, name=printable(name, USER_SIZE), limit=USER_SIZE)
    return name
