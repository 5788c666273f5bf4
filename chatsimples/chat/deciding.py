"""What rules share: what has been decided, and the steps that make records of it."""

from __future__ import annotations

from typing import Any

from chatsimples.chat import access, effects, levels
from chatsimples.chat.departed import Departed
from chatsimples.chat.effects import End, Reply
from chatsimples.chat.names import DEFAULT_ROOM, name_key
from chatsimples.chat.records import Record
from chatsimples.chat.rooms import Connection, Room
from chatsimples.chat.state import State
from chatsimples.chat.watching import Watching
from chatsimples.errors import Refusal

Decided = list[Record | effects.Effect]
"""What follows from a command, in its order."""


class Deciding:
    """The state, the time, and what follows from the command that is carried out.

    Args:
        log: the log's id, for ``welcome``.
        state: what the records up to now add up to.
    """

    def __init__(self, log: str, state: State) -> None:
        self.state = state
        self._log = log
        self._now = -1
        self._at = ""
        self._out: Decided = []
        self._watching = Watching()
        self._departed = Departed()
        self._most_people = 0

    def _holder(self, nick: str) -> Connection:
        holder = self.state.nicks.get(name_key(nick))
        if holder is None:
            raise Refusal("no_such_nick", nick=nick)
        return holder

    def _room_of(self, connection: Connection, name: str) -> Room:
        """Return a room that the connection is in: the one of that name or, without a name, its first."""
        if name:
            room = connection.rooms.get(name_key(name))
            if room is None:
                raise Refusal("not_in_room", room=name)
            return room
        for room in connection.rooms.values():
            return room
        raise Refusal("not_in_room", room=DEFAULT_ROOM)

    def _check_free(self, connection: Connection, nick: str) -> None:
        holder = self.state.nicks.get(name_key(nick))
        if holder is not None and holder is not connection:
            raise Refusal("nick_in_use", nick=nick)
        access.check_nick(self.state, connection, nick, self._now)

    def _go_out(
        self, connection: Connection, room: Room, reason: str, command_id: str = "", text: str = ""
    ) -> None:
        quiet = self._quiet(len(room.members))
        if text and not access.may_speak(self.state, connection, room, self._now):
            # It would be heard.
            text = ""
        # By position, like what is said: thousands can end at once.
        self._add(
            Record(
                self.state.seq + 1, self._at, "leave", connection.conn, connection.nick, "", room.name,
                "", 0, text, command_id, reason, quiet,
            )
        )  # fmt: skip

    def _take_name(self, connection: Connection, new: str, command_id: str = "", reason: str = "") -> None:
        nick = connection.nick
        if not connection.rooms:
            self._record("nick", connection, new=new, id=command_id, reason=reason)
        for room in list(connection.rooms.values()):
            quiet = self._quiet(len(room.members))
            self._record(
                "nick", connection, nick=nick, new=new, room=room.name, id=command_id, reason=reason,
                quiet=quiet,
            )  # fmt: skip
        if (key := name_key(nick)) != connection.nick_key:
            self._note_departed(key, connection, nick)
            self._tell_of_arrival(connection)

    def _tell_of_arrival(self, connection: Connection) -> None:
        """Tell those who watch a nick that somebody has it."""
        for conn in self._watching.watchers(connection.nick_key):
            self._reply(conn, effects.Seen([someone(connection)]))

    def _note_departed(self, key: str, connection: Connection, nick: str) -> None:
        """Note that somebody had a nick, and tell those who watch it that nobody has it."""
        gone = effects.Gone(
            nick, connection.conn, self._at, connection.user, connection.realname, connection.account
        )
        self._departed.note(key, gone)
        for conn in self._watching.watchers(key):
            self._reply(conn, effects.Seen([], [nick]))

    def _end(
        self,
        connection: Connection | None,
        conn: int,
        reason: str,
        *,
        why: str = "",
        echo: bytes = b"",
        word: str = "",
    ) -> None:
        # Of one that never registered nothing tells.
        if connection is not None:
            self._depart(connection, reason, end=False, word=word)
        self._out.append(End(conn, why or reason, echo))

    def _depart(
        self, connection: Connection, reason: str, *, end: bool = True, word: str = "", **by: Any
    ) -> None:
        for room in list(connection.rooms.values()):
            self._go_out(connection, room, reason, text=word)
        if word:
            by["text"] = word
        self._record("bye", connection, reason=reason, **by)
        self._watching.clear(connection.conn)
        self._note_departed(connection.nick_key, connection, connection.nick)
        if end:
            self._out.append(End(connection.conn, reason))

    def _quiet(self, members: int) -> bool:
        return 0 < self.state.limits.quiet_room < members

    def _record(
        self, type_: str, /, connection: Connection | None = None, nick: str = "", **fields: Any
    ) -> None:
        conn, name = (connection.conn, nick or connection.nick) if connection else (0, nick)
        self._add(Record(self.state.seq + 1, self._at, type_, conn, name, **fields))

    def _add(self, record: Record) -> None:
        self.state.evolve(record)
        self._out.append(record)

    def _reply(self, conn: int, answer: effects.Answer) -> None:
        self._out.append(Reply(conn, answer))

    def _refuse(self, conn: int, refusal: Refusal, command_id: str = "") -> None:
        self._reply(conn, effects.Error(refusal.code, refusal.detail, command_id))


def someone(person: Connection, room: Room | None = None) -> effects.Someone:
    """Return what is told of somebody and, with a room, of what they are in it."""
    return effects.Someone(
        person.nick, person.conn, person.user, person.realname, person.account, person.away,
        person.role if levels.on_server(person) else "",
        levels.role_in(room.charter, person) if room is not None and room.charter is not None else "",
    )  # fmt: skip
