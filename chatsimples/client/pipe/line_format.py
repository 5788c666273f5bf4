"""What a pipe's lines look like, in and out: here for people, in `client.json_lines` for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from chatsimples.client.dialogue.display import Display
from chatsimples.client.protocol import events
from chatsimples.client.requests.requests import Place
from chatsimples.client.words import commands
from chatsimples.errors import Refusal
from chatsimples.screen.styled_text import plain

State = Literal["connected", "lost", "failed"]
"""What becomes of the connection; ``failed``: there is none, and there will be none."""


class Asked(msgspec.Struct, frozen=True):
    """A line that came in.

    Attributes:
        action: what it asks for, or why it can't be asked.
        place: where; None for the current room, which it then may change too.
        mark: the id that whoever asks knows it by; "" for none.
        before: the seq from before which ``history`` is asked for; 0 for the end.
    """

    action: commands.Action | Refusal
    place: Place | None = None
    mark: str = ""
    before: int = 0


class LineFormat(Protocol):
    """Reads the lines that come in, and makes those that go out. ``mark`` is the id given by who asked."""

    def read(self, line: str) -> Asked | None:
        """Read a line; None if there is nothing in it.

        Raises:
            Refusal: it can't be sent, or is no command.
        """

    def happened(self, event: events.Happened, room: str, mark: str) -> list[str]:
        """Write a record, for somebody whose current room is ``room``."""

    def welcomed(self, event: events.Welcomed, rooms: Sequence[str], address: str) -> list[str]:
        """Write that a connection stands."""

    def answered(self, event: events.Answered, mark: str) -> list[str]:
        """Write the answer to a question."""

    def known(self, event: events.Known, nick: str, room: str, mark: str) -> list[str]:
        """Write that a text was on record already."""

    def refused(self, event: events.Refused | events.NickRefused, mark: str) -> list[str]:
        """Write that the server refuses something."""

    def wrong(self, refusal: Refusal, text: str, number: int, mark: str) -> list[str]:
        """Write that line ``number`` is refused here; ``text`` says why, for people."""

    def help(self) -> list[str]:
        """Write the commands."""

    def connection(self, state: State, text: str = "") -> list[str]:
        """Write that the connection was lost, or that there is none; ``text`` says why, for people."""


class FlatLines:
    """Lines for people. What is refused, and why there is no connection, is told elsewhere."""

    def __init__(self, display: Display) -> None:
        self._display = display

    def read(self, line: str) -> Asked | None:
        """Read a text or a command."""
        return read_typed(line)

    def happened(self, event: events.Happened, room: str, mark: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Show a record."""
        lines = self._display.record(event.record, room, own=event.own, past=event.past)
        return [plain(line) for line in lines]

    def welcomed(self, event: events.Welcomed, rooms: Sequence[str], address: str) -> list[str]:
        """Show that a connection stands."""
        return [plain(line) for line in self._display.welcomed(event, rooms, address)]

    def answered(self, event: events.Answered, mark: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Show the answer to a question."""
        return [plain(self._display.answer(event.reply))]

    def known(self, event: events.Known, nick: str, room: str, mark: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Show an own text, if its record does not come."""
        return [plain(self._display.said_before(event.command, nick, room))] if event.unseen else []

    def refused(self, event: events.Refused | events.NickRefused, mark: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Show nothing."""
        return []

    def wrong(self, refusal: Refusal, text: str, number: int, mark: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Show nothing."""
        return []

    def help(self) -> list[str]:
        """Show the commands."""
        return [plain(line) for line in self._display.help()]

    def connection(self, state: State, text: str = "") -> list[str]:  # noqa: ARG002 - a LineFormat
        """Show nothing: that it stands again is shown when it does."""
        return []


def read_typed(line: str) -> Asked | None:
    """Read a line as a person types it."""
    action = commands.parse(line)
    return None if action is None else Asked(action)
