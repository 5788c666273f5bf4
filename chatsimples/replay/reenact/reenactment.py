"""A recorded chat done again with a live server, one record after the other.

Order comes first: a command goes out when the record before it was seen. So the new order can be no other
than the old. What the server says on one connection's behalf is caused by what another does, where it was so:

* A session that comes back on a new connection ends its old one (``replaced``): nothing is done for the old.
* A visitor that was silent and then spoke JSON (``switched``) is silent again, and then speaks JSON.
* Who goes into another room in plain text leaves the one where he was by the same command.
* A line that was too long (``error``) is too long again.

Whoever spoke neither plain text nor JSON speaks JSON, in which all can be said that IRC can.

Everybody comes as a guest: what proves an account, and the keys of rooms, are in no record. So nobody owns a
room, and what owners, moderators and the server's operator did is left out, and counted. Whoever they removed
leaves, or closes the connection. In plain text nobody can leave a room and be in none: there they go into one
of their own, and what is on record of it is passed over. Whoever had to give up their nick to the one whose
account it is takes by themselves the one that they were given.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from chatsimples.chat import commands
from chatsimples.chat.identities import identity_of
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.chat.rooms import Room
from chatsimples.chat.state import State
from chatsimples.replay.proof.inference import Inference
from chatsimples.replay.proof.verdict import Taken
from chatsimples.replay.recording.rhythm import Clock
from chatsimples.replay.recording.source import blocks
from chatsimples.replay.reenact.comparison import SPOKEN, DifferenceError
from chatsimples.replay.reenact.live_chat import LiveChat
from chatsimples.replay.reenact.participants import request
from chatsimples.transcript.scanner import Scanner
from chatsimples.transcript.segments import segments
from chatsimples.words.told import GOVERNING

Timed = Iterator[tuple[float, Taken]]
Rhythm = Callable[[Timed], Timed]

CONVERSATION = frozenset({"hello", "bye", "join", "leave", "nick", "message", "tags", "away", "setname"})
"""The types of the records that clients cause."""

_LEFT_OUT = GOVERNING | {"announcement"}

_ENDINGS = frozenset({"leave", "bye"})

TOO_LONG = 70_000
"""Bytes in a line that no server takes unless it is told to."""


class Lookahead(msgspec.Struct, frozen=True):
    """What is known of the recorded connections before the first of them comes.

    Attributes:
        identities: of each connection that has one.
        switched: those that were taken for visitors before they spoke JSON.
    """

    identities: dict[int, str]
    switched: frozenset[int]


def look_ahead(path: Path) -> Lookahead:
    """Read a transcript once, and check it, for what has to be known beforehand.

    Raises:
        TranscriptDamagedError: with the place of the first damage.
        OSError: it can't be read.
    """
    identities: dict[int, str] = {}
    switched: set[int] = set()

    def take(records: list[Record]) -> None:
        for record in records:
            if record.dialect:
                identities[record.conn] = record.identity
            elif record.reason == "switched":
                switched.add(record.conn)

    for _ in Scanner().scan_each(segments(path), take):
        pass
    return Lookahead(identities, frozenset(switched))


class Secrets:
    """The session secrets under which recorded people come again: one for each identity, new in each run."""

    def __init__(self) -> None:
        self._salt = os.urandom(32)
        self._on: dict[int, str] = {}
        self._seeds: dict[str, str] = {}

    def begin(self) -> None:
        """Begin at the beginning of the recording."""
        self._on.clear()
        self._seeds.clear()

    def follow(self, record: Record) -> None:
        """Take in who is on which connection. After a login they are the same person, called otherwise."""
        if record.type == "hello":
            self._on[record.conn] = record.identity
        elif record.type == "bye":
            self._on.pop(record.conn, None)
        elif record.type == "login" and record.identity:
            before = self._on.get(record.conn, "")
            self._on[record.conn] = record.identity
            self._seeds[record.identity] = self._seeds.get(before, before)
            # Whoever comes under the secret of before is somebody else.
            self._seeds[before] = f"{before} {record.seq}"

    def of(self, identity: str) -> str:
        """Return the secret of a recorded identity."""
        digest = hashlib.sha256(self._salt + self._seeds.get(identity, identity).encode()).digest()
        return base64.urlsafe_b64encode(digest[:24]).decode()

    def identity(self, identity: str) -> str:
        """Return what the new transcript calls the one who was recorded under an identity."""
        return identity_of(self.of(identity))


class Reenactment:
    """Does a recorded chat again.

    Args:
        path: where it is recorded.
        live: the connections to the server; closed by whoever made it.
        secrets: of the recorded people.

    Attributes:
        cut: seqs of recorded leaves that a crash kept from being what they were the beginning of.
        left_out: how many records of each type were left out, as nobody but those who govern can cause them.
        otherwise: how many connections came that spoke another dialect than JSON or plain text, by dialect.
        guests: how many connections came as guests that were logged in when they were recorded.
        gave_way: how many connections gave up by themselves a nick that they had to give up to an account.
    """

    def __init__(self, path: Path, live: LiveChat, secrets: Secrets) -> None:
        self._path = path
        self._live = live
        self._secrets = secrets
        self._ahead = look_ahead(path)
        self._inference = Inference(State(), self._ahead.identities, hidden=True)
        self._deferred: list[Record] = []
        self._asked: tuple[Sequence[Record], Sequence[int]] = (), ()
        # The ends that come earlier than recorded, by the seqs of the leaves before them.
        self._early: dict[int, Record] = {}
        # Visitors that a crash kept from entering the room.
        self._left_out: set[int] = set()
        # Visitors that were removed from a room, and are in one of their own.
        self._stepped_out: set[int] = set()
        self.cut: set[int] = set()
        self.left_out: Counter[str] = Counter()
        self.otherwise: Counter[str] = Counter()
        self.guests = 0
        self.gave_way = 0

    def run(self, rhythm: Rhythm, wait: Callable[[float], None]) -> None:
        """Do all of it.

        Args:
            rhythm: changes the times at which each thing is due.
            wait: called with the seconds after the first at which the next thing is due.

        Raises:
            DifferenceError: at the first record that does not come out the same.
            UnruledError: at the first record that can't have been made as it is recorded.
            ChatSimplesError: the transcript can't be read, or the server can't be reached.
        """
        # While the server works on one command, the next is found and written.
        for due, (command, group) in rhythm(self._timed()):
            written = self._written(command) if isinstance(command, commands.Say) else b""
            self._hear_asked()
            wait(due)
            if isinstance(command, commands.Say):
                self._say(command.conn, written, group)
            else:
                for record in group:
                    self._secrets.follow(record)
                self._perform(command, group)
        self._hear_asked()
        self._give_up_deferred()
        self._hear_asked()

    def recorded(self) -> Iterator[Record]:
        """Give the recorded conversation, in today's version of the records and the order of `run`.

        Raises:
            UnruledError, ChatSimplesError: as `run`.
        """
        self._secrets.begin()
        unordered = {bye.conn for bye in self._early.values()}
        for taken in _taken(self._path, Inference(State(), self._ahead.identities, hidden=True)):
            for record in taken.records:
                self._secrets.follow(record)
                if record.conn in self._left_out or (record.type == "bye" and record.conn in unordered):
                    continue
                if record.type in CONVERSATION:
                    yield record
                if record.type == "leave" and record.seq in self._early:
                    yield self._early[record.seq]

    def _timed(self) -> Timed:
        clock = Clock()
        due = 0.0
        for taken in _taken(self._path, self._inference):
            if taken.records:
                due = clock.passed(taken.records[0].at)
            yield due, taken

    def _perform(self, command: commands.Command | None, group: Sequence[Record]) -> None:
        self.left_out.update(record.type for record in group if record.type in _LEFT_OUT)
        group = [record for record in group if record.type not in _LEFT_OUT]
        self.otherwise.update(record.dialect for record in group if record.dialect not in SPOKEN)
        self.guests += sum(record.type == "hello" and bool(record.account) for record in group)
        group = self._give_way(command, group)
        if not group:
            return
        match command:
            case commands.Ban() | commands.Kick():
                self._remove(group)
            case commands.Rename() | commands.Lines() | commands.Away() | commands.SetName():
                self._ask(command, group)
            case commands.Join():
                self._hear_asked()
                self._step_in(command.conn)
                self._ask(command, [*self._taken_up(), *group])
            case commands.Leave() if not self._live.participants[command.conn].visitor:
                self._ask(command, group)
            case commands.Leave():
                self._deferred += group
            case commands.Open():
                self._open(command, group)
            case commands.Hello():
                self._hello(command, group)
            case commands.Close():
                self._close(command, group)
            case commands.Start() | commands.Stop():
                self._run(group)
            case None:
                # A redaction tells of the recording itself.
                pass
            case _:
                self._end(command, group)

    def _give_way(self, command: commands.Command | None, group: Sequence[Record]) -> Sequence[Record]:
        """Let whoever had to give up their nick take the other one, unless a session claims it again.

        Returns:
            What is left of the group.
        """
        lost = [record for record in group if record.reason == "reclaimed"]
        rest = group[len(lost) :]
        if not lost or (isinstance(command, commands.Hello) and rest and not command.account):
            return group
        conn, new = lost[0].conn, lost[0].new
        if self._live.participants[conn].silent:
            raise DifferenceError(lost[0], "", "who has said nothing yet can't take another nick")
        self.gave_way += 1
        self._ask(commands.Rename(conn, new), lost)
        self._hear_asked()
        return rest

    def _remove(self, group: Sequence[Record]) -> None:
        """Let those go who were removed from a room or from the server."""
        for conn, records in groupby(group, _conn):
            removed = list(records)
            if removed[-1].type == "bye":
                self._end(commands.Close(conn, "closed"), removed)
            elif self._live.participants[conn].visitor:
                self._step_out(conn, removed)
            else:
                self._ask(commands.Leave(conn, removed[0].room), removed)

    def _step_out(self, conn: int, removed: Sequence[Record]) -> None:
        """Let somebody in plain text go out of a room and stay, in one of their own."""
        if self._live.participants[conn].silent:
            raise DifferenceError(removed[0], "", "who has said nothing yet can't leave a room and stay")
        witnesses = self._witnesses(removed)
        self._live.say(conn, request(commands.Join(conn, self._live.outside(conn)), visitor=True))
        self._hear(removed, witnesses)
        self._live.pass_over()
        self._stepped_out.add(conn)

    def _step_in(self, conn: int) -> None:
        """Note that what somebody does next lets them out of the room of their own, if they are in one."""
        if conn in self._stepped_out:
            self._stepped_out.remove(conn)
            self._live.pass_over()

    def _close(self, command: commands.Close, group: Sequence[Record]) -> None:
        if command.reason == "switched":
            self._switch(command.conn, group)
        elif command.reason == "replaced" and self._is_gone(command.conn):
            # What replaces it ends it.
            self._deferred += group
        elif self._deferred and all(each.type == "bye" for each in group):
            # It was in no room when the server crashed: it goes with those whose leaves were cut short.
            self._deferred += group
        else:
            self._end(command, group)

    def _ask(self, command: commands.Command, due: Sequence[Record]) -> None:
        self._hear_asked()
        self._say(command.conn, self._written(command), due)

    def _written(self, command: commands.Command) -> bytes:
        return request(command, visitor=self._live.participants[command.conn].visitor)

    def _say(self, conn: int, data: bytes, due: Sequence[Record]) -> None:
        """Let a connection say something; what comes of it is waited for before anything else is done."""
        witnesses = self._witnesses(due)
        self._live.say(conn, data)
        self._asked = due, witnesses

    def _open(self, command: commands.Open, group: Sequence[Record]) -> None:
        if group[-1].type == "hello":
            # A crash cut it short: whoever does it again is brought into the room at once.
            self._left_out.add(command.conn)
            return
        self._live.end_unheard(command.conn)
        participant = self._live.connect(command.conn, visitor=True)
        participant.silent = command.conn in self._ahead.switched
        if not participant.silent:
            # An empty line says nothing, but that it is plain text.
            participant.send(b"\n")
        self._hear(group, [self._live.witness(record, self._room(record)) for record in group])

    def _switch(self, conn: int, group: Sequence[Record]) -> None:
        """Let a visitor that was silent up to now speak JSON."""
        witnesses = self._witnesses(group)
        self._live.switch(conn)
        for record, witness in zip(group, witnesses, strict=True):
            if witness in (conn, 0):
                # It ends as a visitor, which plain text does not tell.
                self._live.heard(record)
            else:
                self._live.hear(record, witness)

    def _hello(self, command: commands.Hello, group: Sequence[Record]) -> None:
        there = self._live.participants.get(command.conn)
        if there is None or there.registered:
            self._live.end_unheard(command.conn)
            self._live.connect(command.conn, visitor=False)
        # Else it was a visitor before it spoke JSON.
        due = [*self._taken_up(), *group]
        witnesses = self._witnesses(due)
        identity = command.session or f"connection {command.conn}"
        self._live.say(command.conn, request(command, visitor=False, session=self._secrets.of(identity)))
        self._live.welcome(command.conn, command.nick)
        self._hear(due, witnesses)
        for conn in {record.conn for record in due if record.reason == "replaced"}:
            self._live.leave(conn)

    def _end(self, command: commands.Command, group: Sequence[Record]) -> None:
        """End a connection, as it did if a client can do that."""
        conn = group[0].conn
        participant = self._live.participants[conn]
        if not self._is_gone(conn) and not participant.visitor:
            self._end_in_part(conn, group)
            return
        self._step_in(conn)
        witnesses = self._witnesses(group)
        match command:
            case commands.Bye():
                self._live.say(conn, request(command, visitor=participant.visitor))
            case commands.Fault():
                self._live.say(conn, b"x" * TOO_LONG + b"\n")
            case _:
                participant.finish_sending()
        if not any(witnesses):
            # Nobody hears of it: what the next one does must not come before it.
            self._live.await_end(conn)
        self._hear(group, witnesses)
        self._live.leave(conn)

    def _end_in_part(self, conn: int, group: Sequence[Record]) -> None:
        """Leave the rooms that a connection had left when the server crashed in the middle of its end."""
        for record in (record for record in group if record.type == "leave"):
            self.cut.add(record.seq)
            self._ask(commands.Leave(conn, record.room), [as_if_crashed(record)])

    def _run(self, group: Sequence[Record]) -> None:
        """Let everybody go whom a start or a stop of the recorded server took away."""
        left = self._give_up_deferred([each for each in group if each.conn not in self._left_out])
        for conn, records in groupby((record for record in left if record.type in _ENDINGS), _conn):
            self._end(commands.Close(conn, "closed"), list(records))
        for conn in filter(self._is_gone, list(self._live.participants)):
            self._live.end_unheard(conn)

    def _taken_up(self) -> list[Record]:
        deferred, self._deferred = self._deferred, []
        return deferred

    def _give_up_deferred(self, group: Sequence[Record] = ()) -> list[Record]:
        """End what was cut short before what would have caused it; return what is left of the group.

        A crash was in between. Who left a room in plain text, and did not get into the next one, can only be
        let go: its end comes earlier than recorded.
        """
        left = list(group)
        for conn, records in groupby(self._taken_up(), _conn):
            cut = [as_if_crashed(record) for record in records]
            self.cut |= {record.seq for record in cut}
            for bye in [record for record in left if record.type == "bye" and record.conn == conn]:
                left.remove(bye)
                self._early[cut[-1].seq] = bye
                cut.append(bye)
            self._end(commands.Close(conn, "closed"), cut)
        return left

    def _witnesses(self, due: Iterable[Record]) -> list[int]:
        witnesses = [self._live.witness(record, self._room(record)) for record in due]
        for conn in set(witnesses):
            participant = self._live.participants.get(conn)
            if participant is not None and participant.visitor and not participant.silent:
                self._live.catch_up(conn)
        return witnesses

    def _hear_asked(self) -> None:
        (due, witnesses), self._asked = self._asked, ((), ())
        self._hear(due, witnesses)

    def _hear(self, due: Sequence[Record], witnesses: Sequence[int]) -> None:
        for record, witness in zip(due, witnesses, strict=True):
            if witness:
                self._live.hear(record, witness)
            else:
                self._live.look_up(record)

    def _is_gone(self, conn: int) -> bool:
        return conn not in self._inference.state.connections

    def _room(self, record: Record) -> Room | None:
        return self._inference.state.rooms.get(name_key(record.room)) if record.room else None


def _taken(path: Path, inference: Inference) -> Iterator[Taken]:
    for block in blocks(path):
        yield from inference.feed([record for record, _ in block])
    yield from inference.finish()


def as_if_crashed(record: Record) -> Record:
    """Return what ends a connection as it is if the server has crashed."""
    return msgspec.structs.replace(record, reason="crash")


def _conn(record: Record) -> int:
    return record.conn
