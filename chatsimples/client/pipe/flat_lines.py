"""A pipe's lines for people: each is complete, and says what it is about."""

from __future__ import annotations

from collections.abc import Sequence

from chatsimples.client.pipe.line_format import InputLine, State, read_typed
from chatsimples.client.protocol import events
from chatsimples.client.protocol.replies import ServerLimits
from chatsimples.client.rendering.renderer import Renderer
from chatsimples.errors import Refusal
from chatsimples.screen.styled_text import plain
from chatsimples.words.telling import is_telling

_OUTSIDE = frozenset({"hello", "bye"})


class FlatLines:
    """A `LineFormat` for people. Refusals, and why there is no connection, are for standard error.

    Args:
        renderer: renders the lines.
    """

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._last_change: tuple[int, str, str, str] | None = None

    def read(self, line: str, limits: ServerLimits) -> InputLine | None:
        """Read a text or a command."""
        return read_typed(line, limits)

    def record(self, event: events.RecordReceived, room: str, request_id: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Write a record of the conversation; a change of nick, which has one for each room, once."""
        record = event.record
        if (record.type in _OUTSIDE and not record.by) or (record.type == "set" and record.quiet):
            # A connection is there, or has ended; or it is the proof of a key.
            return []
        if record.type == "tags" and not is_telling(record):
            return []
        is_of_rooms = record.type in {"nick", "away", "setname"}
        change = (record.conn, record.at, record.type, record.new) if is_of_rooms else None
        if change and change == self._last_change:
            return []
        self._last_change = change or self._last_change
        return [plain(self._renderer.record(record, room, own=event.own, past=event.past))]

    def welcomed(self, event: events.Welcomed, rooms: Sequence[str], address: str) -> list[str]:
        """Write that a connection stands."""
        return [plain(line) for line in self._renderer.welcomed(event, rooms, address)]

    def reply(self, event: events.ReplyReceived, request_id: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Write the reply to a question."""
        return [plain(line) for line in self._renderer.reply(event.reply)]

    def already_recorded(
        self,
        event: events.AlreadyRecorded,
        nick: str,
        room: str,
        request_id: str,  # noqa: ARG002 - a LineFormat
    ) -> list[str]:
        """Write an own text, if its record does not come."""
        return [plain(self._renderer.already_recorded(event.command, nick, room))] if event.unseen else []

    def refused(self, event: events.Denied, request_id: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Write nothing."""
        return []

    def invalid(self, refusal: Refusal, text: str, number: int, request_id: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Write nothing."""
        return []

    def help(self, *, governing: bool = False) -> list[str]:
        """Write the commands, or those of people who govern rooms."""
        return [plain(line) for line in self._renderer.help(governing=governing)]

    def connection(self, state: State, text: str = "") -> list[str]:  # noqa: ARG002 - a LineFormat
        """Write nothing: that it stands again is written when it does."""
        return []
