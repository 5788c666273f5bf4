"""A server without sockets or files: the real rules and the real JSON dialect, with the log in a list.

It stands where the core's tests need to decide, byte by byte, what arrives and when a connection breaks.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from dialects.wire import DEFAULT_LIMITS
from support.histories import answer_to

from chatsimples.chat import commands, effects
from chatsimples.chat.limits import Limits
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record, to_line
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import State
from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.events import Event
from chatsimples.dialects.base import Parser, new_session
from chatsimples.dialects.jsonl import JsonDialect

LOG = "01KAQ3J5X5W9K3T0V2N8R7C4M6"
BOUNDS = Limits(max_rooms=32, quiet_room=256, nick_hold=600.0)
_MICROSECONDS = 1_764_000_000_000_000


@dataclass
class Peer:
    """A connection as the server has it: its parser, what goes out on it, and whether it is closed."""

    parser: Parser
    out: bytearray = field(default_factory=bytearray)
    ended: bool = False


class SimulatedServer:
    """The rules with a log in memory; each connection has a buffer of what is sent to it."""

    def __init__(self, log: str = LOG, limits: Limits = BOUNDS) -> None:
        self.records: list[Record] = []
        self.peers: dict[int, Peer] = {}
        self._members: defaultdict[str, set[int]] = defaultdict(set)
        self._dialect = JsonDialect(DEFAULT_LIMITS, str, new_session)
        self._chat = Chat(log, State())
        self._apply(commands.Start(commands.OPERATOR, "simulated", limits))

    @property
    def state(self) -> State:
        return self._chat.state

    def connect(self) -> int:
        conn = max(self.peers, default=0) + 1
        self.peers[conn] = Peer(self._dialect.parser(conn))
        self._apply(commands.Open(conn, "json", ""))
        return conn

    def receive(self, conn: int, data: bytes) -> None:
        peer = self.peers[conn]
        peer.parser.feed(data)
        while not peer.ended and (taken := peer.parser.take(1)):
            self._apply(taken[0])

    def close(self, conn: int) -> None:
        self._apply(commands.Close(conn, "closed"))

    def ping(self, conn: int) -> None:
        self._apply(commands.Silent(conn, 1, gone=False))

    def take(self, conn: int, most: int = 1 << 30) -> bytes:
        """Give what is to be delivered to a connection next, at most so many bytes."""
        out = self.peers[conn].out
        data = bytes(out[:most])
        del out[:most]
        return data

    def said(self, conns: set[int] | None = None) -> list[str]:
        return [r.text for r in self.records if r.type == "message" and (conns is None or r.conn in conns)]

    def _apply(self, command: commands.Command) -> None:
        self._handle(self._chat.apply(command, _MICROSECONDS + len(self.records)))

    def _handle(self, outcome: list[Record | effects.Effect]) -> None:
        for each in list(outcome):
            match each:
                case Record():
                    self.records.append(each)
                    self._deliver(each)
                case effects.Reply():
                    self._send(each.conn, self._dialect.reply(each.answer))
                case effects.Feed():
                    for record in self.records[each.after :]:
                        if _concerns(record, each):
                            self._send(each.conn, to_line(record))
                case effects.Recall():
                    self._recall(each)
                case effects.End():
                    self.peers[each.conn].ended = True

    def _deliver(self, record: Record) -> None:
        members = self._members[name_key(record.room)] if record.room else set()
        if record.type == "join":
            members.add(record.conn)
        elif record.type == "leave":
            members.discard(record.conn)
        receivers = {record.conn, record.to_conn}
        for conn in receivers if record.quiet else receivers | members:
            self._send(conn, to_line(record))

    def _recall(self, recall: effects.Recall) -> None:
        told, end = answer_to(recall, self.records)
        for record in told:
            self._send(recall.conn, to_line(record))
        self._send(recall.conn, self._dialect.reply(end))

    def _send(self, conn: int, data: bytes) -> None:
        peer = self.peers.get(conn)
        if peer is not None and not peer.ended:
            peer.out += data


class Side:
    """A client at a simulated server; what it makes of an event is its own.

    Args:
        core: its core.
        server: where it connects at once.
    """

    def __init__(self, core: Core, server: SimulatedServer) -> None:
        self.core = core
        self.server = server
        self.connect()

    def hear(self, event: Event) -> None:
        raise NotImplementedError

    def connect(self) -> None:
        self.conn = self.server.connect()
        self.core.connection_made()
        self.settle()

    def cut(self) -> None:
        self.server.close(self.conn)
        self.core.connection_lost()

    def settle(self) -> None:
        while True:
            self.server.receive(self.conn, self.core.data_to_send())
            data = self.server.take(self.conn)
            if not data:
                return
            for event in self.core.receive_data(data):
                self.hear(event)


def _concerns(record: Record, feed: effects.Feed) -> bool:
    if record.room:
        return name_key(record.room) in feed.rooms and not record.quiet
    return bool(record.to) and feed.identity in (record.identity, record.to_identity)
