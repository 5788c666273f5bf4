"""What MODE asks of the chat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatsimples.chat import commands
from chatsimples.chat.commands import Command
from chatsimples.chat.masks import check_mask
from chatsimples.chat.names import check_nick, printable
from chatsimples.chat.room_settings import MOST_MEMBERS, SettingsAsked
from chatsimples.errors import Refusal
from chatsimples.i18n import N_
from chatsimples.irc import modes
from chatsimples.irc.asking import Asker
from chatsimples.irc.isupport import CHANNEL
from chatsimples.irc.modes import Change

# Of a mask nothing but the nick means anything here: users and hosts are anybody's.
_MASK = re.compile(r"(?P<nick>[^!@]+)(?:!(?P<user>[^@]*))?(?:@(?P<host>.*))?")
_ANY = {None, "*", "u", "~u", "c*"}
_LONGEST_KEY = 64

_HOSTS = N_("masks are of nicks alone: nick!*@*, or a:account")
_NO_KEY = N_("a key has no spaces and commas, and at most {limit} characters")
_NO_NUMBER = N_("it is a number up to {most}")


def mode(asker: Asker, params: Sequence[str]) -> Iterator[Command]:
    """Ask how a room is set, or set it; what users set of themselves the chat need not know."""
    if not params[0].startswith(CHANNEL):
        return
    try:
        room = asker.room(params[0])
    except Refusal as refusal:
        yield asker.fault(refusal)
        return
    changes = modes.read(params[1:]) if params[1:] else []
    yield commands.Modes(asker.conn, room, lists=any(each.asks for each in changes))
    asked: dict[str, object] = {}
    for change in changes:
        if change.lacks or change.asks or not modes.is_known(change.letter):
            # The answer tells it, where it needs to.
            continue
        try:
            if change.letter in modes.FLAGS or change.letter in {modes.KEY, modes.LIMIT}:
                asked |= _setting(change)
            else:
                yield _command(asker, room, change)
        except Refusal as refusal:
            yield asker.fault(refusal)
    if asked:
        yield commands.Set(asker.conn, room, SettingsAsked(**asked))  # type: ignore[arg-type] # by their names


def _setting(change: Change) -> dict[str, object]:
    """Return the setting that a mode changes."""
    flag = modes.FLAGS.get(change.letter)
    if flag is not None:
        return {flag.setting: flag.on if change.adds else flag.off}
    given = change.given or ""
    if change.letter == modes.LIMIT:
        if not change.adds:
            return {"limit": 0}
        if not given.isascii() or not given.isdigit() or not 0 < int(given[:9]) <= MOST_MEMBERS:
            raise _invalid(change, why=_NO_NUMBER, most=MOST_MEMBERS)
        return {"limit": int(given)}
    if not change.adds:
        return {"key": ""}
    if not 0 < len(given) <= _LONGEST_KEY or re.search(r"[\s,]", given) or not given.isprintable():
        raise _invalid(change, why=_NO_KEY, limit=_LONGEST_KEY)
    return {"key": given}


def _command(asker: Asker, room: str, change: Change) -> Command:
    """Return what changes a member's role or a list."""
    given, lifted = change.given or "", not change.adds
    role = modes.ROLES.get(change.letter)
    if role is not None:
        return commands.Grant(asker.conn, room, asker.nick(given), role, how="lower" if lifted else "raise")
    if change.letter == modes.BAN and given.startswith(modes.MUTED):
        nick, _ = _whom(asker, change, given.removeprefix(modes.MUTED))
        seconds = commands.LIFTED if lifted else 0
        return commands.Mute(asker.conn, room, nick, seconds, ahead=not lifted)
    nick, account = _whom(asker, change, given)
    if change.letter != modes.BAN:
        welcome = change.letter == modes.WELCOME
        return commands.Exempt(asker.conn, room, nick, account, welcome=welcome, lifted=lifted)
    if lifted:
        return commands.Unban(asker.conn, room, nick, account)
    return commands.Ban(asker.conn, room, nick, account)


def _whom(asker: Asker, change: Change, mask: str) -> tuple[str, str]:
    """Return the nick, or the mask of nicks, or the account that a mask of IRC means."""
    bare = mask.removeprefix("~").removeprefix("$")
    try:
        if bare.startswith(modes.ACCOUNT):
            return "", check_nick(bare.removeprefix(modes.ACCOUNT), asker.bounds.max_name)
        found = _MASK.fullmatch(mask)
        if found is not None and found["user"] in _ANY and found["host"] in _ANY:
            return check_mask(found["nick"], asker.bounds.max_name), ""
    except Refusal:
        raise _invalid(change, why=_HOSTS) from None
    raise _invalid(change, why=_HOSTS)


def _invalid(change: Change, **why: str | int) -> Refusal:
    given = change.given or ""
    shown = printable(given, 64) if given and " " not in given and not given.startswith(":") else "*"
    return Refusal("bad_mode", mode=change.letter, given=shown, **why)
