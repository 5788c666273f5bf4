"""How many messages of a room's history may be asked for at once, and how many if nobody says."""

from __future__ import annotations

from chatsimples.errors import Refusal
from chatsimples.i18n import N_

HISTORY_LIMIT = 1_000
HISTORY_DEFAULT = 20


def check_count(count: int) -> int:
    """Return ``count`` if so many messages may be asked for.

    Raises:
        Refusal: ``bad_request``.
    """
    if not 0 < count <= HISTORY_LIMIT:
        raise Refusal("bad_request", why=N_("limit is from 1 to {most}"), most=HISTORY_LIMIT)
    return count


def read_count(typed: str) -> int:
    """Return how many messages a person asks for who types this after the command; the default for nothing.

    Raises:
        Refusal: ``bad_request``.
    """
    if not typed:
        return HISTORY_DEFAULT
    digits = typed.lstrip("0") if typed.isascii() and typed.isdigit() else ""
    # Python reads no number of more than 4,300 digits.
    if not 0 < len(digits) <= len(str(HISTORY_LIMIT)) or int(digits) > HISTORY_LIMIT:
        raise Refusal("bad_request", why=N_("N is from 1 to {most}"), most=HISTORY_LIMIT)
    return int(digits)
