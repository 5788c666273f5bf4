"""Who is where: the state of a chat, which is what its records add up to.

`State.evolve` is the only way in which it changes, live and when a transcript is read again. So what the
server knows after a restart is by construction what it knew before.
"""

from __future__ import annotations

import gc

import msgspec
from sortedcontainers import SortedList

from chatsimples.chat import older_snapshots, snapshots
from chatsimples.chat.capture import Capture
from chatsimples.chat.changes import Change
from chatsimples.chat.charters import Charter
from chatsimples.chat.governing import GOVERNING, Charters, saved_charter
from chatsimples.chat.ids import Ids
from chatsimples.chat.levels import SERVER_ROLES
from chatsimples.chat.limits import UNKNOWN_LIMITS
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.chat.rooms import Connection, Room
from chatsimples.chat.sessions import BOUNDS, Bounds, Session, Sessions
from chatsimples.chat.snapshots import Saved, SavedConnection, SavedSession
from chatsimples.chat.visitors import VisitorNames

SMALL_ROOM = 64
"""Members up to which a room's nicks are not kept in order: to sort so few costs less when somebody asks."""


class State:
    """The sum of the records up to ``seq``.

    Args:
        bounds: of what is remembered of sessions.

    Attributes:
        seq: of the last record.
        server, limits: what the last ``start`` says.
        last_conn: the highest number of a connection.
        connections: by number, in the order in which they came.
        dialects: how many of them speak each dialect.
        nicks: who is called what, by the key of the nick.
        rooms: those that somebody is in or that have an owner who lasts, by the key of the name.
        room_order: the keys of those that are not secret, in order.
        secret_order: the keys of those that are, in order.
        charters: those of rooms, and that of the server.
        muted: who is muted on the whole server, by what they are known by.
        moderators: how many connections govern the server.
        accounts: the connections that are logged in, by the key of the account's name.
    """

    def __init__(self, bounds: Bounds = BOUNDS) -> None:
        self.seq = 0
        self.server = ""
        self.limits = UNKNOWN_LIMITS
        self.last_conn = 0
        self.connections: dict[int, Connection] = {}
        self.dialects: dict[str, int] = {}
        self.nicks: dict[str, Connection] = {}
        self.rooms: dict[str, Room] = {}
        self.room_order: SortedList[str] = SortedList()
        self.secret_order: SortedList[str] = SortedList()
        self.charters = Charters()
        self.muted = self.charters.server.mutes.by_key
        self.accounts: dict[str, dict[int, Connection]] = {}
        self.moderators = 0
        self.sessions = Sessions(bounds)
        self.visitors = VisitorNames()
        self._bounds = bounds
        self._capture: Capture[Connection, Room] | None = None

    def evolve(self, record: Record) -> None:
        """Add a record to the sum. Its seq must be the next one."""
        self.seq = record.seq
        match record.type:
            case "message" | "tags":
                connection = self.connections.get(record.conn)
                if connection is None or record.dialect:
                    connection = self._author(record)
                session = connection.session
                if session is not None and (record.id or not session.spoke):
                    self._said(connection, session, record)
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
            case _:
                self._govern(record)

    def capture(self, *, whole: bool = True) -> Capture[Connection, Room]:
        """Begin a snapshot that is made in pieces while the state goes on; the one before is abandoned.

        Args:
            whole: tell all. Otherwise it tells of the sessions that are cut only what has changed since the
                last whole one was begun, and is restored with that one behind it.

        Raises:
            ValueError: what has changed is not known, see `changes_size`.
        """
        capture = self._new_capture(whole=whole)
        if self._capture is not None:
            self._capture.abandon()
        if whole:
            self.sessions.note_changes()
        self._capture = capture
        return capture

    @property
    def changes_size(self) -> int | None:
        """Bytes of what has changed since the last whole capture began; None if that is not known."""
        return self.sessions.changes_size

    def snapshot(self) -> bytes:
        """Write the state, for `restore`. The same state makes the same bytes."""
        capture = self._new_capture()
        return b"".join(iter(capture.piece, b""))

    def restore(self, snapshot: bytes) -> None:
        """Take over what `snapshot` or a `capture` wrote, also those of versions before.

        Of a capture that is not whole it is what that wrote, and then what the last whole one before wrote.

        Raises:
            ValueError: it is no snapshot; nothing has changed.
        """
        # Of the many objects that are made, none is garbage.
        collects = gc.isenabled()
        gc.disable()
        try:
            if older_snapshots.is_older(snapshot):
                self._take_over(older_snapshots.read(snapshot), [])
            else:
                self._take_over(*snapshots.read(snapshot))
        finally:
            if collects:
                gc.enable()

    def _take_over(self, saved: Saved, changes: list[Change]) -> None:
        new = State(self._bounds)
        new.sessions.restore_kept(saved.kept)
        new.sessions.restore_changes(changes)
        new.seq = saved.seq
        new.last_conn = saved.last_conn
        new.server = saved.server
        new.limits = saved.limits
        new.charters.restore(saved.charters)
        new.muted = new.charters.server.mutes.by_key
        new.rooms.update(new.charters.rooms)
        for each in saved.connections:
            new._restore_connection(each)
        # All at once, not one after the other.
        secret = {key for key, room in new.rooms.items() if room.charter and room.charter.settings.secret}
        new.room_order = SortedList(new.rooms.keys() - secret)
        new.secret_order = SortedList(secret)
        for room in new.rooms.values():
            if len(room.members) > SMALL_ROOM:
                room.order = SortedList(each.nick_key for each in room.members.values())
        if self._capture is not None:
            self._capture.abandon()
        # Begins anew, whatever was there: those who hold the state go on with it.
        vars(self).update(vars(new))

    def _new_capture(self, *, whole: bool = True) -> Capture[Connection, Room]:
        head = snapshots.head(self.seq, self.last_conn, self.server, self.limits, whole=whole)
        kept = self.sessions.kept() if whole else self.sessions.changes()
        return Capture(self.seq, head, self.connections, self._row_of, kept, self.charters.all, saved_charter)

    def _row_of(self, connection: Connection) -> SavedConnection:
        session, key = connection.session, connection.nick_key
        return SavedConnection(
            connection.conn,
            connection.nick,
            key if self.nicks.get(key) is connection else "",
            connection.dialect,
            connection.identity,
            connection.ends_unsaid,
            {key: room.name for key, room in connection.rooms.items()},
            SavedSession(session.spoke, session.connections, msgspec.Raw(session.ids.written()))
            if session is not None
            else None,
            connection.account,
            connection.role,
            connection.user,
            connection.realname,
            connection.away,
        )

    def _restore_connection(self, saved: SavedConnection) -> None:
        connection = Connection(
            saved.conn, saved.nick, saved.dialect, saved.identity, None, saved.ends_unsaid,
            saved.key or name_key(saved.nick), user=saved.user, realname=saved.realname, away=saved.away,
        )  # fmt: skip
        self._add(connection)
        self._log_in(connection, saved.account, saved.role)
        if saved.key:
            self.nicks[saved.key] = connection
        if saved.session is not None:
            of = saved.session
            connection.session = Session(
                saved.nick, saved.conn, "", of.spoke, of.connections, Ids.read(of.ids)
            )
            self.sessions.restore(saved.identity, connection.session)
        for key, name in saved.rooms.items():
            room = self.rooms.get(key)
            if room is None:
                room = self.rooms[key] = Room(key, name, {})
            room.members[saved.conn] = connection
            connection.rooms[room.key] = room

    def _note(self, connection: Connection) -> None:
        """Note that a connection, or its session, is about to change."""
        capture = self._capture
        if capture is None:
            return
        if capture.needs_rows:
            capture.save(connection.conn)
        else:
            self._capture = None

    def _note_charter(self, key: str) -> None:
        """Note that the charter of a room, or without a name that of the server, is about to change."""
        if self._capture is not None:
            self._capture.save_charter(key)

    # What the records say.

    def _said(self, connection: Connection, session: Session, record: Record) -> None:
        if self._capture is not None:
            self._note(connection)
        self.sessions.said(session, record.id, record.seq)

    def _enter(self, connection: Connection, name: str) -> None:
        self._join(connection, name_key(name), name)

    def _left(self, record: Record) -> None:
        connection = self._author(record)
        key = name_key(record.room)
        if key in self.charters.rooms:
            self._note_charter(key)
            self.charters.keep_a_seat(key, connection, record.reason)
        self._go_out(connection, key)
        if connection.ends_unsaid and record.reason != "left" and not connection.rooms:
            self._depart(connection.conn, record.at, record.reason)

    def _tell(self, record: Record) -> None:
        """Take in what somebody tells of themself."""
        connection = self.connections.get(record.conn)
        if connection is None:
            return
        self._note(connection)
        if record.type == "away":
            connection.away = record.text
        else:
            connection.realname = record.realname

    def _arrive(self, record: Record) -> Connection:
        # Whoever had the number has it no more, though no server records it so.
        self._depart(record.conn, record.at, "")
        connection = Connection(
            record.conn, "", record.dialect, record.identity, user=record.user, realname=record.realname
        )
        self._add(connection)
        self.last_conn = max(self.last_conn, record.conn)
        self._name(connection, record.nick)
        self._log_in(connection, record.account, record.role)
        if record.identity:
            self._take_from_former(record.identity)
            connection.session = self.sessions.connect(record.identity, record.conn, record.nick)
        return connection

    def _take_from_former(self, identity: str) -> None:
        former = self.connections.get(self.sessions.conn_of(identity))
        if former is not None:
            # A session has one connection; in version 1 the end of the former one may be on no record.
            self._note(former)
            former.session = None

    def _add(self, connection: Connection) -> None:
        self.connections[connection.conn] = connection
        self.dialects[connection.dialect] = self.dialects.get(connection.dialect, 0) + 1

    def _depart(self, conn: int, at: str, reason: str) -> None:
        connection = self.connections.pop(conn, None)
        if connection is None:
            return
        self._note(connection)
        left = self.dialects[connection.dialect] - 1
        if left:
            self.dialects[connection.dialect] = left
        else:
            del self.dialects[connection.dialect]
        self._free(connection)
        self._log_out(connection)
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
            self._note(connection)
            connection.ends_unsaid = False

    def _author(self, record: Record) -> Connection:
        """Return a record's connection; in version 1 its first record introduces it."""
        connection = self.connections.get(record.conn)
        if record.dialect or connection is None:
            connection = self._arrive(record)
            connection.ends_unsaid = True
            session = connection.session
            if session is not None:
                # What it says and hears is known by this number, so it is kept like one that spoke.
                session.connections.append(record.conn)
                session.spoke = True
        return connection

    def _govern(self, record: Record) -> None:
        """Take in what somebody has laid down for a room or the server, or tells of themself."""
        if record.type in {"away", "setname"}:
            self._tell(record)
            return
        if record.type == "login" or (record.type == "role" and not record.room):
            connection = self.connections.get(record.conn)
            if connection is not None:
                self._log_in(connection, record.account, record.role)
                if record.identity:
                    self._go_on_as(connection, record.identity)
            return
        key = name_key(record.room) if record.room else ""
        if record.type in GOVERNING:
            self._note_charter(key)
            self.charters.take(record, key, self.connections, self.rooms.get(key))
            room = self.rooms.get(key)
            if room is not None:
                self._list(room)

    # What that changes.

    def _log_in(self, connection: Connection, account: str, role: str) -> None:
        self._note(connection)
        self._log_out(connection)
        connection.account, connection.role = account, role
        if account:
            self.accounts.setdefault(name_key(account), {})[connection.conn] = connection
        self.moderators += role in SERVER_ROLES

    def _go_on_as(self, connection: Connection, identity: str) -> None:
        """Let the session of a connection that was logged in be another one."""
        conn, nick = connection.conn, connection.nick
        self._take_from_former(identity)
        connection.session = self.sessions.become(connection.identity, identity, conn, nick)
        connection.identity = identity

    def _log_out(self, connection: Connection) -> None:
        self.moderators -= connection.role in SERVER_ROLES
        if connection.account:
            key = name_key(connection.account)
            there = self.accounts[key]
            del there[connection.conn]
            if not there:
                del self.accounts[key]

    def _list(self, room: Room) -> None:
        """Let a room stand where it belongs: among those that are listed, the secret ones, or nowhere."""
        key, charter = room.key, room.charter
        if not room.members and charter is None:
            del self.rooms[key]
        is_secret = charter is not None and charter.settings.secret
        for order, belongs in ((self.room_order, not is_secret), (self.secret_order, is_secret)):
            if (belongs and key in self.rooms) != (key in order):
                (order.discard if key in order else order.add)(key)

    def _name(self, connection: Connection, nick: str) -> None:
        self._note(connection)
        self._free(connection)
        key = name_key(nick)
        holder = self.nicks.get(key)
        if holder is not None:
            # No server records it so, but then its row is another one from here on.
            self._note(holder)
        for room in connection.rooms.values():
            if room.order is not None:
                room.order.discard(connection.nick_key)
                room.order.add(key)
        connection.nick, connection.nick_key = nick, key
        self.nicks[key] = connection
        self.sessions.rename(connection.identity, connection.conn, nick)

    def _free(self, connection: Connection) -> None:
        key = connection.nick_key
        if key and self.nicks.get(key) is connection:
            del self.nicks[key]
            self.visitors.freed(key)

    def _join(self, connection: Connection, key: str, name: str) -> None:
        self._note(connection)
        room = self.rooms.get(key)
        if room is None:
            room = self.rooms[key] = Room(key, name, {})
            self.room_order.add(key)
        if room.order is not None and key not in connection.rooms:
            room.order.add(connection.nick_key)
        room.members[connection.conn] = connection
        connection.rooms[room.key] = room
        if room.order is None and len(room.members) > SMALL_ROOM:
            room.order = SortedList(each.nick_key for each in room.members.values())

    def _go_out(self, connection: Connection, key: str) -> None:
        self._note(connection)
        room = connection.rooms.pop(key, None)
        if room is not None:
            room.members.pop(connection.conn, None)
            if room.order is not None:
                room.order.discard(connection.nick_key)
            if room.charter is not None:
                self._give_up_seat(connection, room, room.charter)
            if not room.members:
                self._list(room)

    def _give_up_seat(self, connection: Connection, room: Room, charter: Charter) -> None:
        """Let go of a role that goes with its holder, and of what was laid down where the last one goes."""
        if connection.conn in charter.guests or not charter.lasts:
            self._note_charter(room.key)
            charter.grant_guest(connection.conn, "none")
            if not charter.lasts and not room.members:
                self.charters.drop(room)
