"""The rooms that a pipe's client will be in once all its commands are carried out; one is current."""

from __future__ import annotations

from typing import NamedTuple

from chatsimples.chat.names import heard_key
from chatsimples.client.protocol.commands import Command
from chatsimples.client.protocol.core import Core
from chatsimples.errors import Refusal


class _Pending(NamedTuple):
    """A room that was asked to be entered or left, until the answer comes."""

    id: str
    room: str
    inside: bool


class ExpectedRooms:
    """Follows the rooms.

    Args:
        core: enters and leaves. The first of its rooms is the current one.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._current = core.rooms[0]
        self._pending: dict[str, _Pending] = {}
        self._previous: dict[str, str] = {}

    @property
    def rooms(self) -> list[str]:
        """The rooms."""
        rooms = {heard_key(room): room for room in self._core.rooms}
        for key, pending in self._pending.items():
            if pending.inside:
                rooms.setdefault(key, pending.room)
            else:
                rooms.pop(key, None)
        return list(rooms.values())

    @property
    def current(self) -> str:
        """The current room; "" if there is none left."""
        rooms = self.rooms
        return _find(self._current, rooms) or (rooms[0] if rooms else "")

    def enter(self, room: str, key: str = "", *, go: bool) -> Command | None:
        """Enter a room, with its key if it has one.

        ``go`` makes it the current one, also if this client is in it already.

        Raises:
            Refusal: this client is in it already.
        """
        known = _find(room, self.rooms)
        if known and not go:
            raise Refusal("already_in_room", room=known)
        command = None
        if not known:
            command = self._core.join(room, key)
            self._pending[heard_key(room)] = _Pending(command.id, room, inside=True)
            if go:
                self._previous[command.id] = self.current
        if go:
            # The next text is for that room; the server carries out both in this order.
            self._current = room
        return command

    def leave(self, room: str) -> Command:
        """Leave a room.

        Raises:
            Refusal: this client is not in it.
        """
        known = _find(room, self.rooms)
        if not known:
            raise Refusal("not_in_room", room=room)
        command = self._core.leave(known)
        was_current = heard_key(known) == heard_key(self.current)
        self._pending[heard_key(known)] = _Pending(command.id, known, inside=False)
        if was_current:
            # The first of those that are left, and it stays that one.
            self._current = next(iter(self.rooms), self._current)
        return command

    def answered(self, command: Command, *, refused: bool) -> None:
        """Note that a command is answered; if it is refused, the room before it is current again."""
        previous = self._previous.pop(command.id, None)
        pending = self._pending.get(heard_key(command.room))
        if pending is not None and pending.id == command.id:
            del self._pending[heard_key(command.room)]
        if refused and previous and heard_key(self._current) == heard_key(command.room):
            self._current = previous


def _find(room: str, rooms: list[str]) -> str:
    wanted = heard_key(room)
    return next((each for each in rooms if heard_key(each) == wanted), "")
