"""Actions, sent as commands of the protocol: for a person at a terminal and for a pipe alike."""

from __future__ import annotations

import msgspec

from chatsimples.chat import commands
from chatsimples.client.protocol.commands import Command
from chatsimples.client.protocol.core import Core
from chatsimples.client.requests import actions
from chatsimples.client.requests.actions import Action
from chatsimples.errors import Refusal
from chatsimples.i18n import N_
from chatsimples.words.governing import Governing

_KINDS = {
    commands.Topic: "topic",
    commands.Invite: "invite",
    commands.Grant: "role",
    commands.Set: "set",
    commands.Kick: "kick",
    commands.Ban: "ban",
    commands.Unban: "unban",
    commands.Mute: "mute",
    commands.Announce: "announcement",
}


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

    Raises:
        Refusal: it needs a room, and the person is in a private conversation.
    """
    match action:
        case actions.Say():
            return core.say(action.text, room=destination.room, to=destination.to, kind=action.kind)
        case actions.Away() | actions.TellName():
            return _tell(core, action)
        case actions.Private():
            return core.say(action.text, to=action.to)
        case actions.Enter():
            return core.join(action.room, action.key)
        case actions.Leave():
            return core.leave(action.room or destination.room)
        case actions.Rename():
            return core.change_nick(action.nick)
        case actions.Who():
            return core.who(action.room or destination.room, action.after, action.limit)
        case actions.Rooms():
            return core.list_rooms(action.after, action.limit)
        case actions.History():
            return core.history(
                "" if action.to else destination.room, action.limit, action.before, after=action.after,
                at=action.at, all_records=action.all_records, until=action.until, to=action.to,
            )  # fmt: skip
        case actions.Status():
            return core.status()
        case actions.Govern():
            return _govern(core, action.command, destination)
    return None


def _tell(core: Core, action: actions.Away | actions.TellName) -> Command:
    if isinstance(action, actions.Away):
        return core.be_away(action.text)
    return core.tell_name(action.realname)


# Beside what the core adds: what no words ask for, and IRC alone does.
_NOT_SENT = frozenset({"conn", "room", "id", "how", "ahead"})


def _govern(core: Core, asked: Governing, destination: Destination) -> Command:
    room = "" if isinstance(asked, commands.Announce) else asked.room
    if room == commands.HERE:
        if not destination.room:
            raise Refusal("bad_request", why=N_("this is a private conversation"))
        room = destination.room
    names = [name for name in asked.__struct_fields__ if name not in _NOT_SENT]
    return core.govern(_KINDS[type(asked)], room=room, **{name: getattr(asked, name) for name in names})
