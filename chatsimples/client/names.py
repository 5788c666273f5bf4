"""The names with which a run of the client begins."""

from __future__ import annotations

import getpass

from chatsimples.chat.names import check_nick, check_room, name_key
from chatsimples.errors import Refusal

FALLBACK_NICK = "cliente"
_LONGEST_LOGIN = 24


def room_names(setting: str) -> list[str]:
    """Read the rooms of ``--room geral,turma``: each once, in the order given; at least one.

    Raises:
        Refusal: ``bad_room``.
    """
    rooms: dict[str, str] = {}
    for each in setting.split(","):
        room = check_room(each.strip(), 0)
        rooms.setdefault(name_key(room), room)
    return list(rooms.values())


def login_nick() -> str:
    """Return a nick made of the login name."""
    try:
        login = getpass.getuser()
    except (KeyError, OSError):
        return FALLBACK_NICK
    fit = "".join(letter for letter in login if letter.isalnum() or letter in "_-.")
    try:
        return check_nick(fit[:_LONGEST_LOGIN], 0)
    except Refusal:
        return FALLBACK_NICK
