"""Who is where: the state of a chat, which is what its records add up to.

`State.evolve` is the only way in which it changes, live and when a transcript is read again. So what the
server knows after a restart is by construction what it knew before.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from sortedcontainers import SortedList

from chatsimples.chat.limits import Limits
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.chat.sessions import Session, Sessions
from chatsimples.chat.visitors import VisitorNames

SMALL_ROOM = 64
"""Members up to which a room's nicks are not kept in order: to sort so few costs less when somebody asks."""

UNKNOWN_LIMITS = Limits(max_rooms=0, quiet_room=0, nick_hold=0.0)
"""Before the first ``start``, and in version 1, which does not tell them."""


class Room(msgspec.Struct, eq=False):
    """A room that somebody is in.

    Attributes:
        name: how the first one who came wrote it.
        members: by connection.
        order: the keys of their nicks in order, once there have been more than `SMALL_ROOM`; else None.
    """

    key: str
    name: str
    members: dict[int, Connection]
    order: SortedList[str] | None = None


class Connection(msgspec.Struct, eq=False):
    """A client's connection: it has a nick.

    One that ``ends_unsaid`` is of version 1: its end is its last ``leave``, as there is no ``bye``.
    """

    conn: int
    nick: str
    dialect: str
    identity: str
    session: Session | None = None
    ends_unsaid: bool = False
    rooms: dict[str, Room] = {}


_Ids = dict[str, int]


class _SavedConnection(msgspec.Struct, array_like=True):
    conn: int
    dialect: str
    nick: str
    identity: str
    rooms: dict[str, str]
    # In version 1 there was no such field, and all were of this kind.
    ends_unsaid: bool = True


class _Snapshot(msgspec.Struct):
    seq: int
    last_conn: int
    connections: list[_SavedConnection]
    sessions: list[tuple[str, str, int, str, list[int], _Ids]]
    server: str = ""
    limits: Limits | None = None
    version: Literal[1, 2] = 1


class State:
    """The sum of the records up to ``seq``.

    Attributes:
        seq: of the last record.
        server, limits: what the last ``start`` says.
        last_conn: the highest number of a connection.
        connections: by number, in the order in which they came.
        nicks: who is called what, by the key of the nick.
        rooms: those that somebody is in, by the key of the name.
        room_order: their keys in order.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.server = ""
        self.limits = UNKNOWN_LIMITS
        self.last_conn = 0
        self.connections: dict[int, Connection] = {}
        self.nicks: dict[str, Connection] = {}
        self.rooms: dict[str, Room] = {}
        self.room_order: SortedList[str] = SortedList()
        self.sessions = Sessions()
        self.visitors = VisitorNames()

    def evolve(self, record: Record) -> None:
        """Add a record to the sum. Its seq must be the next one."""
        self.seq = record.seq
        match record.type:
            case "message":
                if record.id or record.dialect:
                    self._said(record)
            case "join":
                self._enter(self._author(record), record.room)
            case "leave":
                self._left(record)
            case "nick":
                self._name(self._author(record), record.new)
            case "hello":
                self._arrive(record)
            case "bye":
                self._depart(record.conn, record.at, record.reason)
            case "start":
                self.server = record.server
                self.limits = record.limits or UNKNOWN_LIMITS
                self._end_of_a_run(record.at)
                if record.limits:
                    self._say_ends()
            case "stop":
                self._end_of_a_run(record.at)

    def snapshot(self) -> bytes:
        """Write the state as JSON, for `restore`."""
        return msgspec.json.encode(
            _Snapshot(
                self.seq,
                self.last_conn,
                [
                    _SavedConnection(
                        each.conn, each.dialect, each.nick, each.identity,
                        {key: room.name for key, room in each.rooms.items()}, each.ends_unsaid,
                    )
                    for each in self.connections.values()
                ],
                [
                    (identity, each.nick, each.conn, each.left_at, each.connections, each.ids)
                    for identity, each in self.sessions
                ],
                self.server,
                self.limits,
                version=2,
            )
        )  # fmt: skip

    def restore(self, snapshot: bytes) -> None:
        """Take over what `snapshot` wrote, also that of version 1.

        Raises:
            ValueError: it is no snapshot.
        """
        saved = msgspec.json.decode(snapshot, type=_Snapshot)
        # Begins anew, whatever was there: those who hold the state go on with it.
        vars(self).update(vars(State()))
        self.seq = saved.seq
        self.server = saved.server
        self.limits = saved.limits or UNKNOWN_LIMITS
        for each in saved.connections:
            connection = Connection(each.conn, "", each.dialect, each.identity, None, each.ends_unsaid)
            self.connections[each.conn] = connection
            self._name(connection, each.nick)
            for key, name in each.rooms.items():
                self._join(connection, key, name)
        self.sessions.restore(
            (identity, self._session(nick, conn, left_at, connections, ids))
            for identity, nick, conn, left_at, connections, ids in saved.sessions
        )
        for connection in self.connections.values():
            connection.session = self.sessions.get(connection.identity)
        self.last_conn = saved.last_conn

    def _session(self, nick: str, conn: int, left_at: str, connections: list[int], ids: _Ids) -> Session:
        # Version 1 kept sessions whose connections were on no record. Nothing tells when these were cut.
        if conn and conn not in self.connections:
            nick, conn = "", 0
        return Session(nick, conn, left_at, connections, ids)

    # What the records say.

    def _said(self, record: Record) -> None:
        session = self._author(record).session
        if record.id and session is not None:
            self.sessions.remember(session, record.id, record.seq)

    def _enter(self, connection: Connection, name: str) -> None:
        self._join(connection, name_key(name), name)

    def _left(self, record: Record) -> None:
        connection = self._author(record)
        self._go_out(connection, name_key(record.room))
        if connection.ends_unsaid and record.reason != "left" and not connection.rooms:
            self._depart(connection.conn, record.at, record.reason)

    def _arrive(self, record: Record) -> Connection:
        # Whoever had the number has it no more, though no server records it so.
        self._depart(record.conn, record.at, "")
        connection = Connection(record.conn, "", record.dialect, record.identity)
        self.connections[record.conn] = connection
        self.last_conn = max(self.last_conn, record.conn)
        self._name(connection, record.nick)
        if record.identity:
            connection.session = self.sessions.connect(record.identity, record.conn, record.nick)
        return connection

    def _depart(self, conn: int, at: str, reason: str) -> None:
        connection = self.connections.pop(conn, None)
        if connection is None:
            return
        self._free(connection)
        for key in list(connection.rooms):
            self._go_out(connection, key)
        self.sessions.cut(connection.identity, conn, at, claim=reason != "quit")

    def _end_of_a_run(self, at: str) -> None:
        # Those of version 1 that were in no room have left no trace of their end.
        for connection in list(self.connections.values()):
            if connection.ends_unsaid and not connection.rooms:
                self._depart(connection.conn, at, "")

    def _say_ends(self) -> None:
        # From here on it is version 2: also those of version 1 that are still there get their bye.
        for connection in self.connections.values():
            connection.ends_unsaid = False

    def _author(self, record: Record) -> Connection:
        """Return a record's connection; in version 1 its first record introduces it."""
        connection = self.connections.get(record.conn)
        if record.dialect or connection is None:
            connection = self._arrive(record)
            connection.ends_unsaid = True
            session = self.sessions.get(record.identity)
            if session is not None:
                session.connections.append(record.conn)
        return connection

    # What that changes.

    def _name(self, connection: Connection, nick: str) -> None:
        self._free(connection)
        before, key = name_key(connection.nick), name_key(nick)
        connection.nick = nick
        self.nicks[key] = connection
        for room in connection.rooms.values():
            if room.order is not None:
                room.order.discard(before)
                room.order.add(key)
        self.sessions.rename(connection.identity, connection.conn, nick)

    def _free(self, connection: Connection) -> None:
        key = connection.nick and name_key(connection.nick)
        if key and self.nicks.get(key) is connection:
            del self.nicks[key]
            self.visitors.freed(key)

    def _join(self, connection: Connection, key: str, name: str) -> None:
        room = self.rooms.get(key)
        if room is None:
            room = self.rooms[key] = Room(key, name, {})
            self.room_order.add(key)
        if room.order is not None and key not in connection.rooms:
            room.order.add(name_key(connection.nick))
        room.members[connection.conn] = connection
        connection.rooms[key] = room
        if room.order is None and len(room.members) > SMALL_ROOM:
            room.order = SortedList(name_key(each.nick) for each in room.members.values())

    def _go_out(self, connection: Connection, key: str) -> None:
        room = connection.rooms.pop(key, None)
        if room is not None:
            room.members.pop(connection.conn, None)
            if room.order is not None:
                room.order.discard(name_key(connection.nick))
            if not room.members and self.rooms.pop(key, None) is not None:
                self.room_order.discard(key)
