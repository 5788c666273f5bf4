"""Who is where: the state of a chat, which is what its records add up to.

`State.evolve` is the only way in which a record changes it, live and when a transcript is read again. So
what the server knows after a restart is what it knew before. Beside the records there are only connections
that have not made any yet.
"""

from __future__ import annotations

from collections import deque

import msgspec

from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.chat.visitors import VisitorNames

IDS_PER_SESSION = 4_096
IDS_IN_ALL = 250_000
SESSIONS_KEPT = 100_000
CONNECTIONS_PER_SESSION = 64


class Room(msgspec.Struct, eq=False):
    """A room that somebody is in. ``name`` is how the first one who came wrote it."""

    key: str
    name: str
    members: dict[int, Connection]


class Connection(msgspec.Struct, eq=False):
    """A client's connection. It is registered once it has a nick, introduced once it has a record."""

    conn: int
    dialect: str = ""
    address: str = ""
    nick: str = ""
    identity: str = ""
    introduced: bool = False
    rooms: dict[str, Room] = {}


class Session(msgspec.Struct, eq=False):
    """What a secret proves: the nick, the connections that it has had, and what it has said.

    ``conn`` is 0 while it is cut; then ``left_at`` says since when. An empty ``nick`` claims nothing.
    """

    nick: str = ""
    conn: int = 0
    left_at: str = ""
    connections: deque[int] = msgspec.field(default_factory=lambda: deque(maxlen=CONNECTIONS_PER_SESSION))
    ids: dict[str, int] = {}


class _Snapshot(msgspec.Struct):
    seq: int
    last_conn: int
    connections: list[tuple[int, str, str, str, dict[str, str]]]
    sessions: list[tuple[str, str, int, str, list[int], dict[str, int]]]


class State:
    """The sum of the records up to ``seq``."""

    def __init__(self) -> None:
        self.seq = 0
        self.last_conn = 0
        self.connections: dict[int, Connection] = {}
        self.nicks: dict[str, Connection] = {}
        self.rooms: dict[str, Room] = {}
        self.sessions: dict[str, Session] = {}
        self.visitors = VisitorNames()
        self._ids = 0

    def evolve(self, record: Record) -> None:
        """Add a record to the sum. Its seq must be the next one."""
        self.seq = record.seq
        match record.type:
            case "message":
                if record.dialect or record.id or record.conn not in self.connections:
                    connection = self._author(record)
                    if record.id and connection.identity:
                        self._remember(connection.identity, record.id, record.seq)
            case "join":
                connection = self._author(record)
                key = name_key(record.room)
                room = self.rooms.get(key)
                if room is None:
                    room = self.rooms[key] = Room(key, record.room, {})
                room.members[connection.conn] = connection
                connection.rooms[key] = room
            case "leave":
                connection = self._author(record)
                self._go_out(connection, name_key(record.room))
                if record.reason != "left" and not connection.rooms:
                    self.forget(connection, record.at, claim=record.reason != "quit")
            case "nick":
                self._name(self._author(record), record.new)

    def add(self, connection: Connection) -> None:
        """Add a connection that has made no record yet."""
        self.connections[connection.conn] = connection
        self.last_conn = max(self.last_conn, connection.conn)

    def introduce(self, connection: Connection) -> None:
        """Note that a connection makes its first record; from there on it stands in the order of these."""
        connection.introduced = True
        self.connections[connection.conn] = self.connections.pop(connection.conn)

    def cut(self, at: str) -> None:
        """Let go of the sessions whose connections made no record before the server ended."""
        for session in self.sessions.values():
            if session.conn and session.conn not in self.connections:
                session.conn, session.left_at = 0, at

    def register(self, connection: Connection, nick: str, identity: str = "") -> None:
        """Give a connection its nick, and its session's identity if it has one."""
        self._name(connection, nick)
        connection.identity = identity
        if identity:
            session = self.sessions.pop(identity, None) or Session()
            # Put last: those that were not used for longest are forgotten first.
            self.sessions[identity] = session
            session.nick = nick
            session.conn = connection.conn
            if connection.conn not in session.connections:
                session.connections.append(connection.conn)
            self._trim()

    def forget(self, connection: Connection, at: str, *, claim: bool) -> None:
        """Let go of a connection. With ``claim`` its session can claim the nick back for a while."""
        if self.connections.pop(connection.conn, None) is None:
            return
        self._free(connection)
        for key in list(connection.rooms):
            self._go_out(connection, key)
        session = self.sessions.get(connection.identity)
        if session is not None and session.conn == connection.conn:
            session.conn = 0
            session.left_at = at
            if not claim:
                session.nick = ""

    def recorded(self, identity: str, message_id: str) -> int:
        """Return the seq of the message that the identity gave this id, 0 if there is none."""
        session = self.sessions.get(identity)
        return session.ids.get(message_id, 0) if session else 0

    def snapshot(self) -> bytes:
        """Write the state as JSON, for `restore`."""
        return msgspec.json.encode(
            _Snapshot(
                self.seq,
                self.last_conn,
                [
                    (each.conn, each.dialect, each.nick, each.identity,
                     {key: room.name for key, room in each.rooms.items()})
                    for each in self.connections.values()
                    if each.introduced
                ],
                [
                    (identity, each.nick, each.conn, each.left_at, list(each.connections), each.ids)
                    for identity, each in self.sessions.items()
                ],
            )
        )  # fmt: skip

    def restore(self, snapshot: bytes) -> None:
        """Take over what `snapshot` wrote.

        Raises:
            ValueError: it is no snapshot.
        """
        saved = msgspec.json.decode(snapshot, type=_Snapshot)
        self.__init__()  # type: ignore[misc]  # begins anew, whatever was there
        self.seq = saved.seq
        for identity, nick, conn, left_at, connections, ids in saved.sessions:
            kept = deque(connections, CONNECTIONS_PER_SESSION)
            self.sessions[identity] = Session(nick, conn, left_at, kept, ids)
            self._ids += len(ids)
        for conn, dialect, nick, identity, rooms in saved.connections:
            connection = Connection(conn, dialect, identity=identity, introduced=True)
            self.add(connection)
            self._name(connection, nick)
            for key, name in rooms.items():
                room = self.rooms.setdefault(key, Room(key, name, {}))
                room.members[conn] = connection
                connection.rooms[key] = room
        self.last_conn = saved.last_conn

    def _author(self, record: Record) -> Connection:
        connection = self.connections.get(record.conn)
        if connection is None:
            connection = Connection(record.conn)
            self.add(connection)
        if record.dialect:
            connection.dialect = record.dialect
            connection.introduced = True
            if connection.nick != record.nick or connection.identity != record.identity:
                self.register(connection, record.nick, record.identity)
        return connection

    def _name(self, connection: Connection, nick: str) -> None:
        self._free(connection)
        connection.nick = nick
        self.nicks[name_key(nick)] = connection
        session = self.sessions.get(connection.identity)
        if session is not None and session.conn == connection.conn:
            session.nick = nick

    def _free(self, connection: Connection) -> None:
        key = connection.nick and name_key(connection.nick)
        if key and self.nicks.get(key) is connection:
            del self.nicks[key]
            self.visitors.freed(key)

    def _go_out(self, connection: Connection, key: str) -> None:
        room = connection.rooms.pop(key, None)
        if room is not None:
            room.members.pop(connection.conn, None)
            if not room.members:
                self.rooms.pop(key, None)

    def _remember(self, identity: str, message_id: str, seq: int) -> None:
        ids = self.sessions[identity].ids
        ids[message_id] = seq
        self._ids += 1
        if len(ids) > IDS_PER_SESSION:
            del ids[next(iter(ids))]
            self._ids -= 1
        elif self._ids > IDS_IN_ALL:
            self._trim()

    def _trim(self) -> None:
        if len(self.sessions) <= SESSIONS_KEPT and self._ids <= IDS_IN_ALL:
            return
        for identity, session in list(self.sessions.items()):
            if not session.conn:
                self._ids -= len(session.ids)
                del self.sessions[identity]
            if len(self.sessions) <= SESSIONS_KEPT and self._ids <= IDS_IN_ALL:
                return
