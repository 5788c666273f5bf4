"""The commands behind records of version 1, and the records of today's version that they amount to.

The rules make records of today's version. Of these, what version 1 would have had is compared with what
stands there. Beside the state it keeps only what no record of version 1 tells:

* A connection that is in no room leaves no trace when it comes, and none when it goes. It is taken to have
  come when it is first named, and to have gone when somebody else has its nick or its session.
* In which order connections fell at a start or a stop, what a visitor was called, and above how many members
  a room was quiet are taken from the records. All else that the rules bound is the operator's choice at that
  time (rooms per connection, how long a nick is held), and is not held against the records.
* What one command does is one group of records: all leaves of a connection that ends, say. A group may be
  incomplete where the transcript ends or the server was killed, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from chatsimples.chat import commands
from chatsimples.chat.commands import OPERATOR, Command
from chatsimples.chat.limits import Limits
from chatsimples.chat.names import check_nick, check_room, name_key, printable
from chatsimples.chat.records import Record
from chatsimples.chat.rules import Chat, visitor_name
from chatsimples.chat.sessions import Session
from chatsimples.chat.state import State
from chatsimples.chat.visitors import VISITOR
from chatsimples.replay.proof.reading import GroupReader, may_be_cut
from chatsimples.replay.proof.verdict import Taken, UnruledError, difference, records_in, refusal, shown
from chatsimples.replay.proof.version1.groups import group_size
from chatsimples.replay.proof.version1.quietness import Quietness
from chatsimples.replay.proof.version1.records import Version1, numbered

_VISITORS_DIALECT = "text"
_OTHER_DIALECT = "json"
_ENDINGS = {"closed", "timeout", "kicked", "replaced", "error", "switched", "quit"}
_VISITOR = re.compile(rf"{VISITOR}-[1-9][0-9]*")
_NAME_SHOWN = 64
_EVER = 1e12
_UNBOUND = Limits(max_rooms=0, quiet_room=0, nick_hold=_EVER)


class Version1Inference(GroupReader):
    """Takes the records of a transcript from its beginning, or from where a state is known.

    Args:
        state: what the records before add up to; empty at the beginning of a log.
        identities: of connections, as far as they are known before their first records.
        hidden: for a live server, let connections come that no record tells of, where it would else do
            otherwise: they have the names below a visitor's, or the session that took a connection's place.
            Their numbers are below 0.

    Attributes:
        state: what the records up to now add up to, and what had to be guessed.
    """

    def __init__(
        self, state: State, identities: Mapping[int, str] | None = None, *, hidden: bool = False
    ) -> None:
        super().__init__(state, group_size)
        self.state.limits = _UNBOUND
        self._chat = Chat("", state, identify=lambda identity, _: identity, name_visitor=self._name_visitor)
        self._version1 = Version1()
        self._identities = identities or {}
        self._hidden = -1 if hidden else 0
        self._quietness = Quietness()
        self._visitor = ""

    def take_message(self, record: Record) -> Iterator[Taken]:
        """Let the same be said again, after whoever says and hears it has come."""
        if record.dialect or record.conn not in self.state.connections:
            yield from self._introduce(record)
        if record.to:
            yield from self._be_told(record)
        command = commands.Say(record.conn, record.text, record.room, record.to, record.id)
        yield self._made(command, [record])

    def take_group(self, group: Sequence[Record], following: Record | None) -> Iterator[Taken]:
        """Let the rules make the group again, after what no record tells."""
        first = group[0]
        cut = may_be_cut(following)
        if first.reason != "reclaimed":
            self.check_times(group)
        match first.type:
            case "start" | "stop":
                yield from self._run(group, cut=cut)
            case "join":
                yield from self._join(first)
            case "leave" if first.reason == "left":
                self._observe(group)
                yield self._made(commands.Leave(first.conn, first.room, first.id), group)
            case "leave" if first.reason == "shutdown":
                yield from self._run(group, cut=cut)
            case "leave":
                yield from self._ending(group, following, cut=cut)
            case "nick":
                yield from self._rename(group, following, cut=cut)
            case kind:
                raise self.fault(f"the rules make no record of the type {printable(kind, 40)}")

    def _join(self, record: Record) -> Iterator[Taken]:
        self._observe([record])
        self.check_name(check_room, record.room)
        if record.dialect == _VISITORS_DIALECT:
            self._check_is_new(record)
            yield from self._free(record.nick)
            yield from self._call_visitor(record.nick)
            yield self._made(commands.Open(record.conn, record.dialect, "", visitor=True), [record])
            return
        if record.dialect or record.conn not in self.state.connections:
            yield from self._introduce(record)
        yield self._made(commands.Join(record.conn, record.room, record.id), [record])

    def _rename(self, group: Sequence[Record], following: Record | None, *, cut: bool) -> Iterator[Taken]:
        first = group[0]
        if first.reason == "reclaimed":
            yield from self._reclaim(group, following, cut=cut)
            return
        if first.reason:
            raise UnruledError(first.seq, f"no nick is taken for the reason {printable(first.reason, 40)}")
        if first.dialect or first.conn not in self.state.connections:
            yield from self._introduce(first)
        self.check_name(check_nick, first.new)
        yield from self._free(first.new, but=first.conn)
        self._observe(group)
        yield self._made(commands.Rename(first.conn, first.new, first.id), group, cut=cut)

    def _reclaim(self, group: Sequence[Record], behind: Record | None, *, cut: bool) -> Iterator[Taken]:
        """Let a session come back for its nick; the record behind tells whose it is, if it is there."""
        following = [record for record in group if record.conn != group[0].conn]
        nicks = group[: len(group) - len(following)]
        if nicks[0].dialect:
            yield from self._introduce(nicks[0])
        nick, new = nicks[0].nick, nicks[0].new
        holder = self.state.connections.get(nicks[0].conn)
        comer = next((each for each in following if holder and each.identity != holder.identity), None)
        if comer is not None:
            self._check_is_new(comer)
            conn, name, identity = comer.conn, comer.nick, comer.identity
        else:
            conn, name, identity = self.state.last_conn + 1, nick, self._claimant(nick)
        yield from self._let_go(conn)
        yield from self._replace(identity)
        yield from self._free(new)
        self._teach(identity, nick)
        yield from self._call_visitor(new)
        self._observe(nicks)
        hello = commands.Hello(conn, name, (), identity, dialect=_OTHER_DIALECT)
        yield self._made(hello, nicks, cut=cut and comer is None)
        for record in following:
            self.set_time(record)
            if record.type == "message":
                yield from self.take_message(record)
            else:
                yield from self.take_group([record], behind)

    def _ending(self, group: Sequence[Record], following: Record | None, *, cut: bool) -> Iterator[Taken]:
        first = group[0]
        if first.reason not in _ENDINGS:
            raise UnruledError(first.seq, f"nobody leaves for the reason {printable(first.reason, 40)}")
        self._observe(group)
        leaver = self.state.connections.get(first.conn)
        yield self._made(_end(first), group, cut=cut)
        if first.reason != "switched":
            self.ended.add(first.conn)
        is_gone = first.conn not in self.state.connections
        if first.reason == "replaced" and self._hidden and leaver is not None and is_gone:
            identity = leaver.identity
            if following is None or following.identity != identity:
                yield from self._appear(self._next_hidden(), first.nick, identity)

    def _run(self, group: Sequence[Record], *, cut: bool) -> Iterator[Taken]:
        """Start or stop: everybody who is there goes, in the order in which they stand in the group."""
        first = group[0]
        state = self.state
        for connection in [each for each in state.connections.values() if self._is_hidden(each.conn)]:
            yield self._made(commands.Close(connection.conn, "closed"), ())
        order = dict.fromkeys(record.conn for record in group if record.type == "leave")
        there = state.connections
        state.connections = {
            conn: there[conn] for conn in (*(conn for conn in order if conn in there), *there)
        }
        ended = list(state.connections)
        if first.type == "start":
            self._quietness = Quietness()
        self._observe(group)
        command: Command = commands.Stop(OPERATOR)
        if first.type == "start":
            command = commands.Start(OPERATOR, first.server, self.state.limits)
        yield self._made(command, group, cut=cut)
        for conn in ended:
            self.ended.add(conn)
        self.running = first.type == "start"

    # What no record tells.

    def _introduce(self, record: Record) -> Iterator[Taken]:
        """Let a connection come of which this is the first record."""
        self._check_is_new(record)
        self.check_name(check_nick, record.nick)
        there = self.state.connections.get(record.conn)
        if there is not None and (there.nick, there.identity) == (record.nick, record.identity):
            return
        if record.dialect != _OTHER_DIALECT:
            raise UnruledError(record.seq, f"connection {record.conn} can't begin like this: a join is due")
        yield from self._appear(record.conn, record.nick, record.identity)

    def _appear(self, conn: int, nick: str, identity: str) -> Iterator[Taken]:
        yield from self._let_go(conn)
        yield from self._replace(identity)
        yield from self._free(nick, but=conn)
        yield self._made(commands.Hello(conn, nick, (), identity, dialect=_OTHER_DIALECT), ())

    def _be_told(self, record: Record) -> Iterator[Taken]:
        """Let the one who is told something in private be there, if nothing told of it yet."""
        listener = self.state.connections.get(record.to_conn)
        if listener is None or (self._is_hidden(record.to_conn) and listener.nick != record.to):
            identity = self._identities.get(record.to_conn, "")
            yield from self._appear(record.to_conn, record.to, identity)

    def _check_is_new(self, record: Record) -> None:
        if record.conn in self.ended:
            raise UnruledError(record.seq, f"connection {record.conn} has ended before")
        if not record.dialect:
            raise UnruledError(record.seq, f"connection {record.conn} is not there")
        if record.conn in self.state.connections and not self._is_hidden(record.conn):
            raise UnruledError(record.seq, f"connection {record.conn} is there already")

    def _free(self, nick: str, but: int = 0) -> Iterator[Taken]:
        """Let whoever has the nick, and is in no room, have gone unseen."""
        holder = self.state.nicks.get(name_key(nick))
        if holder is not None and holder.conn != but and not holder.rooms:
            yield self._made(commands.Close(holder.conn, "closed"), ())

    def _let_go(self, conn: int) -> Iterator[Taken]:
        """Let a connection that turns out to be somebody else's have gone unseen."""
        if conn in self.state.connections:
            yield self._made(commands.Close(conn, "closed"), ())

    def _replace(self, identity: str) -> Iterator[Taken]:
        """Let the session's earlier connection, if it is in no room, have gone unseen."""
        session = self.state.sessions.get(identity) if identity else None
        earlier = self.state.connections.get(session.conn) if session else None
        if earlier is not None and not earlier.rooms:
            yield self._made(commands.Close(earlier.conn, "closed"), ())

    def _claimant(self, nick: str) -> str:
        key = name_key(nick)
        for identity, session in self.state.sessions:
            if not session.conn and session.nick and name_key(session.nick) == key:
                return identity
        return f"somebody who was called {nick}"

    def _teach(self, identity: str, nick: str) -> None:
        """Let a session that is cut claim the nick: it may have had it while it was in no room."""
        sessions = self.state.sessions
        session = sessions.get(identity) or Session()
        if not session.conn:
            session.nick, session.left_at = nick, session.left_at or self.at
            sessions.keep(identity, session)

    def _call_visitor(self, name: str) -> Iterator[Taken]:
        """Let the next visitor be called as recorded."""
        self._visitor = name
        if self._hidden and _VISITOR.fullmatch(name):
            while _number(free := visitor_name(self.state)) < _number(name):
                yield from self._appear(self._next_hidden(), free, "")

    def _next_hidden(self) -> int:
        self._hidden -= 1
        return self._hidden + 1

    # Through the rules.

    def _is_hidden(self, conn: int) -> bool:
        """Tell whether a connection is there, and on no record yet."""
        return self._version1.is_hidden(conn)

    def _name_visitor(self, state: State) -> str:
        if _VISITOR.fullmatch(self._visitor) and self._visitor not in state.nicks:
            return self._visitor
        return visitor_name(state)

    def _observe(self, group: Sequence[Record]) -> None:
        limit = self._quietness.observe(group, self.state)
        self.state.limits = msgspec.structs.replace(_UNBOUND, quiet_room=limit)

    def _made(self, command: Command, group: Sequence[Record], *, cut: bool = False) -> Taken:
        """Let the rules make the group; where it is ``cut``, it may be the beginning of what they make."""
        saved = self.state.snapshot() if cut else b""
        last_seq = self.state.seq
        decided = self._chat.apply(command, self.now)
        made = records_in(decided)
        told = self._version1.tell(made, last_seq)
        if told != list(group):
            if not group:
                raise self.fault(f"a record is missing here: {shown(told[0])}")
            if not cut or told[: len(group)] != list(group):
                raise difference(group, told, decided)
            self.state.restore(saved)
            made = self._version1.made_of(group, made)
            for record in made:
                self.state.evolve(record)
        elif not group and (why := refusal(decided)):
            raise self.fault(why)
        # What version 1 does not tell has no place in its order.
        self.state.seq = last_seq + len(group)
        return Taken(command, numbered(made, last_seq))


def _number(visitor: str) -> int:
    return int(visitor.rpartition("-")[2])


def _end(record: Record) -> Command:
    match record.reason:
        case "quit":
            return commands.Bye(record.conn)
        case "kicked":
            return commands.Kick(OPERATOR, record.nick)
        case "timeout":
            return commands.Silent(record.conn, 0, gone=True)
        case "error":
            return commands.Fault(record.conn, "line_too_long", {"limit": ""}, fatal=True)
    return commands.Close(record.conn, record.reason)
