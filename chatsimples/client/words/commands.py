"""What a person types, and what it means. The words are the same as in plain text, on every connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from chatsimples.chat.history import read_count
from chatsimples.chat.names import check_nick, check_room, check_text, printable
from chatsimples.config.server import ServerSettings
from chatsimples.errors import Refusal
from chatsimples.i18n import N_, Translate

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


class Leave(msgspec.Struct, frozen=True):
    """Leave a room, or end a private conversation ("": the current one)."""

    room: str


class Converse(msgspec.Struct, frozen=True):
    """Talk with one person: what is said from now on is said to them."""

    nick: str


class Rename(msgspec.Struct, frozen=True):
    """Take another nick."""

    nick: str


class Who(msgspec.Struct, frozen=True):
    """Ask who is in a room ("": the current one)."""

    room: str


class Rooms(msgspec.Struct, frozen=True):
    """Ask which rooms there are."""


class History(msgspec.Struct, frozen=True):
    """Ask for messages of the current room from before those that are shown."""

    limit: int


class Edit(msgspec.Struct, frozen=True):
    """Write a text in an editor, beginning with this."""

    text: str


class Help(msgspec.Struct, frozen=True):
    """Ask for the commands."""


class Quit(msgspec.Struct, frozen=True):
    """Leave."""


Action = Say | Private | Enter | Leave | Converse | Rename | Who | Rooms | History | Edit | Help | Quit


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


def parse_lines(text: str) -> list[Action]:
    """Read what was typed or pasted, perhaps of several lines; empty lines are left out.

    Only the first line can be a command: what follows is text, and goes where the first line goes.

    Raises:
        Refusal: a line can't be sent, or the first is a command that takes no text.
    """
    first, *others = [line for line in text.split("\n") if line.strip()] or [""]
    action = parse(first)
    if action is None or not others:
        return [] if action is None else [action]
    if not isinstance(action, Say | Private):
        raise Refusal("bad_request", why=N_("a command stands alone on its line"))
    texts = [check_text(line.rstrip("\r").replace("\t", TAB), TEXT_LIMIT) for line in others]
    return [action, *(msgspec.structs.replace(action, text=each) for each in texts)]


def _private(rest: str) -> Action:
    to, _, text = rest.partition(" ")
    if not to or not text:
        raise Refusal("bad_request", why=N_("it goes like this: {usage}"), usage="/msg NICK TEXT")
    return Private(check_nick(to.removeprefix("@"), 0), check_text(text.strip(), TEXT_LIMIT))


def _history(rest: str) -> Action:
    return History(read_count(rest))


class CommandWord(NamedTuple):
    """A command.

    Attributes:
        words: how it is typed; the first is Portuguese, the second English.
        arguments: what follows, for people.
        help: what it does.
        read: makes the action of what follows.
        takes: what its first argument is: "nick", "room" or "".
        on_terminal: it is for people at a terminal only.
    """

    words: tuple[str, ...]
    arguments: str
    help: str
    read: Callable[[str], Action]
    takes: str = ""
    on_terminal: bool = False


COMMANDS = (
    CommandWord(
        ("entrar", "join", "j"),
        N_("ROOM"),
        N_("go into a room, or back to it"),
        lambda name: Enter(check_room(name, 0)),
        "room",
    ),
    CommandWord(
        ("deixar", "leave", "part", "fechar", "close"),
        N_("[ROOM]"),
        N_("leave a room, end a private conversation"),
        lambda name: Leave(name and check_room(name, 0)),
        "room",
    ),
    CommandWord(
        ("quem", "who", "names"),
        N_("[ROOM]"),
        N_("who is in this room"),
        lambda name: Who(name and check_room(name, 0)),
        "room",
    ),
    CommandWord(("salas", "rooms", "list"), "", N_("which rooms there are"), lambda _: Rooms()),
    CommandWord(("msg", "msg", "m"), N_("NICK TEXT"), N_("a private message"), _private, "nick"),
    CommandWord(
        ("conversa", "query", "q"),
        N_("NICK"),
        N_("talk with one person in private"),
        lambda name: Converse(check_nick(name, 0)),
        "nick",
        on_terminal=True,
    ),
    CommandWord(
        ("historico", "history", "histórico"),
        "[N]",
        N_("N messages from before"),
        _history,
    ),
    CommandWord(
        ("apelido", "nick"), N_("NAME"), N_("take another nick"), lambda name: Rename(check_nick(name, 0))
    ),
    CommandWord(
        ("editar", "edit"),
        N_("[TEXT]"),
        N_("write a long message in your editor"),
        Edit,
        on_terminal=True,
    ),
    CommandWord(("ajuda", "help"), "", N_("these commands"), lambda _: Help()),
    CommandWord(("sair", "quit", "exit"), "", N_("leave"), lambda _: Quit()),
)
_WORDS = {word: command.read for command in COMMANDS for word in command.words}


def usage(command: CommandWord, translate: Translate) -> str:
    """Show how a command is typed: ``/apelido, /nick NAME``."""
    words = ", ".join(f"/{word}" for word in dict.fromkeys(command.words[:2]))
    return f"{words} {command.arguments and translate(command.arguments)}".rstrip()


def argument_kinds() -> dict[str, str]:
    """Tell what the first argument of each command word is: ``{"msg": "nick", ...}``."""
    return {word: command.takes for command in COMMANDS for word in command.words}


def words(lang: str) -> list[str]:
    """Give the command words in the order in which to offer them: this language's first."""
    own, other = (0, 1) if lang == "pt" else (1, 0)
    first = [command.words[own] for command in COMMANDS]
    return list(dict.fromkeys([*first, *(command.words[other] for command in COMMANDS)]))
