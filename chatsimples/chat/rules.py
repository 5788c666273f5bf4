"""The rules of the chat: a command goes in, records and effects come out.

Nothing here does I/O or asks a clock: time, the names of the log and of the server, the limits and every
secret come in as arguments. The same commands at the same times make the same records, byte for byte.

A rule *decides*; `State.evolve` *changes*. A rule that wants something to be so makes a record that says so.
Rules, in the order in which a connection meets them:

1. A connection opens with its dialect. A visitor is registered at once, as ``visitante-N`` with the smallest
   free N, and is in the default room. Others are registered by their ``hello``. Until then they can only say
   goodbye. Registration is on record as ``hello``, the end of a registered connection as ``bye``.
2. One nick has one holder, without regard to case. Whoever proves to be the same session takes its nick back
   from its own older connection, and for ``nick_hold`` after a cut from anyone.
3. Who speaks in a room is in it. What a session has had recorded under an id is not recorded again, as
   long as the id is remembered (`chatsimples.chat.sessions`).
4. Who may enter a room may read it, in it or not: ``who``, ``history`` and ``since`` ask one method,
   `Chat._readable`. Every room may be entered by whoever is registered.
5. Whoever goes leaves every room, each with a record. In a room above ``quiet_room`` members that, coming and
   renaming are recorded as quiet.
6. Every command is answered by a record or a reply, and what is refused changes nothing.

What each command needs stands in one table, `RULES`, at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Any

import msgspec

from chatsimples.chat import answers, commands, effects
from chatsimples.chat.effects import End, Feed, Recall, Reply
from chatsimples.chat.identities import identity_of
from chatsimples.chat.names import DEFAULT_ROOM, name_key
from chatsimples.chat.records import Record, microseconds, timestamp
from chatsimples.chat.state import Connection, Room, State
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

Decided = list[Record | effects.Effect]
"""What follows from a command, in its order."""


class Standing(IntEnum):
    """What a connection has to be before a command of its is carried out."""

    CONNECTED = 0
    REGISTERED = 1
    OPERATOR = 2


# Looked up for every command.
_OPERATOR = Standing.OPERATOR


class Rule(msgspec.Struct, frozen=True):
    """How a command is carried out, and by whom it may be given.

    ``carry_out`` is given the chat, the registered connection if there is one, and the command.
    """

    carry_out: Callable[[Chat, Any, Any], None]
    needs: Standing


def visitor_name(state: State) -> str:
    """Return the nick of somebody who has none: ``visitante-N``, with the smallest N that is free."""
    return state.visitors.next(state.nicks)


class Chat:
    """A chat under the rules.

    Args:
        log: the log's id, for ``welcome``.
        state: what the records up to now add up to.
        identify: gives the identity that a session's secret proves, and with it an account.
        name_visitor: gives the nick of somebody who has none.
    """

    def __init__(
        self,
        log: str,
        state: State,
        *,
        identify: Callable[[str, str], str] = identity_of,
        name_visitor: Callable[[State], str] = visitor_name,
    ) -> None:
        self.state = state
        self._identify = identify
        self._name_visitor = name_visitor
        self._log = log
        self._now = -1
        self._at = ""
        self._out: Decided = []

    def apply(self, command: commands.Command, now: int) -> Decided:
        """Carry out a command at the time ``now`` (microseconds since 1970)."""
        self._out = []
        if now != self._now:
            self._now = now
            self._at = timestamp(now)
        rule = RULES[type(command)]
        connection = self.state.connections.get(command.conn)
        try:
            # Of a registered connection, which most are, only the operator's commands need a look.
            if connection is None or rule.needs is _OPERATOR:
                self._check(rule, command)
            rule.carry_out(self, connection, command)
        except Refusal as refusal:
            self._refuse(command.conn, refusal, getattr(command, "id", ""))
        return self._out

    def _check(self, rule: Rule, command: commands.Command) -> None:
        if rule.needs is Standing.REGISTERED:
            raise Refusal("not_registered")
        if rule.needs is Standing.OPERATOR and command.conn != commands.OPERATOR:
            raise Refusal("not_permitted", why=N_("it is for the server's operator"))

    # The server's own commands, and its operator's.

    def start(self, _: None, command: commands.Start) -> None:
        """Begin to write; whoever a crash left connected is gone."""
        self._record("start", server=command.server, limits=command.limits)
        for connection in list(self.state.connections.values()):
            self._depart(connection, "crash")

    def stop(self, _: None, __: commands.Stop) -> None:
        """End cleanly: everybody leaves, and the last record says so."""
        for connection in list(self.state.connections.values()):
            self._depart(connection, "shutdown")
        self._record("stop")

    def kick(self, _: None, command: commands.Kick) -> None:
        """Remove whoever has the nick."""
        connection = self._holder(command.nick)
        self._reply(connection.conn, effects.Error("kicked", {}))
        self._depart(connection, "kicked")

    # Registration.

    def open(self, visitor: Connection | None, command: commands.Open) -> None:
        """Let a connection speak a dialect; a visitor that turns out to speak another one begins anew."""
        if visitor is not None:
            self._depart(visitor, "switched", end=False)
        self._out.append(effects.Attach(command.conn, command.dialect))
        if command.visitor:
            nick = self._name_visitor(self.state)
            self._welcome(command.conn, nick, self.state.seq, "", resumed=False)
            connection = self._arrive(command.conn, nick, command.dialect, "")
            self._enter(connection, DEFAULT_ROOM)

    def hello(self, connection: Connection | None, command: commands.Hello) -> None:
        """Register a connection under a nick, perhaps as a session that was there before."""
        if connection is not None:
            raise Refusal("already_registered")
        limit = self.state.limits.max_rooms
        if limit and len(command.rooms) > limit:
            raise Refusal("too_many_rooms", limit=limit)
        identity = self._identify(command.session, command.account)
        session = self.state.sessions.get(identity)
        earlier = self.state.connections.get(session.conn) if session else None
        if earlier is not None and earlier.conn > command.conn:
            # The newer connection was quicker: this one was given up on, and its hello comes late.
            self._reply(command.conn, effects.Error("replaced", {}))
            self._out.append(End(command.conn))
            return
        holder = self.state.nicks.get(name_key(command.nick))
        if holder not in (None, earlier) and not self._claims(identity, command.nick):
            raise Refusal("nick_in_use", nick=command.nick)
        if earlier is not None:
            self._reply(earlier.conn, effects.Error("replaced", {}))
            self._depart(earlier, "replaced")
        elif holder is not None:
            self._take_name(holder, self._name_visitor(self.state), reason="reclaimed")
        resumed = command.since_log == self._log and 0 <= command.since_seq <= self.state.seq
        after = command.since_seq if resumed else self.state.seq
        rooms = {name_key(room): self._readable(None, room) for room in command.rooms}
        self._welcome(command.conn, command.nick, after, command.session, resumed=resumed)
        if resumed:
            own = tuple(session.connections) if session else ()
            self._out.append(Feed(command.conn, after, tuple(rooms), own, identity))
        connection = self._arrive(
            command.conn, command.nick, command.dialect, identity, command.account, command.role
        )
        for room in rooms.values():
            self._enter(connection, room)

    def login(self, connection: Connection, command: commands.Login) -> None:
        """Note that a connection has been logged in as an account."""

    def account_changed(self, _: None, command: commands.AccountChanged) -> None:
        """Note that an account has another role, or that nobody is logged in as it any more."""

    def not_yet(self, _: Connection, __: commands.Command) -> None:
        """Refuse what there are no rules for yet."""
        raise Refusal("not_permitted", why=N_("it is for the server's operator"))

    # What is said, and where.

    def say(self, connection: Connection, command: commands.Say) -> None:
        """Say something in a room, or to one person."""
        if command.id and self._known(connection, command.id):
            return
        if command.to:
            holder = self._holder(command.to)
            self._record(
                "message", connection, to=holder.nick, to_conn=holder.conn, text=command.text,
                id=command.id, identity=connection.identity, to_identity=holder.identity,
            )  # fmt: skip
            return
        room = self._room_of(connection, command.room)
        # What is said in rooms is nearly all there is: a record by position costs half of one by names.
        self._add(
            Record(
                self.state.seq + 1, self._at, "message", connection.conn, connection.nick, "", room.name,
                "", 0, command.text, command.id,
            )
        )  # fmt: skip

    def say_as(self, connection: Connection, command: commands.SayAs) -> None:
        """Say something under a nick, which is taken if it is free; else the whole line is said."""
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

    def join(self, connection: Connection, command: commands.Join) -> None:
        """Enter a room."""
        if name_key(command.room) in connection.rooms:
            raise Refusal("already_in_room", room=command.room)
        if command.alone:
            for room in list(connection.rooms.values()):
                self._go_out(connection, room, "left")
        limit = self.state.limits.max_rooms
        if limit and len(connection.rooms) >= limit:
            raise Refusal("too_many_rooms", limit=limit)
        self._enter(connection, command.room, command.id)

    def leave(self, connection: Connection, command: commands.Leave) -> None:
        """Leave a room."""
        self._go_out(connection, self._room_of(connection, command.room), "left", command.id)

    def rename(self, connection: Connection, command: commands.Rename) -> None:
        """Take another nick."""
        if command.nick == connection.nick:
            raise Refusal("nick_unchanged", nick=command.nick)
        holder = self.state.nicks.get(name_key(command.nick))
        if holder is not None and holder is not connection:
            raise Refusal("nick_in_use", nick=command.nick)
        self._take_name(connection, command.nick, command_id=command.id)

    # Questions, which change nothing.

    def history(self, connection: Connection, command: commands.History) -> None:
        """Have the last messages of a room looked up."""
        room = self._readable(connection, command.room)
        before = command.before if 0 < command.before <= self.state.seq else self.state.seq + 1
        self._out.append(Recall(command.conn, room, before, command.limit, command.id))

    def who(self, connection: Connection, command: commands.Who) -> None:
        """Tell who is in a room."""
        room = self._readable(connection, command.room)
        self._reply(command.conn, answers.members(self.state, room, command.id, command.after, command.limit))

    def list_rooms(self, _: Connection, command: commands.Rooms) -> None:
        """Tell which rooms there are."""
        self._reply(command.conn, answers.room_list(self.state, command.id, command.after, command.limit))

    def ping(self, _: Connection, command: commands.Ping) -> None:
        """Give a sign of life."""
        self._reply(command.conn, effects.Pong(command.id))

    def help(self, _: Connection, command: commands.Help) -> None:
        """List the commands."""
        self._reply(command.conn, effects.CommandList())

    # How connections end.

    def bye(self, connection: Connection | None, command: commands.Bye) -> None:
        """Leave for good."""
        self._end(connection, command.conn, "quit")

    def close(self, connection: Connection | None, command: commands.Close) -> None:
        """Note that a connection has ended."""
        self._end(connection, command.conn, command.reason)

    def fault(self, connection: Connection | None, command: commands.Fault) -> None:
        """Refuse what could not be understood; end the connection if that is too much."""
        self._reply(command.conn, effects.Error(command.code, command.detail, command.id))
        if command.fatal:
            self._end(connection, command.conn, "error")

    def silent(self, connection: Connection | None, command: commands.Silent) -> None:
        """Ask a silent client for a sign of life, or take it for gone."""
        if command.gone:
            self._reply(command.conn, effects.Error("timeout", {"seconds": str(command.seconds)}))
            self._end(connection, command.conn, "timeout")
        else:
            self._reply(command.conn, effects.Ping(self.state.seq))

    # Steps that rules share.

    def _known(self, connection: Connection, message_id: str) -> bool:
        """Tell whether the message is on record already, and tell the client so."""
        session = connection.session
        seq = session.ids.get(message_id) if session is not None else None
        if seq is None:
            return False
        self._reply(connection.conn, effects.Duplicate(message_id, seq))
        return True

    def _claims(self, identity: str, nick: str) -> bool:
        session = self.state.sessions.get(identity)
        hold = self.state.limits.nick_hold
        if not hold or session is None or session.conn or name_key(session.nick or " ") != name_key(nick):
            return False
        return self._now - microseconds(session.left_at) <= hold * 1_000_000

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

    def _readable(self, connection: Connection | None, name: str) -> str:
        """Return the name of a room that may be read: the one place where that is decided (rule 4)."""
        if not name and connection is not None:
            return self._room_of(connection, "").name
        return answers.shown_name(self.state, name)

    def _arrive(  # noqa: PLR0917 - in the order of the record's
        self, conn: int, nick: str, dialect: str, identity: str, account: str = "", role: str = ""
    ) -> Connection:
        self._add(
            Record(
                self.state.seq + 1, self._at, "hello", conn, nick, dialect=dialect, identity=identity,
                account=account, role=role,
            )
        )  # fmt: skip
        return self.state.connections[conn]

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
        # By position, like what is said: thousands can end at once.
        self._add(
            Record(
                self.state.seq + 1, self._at, "leave", connection.conn, connection.nick, "", room.name,
                "", 0, "", command_id, reason, quiet,
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

    def _end(self, connection: Connection | None, conn: int, reason: str) -> None:
        if connection is not None:
            self._depart(connection, reason)
        else:
            # It never registered: nothing tells of it.
            self._out.append(End(conn))

    def _depart(self, connection: Connection, reason: str, *, end: bool = True) -> None:
        for room in list(connection.rooms.values()):
            self._go_out(connection, room, reason)
        self._record("bye", connection, reason=reason)
        if end:
            self._out.append(End(connection.conn))

    def _quiet(self, members: int) -> bool:
        return 0 < self.state.limits.quiet_room < members

    def _record(self, kind: str, connection: Connection | None = None, nick: str = "", **fields: Any) -> None:
        conn, name = (connection.conn, nick or connection.nick) if connection else (0, "")
        self._add(Record(self.state.seq + 1, self._at, kind, conn, name, **fields))

    def _add(self, record: Record) -> None:
        self.state.evolve(record)
        self._out.append(record)

    def _welcome(self, conn: int, nick: str, after: int, session: str, *, resumed: bool) -> None:
        state = self.state
        self._reply(conn, effects.Welcome(nick, self._log, after, session, resumed, state.seq, state.server))

    def _reply(self, conn: int, answer: effects.Answer) -> None:
        self._out.append(Reply(conn, answer))

    def _refuse(self, conn: int, refusal: Refusal, command_id: str = "") -> None:
        self._reply(conn, effects.Error(refusal.code, refusal.detail, command_id))


RULES: Mapping[type[commands.Command], Rule] = MappingProxyType(
    {
        commands.Open: Rule(Chat.open, Standing.CONNECTED),
        commands.Hello: Rule(Chat.hello, Standing.CONNECTED),
        commands.Bye: Rule(Chat.bye, Standing.CONNECTED),
        commands.Close: Rule(Chat.close, Standing.CONNECTED),
        commands.Fault: Rule(Chat.fault, Standing.CONNECTED),
        commands.Silent: Rule(Chat.silent, Standing.CONNECTED),
        commands.Say: Rule(Chat.say, Standing.REGISTERED),
        commands.SayAs: Rule(Chat.say_as, Standing.REGISTERED),
        commands.Join: Rule(Chat.join, Standing.REGISTERED),
        commands.Leave: Rule(Chat.leave, Standing.REGISTERED),
        commands.Rename: Rule(Chat.rename, Standing.REGISTERED),
        commands.History: Rule(Chat.history, Standing.REGISTERED),
        commands.Who: Rule(Chat.who, Standing.REGISTERED),
        commands.Rooms: Rule(Chat.list_rooms, Standing.REGISTERED),
        commands.Ping: Rule(Chat.ping, Standing.REGISTERED),
        commands.Help: Rule(Chat.help, Standing.REGISTERED),
        commands.Kick: Rule(Chat.kick, Standing.OPERATOR),
        commands.Start: Rule(Chat.start, Standing.OPERATOR),
        commands.Stop: Rule(Chat.stop, Standing.OPERATOR),
        commands.Login: Rule(Chat.login, Standing.REGISTERED),
        commands.AccountChanged: Rule(Chat.account_changed, Standing.OPERATOR),
        commands.Topic: Rule(Chat.not_yet, Standing.REGISTERED),
        commands.Invite: Rule(Chat.not_yet, Standing.REGISTERED),
        commands.Grant: Rule(Chat.not_yet, Standing.REGISTERED),
        commands.Set: Rule(Chat.not_yet, Standing.REGISTERED),
        commands.Ban: Rule(Chat.not_yet, Standing.REGISTERED),
        commands.Unban: Rule(Chat.not_yet, Standing.REGISTERED),
        commands.Mute: Rule(Chat.not_yet, Standing.REGISTERED),
    }
)
"""What each command does and needs."""
