"""Typed lines, read into actions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from chatsimples.chat.history import HISTORY_DEFAULT, read_count
from chatsimples.chat.names import check_nick, check_room, printable
from chatsimples.chat.profiles import check_away, check_realname
from chatsimples.client.protocol.replies import ServerLimits
from chatsimples.client.requests import actions
from chatsimples.client.requests.actions import Action
from chatsimples.client.requests.bounds import check_message
from chatsimples.client.requests.command_words import command_name
from chatsimples.errors import Refusal
from chatsimples.i18n import N_
from chatsimples.words.governing import COMMANDS as GOVERNING
from chatsimples.words.governing import NameLimits, read_governing
from chatsimples.words.settings import setting_name

TAB = "    "


def parse(line: str, limits: ServerLimits) -> Action | None:
    """Read a line that somebody typed; None if it is empty.

    Args:
        line: with or without its end.
        limits: what the server accepts.

    Raises:
        Refusal: it can't be sent, or is no command.
    """
    line = line.rstrip("\r\n").replace("\t", TAB)
    if not line or line.isspace():
        return None
    if line.startswith("//"):
        return actions.Say(check_message(line[1:], limits))
    if not line.startswith("/"):
        return actions.Say(check_message(line, limits))
    word, _, rest = line[1:].partition(" ")
    name = command_name(word)
    if name in GOVERNING:
        return _govern(name, rest.strip(), limits)
    read = _READERS.get(name)
    if read is None:
        raise Refusal("unknown_command", name=printable(f"/{word}", 32))
    return read(rest.strip(), limits)


def parse_lines(text: str, limits: ServerLimits) -> list[Action]:
    """Read what was typed or pasted, perhaps of several lines; empty lines are left out.

    Only the first line can be a command: the others are texts, and go where the first line goes.

    Raises:
        Refusal: a line can't be sent, or the first is a command that takes no text.
    """
    first, *others = [line for line in text.split("\n") if line.strip()] or [""]
    action = parse(first, limits)
    if action is None or not others:
        return [] if action is None else [action]
    if not isinstance(action, actions.Say | actions.Private):
        raise Refusal("bad_request", why=N_("a command stands alone on its line"))
    texts = [check_message(line.rstrip("\r").replace("\t", TAB), limits) for line in others]
    return [action, *(msgspec.structs.replace(action, text=each) for each in texts)]


def holds_secret(line: str) -> bool:
    """Tell whether a typed line holds a room's key or a password: it is then not kept for later."""
    word, _, rest = line.removeprefix("/").partition(" ")
    words = rest.split()
    if not line.startswith("/") or line.startswith("//") or not words:
        return False
    match command_name(word):
        case "enter":
            return len(words) > 1
        case "set":
            return any(setting_name(each.partition("=")[0]) == "key" for each in words)
    return word.lower() in _LOGINS


def _nick(name: str, limits: ServerLimits) -> str:
    return check_nick(name, limits.max_name)


def _room(name: str, limits: ServerLimits) -> str:
    return check_room(name, limits.max_name)


def _govern(name: str, rest: str, limits: ServerLimits) -> Action:
    if not rest and name in {"topic", "set"}:
        # What the room is about, and how it is set, is told with who is there.
        return actions.Who("")
    return actions.Govern(read_governing(name, rest, NameLimits(limits.max_name, limits.max_text)))


def _history(rest: str) -> Action:
    if "-" not in rest:
        return actions.History(read_count(rest))
    try:
        # As the clock on the wall here has it.
        moment = datetime.strptime(rest, "%Y-%m-%d").astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal("bad_request", why=N_("a day is written as {day}"), day="2026-11-29") from None
    return actions.History(HISTORY_DEFAULT, at=f"{moment:%Y-%m-%dT%H:%M:%SZ}")


def _enter(rest: str, limits: ServerLimits) -> Action:
    room, _, key = rest.partition(" ")
    return actions.Enter(_room(room, limits), key.strip())


def _private(rest: str, limits: ServerLimits) -> Action:
    to, _, text = rest.partition(" ")
    if not to or not text:
        raise Refusal("bad_request", why=N_("it goes like this: {usage}"), usage="/msg NICK TEXT")
    return actions.Private(_nick(to.removeprefix("@"), limits), check_message(text.strip(), limits))


# They are no commands of this client, and typed in it all the same.
_LOGINS = frozenset({"login", "registrar", "register"})
_ABOUT_ROOMS = frozenset({"sala", "salas", "room", "rooms"})
_READERS: dict[str, Callable[[str, ServerLimits], Action]] = {
    "enter": _enter,
    "leave": lambda rest, limits: actions.Leave(rest and _room(rest, limits)),
    "who": lambda rest, limits: actions.Who(rest and _room(rest, limits)),
    "rooms": lambda rest, limits: actions.Rooms(rest and _room(rest, limits)),
    "private": _private,
    "act": lambda rest, limits: actions.Say(check_message(rest, limits), "action"),
    "away": lambda rest, _limits: actions.Away(check_away(rest)),
    "name": lambda rest, _limits: actions.TellName(check_realname(rest)),
    "converse": lambda rest, limits: actions.Converse(_nick(rest, limits)),
    "history": lambda rest, _limits: _history(rest),
    "status": lambda _rest, _limits: actions.Status(),
    "rename": lambda rest, limits: actions.Rename(_nick(rest, limits)),
    "edit": lambda rest, _limits: actions.Edit(rest),
    "help": lambda rest, _limits: actions.Help(rest.lower() in _ABOUT_ROOMS),
    "quit": lambda _rest, _limits: actions.Quit(),
}
