"""The roles in a room: how people type them, and how a nick shows its role."""

from __future__ import annotations

from typing import get_args

from chatsimples.chat.commands import RoomRole
from chatsimples.i18n import N_

MARKS = {"owner": "~", "operator": "@", "voice": "+"}
"""What stands in front of the nick of somebody who has a role, as in IRC. No nick can begin so."""

ROLES: tuple[RoomRole, ...] = get_args(RoomRole)
"""The roles, the highest first; `none` takes one away."""

ROLE_WORDS: dict[RoomRole, str] = {
    "owner": N_("owner"),
    "operator": N_("operator"),
    "voice": N_("voice"),
    "none": N_("none"),
}
"""Each role in words."""

_PORTUGUESE: dict[str, RoomRole] = {
    "dono": "owner",
    "dona": "owner",
    "operador": "operator",
    "operadora": "operator",
    "voz": "voice",
    "nenhum": "none",
    "nada": "none",
}


def read_role(word: str) -> RoomRole | None:
    """Return the role that a word means, in either language; None if it means none."""
    word = word.lower()
    return next((role for role in ROLES if role == word), _PORTUGUESE.get(word))


def role_words(lang: str) -> list[str]:
    """Return the words to offer for the roles, in a language."""
    return ["dono", "operador", "voz", "nenhum"] if lang == "pt" else list(ROLES)


def marked(nick: str, role: str) -> str:
    """Return a nick with the mark of its role, if it has one: ``@ana``."""
    return MARKS.get(role, "") + nick
