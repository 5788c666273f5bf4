"""The commands behind what owners, moderators and the operator lay down; each record tells its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from chatsimples.chat import commands
from chatsimples.chat.names import printable
from chatsimples.chat.records import Record, microseconds
from chatsimples.chat.room_settings import asked_by
from chatsimples.replay.proof.verdict import UnruledError

_MICROSECONDS = 1_000_000


def governing_command(group: Sequence[Record]) -> commands.Command:
    """Return the command that made records of which the first is a ``topic``, ``set``, ``role`` and so on.

    Raises:
        UnruledError: none can have made them.
    """
    first, last = group[0], group[-1]
    by, room, mark = first.by_conn, first.room, last.id if first.type == "set" else first.id
    match first.type:
        case "topic":
            return commands.Topic(by, room, first.text, mark)
        case "set":
            changes = [each.settings for each in group if each.settings is not None]
            return commands.Set(by, room, asked_by(changes), mark)
        case "role" if not room:
            return commands.AccountChanged(by, first.account, first.role)
        case "role" if first.role in get_args(commands.RoomRole):
            return commands.Grant(by, room, first.nick or first.account, _role(first), mark)
        case "invite":
            return commands.Invite(by, room, first.nick, mark)
        case "ban":
            return commands.Ban(by, room, first.nick, _account(first), _seconds(first), first.text, mark)
        case "unban":
            return commands.Unban(by, room, first.nick, _account(first), mark)
        case "mute" if first.reason:
            return commands.Mute(by, room, first.nick, commands.LIFTED, id=mark)
        case "mute":
            seconds = _seconds(first)
            return commands.Mute(by, room, first.nick, seconds, first.text, mark, ahead=not first.conn)
        case "exempt" | "admit":
            return commands.Exempt(
                by, room, first.nick, _account(first), welcome=first.type == "admit",
                lifted=first.reason != "", id=mark,
            )  # fmt: skip
    raise UnruledError(first.seq, f"nobody can do this: {printable(first.type, 40)}")


def _role(record: Record) -> commands.RoomRole:
    return next(each for each in get_args(commands.RoomRole) if each == record.role)


def _account(record: Record) -> str:
    """Return the account that was named, which is so if no nick was."""
    return "" if record.nick else record.account


def _seconds(record: Record) -> int:
    if not record.until:
        return 0
    return (microseconds(record.until) - microseconds(record.at)) // _MICROSECONDS
