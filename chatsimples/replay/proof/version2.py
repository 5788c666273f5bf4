"""From records back to the commands that made them, and through the rules again.

A transcript says what happened, not what was asked. But each record tells the one command that can have made
it, given what was before: so the commands are inferred, and what the rules make of them must be the records
that stand there, byte for byte. Version 2 of the transcript leaves nothing to guess but what makes no
difference to any record: whether a room was entered with the hello or right after it, what was asked and
refused, and where a client came from.

What one command does is one group of records. A group may be incomplete where the transcript ends or the
server was killed, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from chatsimples.chat import commands
from chatsimples.chat.commands import OPERATOR, Command
from chatsimples.chat.names import check_nick, check_room, name_key, printable
from chatsimples.chat.records import Record, microseconds
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import UNKNOWN_LIMITS, State
from chatsimples.errors import Refusal
from chatsimples.replay.proof.groups import group_size
from chatsimples.replay.proof.numbers import NumberSet
from chatsimples.replay.proof.verdict import Taken, UnruledError, difference, records_in
from chatsimples.transcript.redaction import MARKER, parse_seqs

NAME_SHOWN = 64

_ENDINGS = frozenset({"closed", "timeout", "kicked", "replaced", "error", "switched", "quit"})


class Version2Inference:
    """Takes the records of a transcript of version 2, from its beginning or from where a state is known.

    Args:
        state: what the records before add up to; empty at the beginning of a log.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self._chat = Chat("", state, identify=str)
        self._pending: list[Record] = []
        # A part of a log may begin anywhere.
        self._running = state.seq > 0
        self._ended = NumberSet()
        self._redacted = NumberSet()
        self._seq = 0
        self._at = ""
        self._now = 0

    def feed(self, records: Sequence[Record]) -> Iterator[Taken]:
        """Take the next records; yield each command with its records, when the rules have made them again.

        A group whose end is not there yet is kept for the next call.

        Raises:
            UnruledError: at the first record that the rules do not make.
        """
        records = [*self._pending, *records] if self._pending else records
        return self._take(records, final=False)

    def finish(self) -> Iterator[Taken]:
        """Take what is left at the end of the transcript.

        Raises:
            UnruledError: as `feed`.
        """
        return self._take(self._pending, final=True)

    def _take(self, records: Sequence[Record], *, final: bool) -> Iterator[Taken]:
        position, count = 0, len(records)
        while position < count:
            record = records[position]
            # What was said is nearly all there is.
            if record.type == "message" and self._running:
                yield self._message(record)
                position += 1
                continue
            size = group_size(records, position)
            # The record behind a group tells whether it was cut short.
            if position + size >= count and not final:
                break
            following = records[position + size] if position + size < count else None
            yield self._group(records[position : position + size], following)
            position += size
        self._pending = list(records[position:])

    def _message(self, record: Record) -> Taken:
        self._set_time(record)
        command = commands.Say(record.conn, record.text, record.room, record.to, record.id)
        try:
            decided = self._chat.apply(command, self._now)
        except UnicodeEncodeError as error:
            raise self._no_name(error) from None
        if len(decided) != 1 or decided[0] != record:
            raise difference([record], records_in(decided), decided)
        if record.text == MARKER:
            self._redacted.add(record.seq)
        return Taken(command, (record,))

    def _group(self, group: Sequence[Record], following: Record | None) -> Taken:
        first = group[0]
        cut = following is None or following.type in {"start", "redaction"}
        self._set_time(first)
        if not self._running and first.type not in {"start", "redaction"}:
            raise UnruledError(first.seq, "the server was not running: a start is due")
        if any(record.at != first.at for record in group):
            # Which of them is wrong, they do not tell.
            which = f"one of the records {first.seq} to {group[-1].seq}, which came of one command"
            raise UnruledError(first.seq, f"{which}, has a wrong time")
        try:
            return self._redaction(first) if first.type == "redaction" else self._again(group, cut=cut)
        except UnicodeEncodeError as error:
            raise self._no_name(error) from None

    def _again(self, group: Sequence[Record], *, cut: bool) -> Taken:
        """Let the rules make the group; where it is ``cut``, it may be the beginning of what they make."""
        saved = self.state.snapshot() if cut else b""
        command = self._command(group)
        decided = self._chat.apply(command, self._now)
        made = records_in(decided)
        if made != list(group):
            if not cut or made[: len(group)] != list(group):
                raise difference(group, made, decided)
            self.state.restore(saved)
            for record in group:
                self.state.evolve(record)
        self._note_ends(group)
        return Taken(command, group)

    def _redaction(self, record: Record) -> Taken:
        """See that the messages which a redaction names have no text any more."""
        try:
            ranges = parse_seqs(record.seqs)
        except ValueError as error:
            raise UnruledError(record.seq, f"its seqs can't be read: {error}") from None
        for seq in chain.from_iterable(ranges):
            if seq not in self._redacted:
                raise UnruledError(
                    record.seq, f"record {seq}, which it names, is no message without its text"
                )
        self.state.evolve(record)
        return Taken(None, (record,))

    # Which command it was.

    def _command(self, group: Sequence[Record]) -> Command:
        first, last = group[0], group[-1]
        match first.type:
            case "start":
                return commands.Start(OPERATOR, first.server, first.limits or UNKNOWN_LIMITS)
            case "hello":
                return self._arrival(first)
            case "join":
                self._check_name(check_room, first.room)
                return commands.Join(first.conn, first.room, first.id)
            case "leave" if first.reason == "left":
                return commands.Leave(first.conn, first.room, first.id)
            case "nick":
                self._check_name(check_nick, first.new)
                return self._rename(first, last)
            case "leave" | "bye" if last.type == "hello":
                return self._arrival(last)
            case "leave" | "bye" if first.reason != "shutdown":
                return self._ending(first)
            case "stop" | "leave" | "bye":
                return commands.Stop(OPERATOR)
        raise UnruledError(first.seq, f"the rules make no record of the type {printable(first.type, 40)}")

    def _arrival(self, hello: Record) -> Command:
        """Return what registers a connection: its hello or, without a session, its coming as a visitor."""
        self._check_name(check_nick, hello.nick)
        if hello.conn in self._ended:
            raise UnruledError(hello.seq, f"connection {hello.conn} has ended before")
        if hello.conn in self.state.connections:
            raise UnruledError(hello.seq, f"connection {hello.conn} is there already")
        if hello.identity:
            return commands.Hello(hello.conn, hello.nick, (), hello.identity, dialect=hello.dialect)
        return commands.Open(hello.conn, hello.dialect, "", visitor=True)

    def _rename(self, first: Record, last: Record) -> Command:
        if first.reason == "":
            return commands.Rename(first.conn, first.new, first.id)
        if first.reason != "reclaimed":
            raise UnruledError(first.seq, f"no nick is taken for the reason {printable(first.reason, 40)}")
        if last.type == "hello":
            return self._arrival(last)
        # It was cut short before it told who came: anybody who may claim the nick.
        return commands.Hello(self.state.last_conn + 1, first.nick, (), self._claimant(first.nick))

    def _claimant(self, nick: str) -> str:
        key = name_key(nick)
        for identity, session in self.state.sessions:
            if not session.conn and session.nick and name_key(session.nick) == key:
                return identity
        return ""

    def _ending(self, record: Record) -> Command:
        match record.reason:
            case "quit":
                return commands.Bye(record.conn)
            case "kicked":
                return commands.Kick(OPERATOR, record.nick)
            case "timeout":
                return commands.Silent(record.conn, 0, gone=True)
            case "error":
                return commands.Fault(record.conn, "line_too_long", {"limit": ""}, fatal=True)
            case reason if reason in _ENDINGS:
                return commands.Close(record.conn, reason)
        raise UnruledError(record.seq, f"nobody leaves for the reason {printable(record.reason, 40)}")

    # What is known beside the state.

    def _note_ends(self, group: Sequence[Record]) -> None:
        for record in group:
            if record.type == "bye" and record.reason != "switched":
                self._ended.add(record.conn)
        if group[0].type == "start":
            self._running = True
        elif group[-1].type == "stop":
            self._running = False

    def _check_name(self, check: Callable[[str, int], str], name: str) -> None:
        """See that a name is one, written as names are; how long it may be is a setting."""
        try:
            is_right = check(name, 0) == name
        except Refusal:
            is_right = False
        if not is_right:
            raise UnruledError(self._seq, f"nobody and no room can be called {printable(name, NAME_SHOWN)}")

    def _no_name(self, error: UnicodeEncodeError) -> UnruledError:
        name = printable(str(error.object), NAME_SHOWN)
        return UnruledError(self._seq, f"nobody and no room can be called {name}")

    def _set_time(self, record: Record) -> None:
        self._seq = record.seq
        if record.at != self._at:
            self._at = record.at
            self._now = microseconds(record.at)
