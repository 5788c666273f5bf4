"""The rules for what is said: messages of one line and of several, reactions, and what is soon over.

1. Who speaks in a room is in it. What a session has had recorded under an id is not recorded again, as long
   as the id is remembered (`chatsimples.chat.sessions`).
2. Each line of a message of several is a record; they are neighbours, and the last one has the message's id:
   so a message that was cut short in the middle of being written is not known, and is said again whole.
3. Whoever says something to somebody who is away is told so, but for notices and reactions.
4. A signal is on no record. In each second of the clock a connection has one a room and person; others are
   dropped, as are all in a room above ``quiet_room`` members.
"""

from __future__ import annotations

from typing import Any

from chatsimples.chat import access, commands, effects
from chatsimples.chat.deciding import Deciding
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.chat.rooms import Connection, Room
from chatsimples.chat.state import State
from chatsimples.errors import Refusal

_SECOND = 1_000_000


class Speaking(Deciding):
    """These rules."""

    def __init__(self, log: str, state: State) -> None:
        super().__init__(log, state)
        # Who has given a signal in this second, and where.
        self._signalled: set[tuple[int, int | str]] = set()
        self._signals_at = 0

    def say(self, connection: Connection, command: commands.Say) -> None:
        """Say something in a room, or to one person."""
        if command.id and self._known(connection, command.id):
            return
        if command.to or command.kind or command.tags:
            self._say_more(connection, command)
            return
        # Most write a room as its key is: that saves two calls.
        room = connection.rooms.get(command.room) or self._heard_in(connection, command.room)
        if room.charter is not None or self.state.muted:
            access.check_speaking(self.state, connection, room, self._now)
        # What is said in rooms is nearly all there is: a record by position costs half of one by names, and
        # a call of `_add` as much as seven of its fields.
        record = Record(
            self.state.seq + 1, self._at, "message", connection.conn, connection.nick, "", room.name,
            "", 0, command.text, command.id,
        )  # fmt: skip
        self.state.evolve(record)
        self._out.append(record)

    def say_lines(self, connection: Connection, command: commands.Lines) -> None:
        """Say several lines as one message."""
        if command.id and self._known(connection, command.id):
            return
        where, holder = self._whom(connection, command.room, command.to)
        parts = len(command.lines)
        for part, line in enumerate(command.lines, 1):
            self._record(
                "message", connection, text=line.text, kind=command.kind,
                tags=command.tags if part == 1 else None, part=part, parts=parts, joined=line.joined,
                id=command.id if part == parts else "", **where,
            )  # fmt: skip
        if holder is not None and command.kind != "notice":
            self._tell_away(connection, holder)

    def say_as(self, connection: Connection, command: commands.SayAs) -> None:
        """Say something under a nick, which is taken if it is free; else the whole line is said."""
        room = self._room_of(connection, "")
        access.check_speaking(self.state, connection, room, self._now)
        text = command.text
        if name_key(command.nick) != connection.nick_key:
            try:
                self._check_free(connection, command.nick)
            except Refusal as refusal:
                self._refuse(connection.conn, refusal)
                text = command.line
            else:
                self._take_name(connection, command.nick)
        if text:
            self._record("message", connection, room=room.name, text=text)

    def signal(self, connection: Connection, command: commands.Signal) -> None:
        """Tell those who are there what is true for a moment."""
        where, holder = self._whom(connection, command.room, command.to)
        if holder is None and self._quiet(len(self._heard_in(connection, where["room"]).members)):
            return
        second = self._now // _SECOND
        if second != self._signals_at:
            self._signals_at = second
            self._signalled.clear()
        given = connection.conn, holder.conn if holder is not None else where["room"]
        if given in self._signalled:
            return
        self._signalled.add(given)
        record = Record(
            self.state.seq, self._at, "signal", connection.conn, connection.nick, tags=command.tags, **where
        )
        self._out.append(effects.Signal(connection.conn, record))

    # Steps.

    def _heard_in(self, connection: Connection, name: str) -> Room:
        """Return the room in which somebody is heard: one that they are in, or that hears outsiders."""
        key = name_key(name)
        room = self.state.rooms.get(key)
        if room is None or key in connection.rooms or not access.hears_outsiders(room):
            return self._room_of(connection, name)
        access.check_entering(connection, room, name, "", self._now)
        return room

    def _say_more(self, connection: Connection, command: commands.Say) -> None:
        """Say what is not just said in a room."""
        where, holder = self._whom(connection, command.room, command.to)
        self._record(
            "message" if command.text else "tags", connection,
            text=command.text, id=command.id, kind=command.kind, tags=command.tags or None, **where,
        )  # fmt: skip
        if holder is not None and command.text and command.kind != "notice":
            self._tell_away(connection, holder)

    def _whom(self, connection: Connection, room: str, to: str) -> tuple[dict[str, Any], Connection | None]:
        """Return for whom something is: as records have it, and the person, if it is one."""
        if not to:
            where = self._heard_in(connection, room)
            access.check_speaking(self.state, connection, where, self._now)
            return {"room": where.name}, None
        access.check_speaking(self.state, connection, None, self._now)
        holder = self._holder(to)
        return {
            "to": holder.nick,
            "to_conn": holder.conn,
            "identity": connection.identity,
            "to_identity": holder.identity,
        }, holder

    def _tell_away(self, connection: Connection, holder: Connection) -> None:
        if holder.away:
            self._reply(connection.conn, effects.IsAway(holder.nick, holder.away))

    def _known(self, connection: Connection, message_id: str) -> bool:
        """Tell whether the message is on record already, and tell the client so."""
        session = connection.session
        seq = session.ids.get(message_id) if session is not None else None
        if seq is None:
            return False
        self._reply(connection.conn, effects.Duplicate(message_id, seq))
        return True
