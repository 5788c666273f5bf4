"""The backlog: messages from before, fetched when a room is entered and when earlier ones are asked for.

While a room's first messages are fetched, the live records of that room wait, so that all are shown in order.
"""

from __future__ import annotations

from typing import NamedTuple

from chatsimples.chat.history import HISTORY_LIMIT
from chatsimples.client.dialogue.conversations import Conversation, Entry
from chatsimples.client.protocol.core import Core

HELD_BACK = 2_000
"""Live records that wait for a room's first messages; beyond, these are not awaited any longer."""


class Fetched(NamedTuple):
    """The messages of one answer.

    Attributes:
        room: whose they are.
        entries: the messages.
        held_back: the live records that have come meanwhile; empty for earlier messages.
        earlier: the person has asked for them; else the room was entered.
    """

    room: Conversation
    entries: list[Entry]
    held_back: list[Entry]
    earlier: bool


class _Fetch:
    """A question for history that is not answered yet."""

    def __init__(self, room: Conversation, *, earlier: bool) -> None:
        self.room = room
        self.earlier = earlier
        self.entries: list[Entry] = []
        self.held_back: list[Entry] = []


class Backlog:
    """Asks for messages from before, and collects them.

    Args:
        core: asks.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._fetches: dict[str, _Fetch] = {}

    def fetch(self, room: Conversation, limit: int, before: int, *, earlier: bool, at: str = "") -> bool:
        """Ask for a room's messages before a seq or, with a time, for the first ones from then on.

        Returns:
            False if that room's messages are being fetched already.
        """
        if self._of(room) is not None:
            return False
        command = self._core.history(room.destination.room, limit, 0 if at else before, at=at)
        self._fetches[command.id] = _Fetch(room, earlier=earlier)
        return True

    def add_past(self, room: Conversation, entry: Entry) -> None:
        """Take a message from before."""
        fetch = self._of(room)
        if fetch is not None and len(fetch.entries) < HISTORY_LIMIT:
            fetch.entries.append(entry)

    def hold_back(self, room: Conversation, entry: Entry) -> bool:
        """Keep a live record if its room's first messages have not come; tell whether that is so."""
        fetch = self._of(room)
        if fetch is None or fetch.earlier:
            return False
        fetch.held_back.append(entry)
        return True

    def is_overdue(self, room: Conversation) -> bool:
        """Tell whether so much waits for a room's first messages that they are not awaited any longer."""
        fetch = self._of(room)
        return fetch is not None and len(fetch.held_back) >= HELD_BACK

    def give_up(self, room: Conversation) -> Fetched | None:
        """Await a room's messages no longer; return what has come."""
        asked = next((asked for asked, fetch in self._fetches.items() if fetch.room is room), "")
        return self.answered(asked)

    def answered(self, command_id: str) -> Fetched | None:
        """Return the messages of a question that is answered, or refused; None if it was not asked here."""
        fetch = self._fetches.pop(command_id, None)
        return Fetched(fetch.room, fetch.entries, fetch.held_back, fetch.earlier) if fetch else None

    def clear(self) -> None:
        """Forget all questions: the log is another one."""
        self._fetches.clear()

    def _of(self, room: Conversation) -> _Fetch | None:
        return next((fetch for fetch in self._fetches.values() if fetch.room is room), None)
