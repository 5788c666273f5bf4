"""What the commands of IRC are made with: who asks, within which bounds, and what a command is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from chatsimples.chat.commands import Command, Fault
from chatsimples.chat.names import check_nick, check_room, check_text, printable
from chatsimples.errors import Refusal
from chatsimples.i18n import N_
from chatsimples.irc import texts
from chatsimples.irc.isupport import CHANNEL
from chatsimples.irc.server import Bounds

Params = Sequence[str]

_NO_CHANNEL = N_("the name of a channel begins with #")


class Asker(NamedTuple):
    """Whoever asks: the connection, what names and texts may hold, and the tags of the line."""

    conn: int
    bounds: Bounds
    tags: Mapping[str, str] = {}

    def client_tags(self) -> dict[str, str]:
        """Return those of the line's tags that are for other clients."""
        return {name: value for name, value in self.tags.items() if name.startswith("+")}

    def target(self, name: str) -> tuple[str, str]:
        """Return the room or, else, the nick that something is for.

        Raises:
            Refusal: ``bad_room``, ``no_such_nick``.
        """
        return ("", self.nick(name)) if name[:1] != CHANNEL else (self.room(name), "")

    def fault_for(self, refusal: Refusal, target: str) -> Fault:
        """Give what was refused of something that was for a target."""
        return Fault(self.conn, refusal.code, {**refusal.detail, "target": printable(target, 64)})

    def fault(self, refusal: Refusal) -> Fault:
        """Give what was refused as a command."""
        return Fault(self.conn, refusal.code, refusal.detail)

    def room(self, channel: str) -> str:
        """Return the name of the room that a channel is.

        Raises:
            Refusal: ``bad_room``.
        """
        if not channel.startswith(CHANNEL):
            raise Refusal("bad_room", name=printable(channel, 32), why=_NO_CHANNEL)
        return check_room(channel, self.bounds.max_name)

    def nick(self, name: str) -> str:
        """Return a nick.

        Raises:
            Refusal: ``no_such_nick``, as nobody can be called so.
        """
        try:
            return check_nick(name, self.bounds.max_name)
        except Refusal:
            raise Refusal("no_such_nick", nick=printable(name, 32)) from None

    def text(self, typed: Params) -> str:
        """Return the text that may stand at the end of a line; empty if there is none.

        Raises:
            Refusal: ``bad_text``, ``text_too_long``.
        """
        text = texts.plain(typed[0]) if typed else ""
        return text and check_text(text, self.bounds.max_text)

    def word(self, typed: Params) -> str:
        """Return the text with which somebody goes; empty if it may not be said: nobody is kept by that."""
        try:
            return self.text(typed)
        except Refusal:
            return ""


Asks = Callable[[Asker, Params], Iterator[Command]]


class Spec(NamedTuple):
    """A command.

    Attributes:
        usage: its parameters.
        least: how many of them it needs.
        meaning: in a line.
        asks: gives what it asks of the chat; None if the chat need not be asked.
        early: whether it may be given before registration.
    """

    usage: str
    least: int
    meaning: str
    asks: Asks | None = None
    early: bool = False


def listed(typed: str, most: int) -> list[str]:
    """Return what stands in a list, each once and at most so many."""
    return [*dict.fromkeys(each for each in typed.split(",") if each)][:most]
