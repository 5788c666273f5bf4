"""What a person types, and what it means. The words are the same as in plain text, on every connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from chatsimples.chat.names import check_nick, check_room, check_text, printable
from chatsimples.config import ServerSettings
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

HISTORY_DEFAULT = 20
HISTORY_LIMIT = 1_000
TEXT_LIMIT = ServerSettings().max_text
"""Bytes in a text, checked here so that a draft is not lost. Names are as long as the server allows."""

TAB = "    "


class Say(msgspec.Struct, frozen=True):
    """Say a text in the current room."""

    text: str


class Private(msgspec.Struct, frozen=True):
    """Say a text to one person."""

    to: str
    text: str


class Enter(msgspec.Struct, frozen=True):
    """Enter a room; what is said from now on is said there."""

    room: str


class Rename(msgspec.Struct, frozen=True):
    """Take another nick."""

    nick: str


class Who(msgspec.Struct, frozen=True):
    """Ask who is in a room ("": the current one)."""

    room: str


class Rooms(msgspec.Struct, frozen=True):
    """Ask which rooms there are."""


class History(msgspec.Struct, frozen=True):
    """Ask for the last messages of the current room."""

    limit: int


class Help(msgspec.Struct, frozen=True):
    """Ask for the commands."""


class Quit(msgspec.Struct, frozen=True):
    """Leave."""


Action = Say | Private | Enter | Rename | Who | Rooms | History | Help | Quit


def parse(line: str) -> Action | None:
    """Read a line that somebody typed; None if there is nothing in it.

    Raises:
        Refusal: it can't be sent, or is no command.
    """
    line = line.rstrip("\r\n").replace("\t", TAB)
    if not line or line.isspace():
        return None
    if line.startswith("//"):
        return Say(check_text(line[1:], TEXT_LIMIT))
    if not line.startswith("/"):
        return Say(check_text(line, TEXT_LIMIT))
    word, _, rest = line[1:].partition(" ")
    command = _WORDS.get(word.lower())
    if command is None:
        raise Refusal("unknown_command", name=printable(f"/{word}", 32))
    return command(rest.strip())


def _private(rest: str) -> Action:
    to, _, text = rest.partition(" ")
    if not to or not text:
        raise Refusal("bad_request", why=N_("it goes like this: {usage}"), usage="/msg NICK TEXT")
    return Private(check_nick(to, 0), check_text(text.strip(), TEXT_LIMIT))


def _history(rest: str) -> Action:
    if rest and not (rest.isascii() and rest.isdigit() and 0 < int(rest[:6]) <= HISTORY_LIMIT):
        raise Refusal("bad_request", why=N_("N is from 1 to {most}"), most=HISTORY_LIMIT)
    return History(int(rest or HISTORY_DEFAULT))


class CommandWord(NamedTuple):
    """A command: its words (the first two are shown), its arguments, what it does, and how it is read."""

    words: tuple[str, ...]
    arguments: str
    help: str
    read: Callable[[str], Action]


COMMANDS = (
    CommandWord(
        ("apelido", "nick"), "NAME", N_("take another nick"), lambda name: Rename(check_nick(name, 0))
    ),
    CommandWord(
        ("entrar", "join"),
        "ROOM",
        N_("go into a room, or back to it"),
        lambda name: Enter(check_room(name, 0)),
    ),
    CommandWord(
        ("quem", "who"), "", N_("who is in this room"), lambda name: Who(name and check_room(name, 0))
    ),
    CommandWord(("salas", "rooms"), "", N_("which rooms there are"), lambda _: Rooms()),
    CommandWord(("msg",), "NICK TEXT", N_("a private message"), _private),
    CommandWord(("historico", "history", "histórico"), "N", N_("the last N messages"), _history),
    CommandWord(("ajuda", "help"), "", N_("these commands"), lambda _: Help()),
    CommandWord(("sair", "quit"), "", N_("leave"), lambda _: Quit()),
)
_WORDS = {word: command.read for command in COMMANDS for word in command.words}


def usage(command: CommandWord) -> str:
    """Show how a command is typed: ``/apelido NAME, /nick NAME``."""
    return ", ".join(f"/{word} {command.arguments}".rstrip() for word in command.words[:2])
