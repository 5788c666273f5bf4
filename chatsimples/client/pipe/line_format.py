"""What a pipe's lines hold, in and out; `FlatLines` are for people, `JsonLines` for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from chatsimples.client.protocol import events
from chatsimples.client.protocol.replies import ServerLimits
from chatsimples.client.requests.actions import Action
from chatsimples.client.requests.parser import parse
from chatsimples.client.requests.request import Destination
from chatsimples.errors import Refusal

State = Literal["connected", "lost", "failed"]
"""The state of the connection; ``failed``: there is none, and there will be none."""


class InputLine(msgspec.Struct, frozen=True):
    """What a line of the input asks for.

    Attributes:
        action: the action, or why it is refused.
        destination: where; None for the current room, which the action then may change.
        request_id: the id that the program gave it; "" for none.
    """

    action: Action | Refusal
    destination: Destination | None = None
    request_id: str = ""


class LineFormat(Protocol):
    """Reads the lines of the input, and makes those of the output.

    ``request_id`` is the id that the program gave the command that is answered; "" for none.
    """

    def read(self, line: str, limits: ServerLimits) -> InputLine | None:
        """Read a line; None if it is empty.

        Raises:
            Refusal: it can't be sent, or is no command.
        """

    def record(self, event: events.RecordReceived, room: str, request_id: str) -> list[str]:
        """Write a record, for a reader whose current room is ``room``."""

    def welcomed(self, event: events.Welcomed, rooms: Sequence[str], address: str) -> list[str]:
        """Write that a connection stands."""

    def reply(self, event: events.ReplyReceived, request_id: str) -> list[str]:
        """Write the reply to a question."""

    def already_recorded(
        self, event: events.AlreadyRecorded, nick: str, room: str, request_id: str
    ) -> list[str]:
        """Write that a text was on record already."""

    def refused(self, event: events.Denied, request_id: str) -> list[str]:
        """Write that the server refuses something."""

    def invalid(self, refusal: Refusal, text: str, number: int, request_id: str) -> list[str]:
        """Write that line ``number`` of the input is refused here; ``text`` says why, for people."""

    def help(self, *, governing: bool = False) -> list[str]:
        """Write the commands, or those of people who govern rooms."""

    def connection(self, state: State, text: str = "") -> list[str]:
        """Write that the connection was lost, or that there is none; ``text`` says why, for people."""


def read_typed(line: str, limits: ServerLimits) -> InputLine | None:
    """Read a line as a person types it."""
    action = parse(line, limits)
    return None if action is None else InputLine(action)
