"""What is typed, asked of the server: one function for a person at a terminal and for a pipe."""

from __future__ import annotations

import msgspec

from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.events import Command
from chatsimples.client.words import commands


class Place(msgspec.Struct, frozen=True):
    """Where what is said goes: a room, or (``to``) one person."""

    room: str = ""
    to: str = ""


def request(core: Core, action: commands.Action, place: Place) -> Command | None:
    """Ask for what an action means, said at a place; None if it is nothing that a server is asked for."""
    match action:
        case commands.Say():
            return core.say(action.text, room=place.room, to=place.to)
        case commands.Private():
            return core.say(action.text, to=action.to)
        case commands.Enter():
            return core.join(action.room)
        case commands.Leave():
            return core.leave(action.room or place.room)
        case commands.Rename():
            return core.change_nick(action.nick)
        case commands.Who():
            return core.who(action.room or place.room)
        case commands.Rooms():
            return core.list_rooms()
    return None
