"""The commands that are not answered yet: some are in flight, the others wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from chatsimples.client.protocol.commands import Command, to_line


class Outbox:
    """Keeps commands in order until they are answered.

    Args:
        window: commands in flight at most.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self._waiting: deque[Command] = deque()
        self._in_flight: dict[str, Command] = {}

    def __len__(self) -> int:
        """Return how many commands are not answered."""
        return len(self._in_flight) + len(self._waiting)

    def __iter__(self) -> Iterator[Command]:
        """Go through them in the order in which they were given."""
        yield from self._in_flight.values()
        yield from self._waiting

    def __contains__(self, command_id: str) -> bool:
        """Tell whether a command is in flight."""
        return command_id in self._in_flight

    def add(self, command: Command) -> None:
        """Put a command behind those that wait."""
        self._waiting.append(command)

    @property
    def in_flight(self) -> list[Command]:
        """The commands in flight, the oldest first."""
        return list(self._in_flight.values())

    def send_waiting(self) -> Iterator[Command]:
        """Yield the commands that may be sent now; from here on they are in flight."""
        while self._waiting and len(self._in_flight) < self._window:
            command = self._waiting.popleft()
            self._in_flight[command.id] = command
            yield command

    def answered(self, command_id: str) -> Command | None:
        """Take out the command that an answer names; None if none of that id is in flight."""
        return self._in_flight.pop(command_id, None) if command_id else None

    def oldest(self, kind: str) -> str:
        """Return the id of the oldest command of a type in flight; "" if there is none."""
        return next((each.id for each in self._in_flight.values() if each.type == kind), "")

    def longest(self) -> str:
        """Return the id of the command in flight with the longest line; "" if there is none."""
        longest = max(self._in_flight.values(), key=lambda each: len(to_line(each)), default=None)
        return longest.id if longest else ""
