"""What was said: who may have which of it looked up. These questions change nothing."""

from __future__ import annotations

from chatsimples.chat import access, commands, effects
from chatsimples.chat.history import recall, recall_private
from chatsimples.chat.moderation import Moderation
from chatsimples.chat.names import name_key
from chatsimples.chat.rooms import Connection, Room


class Recalling(Moderation):
    """The rules of history.

    A room's is for whoever may read the room. Private conversations are looked up by what is known of whoever
    asks: so nobody is told what was not theirs, whatever nick they ask for.
    """

    def history(self, connection: Connection, command: commands.History) -> None:
        """Have something of what was said in a room, or with one person, looked up."""
        if command.to:
            self._recall_private(connection, command)
            return
        if command.joined:
            self._room_of(connection, command.room)
        name, room = self._named(connection, command.room)
        if room is not None:
            access.check_reading(connection, room, self._now)
        is_hidden = room is None and name_key(name) in self.state.rooms
        # Of one that is secret to them nothing has been said.
        self._out.append(recall(command, name, 0 if is_hidden else self.state.seq))

    def conversations(self, connection: Connection, command: commands.Conversations) -> None:
        """Have it looked up where something was said last."""
        rooms = tuple(room.name for room in connection.rooms.values())
        self._out.append(
            effects.Survey(
                command.conn, rooms, self._own(connection), self.state.seq + 1, command.limit, command.at,
                command.until, command.id, command.mark,
            )
        )  # fmt: skip

    def mark_read(self, connection: Connection, command: commands.MarkRead) -> None:
        """Note up to when somebody has read something, or tell it."""
        account = name_key(connection.account) if connection.account else ""
        owner = f"account {account}" if account else f"session {connection.identity or connection.conn}"
        room = self._named(connection, command.room)[0] if command.room else ""
        target = f"room {name_key(room)}" if room else f"person {name_key(command.to)}"
        others = tuple(each.conn for each in self._logged_in(account) if each is not connection)
        self._out.append(effects.MarkRead(command.conn, owner, target, room, command.to, command.at, others))

    # Steps.

    def _recall_private(self, connection: Connection, command: commands.History) -> None:
        holder = self.state.nicks.get(name_key(command.to))
        to, peer = (command.to, "") if holder is None else (holder.nick, holder.identity)
        self._out.append(recall_private(command, self._own(connection), to, peer, self.state.seq))

    @staticmethod
    def _own(connection: Connection) -> tuple[int | str, ...]:
        """Return by what the private messages of somebody are known; see `effects.Recall`."""
        earlier = connection.session.connections if connection.session is not None else ()
        identity = (connection.identity,) if connection.identity else ()
        return (connection.conn, *earlier, *identity)

    def _named(self, connection: Connection, name: str) -> tuple[str, Room | None]:
        """Return a room by its name, if there is one for this connection, and how it is written."""
        if not name:
            room = self._room_of(connection, "")
            return room.name, room
        found = self.state.rooms.get(name_key(name))
        if found is None or not access.sees(connection, found):
            return name, None
        return found.name, found
