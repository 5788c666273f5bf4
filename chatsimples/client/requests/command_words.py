"""The command words that a person can type, and what each is for. They are the same as in plain text."""

from __future__ import annotations

from typing import NamedTuple

from chatsimples.i18n import N_, Translate
from chatsimples.words.governing import COMMANDS as GOVERNING


class CommandWords(NamedTuple):
    """The words of one command.

    Attributes:
        words: how it is typed; the first is Portuguese, the second English.
        arguments: what follows, for people.
        help: what it does.
        takes: what its first argument is: "nick", "room", "setting" or ""; "role" for a nick and then a role.
        on_terminal: it is for people at a terminal only.
    """

    words: tuple[str, ...]
    arguments: str
    help: str
    takes: str = ""
    on_terminal: bool = False


COMMANDS = {
    "enter": CommandWords(
        ("entrar", "join", "j", "chave", "key"),
        N_("ROOM [KEY]"),
        N_("go into a room, or back to it"),
        "room",
    ),
    "leave": CommandWords(
        ("deixar", "leave", "part", "fechar", "close"),
        N_("[ROOM]"),
        N_("leave a room, end a private conversation"),
        "room",
    ),
    "who": CommandWords(("quem", "who", "names"), N_("[ROOM]"), N_("who is in this room"), "room"),
    "rooms": CommandWords(
        ("salas", "rooms", "list"), N_("[ROOM]"), N_("which rooms there are, from ROOM on"), "room"
    ),
    "private": CommandWords(("msg", "msg", "m"), N_("NICK TEXT"), N_("a private message"), "nick"),
    "act": CommandWords(("eu", "me"), N_("TEXT"), N_("say what you do: ** ana waves")),
    "away": CommandWords(("ausente", "away"), N_("[TEXT]"), N_("you are away, and why; alone: back again")),
    "name": CommandWords(("nome", "name"), N_("TEXT"), N_("what your name is beside the nick")),
    "converse": CommandWords(
        ("conversa", "query", "q"),
        N_("NICK"),
        N_("talk with one person in private"),
        "nick",
        on_terminal=True,
    ),
    "history": CommandWords(
        ("historico", "history", "histórico"),
        N_("[N or DAY]"),
        N_("N messages from before, or from a day on"),
    ),
    "status": CommandWords(("estado", "status"), "", N_("how the server does; for its admins")),
    **{name: CommandWords(*words) for name, words in GOVERNING.items()},
    "rename": CommandWords(("apelido", "nick"), N_("NAME"), N_("take another nick")),
    "edit": CommandWords(
        ("editar", "edit"), N_("[TEXT]"), N_("write a long message in your editor"), on_terminal=True
    ),
    "help": CommandWords(("ajuda", "help"), "", N_("these commands")),
    "quit": CommandWords(("sair", "quit", "exit"), "", N_("leave")),
}
"""By name, in the order of the help."""

_NAMES = {word: name for name, command in COMMANDS.items() for word in command.words}


def command_name(word: str) -> str:
    """Return the name of the command that has a word; "" if none has."""
    return _NAMES.get(word.lower(), "")


def usage(command: CommandWords, translate: Translate) -> str:
    """Return how a command is typed: ``/apelido, /nick NAME``."""
    words = ", ".join(f"/{word}" for word in dict.fromkeys(command.words[:2]))
    return f"{words} {command.arguments and translate(command.arguments)}".rstrip()


def argument_kinds() -> dict[str, str]:
    """Return what the first argument of each command word is: ``{"msg": "nick", ...}``."""
    return {word: command.takes for command in COMMANDS.values() for word in command.words}


def words(lang: str) -> list[str]:
    """Return the command words in the order in which to offer them: those of this language first."""
    own, other = (0, 1) if lang == "pt" else (1, 0)
    first = [command.words[own] for command in COMMANDS.values()]
    return list(dict.fromkeys([*first, *(command.words[other] for command in COMMANDS.values())]))
