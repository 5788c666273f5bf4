"""What is told of how rooms are set, of their lists, and of those who are listed: MODE and LIST."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from chatsimples.chat.effects import Answer, Error, Held, RoomList, RoomModes, RoomSize
from chatsimples.chat.masks import fits, mask_key
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record, microseconds
from chatsimples.chat.room_settings import RoomSettings
from chatsimples.irc import modes
from chatsimples.irc import numerics as n
from chatsimples.irc.isupport import CHANNEL
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies.refusals import tell_refusal
from chatsimples.irc.replies.writer import Writer

Parts = Sequence[Record | Answer]

_MICROSECONDS = 1_000_000


def mode(writer: Writer, mark: Mark, parts: Parts) -> None:
    """Tell how a room or a user is set, or what was changed and what could not be."""
    if not mark.params[0].startswith(CHANNEL):
        _user_mode(writer, mark)
        return
    refused: set[tuple[str, str]] = set()
    told: RoomModes | None = None
    for part in parts:
        match part:
            case Record():
                writer.record(part)
            case RoomModes():
                told = part
                _unanswered(writer, mark, part)
            case Error(code="no_such_room" | "bad_room"):
                tell_refusal(writer, part, mark)
                return
            case Error() if (part.code, part.detail.get("nick", "")) not in refused:
                # One refusal says it, however many changes there are.
                refused.add((part.code, part.detail.get("nick", "")))
                tell_refusal(writer, part, mark)
    if told is not None and not mark.params[1:]:
        channel = f"{CHANNEL}{told.room}"
        settings = told.settings if told.settings is not None else _ORDINARY
        writer.numeric(n.RPL_CHANNELMODEIS, channel, *modes.told(settings, keyed=told.keyed))
        if told.made_at:
            writer.numeric(n.RPL_CREATIONTIME, channel, _seconds(told.made_at))


# A room that nobody governs is as if it were set so.
_ORDINARY = RoomSettings()


def _unanswered(writer: Writer, mark: Mark, answer: RoomModes) -> None:
    """Tell what the chat was not asked for: lists, modes that are none, and parameters that are missing."""
    channel = f"{CHANNEL}{answer.room}"
    listed: set[str] = set()
    for change in modes.read(mark.params[1:]) if mark.params[1:] else ():
        if not modes.is_known(change.letter):
            shown = change.letter if change.letter.isprintable() and change.letter not in " :" else "*"
            writer.numeric(n.ERR_UNKNOWNMODE, shown, text=f"is unknown mode char to me for {channel}")
        elif change.asks and change.letter not in listed:
            listed.add(change.letter)
            _LISTS[change.letter](writer, channel, answer)
        elif change.lacks:
            text = "You must give a parameter for this mode"
            writer.numeric(n.ERR_INVALIDMODEPARAM, channel, change.letter, "*", text=text)


def _bans(writer: Writer, channel: str, answer: RoomModes) -> None:
    _list(writer, n.RPL_BANLIST, channel, answer.bans)
    _list(writer, n.RPL_BANLIST, channel, answer.mutes, modes.MUTED)
    writer.numeric(n.RPL_ENDOFBANLIST, channel, text="End of channel ban list")


def _exempt(writer: Writer, channel: str, answer: RoomModes) -> None:
    _list(writer, n.RPL_EXCEPTLIST, channel, answer.exempt)
    writer.numeric(n.RPL_ENDOFEXCEPTLIST, channel, text="End of channel exception list")


def _welcome(writer: Writer, channel: str, answer: RoomModes) -> None:
    _list(writer, n.RPL_INVEXLIST, channel, answer.welcome)
    writer.numeric(n.RPL_ENDOFINVEXLIST, channel, text="End of channel invite exception list")


_LISTS: dict[str, Callable[[Writer, str, RoomModes], None]] = {
    modes.BAN: _bans,
    modes.EXEMPT: _exempt,
    modes.WELCOME: _welcome,
}


def _list(writer: Writer, number: str, channel: str, held: Iterable[Held], front: str = "") -> None:
    for each in held:
        mask = modes.mask_of(each.nick, account=each.account)
        writer.numeric(number, channel, front + mask, each.by, _seconds(each.at) if each.at else "0")


def _user_mode(writer: Writer, mark: Mark) -> None:
    """Tell how a user is set, which is known where lines are read."""
    nick = mark.params[0]
    if name_key(nick) != name_key(writer.nick):
        writer.numeric(n.ERR_USERSDONTMATCH, text="Can't change or see the modes of others")
        return
    if not mark.params[1:]:
        writer.numeric(n.RPL_UMODEIS, "+" + modes.of_user(writer.style))
        return
    done = ""
    for change in modes.read(mark.params[1:2]):
        if change.letter in modes.OF_USERS:
            done += ("+" if change.adds else "-") + change.letter
        else:
            writer.numeric(n.ERR_UMODEUNKNOWNFLAG, text="Unknown MODE flag")
    if done:
        writer.say_as(writer.nick, f"MODE {writer.nick} {done}")


def rooms(writer: Writer, mark: Mark, parts: Parts) -> None:
    """Tell which rooms there are of those that were asked for."""
    wanted = mark.params[0].split(",") if mark.params else []
    writer.numeric(n.RPL_LISTSTART, "Channel", text="Users  Name")
    for part in parts:
        if isinstance(part, RoomList):
            for each in part.rooms:
                if all(_is_wanted(each, condition) for condition in wanted) or _is_named(each, wanted):
                    channel = f"{CHANNEL}{each.room}"
                    writer.numeric(n.RPL_LIST, channel, str(each.members), text=each.topic)
    writer.numeric(n.RPL_LISTEND, text="End of /LIST")


def _is_named(room: RoomSize, wanted: Sequence[str]) -> bool:
    names = [each for each in wanted if each[:1] not in {"<", ">", "!"}]
    return bool(names) and len(names) == len(wanted) and any(_is_wanted(room, each) for each in names)


def _is_wanted(room: RoomSize, condition: str) -> bool:
    """Tell whether a room meets a condition: a mask, ``!`` and a mask, ``<`` or ``>`` and a number."""
    sign, number = condition[:1], condition[1:]
    if sign in {"<", ">"} and number.isascii() and number.isdigit():
        return room.members < int(number[:9]) if sign == "<" else room.members > int(number[:9])
    bare = condition.removeprefix("!")
    # The mask is of the channel's name: with its first sign, if it begins with that.
    found = fits(mask_key(bare), CHANNEL + name_key(room.room))
    return found is not condition.startswith("!")


def _seconds(at: str) -> str:
    return str(microseconds(at) // _MICROSECONDS)
