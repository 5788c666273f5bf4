"""A hall: the rules, a real transcript, a real fan-out and real sockets, driven from one thread.

And beside it `Hearing`, which works out from the records alone what each connection must receive.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from dialects.wire import DEFAULT_LIMITS

from chatsimples.chat import commands, effects
from chatsimples.chat.records import Record, to_line
from chatsimples.chat.rules import Chat, Limits
from chatsimples.chat.state import State
from chatsimples.dialects.every import every_dialect
from chatsimples.server.broadcaster.fanout import Fanout
from chatsimples.transcript.reader import TranscriptReader
from chatsimples.transcript.recovery import recover

LOG = "01KAQ3J5X5W9K3T0V2N8R7C4M6"
BEGAN = 1_795_359_600_000_000

DIALECTS = every_dialect(DEFAULT_LIMITS, str, lambda: "a-secret-made-here")


class _Sink:
    def __init__(self, state: State) -> None:
        self.restore = state.restore
        self.replay = state.evolve


@dataclass
class Ear:
    """The client's end of a connection: what it has received, and what it was meant to be told.

    Attributes:
        began: seq of the last record before its dialect was known, or before it turned to JSON.
        switched: seq of the last record that it was a visitor for, if it has turned to JSON.
        resumed_at: seq of the last record before its hello, if that was resumed.
        rooms, since, own: of a hello that was resumed; own are the connections that were or are its own.
    """

    conn: int
    sock: socket.socket
    dialect: str = ""
    began: int = 0
    switched: bool = False
    resumed_at: int = 0
    since: int = 0
    rooms: frozenset[str] = frozenset()
    own: frozenset[int] = frozenset()
    session: str = ""
    received: bytearray = field(default_factory=bytearray)
    replies: list[bytes] = field(default_factory=list)
    recalls: list[effects.Recall] = field(default_factory=list)
    ended: bool = False
    closed: bool = False
    at_end: bool = False

    def read(self, most: int = 1 << 20) -> int:
        """Receive at most so many bytes of what is there."""
        if self.closed or self.at_end:
            return 0
        try:
            data = self.sock.recv(most)
        except BlockingIOError:
            return 0
        except ConnectionError:
            data = b""
        self.received += data
        self.at_end = not data
        return len(data)

    def close(self) -> None:
        """Hang up."""
        self.sock.close()
        self.closed = True

    @property
    def lines(self) -> list[bytes]:
        """What it has received, in lines; the last one may be incomplete."""
        return bytes(self.received).splitlines(keepends=True)


class Hall:
    """See the module. Each `do` is a batch as the broadcaster takes it: decide, append, fan out."""

    def __init__(self, folder: Path, *, max_backlog: int, segment_size: int, limits: Limits) -> None:
        state = State()
        recovery = recover(
            folder, rules=_Sink(state), new_log=lambda: LOG, durability="os", segment_size=segment_size
        )
        self.folder = folder
        self.writer = recovery.writer
        self.chat = Chat(limits, recovery.log, "chatsimples test", state)
        self.selector = selectors.DefaultSelector()
        self.max_backlog = max_backlog
        self.fanout = Fanout(self.selector, DIALECTS, TranscriptReader(folder), max_backlog)
        self.ears: dict[int, Ear] = {}
        self.records: list[Record] = []
        self._now = BEGAN
        self._fan_out(self.chat.start(self._now))

    def connect(self, conn: int, buffer: int = 0) -> Ear:
        """Open a connection of which nothing is known yet."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        if buffer:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.fanout.add(conn, ours)
        self.ears[conn] = ear = Ear(conn, theirs)
        return ear

    def text(self, conn: int, buffer: int = 0) -> Ear:
        """Open a plain-text connection."""
        ear = self.connect(conn, buffer)
        self.do(commands.Open(conn, "text", "::1"))
        return ear

    def json(
        self, conn: int, nick: str, *rooms: str, session: str = "", since: int = -1, buffer: int = 0
    ) -> Ear:
        """Open a JSON connection and say hello."""
        ear = self.connect(conn, buffer)
        secret = session or f"secret-of-{nick}"
        self.do(
            commands.Open(conn, "json", "::1"),
            commands.Hello(conn, nick, rooms or ("geral",), secret, LOG if since >= 0 else "", since),
        )
        return ear

    def do(self, *asked: commands.Command) -> list[Record]:
        """Carry out commands as one batch; return its records."""
        self._now += 1_000
        decided: list[Record | effects.Effect] = []
        for command in asked:
            if isinstance(command, commands.Close):
                self.fanout.peer_gone(command.conn)
            out = self.chat.apply(command, self._now)
            self._note(command, out)
            decided += out
        return self._fan_out(decided)

    def turn(self) -> None:
        """Do what the broadcaster does between two batches."""
        for key, _ in self.selector.select(0):
            self.fanout.ready(key.data)
        if self.fanout.busy:
            self.fanout.catch_up()

    def settle(self) -> None:
        """Let everybody read until nothing is on its way any more."""
        while True:
            self.turn()
            moved = [ear.read() for ear in self.ears.values()]
            if not any(moved) and not self.fanout.pending:
                return

    def _fan_out(self, decided: list[Record | effects.Effect]) -> list[Record]:
        records = [each for each in decided if isinstance(each, Record)]
        lines = [to_line(each) for each in records]
        self.records += records
        if lines:
            self.writer.append(b"".join(lines), self.chat.state.seq, len(lines))
        self.fanout.deliver(decided, lines, self.chat.state.seq)
        if self.writer.should_roll:
            self.writer.roll(self.chat.state.snapshot())
        return records

    def _note(self, command: commands.Command, out: list[Record | effects.Effect]) -> None:
        for each in out:
            ear = self.ears.get(getattr(each, "conn", 0))
            if ear is None:
                continue
            match each:
                case effects.Attach(dialect=dialect):
                    if ear.dialect:
                        ear.switched = True
                        ear.replies.clear()
                    ear.dialect = dialect
                    ear.began = self._seq_before(each, out)
                case effects.Reply(answer=answer):
                    ear.replies += DIALECTS[ear.dialect].reply(answer).splitlines(keepends=True)
                    if isinstance(answer, effects.Welcome) and isinstance(command, commands.Hello):
                        ear.session = command.session
                case effects.Feed(after=after, rooms=rooms):
                    ear.resumed_at = self._seq_before(each, out)
                    ear.since = after
                    ear.rooms = frozenset(rooms)
                    ear.own = frozenset(o.conn for o in self.ears.values() if o.session == ear.session)
                case effects.Recall():
                    ear.recalls.append(each)
                case effects.End():
                    ear.ended = True

    def _seq_before(self, effect: effects.Effect, out: list[Record | effects.Effect]) -> int:
        place = next(index for index, each in enumerate(out) if each is effect)
        return self.chat.state.seq - sum(isinstance(each, Record) for each in out[place:])

    def close(self) -> None:
        """Let go of everything."""
        self.fanout.close()
        self.selector.close()
        for ear in self.ears.values():
            with suppress(OSError):
                ear.sock.close()
        self.writer.close()


@contextmanager
def open_hall(
    folder: Path,
    *,
    max_backlog: int = 1 << 20,
    segment_size: int = 1 << 20,
    quiet_room: int = 0,
) -> Iterator[Hall]:
    """Run a hall; at the end all is closed."""
    limits = Limits(quiet_room=quiet_room)
    hall = Hall(folder, max_backlog=max_backlog, segment_size=segment_size, limits=limits)
    try:
        yield hall
    finally:
        hall.close()


class Hearing:
    """What a connection must receive, worked out from the records of the whole chat, one after the other.

    Who is in a room from its own join to its own leave, both included, hears the room. What has no room, or
    is quiet, is heard by its own connection, and by the one that it is to. Who resumes hears, from its
    position to its hello, the rooms that it names and what was its own, under whatever connection.
    """

    def __init__(self, records: list[Record]) -> None:
        self._records = records

    def of(self, ear: Ear) -> list[Record]:
        """Return the records that a connection must have received, in order."""
        inside: set[str] = set()
        heard = []
        for record in self._records:
            mine = record.conn == ear.conn
            room = record.room.lower()
            if mine and record.type == "join":
                inside.add(room)
            if self._hears(ear, record, inside=room in inside):
                heard.append(record)
            if mine and record.type == "leave":
                inside.discard(room)
        return heard

    def _hears(self, ear: Ear, record: Record, *, inside: bool) -> bool:
        ours = {ear.conn}
        if record.seq <= ear.resumed_at:
            if record.seq <= ear.since:
                return False
            ours, inside = {*ear.own}, record.room.lower() in ear.rooms
        elif record.seq <= ear.began:
            return False
        if record.quiet:
            return record.conn in ours
        if ear.dialect == "text" and record.type == "message" and record.conn in ours:
            return False
        return inside if record.room else bool(ours & {record.conn, record.to_conn})
