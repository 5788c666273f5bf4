"""The rules for what people tell of themselves: that they are away, and their real names.

It is told in each room, so it is on record in each, as a change of nick is. Whoever is muted changes nothing
of it, but may come back.
"""

from __future__ import annotations

from chatsimples.chat import access, commands
from chatsimples.chat.deciding import Deciding
from chatsimples.chat.rooms import Connection
from chatsimples.errors import Refusal


class Presence(Deciding):
    """These rules."""

    def be_away(self, connection: Connection, command: commands.Away) -> None:
        """Be away, or back."""
        if command.text:
            self._check_heard(connection)
        elif not connection.away:
            raise Refusal("not_away")
        self._tell_rooms("away", connection, id=command.id, text=command.text)

    def set_name(self, connection: Connection, command: commands.SetName) -> None:
        """Tell another real name."""
        self._check_heard(connection)
        self._tell_rooms("setname", connection, id=command.id, realname=command.realname)

    def _check_heard(self, connection: Connection) -> None:
        for room in (None, *connection.rooms.values()):
            access.check_not_muted(self.state, connection, room, self._now)

    def _tell_rooms(self, kind: str, connection: Connection, **fields: str) -> None:
        if not connection.rooms:
            self._record(kind, connection, **fields)
        for room in list(connection.rooms.values()):
            self._record(kind, connection, room=room.name, quiet=self._quiet(len(room.members)), **fields)
