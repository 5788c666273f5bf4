"""A listener as a guest: which rooms are open to it, by the rule that a live server has.

It has no account, was invited nowhere, and knows no key: what is closed to a guest at this moment of the chat
is closed to it. A ban holds until a record lifts it.
"""

from __future__ import annotations

from chatsimples.chat import access
from chatsimples.chat.names import name_key
from chatsimples.chat.rooms import Connection
from chatsimples.chat.state import State
from chatsimples.errors import Refusal

_NO_CONNECTION = -1
_NO_TIME = 0


def check_entering(state: State, nick: str, room: str, *, past: bool = False) -> None:
    """See that somebody may hear a room from now on or, with ``past``, what was said in it before, too.

    Raises:
        Refusal: it is closed to guests.
    """
    found = state.rooms.get(name_key(room))
    if found is None:
        return
    access.check_entering(_guest(nick), found, room, "", _NO_TIME)
    if past:
        access.check_reading(_guest(nick), found, _NO_TIME)


def may_see(state: State, nick: str, room: str) -> bool:
    """Tell whether a room exists for somebody who is not in it.

    Raises:
        Refusal: it does, and they may not read it.
    """
    found = state.rooms.get(name_key(room))
    if found is None:
        return True
    if not access.sees(_guest(nick), found):
        return False
    access.check_reading(_guest(nick), found, _NO_TIME)
    return True


def open_rooms(
    state: State, nick: str, rooms: dict[str, str], *, past: bool = False
) -> tuple[dict[str, str], list[Refusal]]:
    """Return those of some rooms that somebody may hear, and why not the others; as `check_entering`."""
    heard: dict[str, str] = {}
    refused: list[Refusal] = []
    for key, room in rooms.items():
        try:
            check_entering(state, nick, room, past=past)
            heard[key] = room
        except Refusal as refusal:
            refused.append(refusal)
    return heard, refused


def _guest(nick: str) -> Connection:
    return Connection(_NO_CONNECTION, nick, "", "", nick_key=name_key(nick))
