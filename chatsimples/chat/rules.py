"""The rules of the chat: a command goes in, records and effects come out.

Nothing here does I/O or asks a clock: time, the names of the log and of the server, the limits and every
secret come in as arguments. The same commands at the same times make the same records, byte for byte.

A rule *decides*; `State.evolve` *changes*. A rule that wants something to be so makes a record that says so.
Rules, in the order in which a connection meets them:

1. A connection opens with its dialect. A visitor is registered at once, as ``visitante-N`` with the smallest
   free N, and is in the default room. Others are registered by their ``hello``. Until then they can only say
   goodbye. Registration is on record as ``hello``, the end of a registered connection as ``bye``.
2. One nick has one holder, without regard to case. Whoever proves to be the same session takes its nick back
   from its own older connection, and for ``nick_hold`` after a cut from anyone. Whoever says hello as an
   account gets the account's name from anybody who is not logged in as it.
3. What is said, `chatsimples.chat.speaking` tells, and what people tell of themselves,
   `chatsimples.chat.presence`.
4. Who may enter a room, read it, speak in it and see it is one rule, `chatsimples.chat.access`, which every
   road asks. A room that somebody who is logged in makes is theirs; where the limits say so, whoever makes
   one as a guest is its operator. What its owners, those whom they let do so, and moderators may do,
   `chatsimples.chat.moderation` tells. All other rooms are governed by nobody.
5. Whoever goes leaves every room, each with a record. In a room above ``quiet_room`` members that, coming and
   renaming are recorded as quiet.
6. Every command is answered by a record or a reply, and what is refused changes nothing.

What each command needs stands in one table, `RULES`, at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from chatsimples.chat import access, answers, commands, effects
from chatsimples.chat.deciding import Decided
from chatsimples.chat.effects import End, Feed
from chatsimples.chat.identities import identity_of
from chatsimples.chat.names import DEFAULT_ROOM, name_key
from chatsimples.chat.presence import Presence
from chatsimples.chat.questions import Questions
from chatsimples.chat.recalling import Recalling
from chatsimples.chat.records import microseconds, timestamp
from chatsimples.chat.rooms import Connection
from chatsimples.chat.sessions import Session
from chatsimples.chat.speaking import Speaking
from chatsimples.chat.standing import Rule, Standing
from chatsimples.chat.state import State
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

# Looked up for every command.
_OPERATOR = Standing.OPERATOR


def visitor_name(state: State) -> str:
    """Return the nick of somebody who has none: ``visitante-N``, with the smallest N that is free."""
    return state.visitors.next(state.nicks)


class Chat(Speaking, Presence, Recalling, Questions):
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
        super().__init__(log, state)
        self._identify = identify
        self._name_visitor = name_visitor

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
        if command.conn == commands.OPERATOR:
            return
        if rule.needs is Standing.OPERATOR:
            raise Refusal("not_permitted", why=N_("it is for the server's operator"))
        if rule.needs is Standing.REGISTERED_OR_OPERATOR:
            raise Refusal("not_registered")

    # The server's own commands, and its operator's.

    def start(self, _: None, command: commands.Start) -> None:
        """Begin to write; whoever a crash left connected is gone."""
        self._record("start", server=command.server, limits=command.limits)
        for connection in list(self.state.connections.values()) if command.ends else ():
            self._depart(connection, "crash")

    def stop(self, _: None, __: commands.Stop) -> None:
        """End cleanly: everybody leaves, and the last record says so."""
        for connection in list(self.state.connections.values()):
            self._depart(connection, "shutdown")
        self._record("stop")

    # Registration.

    def open(self, visitor: Connection | None, command: commands.Open) -> None:
        """Let a connection speak a dialect; a visitor that turns out to speak another one begins anew."""
        if visitor is not None:
            self._depart(visitor, "switched", end=False)
        self._out.append(effects.Attach(command.conn, command.dialect))
        if command.visitor:
            nick = self._name_visitor(self.state)
            visitor = Connection(command.conn, nick, command.dialect, "")
            self._welcome(visitor, self.state.seq, "", resumed=False)
            connection = self._arrive(visitor)
            self._enter(connection, DEFAULT_ROOM)

    def hello(self, connection: Connection | None, command: commands.Hello) -> None:
        """Register a connection under a nick, perhaps as a session that was there before."""
        if connection is not None:
            if command.renames:
                self.rename(connection, commands.Rename(command.conn, command.nick))
                return
            raise Refusal("already_registered")
        limit = self.state.limits.max_rooms
        if limit and len(command.rooms) > limit:
            raise Refusal("too_many_rooms", limit=limit)
        identity = self._identify(command.session, command.account)
        session = self.state.sessions.get(identity)
        earlier = self._earlier(session, command)
        if earlier is not None and earlier.conn > command.conn:
            # The newer connection was quicker: this one was given up on, and its hello comes late.
            self._reply(command.conn, effects.Error("replaced", {}))
            self._out.append(End(command.conn, "replaced"))
            return
        person = Connection(
            command.conn, command.nick, command.dialect, identity, nick_key=name_key(command.nick),
            account=command.account, role=command.role, user=command.user, realname=command.realname,
        )  # fmt: skip
        if self._is_kept_off(person):
            return
        holder = self.state.nicks.get(person.nick_key)
        if (
            holder is not None
            and holder is not earlier
            and not self._claims(identity, command.nick)
            and not (earlier is None and _is_due(person, person.nick, holder))
        ):
            raise Refusal("nick_in_use", nick=command.nick)
        if earlier is not None:
            self._reply(earlier.conn, effects.Error("replaced", {}))
            self._depart(earlier, "replaced")
        elif holder is not None:
            self._take_name(holder, self._name_visitor(self.state), reason="reclaimed")
        resumed = command.since_log == self._log and 0 <= command.since_seq <= self.state.seq
        after = command.since_seq if resumed else self.state.seq
        rooms, refused = self._admitted(person, command)
        self._welcome(person, after, command.session, resumed=resumed)
        if resumed:
            own = tuple(session.connections) if session else ()
            self._out.append(Feed(command.conn, after, tuple(rooms), own, identity))
        connection = self._arrive(person)
        for room in rooms.values():
            self._enter(connection, room)
        for refusal in refused:
            self._refuse(command.conn, refusal)

    # Where people are, and what they are called.

    def join(self, connection: Connection, command: commands.Join) -> None:
        """Enter a room."""
        if name_key(command.room) in connection.rooms:
            raise Refusal("already_in_room", room=command.room)
        self._check_entering(connection, command.room, command.key)
        if command.alone:
            for room in list(connection.rooms.values()):
                self._go_out(connection, room, "left")
        limit = self.state.limits.max_rooms
        if limit and len(connection.rooms) >= limit:
            raise Refusal("too_many_rooms", limit=limit)
        self._enter(connection, command.room, command.id)

    def leave(self, connection: Connection, command: commands.Leave) -> None:
        """Leave a room."""
        self._go_out(connection, self._room_of(connection, command.room), "left", command.id, command.text)

    def rename(self, connection: Connection, command: commands.Rename) -> None:
        """Take another nick."""
        if command.nick == connection.nick:
            raise Refusal("nick_unchanged", nick=command.nick)
        # A nick is heard too, in each room.
        for room in (None, *connection.rooms.values()):
            access.check_not_muted(self.state, connection, room, self._now)
        holder = self.state.nicks.get(name_key(command.nick))
        if holder is not None and holder is not connection and _is_due(connection, command.nick, holder):
            access.check_nick(self.state, connection, command.nick, self._now)
            self._take_name(holder, self._name_visitor(self.state), reason="reclaimed")
        else:
            self._check_free(connection, command.nick)
        self._take_name(connection, command.nick, command_id=command.id)

    # Questions, which change nothing.

    def who(self, connection: Connection, command: commands.Who) -> None:
        """Tell who is in a room."""
        name, room = self._named(connection, command.room)
        if room is None:
            self._reply(command.conn, effects.Members(name, [], 0, id=command.id))
            return
        access.check_reading(connection, room, self._now)
        if command.entering and self._quiet(len(room.members)):
            conns = [connection.conn] if command.numbered else []
            answer = effects.Members(name, [connection.nick], len(room.members), id=command.id, conns=conns)
        else:
            answer = answers.members(
                self.state, name, command.id, command.after, command.limit, numbered=command.numbered
            )
        self._reply(command.conn, answers.with_charter(answer, self.state, connection, room))

    def list_rooms(self, connection: Connection, command: commands.Rooms) -> None:
        """Tell which rooms there are."""
        answer = answers.room_list(self.state, command.id, command.after, command.limit, connection)
        self._reply(command.conn, answer)

    def ping(self, _: Connection, command: commands.Ping) -> None:
        """Give a sign of life."""
        self._reply(command.conn, effects.Pong(command.id))

    def transmit(self, _: Connection | None, command: commands.Transmit) -> None:
        """Have bytes written that mean nothing to the chat."""
        self._out.append(effects.Transmit(command.conn, command.data))

    def request(self, _: Connection | None, command: commands.Request) -> None:
        """Do several things that were asked for at once."""
        decided: Decided = [effects.Asked(command.conn, command.mark)]
        for each in command.commands:
            decided += self.apply(each, self._now)
        decided.append(effects.Answered(command.conn, command.mark))
        self._out = decided

    def style(self, _: Connection | None, command: commands.Style) -> None:
        """Write in another style of a dialect."""
        self._out.append(effects.Style(command.conn, command.style))

    def help(self, _: Connection, command: commands.Help) -> None:
        """List the commands."""
        self._reply(command.conn, effects.CommandList())

    # How connections end.

    def bye(self, connection: Connection | None, command: commands.Bye) -> None:
        """Leave for good."""
        self._end(connection, command.conn, "quit", word=command.text)

    def close(self, connection: Connection | None, command: commands.Close) -> None:
        """Note that a connection has ended."""
        self._end(connection, command.conn, command.reason, echo=command.echo)

    def fault(self, connection: Connection | None, command: commands.Fault) -> None:
        """Refuse what could not be understood; end the connection if that is too much."""
        self._reply(command.conn, effects.Error(command.code, command.detail, command.id))
        if command.fatal:
            self._end(connection, command.conn, "error", why=command.code)

    def silent(self, connection: Connection | None, command: commands.Silent) -> None:
        """Ask a silent client for a sign of life, or take it for gone."""
        if command.gone:
            self._reply(command.conn, effects.Error("timeout", {"seconds": str(command.seconds)}))
            self._end(connection, command.conn, "timeout")
        else:
            self._reply(command.conn, effects.Ping(self.state.seq))

    # Steps that rules share.

    def _earlier(self, session: Session | None, command: commands.Hello) -> Connection | None:
        """Return the connection that a session has already."""
        earlier = self.state.connections.get(session.conn) if session is not None else None
        if earlier is not None and command.renames:
            # The session follows from the nick: that is another client, and not one that was left behind.
            raise Refusal("nick_in_use", nick=command.nick)
        return earlier

    def _claims(self, identity: str, nick: str) -> bool:
        session = self.state.sessions.get(identity)
        hold = self.state.limits.nick_hold
        if not hold or session is None or session.conn or name_key(session.nick or " ") != name_key(nick):
            return False
        return self._now - microseconds(session.left_at) <= hold * 1_000_000

    def _is_kept_off(self, person: Connection) -> bool:
        """Tell whether a ban keeps somebody off, and tell them; one of the nick alone is a refusal."""
        ban = access.ban_from_server(self.state, person, self._now)
        if ban is None:
            return False
        if access.is_by_nick_alone(ban, person):
            access.check_nick(self.state, person, person.nick, self._now)
        self._refuse(person.conn, access.banned(ban))
        self._out.append(End(person.conn, "banned"))
        return True

    def _admitted(self, person: Connection, command: commands.Hello) -> tuple[dict[str, str], list[Refusal]]:
        """Return the rooms of a hello that may be entered, by key, and why others may not."""
        rooms: dict[str, str] = {}
        refused: list[Refusal] = []
        for name in command.rooms:
            key = name_key(name)
            try:
                self._check_entering(person, name, command.keys.get(key, ""))
            except Refusal as refusal:
                refused.append(refusal)
            else:
                rooms[key] = answers.shown_name(self.state, name)
        return rooms, refused

    def _check_entering(self, person: Connection, name: str, proof: str) -> None:
        room = self.state.rooms.get(name_key(name))
        if room is not None:
            access.check_entering(person, room, name, proof, self._now)
        elif person.account and name_key(name) != DEFAULT_ROOM:
            self._check_rooms_made(name_key(person.account))

    def _role_of_maker(self, person: Connection, name: str) -> str:
        """Return what somebody is in a room that they make; empty for one that is governed by nobody."""
        if name_key(name) == DEFAULT_ROOM:
            return ""
        if person.account:
            return "owner"
        return "operator" if self.state.limits.guest_rooms == "owned" else ""

    def _arrive(self, person: Connection) -> Connection:
        """Register somebody; return their connection as the state has it."""
        self._record(
            "hello", person, dialect=person.dialect, identity=person.identity, account=person.account,
            role=person.role, user=person.user, realname=person.realname,
        )  # fmt: skip
        connection = self.state.connections[person.conn]
        self._most_people = max(self._most_people, len(self.state.connections))
        self._tell_of_arrival(connection)
        return connection

    def _enter(self, connection: Connection, name: str, command_id: str = "") -> None:
        room = self.state.rooms.get(name_key(name))
        self._record(
            "join",
            connection,
            room=room.name if room else name,
            id=command_id,
            quiet=self._quiet(len(room.members) + 1 if room else 1),
        )
        if room is not None and room.charter is not None and room.charter.topic:
            charter = room.charter
            about = effects.About(room.name, charter.topic, charter.topic_by, charter.topic_at)
            self._reply(connection.conn, about)
        role = self._role_of_maker(connection, name) if room is None else ""
        if role:
            self._do(
                "role", connection, self.state.rooms[name_key(name)], "", connection,
                account=connection.account, role=role, reason="made",
            )  # fmt: skip

    def _welcome(self, person: Connection, after: int, session: str, *, resumed: bool) -> None:
        state = self.state
        self._reply(
            person.conn,
            effects.Welcome(
                person.nick, self._log, after, session, resumed, state.seq, state.server, person.account,
                person.role,
            ),
        )  # fmt: skip


def _is_due(person: Connection, nick: str, holder: Connection) -> bool:
    """Tell whether a nick is the name of somebody's account, and its holder is not logged in as that."""
    return bool(person.account) and (
        name_key(nick) == name_key(person.account) != name_key(holder.account or " ")
    )


RULES: Mapping[type[commands.Command], Rule] = MappingProxyType(
    {
        commands.Open: Rule(Chat.open, Standing.CONNECTED),
        commands.Hello: Rule(Chat.hello, Standing.CONNECTED),
        commands.Bye: Rule(Chat.bye, Standing.CONNECTED),
        commands.Close: Rule(Chat.close, Standing.CONNECTED),
        commands.Fault: Rule(Chat.fault, Standing.CONNECTED),
        commands.Transmit: Rule(Chat.transmit, Standing.CONNECTED),
        commands.Silent: Rule(Chat.silent, Standing.CONNECTED),
        commands.Request: Rule(Chat.request, Standing.CONNECTED),
        commands.Style: Rule(Chat.style, Standing.CONNECTED),
        commands.Say: Rule(Chat.say, Standing.REGISTERED),
        commands.Lines: Rule(Chat.say_lines, Standing.REGISTERED),
        commands.SayAs: Rule(Chat.say_as, Standing.REGISTERED),
        commands.Signal: Rule(Chat.signal, Standing.REGISTERED),
        commands.Away: Rule(Chat.be_away, Standing.REGISTERED),
        commands.SetName: Rule(Chat.set_name, Standing.REGISTERED),
        commands.Join: Rule(Chat.join, Standing.REGISTERED),
        commands.Leave: Rule(Chat.leave, Standing.REGISTERED),
        commands.Rename: Rule(Chat.rename, Standing.REGISTERED),
        commands.History: Rule(Chat.history, Standing.REGISTERED),
        commands.MarkRead: Rule(Chat.mark_read, Standing.REGISTERED),
        commands.Conversations: Rule(Chat.conversations, Standing.REGISTERED),
        commands.Who: Rule(Chat.who, Standing.REGISTERED),
        commands.Rooms: Rule(Chat.list_rooms, Standing.REGISTERED),
        commands.Whois: Rule(Chat.whois, Standing.REGISTERED),
        commands.Whowas: Rule(Chat.whowas, Standing.REGISTERED),
        commands.WhoList: Rule(Chat.who_list, Standing.REGISTERED),
        commands.Count: Rule(Chat.count, Standing.REGISTERED),
        commands.Monitor: Rule(Chat.monitor, Standing.REGISTERED),
        commands.Presence: Rule(Chat.presence, Standing.REGISTERED),
        commands.Modes: Rule(Chat.modes, Standing.REGISTERED),
        commands.Status: Rule(Chat.status, Standing.REGISTERED),
        commands.Ping: Rule(Chat.ping, Standing.REGISTERED),
        commands.Help: Rule(Chat.help, Standing.REGISTERED),
        commands.Topic: Rule(Chat.topic, Standing.REGISTERED_OR_OPERATOR),
        commands.Set: Rule(Chat.set_room, Standing.REGISTERED_OR_OPERATOR),
        commands.Grant: Rule(Chat.grant, Standing.REGISTERED_OR_OPERATOR),
        commands.Invite: Rule(Chat.invite, Standing.REGISTERED_OR_OPERATOR),
        commands.Kick: Rule(Chat.kick, Standing.REGISTERED_OR_OPERATOR),
        commands.Ban: Rule(Chat.ban, Standing.REGISTERED_OR_OPERATOR),
        commands.Unban: Rule(Chat.unban, Standing.REGISTERED_OR_OPERATOR),
        commands.Mute: Rule(Chat.mute, Standing.REGISTERED_OR_OPERATOR),
        commands.Announce: Rule(Chat.announce, Standing.REGISTERED_OR_OPERATOR),
        commands.Exempt: Rule(Chat.exempt, Standing.REGISTERED_OR_OPERATOR),
        commands.Start: Rule(Chat.start, Standing.OPERATOR),
        commands.Stop: Rule(Chat.stop, Standing.OPERATOR),
        commands.Login: Rule(Chat.login, Standing.REGISTERED),
        commands.AccountChanged: Rule(Chat.account_changed, Standing.OPERATOR),
    }
)
"""What each command does and needs."""
