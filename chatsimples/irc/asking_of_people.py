"""What is asked of people, and of how many there are: WHO, WHOIS, WHOWAS, MONITOR and the like."""

from __future__ import annotations

from collections.abc import Iterator

from chatsimples.chat import commands
from chatsimples.chat.commands import Command
from chatsimples.chat.masks import check_mask, is_mask
from chatsimples.chat.names import check_nick
from chatsimples.chat.watching import MOST as MOST_WATCHED
from chatsimples.errors import Refusal
from chatsimples.irc.asking import Asker, Params, listed
from chatsimples.irc.isupport import CHANNEL

MOST_ASKED = 32
"""Nicks that USERHOST and ISON answer for."""


def who(asker: Asker, params: Params) -> Iterator[Command]:
    """Ask for those in a room, or whose nicks a mask fits."""
    mask = params[0] if params else "*"
    moderators = len(params) > 1 and params[1] == "o"
    try:
        if mask.startswith(CHANNEL):
            yield commands.WhoList(asker.conn, asker.room(mask), moderators=moderators)
        else:
            mask = check_mask("*" if mask == "0" else mask, asker.bounds.max_name)
            yield commands.WhoList(asker.conn, nick=mask, moderators=moderators)
    except Refusal:
        # Nobody is there.
        return


def whois(asker: Asker, params: Params) -> Iterator[Command]:
    """Ask who somebody is; in front of the nick a server may be named, which is always this one."""
    # Others take masks here, and tell nobody of those.
    try:
        yield commands.Whois(asker.conn, asker.nick(params[-1].split(",")[0]))
    except Refusal as refusal:
        yield asker.fault(refusal)


def whowas(asker: Asker, params: Params) -> Iterator[Command]:
    """Ask who had a nick."""
    limit = int(params[1]) if len(params) > 1 and params[1].isascii() and params[1].isdigit() else 0
    try:
        yield commands.Whowas(asker.conn, asker.nick(params[0]), min(limit, 1_000))
    except Refusal:
        # Nobody can have been called so.
        return


def monitor(asker: Asker, params: Params) -> Iterator[Command]:
    """Watch nicks, or no more."""
    asked = params[0].upper()
    nicks = _nicks(asker, listed(params[1], 2 * MOST_WATCHED)) if len(params) > 1 else ()
    match asked:
        case "+":
            yield commands.Monitor(asker.conn, add=nicks)
        case "-":
            yield commands.Monitor(asker.conn, remove=nicks)
        case "C":
            yield commands.Monitor(asker.conn, clear=True)
        case "L":
            yield commands.Monitor(asker.conn, tell="list")
        case "S":
            yield commands.Monitor(asker.conn, tell="status")


def presence(asker: Asker, params: Params) -> Iterator[Command]:
    """Ask who of several is there."""
    names = [name for each in params for name in each.split()]
    yield commands.Presence(asker.conn, _nicks(asker, names[:MOST_ASKED]))


def count(asker: Asker, _: Params) -> Iterator[Command]:
    """Ask how many there are."""
    yield commands.Count(asker.conn)


def rooms(asker: Asker, _: Params) -> Iterator[Command]:
    """Ask which rooms there are; the answer looks at what was asked for."""
    yield commands.Rooms(asker.conn)


def kill(asker: Asker, params: Params) -> Iterator[Command]:
    """Remove somebody from the server."""
    try:
        yield commands.Kick(asker.conn, asker.nick(params[0]), "", asker.text(params[1:]))
    except Refusal as refusal:
        yield asker.fault(refusal)


def wallops(asker: Asker, params: Params) -> Iterator[Command]:
    """Tell everybody something."""
    try:
        yield commands.Announce(asker.conn, asker.text(params))
    except Refusal as refusal:
        yield asker.fault(refusal)


def _nicks(asker: Asker, names: list[str]) -> tuple[str, ...]:
    """Return those of the names that can be somebody's."""
    found = []
    for name in names:
        try:
            if not is_mask(name):
                found.append(check_nick(name, asker.bounds.max_name))
        except Refusal:
            continue
    return tuple(found)
