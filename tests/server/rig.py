"""A rig: admission, rules, a real transcript, the fan-out and real sockets, driven from one thread.

And beside it an `Oracle`, which works out from the records alone what each connection must receive.
"""

from __future__ import annotations

import math
import selectors
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from dialects.wire import DEFAULT_LIMITS
from support.websocket import Received, WebSocketClient, received

from chatsimples.chat import commands, effects
from chatsimples.chat.deciding import Decided
from chatsimples.chat.identities import identity_of
from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record, to_line
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import State
from chatsimples.config.server import ServerSettings
from chatsimples.dialects.every import every_dialect
from chatsimples.server.broadcaster.admission import Admission
from chatsimples.server.broadcaster.catch_up import STEP_SECONDS
from chatsimples.server.broadcaster.fanout import Fanout
from chatsimples.server.channels import HandOver
from chatsimples.transcript.index.log_index import LogIndex
from chatsimples.transcript.reader import TranscriptReader
from chatsimples.transcript.recovery import recover

LOG = "01KAQ3J5X5W9K3T0V2N8R7C4M6"
BEGAN = 1_795_359_600_000_000

DIALECTS = every_dialect(DEFAULT_LIMITS, str, lambda: "a-secret-made-here")


class _Sink:
    def __init__(self, state: State) -> None:
        self.restore = state.restore
        self.replay = state.evolve
        self.snapshot = state.snapshot


@dataclass
class Listener:
    """What of a connection decides which records it must receive.

    Attributes:
        began: seq of the last record before its dialect was known, or before it turned to JSON.
        resumed_at: seq of the last record before its hello, if that was resumed.
        since: the position that it resumed from.
        rooms: that its hello named, by key, if that was resumed.
        identity: its session's, if it has one.
    """

    conn: int
    dialect: str = ""
    began: int = 0
    resumed_at: int = 0
    since: int = 0
    rooms: frozenset[str] = frozenset()
    identity: str = ""


class Oracle:
    """What a connection must receive, worked out from the records of the whole chat, one after the other.

    Who is in a room from its own join to its own leave, both included, hears the room. What has no room, or
    is quiet, is heard by its own connection; a private message by those from whom and to whom it is. Who
    resumes hears also, from its position to its hello, the rooms that it names and the private messages of
    its session. Who moderates the server hears what is done to people on all of it. What is for everybody
    everybody hears. After its own bye nobody hears anything.
    """

    def __init__(self, records: list[Record]) -> None:
        self._records = records

    def of(self, listener: Listener) -> list[Record]:
        """Return the records that a connection must have received, in order."""
        here = False
        began = max(listener.began, listener.resumed_at)
        inside: set[str] = set()
        governs = False
        heard = []
        for record in self._records:
            own = record.conn == listener.conn and record.seq > began
            room = record.room.lower()
            here = here or (own and record.type == "hello")
            if own and record.type == "join":
                inside.add(room)
            if own and record.type in {"hello", "login", "role"} and not room:
                governs = record.role in {"moderator", "admin"}
            if record.seq <= listener.resumed_at:
                hears = record.seq > listener.since and self._missed(listener, record)
            else:
                is_act = record.by and not room and record.type in {"ban", "unban", "mute", "bye"}
                by_role = governs and bool(is_act)
                hears = here and (by_role or self._hears(listener, record, inside=room in inside))
            if hears:
                heard.append(record)
            if own and record.type == "leave":
                inside.discard(room)
            if own and record.type == "bye":
                break
        return heard

    def _hears(self, listener: Listener, record: Record, *, inside: bool) -> bool:
        by_itself = record.conn == listener.conn
        if record.type in {"message", "tags"} and by_itself and not DIALECTS[listener.dialect].echoes:
            return False
        if record.room and not record.quiet:
            return inside
        return record.type == "announcement" or by_itself or listener.conn in (record.to_conn, record.by_conn)

    def _missed(self, listener: Listener, record: Record) -> bool:
        if record.room:
            return not record.quiet and record.room.lower() in listener.rooms
        if record.type == "announcement":
            return True
        return bool(record.to) and listener.identity in (record.identity, record.to_identity)


@dataclass
class Peer:
    """The client's end of a connection: what it has received, and what it was meant to be told.

    Attributes:
        switched: whether it was a visitor and has turned to JSON.
        session: the secret of its hello.
        account: as which it said it.
    """

    listener: Listener
    sock: socket.socket
    switched: bool = False
    session: str = ""
    account: str = ""
    received: bytearray = field(default_factory=bytearray)
    replies: list[bytes] = field(default_factory=list)
    recalls: list[effects.Recall] = field(default_factory=list)
    ended: bool = False
    closed: bool = False
    at_end: bool = False

    @property
    def conn(self) -> int:
        """Its connection's number."""
        return self.listener.conn

    @property
    def dialect(self) -> str:
        """The name of its dialect; empty until it is known."""
        return self.listener.dialect

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
        """What it has received, in lines; the last one may be incomplete. A control frame is a line too."""
        if self.dialect == "websocket":
            return [line for each in self.frames for line in _lines_of(each)]
        return bytes(self.received).splitlines(keepends=True)

    @property
    def frames(self) -> list[Received]:
        """The frames that it has received, if it speaks in frames; one that is not complete is left out."""
        return WebSocketClient().receive(bytes(self.received))


def _lines_of(frame: Received) -> list[bytes]:
    if frame.kind == "TEXT":
        return [line + b"\n" for line in frame.data.split(b"\n")]
    if frame.kind == "PING":
        return [b'{"type":"ping","seq":%s}\n' % frame.data]
    return [] if frame.kind == "CLOSE" else [b"%s %s\n" % (frame.kind.encode(), frame.data)]


class Rig:
    """See the module. Each `do` is a batch as the broadcaster takes it: decide, append, fan out.

    Attributes:
        deadline: until when a step of a round goes on; if it is past, a step is the least there is.
        between_steps: what happens after each step.
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_backlog: int,
        segment_size: int,
        limits: Limits,
        step_seconds: float,
        block_bytes: int,
    ) -> None:
        state = State()
        recovery = recover(
            folder, rules=_Sink(state), new_log=lambda: LOG, durability="os", segment_size=segment_size
        )
        self.folder = folder
        self.writer = recovery.writer
        self.chat = Chat(recovery.log, state)
        self.selector = selectors.DefaultSelector()
        self.max_backlog = max_backlog
        self.index = LogIndex(block_bytes)
        reader = TranscriptReader(folder, index=self.index)
        self.fanout = Fanout(self.selector, DIALECTS, reader, max_backlog, step_seconds)
        self.hand_over = HandOver()
        self.admission = Admission(self.fanout, self.hand_over.taking)
        self.deadline = math.inf
        self.between_steps: Callable[[], None] = lambda: None
        self.peers: dict[int, Peer] = {}
        self.records: list[Record] = []
        self._now = BEGAN
        start = commands.Start(commands.OPERATOR, "chatsimples test", limits)
        self._fan_out(self.chat.apply(start, self._now))

    def connect(self, conn: int, buffer: int = 0) -> Peer:
        """Open a connection of which nothing is known yet."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        if buffer:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        HandOver.give(self.hand_over.giving, [(conn, ours)])
        ours.close()
        self.peers[conn] = peer = Peer(Listener(conn), theirs)
        return peer

    def text(self, conn: int, buffer: int = 0) -> Peer:
        """Open a plain-text connection."""
        peer = self.connect(conn, buffer)
        self.do(commands.Open(conn, "text", "::1", visitor=True))
        return peer

    def json(
        self, conn: int, nick: str, *rooms: str, session: str = "", since: int = -1, buffer: int = 0
    ) -> Peer:
        """Open a JSON connection and say hello."""
        peer = self.connect(conn, buffer)
        secret = session or f"secret-of-{nick}"
        self.do(
            commands.Open(conn, "json", "::1"),
            commands.Hello(conn, nick, rooms or ("geral",), secret, LOG if since >= 0 else "", since),
        )
        return peer

    def websocket(
        self, conn: int, nick: str, *rooms: str, session: str = "", since: int = -1, buffer: int = 0
    ) -> Peer:
        """Open a WebSocket, past its handshake, and say hello."""
        peer = self.connect(conn, buffer)
        secret = session or f"secret-of-{nick}"
        log = LOG if since >= 0 else ""
        hello = commands.Hello(conn, nick, rooms or ("geral",), secret, log, since, dialect="websocket")
        self.do(commands.Open(conn, "websocket", "::1"), hello)
        return peer

    def account(self, conn: int, nick: str, *rooms: str) -> Peer:
        """Open a JSON connection and say hello as an account that is called so."""
        peer = self.connect(conn)
        hello = commands.Hello(conn, nick, rooms, f"secret-of-{nick}", account=nick, role="member")
        self.do(commands.Open(conn, "json", "::1"), hello)
        return peer

    def do(self, *asked: commands.Command) -> list[Record]:
        """Carry out commands as one batch; return its records."""
        self._now += 1_000
        decided: Decided = []
        for command in asked:
            # What the operator asks does not come through the Queue.
            is_operators = command.conn == commands.OPERATOR
            for settled in [command] if is_operators else self.admission.settle([command]):
                decided += self._decide(settled)
        return self._fan_out(decided)

    def turn(self) -> None:
        """Do what the broadcaster does between two batches."""
        self.flush()
        if self.fanout.busy:
            self.fanout.catch_up()
        self.index.step()

    def flush(self) -> None:
        """Serve those whose sockets take bytes again, as is done between two steps of a round too."""
        for key, _ in self.selector.select(0):
            self.fanout.ready(key.data)

    def come_to_rest(self) -> None:
        """Let everybody read until nothing is on its way any more."""
        while True:
            self.turn()
            moved = [peer.read() for peer in self.peers.values()]
            if not any(moved) and not self.fanout.pending:
                return

    def close(self) -> None:
        """Let go of everything."""
        self.fanout.close()
        self.selector.close()
        self.hand_over.giving.close()
        self.hand_over.taking.close()
        for peer in self.peers.values():
            with suppress(OSError):
                peer.sock.close()
        self.writer.close()

    def _decide(self, command: commands.Command) -> Decided:
        made = self.chat.apply(command, self._now)
        self.admission.note_ends(made)
        self._note(command, made)
        return made

    def _fan_out(self, decided: Decided) -> list[Record]:
        records = [each for each in decided if isinstance(each, Record)]
        lines = [to_line(each) for each in records]
        self.records += records
        if lines:
            start = self.writer.size
            self.writer.append(b"".join(lines), self.chat.state.seq, len(lines))
            self.index.note(self.writer.path, start, sum(map(len, lines)), records, lines)
        self.fanout.deliver(decided, lines, self.chat.state.seq)
        while self.fanout.delivering:
            self.fanout.go_on(self.deadline)
            self.between_steps()
        if self.writer.should_roll:
            self.writer.roll()
        return records

    def _note(self, command: commands.Command, made: Decided) -> None:
        for each in made:
            peer = self.peers.get(getattr(each, "conn", 0))
            if peer is None:
                continue
            listener = peer.listener
            match each:
                case effects.Attach(dialect=dialect):
                    if listener.dialect:
                        peer.switched = True
                        peer.replies.clear()
                    listener.dialect = dialect
                    listener.began = self._seq_before(each, made)
                case effects.Reply(answer=answer):
                    # In frames it is told the same lines.
                    dialect = "json" if listener.dialect == "websocket" else listener.dialect
                    peer.replies += DIALECTS[dialect].reply(answer).splitlines(keepends=True)
                    if isinstance(answer, effects.Welcome) and isinstance(command, commands.Hello):
                        peer.session, peer.account = command.session, command.account
                case effects.Feed(after=after, rooms=rooms):
                    listener.resumed_at = self._seq_before(each, made)
                    listener.since = after
                    listener.rooms = frozenset(rooms)
                    listener.identity = identity_of(peer.session, peer.account)
                case effects.Transmit(data=data):
                    peer.replies += [line for frame in received(data) for line in _lines_of(frame)]
                case effects.Recall():
                    peer.recalls.append(each)
                case effects.End():
                    peer.ended = True

    def _seq_before(self, effect: effects.Effect, made: Decided) -> int:
        place = next(index for index, each in enumerate(made) if each is effect)
        return self.chat.state.seq - sum(isinstance(each, Record) for each in made[place:])


@contextmanager
def open_rig(
    folder: Path,
    *,
    max_backlog: int = 1 << 20,
    segment_size: int = 1 << 20,
    quiet_room: int = 0,
    step_seconds: float = STEP_SECONDS,
    block_bytes: int = 1_024,
) -> Iterator[Rig]:
    """Run a rig; at the end all is closed.

    Its log's index has blocks so small that there are many in each segment.
    """
    rig = Rig(
        folder,
        max_backlog=max_backlog,
        segment_size=segment_size,
        limits=msgspec.convert(ServerSettings(quiet_room=quiet_room), Limits, from_attributes=True),
        step_seconds=step_seconds,
        block_bytes=block_bytes,
    )
    try:
        yield rig
    finally:
        rig.close()
