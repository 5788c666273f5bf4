"""The rules of the chat: a command goes in, records and effects come out.

Nothing here does I/O or asks a clock: time, names of the log and of the server, and every secret come in as
arguments. The same commands at the same times make the same records, byte for byte.

A rule *decides*; `State.evolve` *changes*. A rule that wants something to be so makes a record that says so.
Rules, in the order in which a connection meets them:

1. A connection opens with its dialect. A text connection is registered at once, as ``visitante-N`` with the
   smallest free N, and is in the default room. A JSON connection is registered by its ``hello``. Until then
   it can only say goodbye.
2. One nick has one holder, without regard to case. Whoever proves to be the same session takes its nick back
   from its own older connection, and for ``nick_hold`` after a cut from anyone.
3. Who speaks in a room is in it. What a session has had recorded under an id is not recorded again.
4. Whoever goes leaves every room, each with a record. In a room above ``quiet_room`` members that, coming and
   renaming are recorded as quiet.
5. Every command is answered by a record or a reply, and what is refused changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chatsimples.chat import commands, effects
from chatsimples.chat.effects import End, Feed, Recall, Reply
from chatsimples.chat.identities import identity_of
from chatsimples.chat.names import DEFAULT_ROOM, name_key
from chatsimples.chat.records import Record, microseconds, timestamp
from chatsimples.chat.state import Connection, Room, State
from chatsimples.errors import Refusal

MEMBERS_TOLD = 1_000


class Limits(msgspec.Struct, frozen=True):
    """What the rules bound; 0 switches a bound off. ``nick_hold`` is in seconds."""

    max_rooms: int = 32
    quiet_room: int = 256
    nick_hold: float = 600.0


def visitor_name(state: State) -> str:
    """Return the nick of somebody who has none: ``visitante-N``, with the smallest N that is free."""
    return state.visitors.next(state.nicks)


class Chat:
    """A chat under the rules.

    Args:
        limits: the bounds.
        log: the log's id, for ``welcome``.
        server: the program's name and version, for ``start`` and ``welcome``.
        state: what the records up to now add up to.
        identify: gives the identity that a session's secret proves.
        name_visitor: gives the nick of somebody who has none.

    Attributes:
        limits: the bounds, which may be changed between two commands.
    """

    def __init__(
        self,
        limits: Limits,
        log: str,
        server: str,
        state: State,
        *,
        identify: Callable[[str], str] = identity_of,
        name_visitor: Callable[[State], str] = visitor_name,
    ) -> None:
        self.state = state
        self.limits = limits
        self._identify = identify
        self._name_visitor = name_visitor
        self._log = log
        self._server = server
        self._now = 0
        self._at = ""
        self._out: list[Record | effects.Effect] = []
        self._rules: dict[type[commands.Command], Callable[[Any], None]] = {
            commands.Open: self._open,
            commands.Hello: self._hello,
            commands.Say: self._say,
            commands.SayAs: self._say_as,
            commands.Join: self._join,
            commands.Leave: self._leave,
            commands.Rename: self._rename,
            commands.History: self._history,
            commands.Who: self._who,
            commands.Rooms: self._list_rooms,
            commands.Ping: self._pong,
            commands.Help: self._help,
            commands.Bye: self._bye,
            commands.Close: self._close,
            commands.Fault: self._fault,
            commands.Silent: self._silent,
            commands.Kick: self._kick,
        }

    def apply(self, command: commands.Command, now: int) -> list[Record | effects.Effect]:
        """Carry out a command at the time ``now`` (microseconds since 1970)."""
        self._out = []
        if now != self._now:
            self._begin(now)
        try:
            self._rules[type(command)](command)
        except Refusal as refusal:
            self._refuse(command.conn, refusal, getattr(command, "id", ""))
        return self._out

    def start(self, now: int) -> list[Record | effects.Effect]:
        """Begin to write: the ``start`` record, and a leave for each connection that a crash left open."""
        self._begin(now)
        self._record("start", server=self._server)
        self.state.cut(self._at)
        for connection in list(self.state.connections.values()):
            self._depart(connection, "crash")
        return self._out

    def stop(self, now: int) -> list[Record | effects.Effect]:
        """End cleanly: everybody leaves, then the ``stop`` record."""
        self._begin(now)
        for connection in list(self.state.connections.values()):
            self._depart(connection, "shutdown")
        self._record("stop")
        return self._out

    def _begin(self, now: int) -> None:
        self._out = []
        self._now = now
        self._at = timestamp(now)

    # What comes from clients.

    def _open(self, command: commands.Open) -> None:
        visitor = self.state.connections.get(command.conn)
        if visitor is not None:
            self._depart(visitor, "switched", end=False)
        connection = Connection(command.conn, command.dialect, command.address)
        self.state.add(connection)
        self._out.append(effects.Attach(command.conn, command.dialect))
        if command.dialect == "text":
            self.state.register(connection, self._name_visitor(self.state))
            self._reply(connection, self._welcome(connection, self.state.seq, "", resumed=False))
            self._enter(connection, DEFAULT_ROOM)

    def _hello(self, command: commands.Hello) -> None:
        connection = self.state.connections.get(command.conn)
        if connection is None:
            return
        if connection.nick:
            raise Refusal("already_registered")
        if self.limits.max_rooms and len(command.rooms) > self.limits.max_rooms:
            raise Refusal("too_many_rooms", limit=self.limits.max_rooms)
        identity = self._identify(command.session)
        session = self.state.sessions.get(identity)
        earlier = self.state.connections.get(session.conn) if session else None
        if earlier is not None and earlier.conn > connection.conn:
            # The newer connection was quicker: this one was given up on, and its hello comes late.
            self._reply(connection, effects.Error("replaced", {}))
            self._depart(connection, "replaced")
            return
        holder = self.state.nicks.get(name_key(command.nick))
        if holder not in (None, earlier) and not self._claims(identity, command.nick):
            raise Refusal("nick_in_use", nick=command.nick)
        if earlier is not None:
            self._reply(earlier, effects.Error("replaced", {}))
            self._depart(earlier, "replaced")
        elif holder is not None:
            self._take_name(holder, self._name_visitor(self.state), reason="reclaimed")
        self.state.register(connection, command.nick, identity)
        resumed = command.since_log == self._log and 0 <= command.since_seq <= self.state.seq
        after = command.since_seq if resumed else self.state.seq
        self._reply(connection, self._welcome(connection, after, command.session, resumed=resumed))
        rooms = {name_key(room): room for room in command.rooms}
        if resumed:
            own = tuple(self.state.sessions[identity].connections)
            self._out.append(Feed(connection.conn, after, tuple(rooms), own))
        for room in rooms.values():
            self._enter(connection, room)

    def _say(self, command: commands.Say) -> None:
        connection = self._registered(command.conn)
        if connection is None or (command.id and self._known(connection, command.id)):
            return
        if command.to:
            holder = self.state.nicks.get(name_key(command.to))
            if holder is None:
                raise Refusal("no_such_nick", nick=command.to)
            self._record(
                "message", connection, to=holder.nick, to_conn=holder.conn, text=command.text, id=command.id
            )
            return
        room = self._room_of(connection, command.room)
        if not connection.introduced:
            self._record("message", connection, room=room.name, text=command.text, id=command.id)
            return
        # What is said in rooms is nearly all there is: a record by position costs half of one by names.
        self._add(
            Record(
                self.state.seq + 1, self._at, "message", connection.conn, connection.nick, "", room.name,
                "", 0, command.text, command.id,
            )
        )  # fmt: skip

    def _say_as(self, command: commands.SayAs) -> None:
        connection = self._registered(command.conn)
        if connection is None:
            return
        room = self._room_of(connection, "")
        text = command.text
        if name_key(command.nick) != name_key(connection.nick):
            if name_key(command.nick) in self.state.nicks:
                self._refuse(connection.conn, Refusal("nick_in_use", nick=command.nick))
                text = command.line
            else:
                self._take_name(connection, command.nick)
        if text:
            self._record("message", connection, room=room.name, text=text)

    def _join(self, command: commands.Join) -> None:
        connection = self._registered(command.conn)
        if connection is None:
            return
        if name_key(command.room) in connection.rooms:
            raise Refusal("already_in_room", room=command.room)
        if command.alone:
            for room in list(connection.rooms.values()):
                self._go_out(connection, room, "left")
        limit = self.limits.max_rooms
        if limit and len(connection.rooms) >= limit:
            raise Refusal("too_many_rooms", limit=limit)
        self._enter(connection, command.room, command.id)

    def _leave(self, command: commands.Leave) -> None:
        connection = self._registered(command.conn)
        if connection is not None:
            self._go_out(connection, self._room_of(connection, command.room), "left", command.id)

    def _rename(self, command: commands.Rename) -> None:
        connection = self._registered(command.conn)
        if connection is None:
            return
        if command.nick == connection.nick:
            raise Refusal("nick_unchanged", nick=command.nick)
        holder = self.state.nicks.get(name_key(command.nick))
        if holder is not None and holder is not connection:
            raise Refusal("nick_in_use", nick=command.nick)
        self._take_name(connection, command.nick, command_id=command.id)

    def _history(self, command: commands.History) -> None:
        connection = self._registered(command.conn)
        if connection is None:
            return
        name = command.room or self._room_of(connection, "").name
        room = self.state.rooms.get(name_key(name))
        before = command.before if 0 < command.before <= self.state.seq else self.state.seq + 1
        self._out.append(Recall(command.conn, room.name if room else name, before, command.limit, command.id))

    def _who(self, command: commands.Who) -> None:
        connection = self._registered(command.conn)
        if connection is None:
            return
        name = command.room or self._room_of(connection, "").name
        room = self.state.rooms.get(name_key(name))
        present = list(room.members.values()) if room else []
        told = sorted(member.nick for member in present[:MEMBERS_TOLD])
        self._reply(connection, effects.Members(room.name if room else name, told, len(present), command.id))

    def _list_rooms(self, command: commands.Rooms) -> None:
        connection = self._registered(command.conn)
        if connection is not None:
            sizes = [
                effects.RoomSize(room.name, len(room.members)) for _, room in sorted(self.state.rooms.items())
            ]
            self._reply(connection, effects.RoomList(sizes[:MEMBERS_TOLD], command.id))

    def _pong(self, command: commands.Ping) -> None:
        connection = self._registered(command.conn)
        if connection is not None:
            self._reply(connection, effects.Pong(command.id))

    def _help(self, command: commands.Help) -> None:
        connection = self._registered(command.conn)
        if connection is not None:
            self._reply(connection, effects.CommandList())

    # How connections end.

    def _bye(self, command: commands.Bye) -> None:
        self._end(command.conn, "quit")

    def _close(self, command: commands.Close) -> None:
        self._end(command.conn, command.reason)

    def _fault(self, command: commands.Fault) -> None:
        connection = self.state.connections.get(command.conn)
        if connection is not None:
            self._reply(connection, effects.Error(command.code, command.detail, command.id))
            if command.fatal:
                self._depart(connection, "error")

    def _silent(self, command: commands.Silent) -> None:
        connection = self.state.connections.get(command.conn)
        if connection is None:
            return
        if command.gone:
            self._reply(connection, effects.Error("timeout", {"seconds": str(command.seconds)}))
            self._depart(connection, "timeout")
        else:
            self._reply(connection, effects.Ping(self.state.seq))

    def _kick(self, command: commands.Kick) -> None:
        connection = self.state.nicks.get(name_key(command.nick))
        if connection is None:
            raise Refusal("no_such_nick", nick=command.nick)
        self._reply(connection, effects.Error("kicked", {}))
        self._depart(connection, "kicked")

    def _end(self, conn: int, reason: str) -> None:
        connection = self.state.connections.get(conn)
        if connection is not None:
            self._depart(connection, reason)
        else:
            # It has ended for the chat already, or never spoke: let go of what is left of it.
            self._out.append(End(conn))

    # Steps that rules share.

    def _registered(self, conn: int) -> Connection | None:
        """Return the connection if it may speak; None if it has ended and its command came too late."""
        connection = self.state.connections.get(conn)
        if connection is not None and not connection.nick:
            raise Refusal("not_registered")
        return connection

    def _known(self, connection: Connection, message_id: str) -> bool:
        """Tell whether the message is on record already, and tell the client so."""
        if connection.identity:
            seq = self.state.recorded(connection.identity, message_id)
            if seq:
                self._reply(connection, effects.Duplicate(message_id, seq))
                return True
        return False

    def _claims(self, identity: str, nick: str) -> bool:
        session = self.state.sessions.get(identity)
        if session is None or session.conn or name_key(session.nick or " ") != name_key(nick):
            return False
        return self._now - microseconds(session.left_at) <= self.limits.nick_hold * 1_000_000

    def _room_of(self, connection: Connection, name: str) -> Room:
        if name:
            room = connection.rooms.get(name_key(name))
            if room is None:
                raise Refusal("not_in_room", room=name)
            return room
        for room in connection.rooms.values():
            return room
        raise Refusal("not_in_room", room=DEFAULT_ROOM)

    def _enter(self, connection: Connection, name: str, command_id: str = "") -> None:
        room = self.state.rooms.get(name_key(name))
        self._record(
            "join",
            connection,
            room=room.name if room else name,
            id=command_id,
            quiet=self._quiet(len(room.members) + 1 if room else 1),
        )

    def _go_out(self, connection: Connection, room: Room, reason: str, command_id: str = "") -> None:
        quiet = self._quiet(len(room.members))
        self._record("leave", connection, room=room.name, reason=reason, id=command_id, quiet=quiet)

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

    def _depart(self, connection: Connection, reason: str, *, end: bool = True) -> None:
        for room in list(connection.rooms.values()):
            self._go_out(connection, room, reason)
        self.state.forget(connection, self._at, claim=reason != "quit")
        if end:
            self._out.append(End(connection.conn))

    def _quiet(self, members: int) -> bool:
        return 0 < self.limits.quiet_room < members

    def _record(self, kind: str, connection: Connection | None = None, nick: str = "", **fields: Any) -> None:
        if connection is None:
            record = Record(self.state.seq + 1, self._at, kind, **fields)
        elif connection.introduced:
            record = Record(
                self.state.seq + 1, self._at, kind, connection.conn, nick or connection.nick, **fields
            )
        else:
            record = Record(
                self.state.seq + 1, self._at, kind, connection.conn, nick or connection.nick,
                dialect=connection.dialect, identity=connection.identity, **fields,
            )  # fmt: skip
            self.state.introduce(connection)
        self._add(record)

    def _add(self, record: Record) -> None:
        self.state.evolve(record)
        self._out.append(record)

    def _welcome(self, connection: Connection, after: int, session: str, *, resumed: bool) -> effects.Welcome:
        return effects.Welcome(
            connection.nick, self._log, after, session, resumed, self.state.seq, self._server
        )

    def _reply(self, connection: Connection, answer: effects.Answer) -> None:
        self._out.append(Reply(connection.conn, answer))

    def _refuse(self, conn: int, refusal: Refusal, command_id: str = "") -> None:
        self._out.append(Reply(conn, effects.Error(refusal.code, refusal.detail, command_id)))
