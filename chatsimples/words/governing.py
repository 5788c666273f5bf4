"""What those type who govern a room or the server: one table of words, and one reading of what follows them.

The plain text dialect, the client and the server's console read it here, so that what is typed is the same
everywhere. What it makes are commands of the rules; who sends them elsewhere writes them in another form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from chatsimples.chat import commands
from chatsimples.chat.masks import check_mask
from chatsimples.chat.names import check_nick, check_room, check_text
from chatsimples.errors import Refusal
from chatsimples.i18n import N_
from chatsimples.words.roles import read_role
from chatsimples.words.settings import read_settings
from chatsimples.words.spans import read_span

Governing = (
    commands.Topic | commands.Invite | commands.Grant | commands.Set | commands.Ban | commands.Unban
    | commands.Mute | commands.Kick | commands.Announce
)  # fmt: skip
"""The commands that are read here."""

EVERYWHERE = "*"
"""What is typed in front of a nick for the whole server."""

NOTHING = "-"
"""What is typed for a topic that says nothing any more."""


class Words(NamedTuple):
    """The words of one command.

    Attributes:
        words: how it is typed; the first is Portuguese, the second English.
        arguments: what follows.
        help: what it does.
        takes: what its first argument is: "nick", "setting" or ""; "role" for a nick and then a role.
    """

    words: tuple[str, ...]
    arguments: str
    help: str
    takes: str = ""


COMMANDS = {
    "topic": Words(("topico", "topic", "tópico"), N_("TEXT"), N_("what the room is about; - for nothing")),
    "invite": Words(("convidar", "invite"), N_("NICK"), N_("let somebody into the room"), "nick"),
    "role": Words(("papel", "role"), N_("NICK ROLE"), N_("owner, operator, voice or none here"), "role"),
    "set": Words(("definir", "set"), N_("NAME VALUE"), N_("change a setting of the room"), "setting"),
    "kick": Words(("expulsar", "kick"), N_("NICK TEXT"), N_("remove somebody from the room"), "nick"),
    "ban": Words(
        ("banir", "ban"), N_("NICK 10m TEXT"), N_("keep somebody out, for a while or for good"), "member"
    ),
    "unban": Words(("desbanir", "unban"), N_("NICK"), N_("let somebody in again"), "nick"),
    "mute": Words(("calar", "mute"), N_("NICK 10m TEXT"), N_("let somebody say nothing for a while"), "nick"),
    "unmute": Words(("descalar", "unmute"), N_("NICK"), N_("let somebody speak again"), "nick"),
    "announce": Words(("anunciar", "announce"), N_("TEXT"), N_("tell everybody on the server something")),
}
"""By name, in the order of the help."""

_NAMES = {word: name for name, command in COMMANDS.items() for word in command.words}
_ACCOUNT = ("account:", "conta:")


class NameLimits(msgspec.Struct, frozen=True):
    """What names and texts may hold; 0 for no bound. Characters, and bytes."""

    max_name: int = 0
    max_text: int = 0


def governing_name(word: str) -> str:
    """Return the name of the command that has a word; "" if none of these has."""
    return _NAMES.get(word.lower(), "")


def governing_usage(name: str) -> str:
    """Return how a command is typed: ``/convidar NICK, /invite NICK``."""
    command = COMMANDS[name]
    return ", ".join(f"/{word} {command.arguments}" for word in command.words[:2])


def read_governing(
    name: str, rest: str, limits: NameLimits, *, here: str = commands.HERE, conn: int = commands.OPERATOR
) -> Governing:
    """Read a command.

    Args:
        name: of `COMMANDS`.
        rest: what follows its word. In front of all else but a topic a room (``#sala``) or ``*``, for the
            whole server, may stand.
        limits: what names and texts may hold.
        here: the room that is meant if none is typed; empty for none: then a room may stand in front of
            a topic too.
        conn: whose command it is.

    Raises:
        Refusal: ``bad_request``, ``bad_nick``, ``bad_room``, ``bad_text`` or ``text_too_long``.
    """
    if name == "announce":
        room = ""
    else:
        room, rest = (here, rest) if name == "topic" and here else _place(rest, here, limits)
    if not rest or (not room and name in _OF_ROOMS):
        raise _usage(name)
    return _READERS[name](_Typed(name, conn, room, rest, limits))


class _Typed(NamedTuple):
    """What is typed after a command's word, without its room."""

    name: str
    conn: int
    room: str
    rest: str
    limits: NameLimits

    def nick(self, name: str) -> str:
        return check_nick(name.removeprefix("@"), self.limits.max_name)

    def mask(self, name: str) -> str:
        return check_mask(name.removeprefix("@"), self.limits.max_name)

    def text(self, text: str) -> str:
        return text and check_text(text, self.limits.max_text)

    def one(self) -> str:
        """Return the one word that there is."""
        if " " in self.rest:
            raise _usage(self.name)
        return self.rest

    def span_and_text(self) -> tuple[str, int, str]:
        """Return the first word, a time if one follows it, and the text."""
        who, _, text = self.rest.partition(" ")
        word, _, after = text.strip().partition(" ")
        seconds = read_span(word)
        return (who, 0, text.strip()) if seconds is None else (who, seconds, after.strip())


def _topic(typed: _Typed) -> commands.Topic:
    return commands.Topic(typed.conn, typed.room, "" if typed.rest == NOTHING else typed.text(typed.rest))


def _invite(typed: _Typed) -> commands.Invite:
    return commands.Invite(typed.conn, typed.room, typed.nick(typed.one()))


def _role(typed: _Typed) -> commands.Grant:
    nick, _, word = typed.rest.partition(" ")
    role = read_role(word.strip())
    if role is None:
        raise _usage(typed.name)
    return commands.Grant(typed.conn, typed.room, typed.nick(nick), role)


def _set(typed: _Typed) -> commands.Set:
    return commands.Set(typed.conn, typed.room, read_settings(typed.rest))


def _kick(typed: _Typed) -> commands.Kick:
    nick, _, text = typed.rest.partition(" ")
    return commands.Kick(typed.conn, typed.nick(nick), typed.room, typed.text(text.strip()))


def _ban(typed: _Typed) -> commands.Ban:
    who, seconds, text = typed.span_and_text()
    nick, account = _whom(typed, who)
    return commands.Ban(typed.conn, typed.room, nick, account, seconds, typed.text(text))


def _unban(typed: _Typed) -> commands.Unban:
    nick, account = _whom(typed, typed.one())
    return commands.Unban(typed.conn, typed.room, nick, account)


def _mute(typed: _Typed) -> commands.Mute:
    who, seconds, text = typed.span_and_text()
    return commands.Mute(typed.conn, typed.room, typed.mask(who), seconds, typed.text(text))


def _unmute(typed: _Typed) -> commands.Mute:
    return commands.Mute(typed.conn, typed.room, typed.mask(typed.one()), commands.LIFTED)


def _announce(typed: _Typed) -> commands.Announce:
    return commands.Announce(typed.conn, typed.text(typed.rest))


def _whom(typed: _Typed, word: str) -> tuple[str, str]:
    """Return the nick or the account that a word names."""
    for mark in _ACCOUNT:
        if word.lower().startswith(mark):
            return "", typed.nick(word[len(mark) :])
    return typed.mask(word), ""


def _place(rest: str, here: str, limits: NameLimits) -> tuple[str, str]:
    first, _, others = rest.partition(" ")
    if first == EVERYWHERE:
        return "", others.strip()
    if first.startswith("#"):
        return check_room(first, limits.max_name), others.strip()
    return here, rest


def _usage(name: str) -> Refusal:
    return Refusal("bad_request", why=N_("it goes like this: {usage}"), usage=governing_usage(name))


_OF_ROOMS = frozenset({"topic", "invite", "role", "set"})
_READERS: dict[str, Callable[[_Typed], Governing]] = {
    "topic": _topic,
    "invite": _invite,
    "role": _role,
    "set": _set,
    "kick": _kick,
    "ban": _ban,
    "unban": _unban,
    "mute": _mute,
    "unmute": _unmute,
    "announce": _announce,
}
