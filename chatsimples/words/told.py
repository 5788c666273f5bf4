"""What people are told of a record that governs a room or the server, in one sentence."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from chatsimples.chat.records import BY_OPERATOR, Record
from chatsimples.i18n import N_, Translate
from chatsimples.words.settings import told_settings
from chatsimples.words.spans import utc_minute

GOVERNING = frozenset({"login", "topic", "set", "role", "invite", "ban", "unban", "mute", "exempt", "admit"})
"""The types of records that this module is for, beside a removal: a ``leave`` or ``bye`` with ``by``."""


def _as_it_is(text: str) -> str:
    return text


class Shown(msgspec.Struct, frozen=True):
    """How the parts of a sentence are shown: made safe, marked, in a zone."""

    name: Callable[[str], str] = _as_it_is
    room: Callable[[str], str] = _as_it_is
    text: Callable[[str], str] = _as_it_is
    time: Callable[[str], str] = utc_minute


AS_IT_IS = Shown()
"""Names and texts as they are, times in UTC."""

_TOPIC = (N_("{by} has set the topic of {room}: {text}"), N_("{by} has taken away the topic of {room}"))
_SET = N_("{by} has changed {room}: {settings}")
_INVITE = N_("{by} invites {nick} into {room}: /entrar {room}")
_LOGIN = N_("{nick} is logged in as {account}, {role}")
_ROLES = {
    "owner": N_("{by} has made {nick} an owner of {room}"),
    "operator": N_("{by} has made {nick} an operator of {room}"),
    "voice": N_("{by} has given {nick} a voice in {room}"),
    "none": N_("{by} has taken away the role of {nick} in {room}"),
}
_MADE = N_("{nick} has made {room} and owns it")
_MADE_AS_GUEST = N_("{nick} has made {room} and governs it while there")
_SERVER_ROLE = N_("{nick} is {role} of the server from now on")
# In each pair the first is about a room, the second about the server.
_REMOVED = (N_("{by} has removed {nick} from {room}"), N_("{by} has removed {nick} from the server"))
_BAN = (N_("{by} has banned {nick} from {room}"), N_("{by} has banned {nick} from the server"))
_UNBAN = (N_("{by} lets {nick} into {room} again"), N_("{by} lets {nick} onto the server again"))
_MUTE = (N_("{by} has muted {nick} in {room}"), N_("{by} has muted {nick} on the server"))
_UNMUTE = (N_("{by} lets {nick} speak in {room} again"), N_("{by} lets {nick} speak on the server again"))
# In each pair the first begins it, the second ends it.
_EXCEPTIONS = {
    "exempt": (
        N_("{by} excepts {nick} from bans and mutes in {room}"),
        N_("{by} no longer excepts {nick} from bans and mutes in {room}"),
    ),
    "admit": (
        N_("{by} lets {nick} into {room} without an invitation"),
        N_("{by} no longer lets {nick} into {room} without an invitation"),
    ),
}
_UNTIL = N_(" until {until}")
_OPERATOR = N_("the server's operator")
_ACCOUNT = N_("the account {account}")
_SERVER_ROLES = {
    "": N_("a guest"),
    "member": N_("a member"),
    "moderator": N_("a moderator"),
    "admin": N_("an admin"),
}


def is_governing(record: Record) -> bool:
    """Tell whether `told` has a sentence for a record: not for the proof of a room's key."""
    if record.type in {"leave", "bye"}:
        return bool(record.by)
    if record.type == "set":
        return not record.quiet
    return record.type in GOVERNING


def told(record: Record, translate: Translate, shown: Shown = AS_IT_IS) -> str:
    """Return the sentence for a record of which `is_governing` is true."""
    _ = translate
    text = translate(_sentence(record))
    if record.until:
        text += _(_UNTIL)
    if record.text and record.type != "topic":
        text += ": {text}"
    account = _(_ACCOUNT).format(account=shown.name(record.account)) if record.account else ""
    return text.format(
        by=_(_OPERATOR) if record.by == BY_OPERATOR else shown.name(record.by),
        nick=shown.name(record.nick) if record.nick else account,
        account=shown.name(record.account),
        room=shown.room(record.room),
        text=shown.text(record.text),
        until=shown.time(record.until),
        role=_(role) if (role := _SERVER_ROLES.get(record.role)) else shown.name(record.role),
        settings=told_settings(record.settings, _) if record.settings else "",
    )


def _sentence(record: Record) -> str:
    everywhere = not record.room
    match record.type:
        case "topic":
            return _TOPIC[not record.text]
        case "set":
            return _SET
        case "invite":
            return _INVITE
        case "login":
            return _LOGIN
        case "role" if everywhere:
            return _SERVER_ROLE
        case "role":
            if record.reason == "made":
                return _MADE if record.account else _MADE_AS_GUEST
            return _ROLES.get(record.role, _ROLES["none"])
        case "exempt" | "admit":
            return _EXCEPTIONS[record.type][bool(record.reason)]
        case "ban" | "unban":
            return (_BAN if record.type == "ban" else _UNBAN)[everywhere]
        case "mute":
            return _UNMUTE[everywhere] if record.reason == "lifted" else _MUTE[everywhere]
        case _:
            return _REMOVED[everywhere]
