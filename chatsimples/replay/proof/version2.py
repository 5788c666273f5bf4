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

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from chatsimples.chat import commands
from chatsimples.chat.commands import OPERATOR, Command
from chatsimples.chat.limits import UNKNOWN_LIMITS
from chatsimples.chat.names import check_nick, check_room, name_key, printable
from chatsimples.chat.records import Record
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import State
from chatsimples.replay.proof.governing import governing_command
from chatsimples.replay.proof.groups import group_size
from chatsimples.replay.proof.reading import GroupReader, may_be_cut
from chatsimples.replay.proof.saying import saying_command
from chatsimples.replay.proof.verdict import Taken, UnruledError, difference, records_in

NAME_SHOWN = 64

_ENDINGS = frozenset(
    {"closed", "timeout", "kicked", "replaced", "error", "switched", "quit", "revoked", "banned"}
)


_OTHERS: Mapping[str, Callable[[Sequence[Record]], Command]] = MappingProxyType(
    dict.fromkeys(
        ("topic", "set", "role", "invite", "ban", "unban", "mute", "exempt", "admit"), governing_command
    )
    | dict.fromkeys(("message", "away", "setname", "announcement"), saying_command)
)


class Version2Inference(GroupReader):
    """Takes the records of a transcript of version 2, from its beginning or from where a state is known.

    Args:
        state: what the records before add up to; empty at the beginning of a log.
    """

    def __init__(self, state: State) -> None:
        super().__init__(state, group_size)
        self._chat = Chat("", state, identify=lambda identity, _: identity)

    def take_message(self, record: Record) -> Iterable[Taken]:
        """Let the same be said again."""
        command = saying_command([record])
        decided = self._chat.apply(command, self.now)
        # Behind its record, whoever says something to somebody who is away is told that.
        if not decided or decided[0] != record:
            raise difference([record], records_in(decided), decided)
        return (Taken(command, (record,)),)

    def take_group(self, group: Sequence[Record], following: Record | None) -> Iterable[Taken]:
        """Let the rules make the group again."""
        self.check_times(group)
        return (self._again(group, cut=may_be_cut(following)),)

    def _again(self, group: Sequence[Record], *, cut: bool) -> Taken:
        """Let the rules make the group; where it is ``cut``, it may be the beginning of what they make."""
        saved = self.state.snapshot() if cut else b""
        command = self._command(group)
        decided = self._chat.apply(command, self.now)
        made = records_in(decided)
        if made != list(group):
            if not cut or made[: len(group)] != list(group):
                raise difference(group, made, decided)
            self.state.restore(saved)
            for record in group:
                self.state.evolve(record)
        self._note_ends(group)
        return Taken(command, group)

    # Which command it was.

    def _command(self, group: Sequence[Record]) -> Command:
        first, last = group[0], group[-1]
        of_type = _OTHERS.get(first.type)
        if of_type is not None:
            return of_type(group)
        match first.type:
            case "start":
                return commands.Start(OPERATOR, first.server, first.limits or UNKNOWN_LIMITS)
            case "hello":
                return self._arrival(first)
            case "join":
                self.check_name(check_room, first.room)
                return commands.Join(first.conn, first.room, first.id, key=self._key_of(first.room))
            case "login":
                return commands.Login(
                    first.conn, first.account, first.role, first.id, renews=bool(first.identity)
                )
            case "leave" if first.by:
                return commands.Kick(first.by_conn, first.nick, first.room, first.text, first.id)
            case "leave" if first.reason == "left":
                return commands.Leave(first.conn, first.room, first.id, first.text)
            case "nick":
                self.check_name(check_nick, first.new)
                return self._rename(first, last)
            case "leave" | "bye" if last.type == "hello":
                return self._arrival(last)
            case "leave" | "bye" if first.reason != "shutdown":
                return self._ending(group)
            case "stop" | "leave" | "bye":
                return commands.Stop(OPERATOR)
        raise UnruledError(first.seq, f"the rules make no record of the type {printable(first.type, 40)}")

    def _arrival(self, hello: Record) -> Command:
        """Return what registers a connection: its hello or, without a session, its coming as a visitor."""
        self.check_name(check_nick, hello.nick)
        if hello.conn in self.ended:
            raise UnruledError(hello.seq, f"connection {hello.conn} has ended before")
        if hello.conn in self.state.connections:
            raise UnruledError(hello.seq, f"connection {hello.conn} is there already")
        if hello.identity:
            return commands.Hello(
                hello.conn, hello.nick, (), hello.identity,
                dialect=hello.dialect, account=hello.account, role=hello.role, user=hello.user,
                realname=hello.realname,
            )  # fmt: skip
        return commands.Open(hello.conn, hello.dialect, "", visitor=True)

    def _rename(self, first: Record, last: Record) -> Command:
        if first.reason == "":
            return commands.Rename(first.conn, first.new, first.id)
        if first.reason != "reclaimed":
            raise UnruledError(first.seq, f"no nick is taken for the reason {printable(first.reason, 40)}")
        if last.type == "hello":
            return self._arrival(last)
        if last.conn != first.conn:
            # Its own account's.
            return commands.Rename(last.conn, last.new, last.id)
        # It was cut short before it told who came: anybody who may claim the nick, or whose account's it is.
        claimant = self._claimant(first.nick)
        account = "" if claimant else first.nick
        conn = self.state.last_conn + 1
        return commands.Hello(conn, first.nick, (), claimant or "-", account=account, role="member")

    def _key_of(self, name: str) -> str:
        """Return the proof of a room's key: whoever has entered had it, or needed none."""
        room = self.state.rooms.get(name_key(name))
        return room.charter.key if room is not None and room.charter is not None else ""

    def _claimant(self, nick: str) -> str:
        key = name_key(nick)
        for identity, session in self.state.sessions:
            if not session.conn and session.nick and name_key(session.nick) == key:
                return identity
        return ""

    def _ending(self, group: Sequence[Record]) -> Command:
        record = group[-1]
        match record.reason:
            case "quit":
                # Whoever is muted in a room says no word there.
                return commands.Bye(record.conn, next((each.text for each in group if each.text), ""))
            case "kicked" if record.by:
                return commands.Kick(record.by_conn, record.nick, "", record.text, record.id)
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
                self.ended.add(record.conn)
        if group[0].type == "start":
            self.running = True
        elif group[-1].type == "stop":
            self.running = False
