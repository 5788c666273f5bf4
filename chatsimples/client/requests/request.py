"""Actions, sent as commands of the protocol: for a person at a terminal and for a pipe alike."""

from __future__ import annotations

import msgspec

from chatsimples.client.protocol.commands import Command
from chatsimples.client.protocol.core import Core
from chatsimples.client.requests import actions
from chatsimples.client.requests.actions import Action


class Destination(msgspec.Struct, frozen=True):
    """Where a text goes: into a room, or (``to``) to one person."""

    room: str = ""
    to: str = ""


def request(core: Core, action: Action, destination: Destination) -> Command | None:
    """Send an action's command.

    Args:
        core: sends it.
        action: what is asked for.
        destination: where the person is.

    Returns:
        The command; None if the action needs none.
    """
    match action:
        case actions.Say():
            return core.say(action.text, room=destination.room, to=destination.to)
        case actions.Private():
            return core.say(action.text, to=action.to)
        case actions.Enter():
            return core.join(action.room)
        case actions.Leave():
            return core.leave(action.room or destination.room)
        case actions.Rename():
            return core.change_nick(action.nick)
        case actions.Who():
            return core.who(action.room or destination.room, action.after, action.limit)
        case actions.Rooms():
            return core.list_rooms(action.after, action.limit)
    return None
