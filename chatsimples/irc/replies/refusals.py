"""Refusals as numerics; those that IRC has no number for as standard replies."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chatsimples.chat.effects import Error
from chatsimples.irc import faults, multiline
from chatsimples.irc import numerics as n
from chatsimples.irc.commands import SPEAKING
from chatsimples.irc.isupport import CHANNEL
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies.writer import Writer

NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "already_registered": n.ERR_ALREADYREGISTERED,
        "bad_key": n.ERR_BADCHANNELKEY,
        "bad_nick": n.ERR_ERRONEUSNICKNAME,
        "bad_room": n.ERR_NOSUCHCHANNEL,
        "login_failed": n.ERR_PASSWDMISMATCH,
        "nick_confusable": n.ERR_NICKNAMEINUSE,
        "nick_in_use": n.ERR_NICKNAMEINUSE,
        "nick_registered": n.ERR_NICKNAMEINUSE,
        "no_such_nick": n.ERR_NOSUCHNICK,
        "no_such_room": n.ERR_NOSUCHCHANNEL,
        "not_in_room": n.ERR_NOTONCHANNEL,
        "not_registered": n.ERR_NOTREGISTERED,
        "room_closed": n.ERR_INVITEONLYCHAN,
        "room_full": n.ERR_CHANNELISFULL,
        "too_many_own_rooms": n.ERR_TOOMANYCHANNELS,
        "too_many_rooms": n.ERR_TOOMANYCHANNELS,
    }
)
"""The numeric of a refusal, wherever it comes."""

OF_COMMANDS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        # Whether there is such a room is nobody's who is not in it.
        ("KICK", "not_in_room"): n.ERR_NOSUCHCHANNEL,
        ("KICK", "no_such_nick"): n.ERR_USERNOTINCHANNEL,
    }
)
"""The numeric of a refusal of one command."""

OF_ROOMS: Mapping[str, str] = MappingProxyType(
    {
        "banned": n.ERR_BANNEDFROMCHAN,
        "list_full": n.ERR_BANLISTFULL,
        "login_required": n.ERR_NEEDREGGEDNICK,
        "not_permitted": n.ERR_CHANOPRIVSNEEDED,
    }
)
"""The numeric of a refusal that names a room."""

OF_SERVER: Mapping[str, str] = MappingProxyType(
    {
        "banned": n.ERR_YOUREBANNEDCREEP,
        "login_required": n.ERR_PASSWDMISMATCH,
        "not_permitted": n.ERR_NOPRIVILEGES,
    }
)
"""The numeric of a refusal that names none."""

_NOT_SAID = frozenset(
    {"not_in_room", "muted", "bad_room", "bad_text", "text_too_long", "not_permitted", "read_only"}
)
_OF_BATCHES: Mapping[str, str] = MappingProxyType(
    {
        multiline.INVALID: "It is no message of several lines",
        multiline.INVALID_TARGET: "A message of several lines has one target",
        multiline.MAX_BYTES: "The lines of a message may not have more bytes in all",
        multiline.MAX_LINES: "A message may not have more lines",
    }
)
_FAULTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        faults.UNKNOWN: (n.ERR_UNKNOWNCOMMAND, "Unknown command"),
        faults.INCOMPLETE: (n.ERR_NEEDMOREPARAMS, "Not enough parameters"),
    }
)


def tell_refusal(writer: Writer, error: Error, mark: Mark | None = None) -> None:
    """Tell a refusal of what was asked; without a mark, of what was said."""
    command = mark.command if mark is not None else "PRIVMSG"
    if error.code == "nick_unchanged":
        # As other servers have it.
        return
    detail = error.detail
    room = detail.get("room", "")
    text = writer.explained(error.code, detail)
    if command in SPEAKING and error.code in _NOT_SAID:
        target = detail.get("target") or (f"{CHANNEL}{room}" if room else writer.nick)
        if error.code == "bad_room":
            writer.numeric(n.ERR_NOSUCHCHANNEL, target, text=text)
        else:
            writer.numeric(n.ERR_CANNOTSENDTOCHAN, target, text=text)
        return
    if error.code == "not_a_member":
        writer.numeric(n.ERR_USERNOTINCHANNEL, detail["nick"], f"{CHANNEL}{room}", text=text)
        return
    if error.code == "bad_mode":
        channel = mark.params[0] if mark is not None else "*"
        writer.numeric(n.ERR_INVALIDMODEPARAM, channel, detail["mode"], detail["given"], text=text)
        return
    number = (
        OF_COMMANDS.get((command, error.code))
        or NUMBERS.get(error.code)
        or (OF_ROOMS if room else OF_SERVER).get(error.code)
    )
    if number is None:
        writer.fail(command, error.code, text=text)
        return
    named = (f"{CHANNEL}{room}" if room else "") or detail.get("nick", "") or detail.get("name", "")
    # A name may be the shown form of something that is none.
    params = (named,) if named and " " not in named and not named.startswith(":") else ()
    writer.numeric(number, *params, text=text)


def tell_fault(writer: Writer, mark: Mark) -> None:
    """Tell why a line was not understood."""
    if mark.fault == faults.BAD_UTF8:
        # Whoever writes so is told in this way, whatever it has asked for (IRCv3 utf8only).
        writer.say("FAIL * INVALID_UTF8 :This line is not UTF-8")
    elif mark.fault == faults.TOO_LONG:
        writer.numeric(n.ERR_INPUTTOOLONG, text="Input line was too long")
    elif mark.fault == faults.TOO_MANY:
        writer.numeric(n.ERR_TOOMANYTARGETS, mark.command, text="Too many targets: none was done")
    elif mark.fault == faults.BAD_BATCH:
        code, *context = mark.params
        writer.refuse(mark.command, code, *context, text=_OF_BATCHES[code])
    elif mark.command in SPEAKING and not mark.params:
        writer.numeric(n.ERR_NORECIPIENT, text=f"No recipient given ({mark.command})")
    elif mark.command in SPEAKING:
        writer.numeric(n.ERR_NOTEXTTOSEND, text="No text to send")
    elif mark.fault == faults.INCOMPLETE and mark.command == "NICK":
        writer.numeric(n.ERR_NONICKNAMEGIVEN, text="No nickname given")
    elif mark.fault == faults.INCOMPLETE and mark.command == "PING":
        writer.numeric(n.ERR_NOORIGIN, text="No origin specified")
    else:
        number, text = _FAULTS[mark.fault]
        writer.numeric(number, mark.command[:64], text=text)
