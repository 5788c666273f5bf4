"""Scenarios on a rig: random ones, and the steps that tests of certain moments share."""

from __future__ import annotations

import json
import random
import socket
import struct
from collections.abc import Sequence

import msgspec
from server.rig import DIALECTS, LOG, Oracle, Peer, Rig
from support.histories import given

from chatsimples.chat import commands
from chatsimples.chat.effects import HistoryEnd
from chatsimples.chat.records import Record, to_line
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.dialects.websocket_frames import MESSAGE_BYTES

ROOMS = ("geral", "x", "Y")


def rendered(dialect: str, records: Sequence[Record]) -> list[bytes]:
    """Write records the way a dialect does, which has no line for some."""
    lines = [DIALECTS[dialect].render(record, to_line(record)) for record in records]
    return [line for line in lines if line]


def is_interleaving(lines: Sequence[bytes], *strands: Sequence[bytes]) -> bool:
    """Tell whether lines are two strands woven together, each whole and in its order."""
    first, second = strands
    places = {0}
    for index, line in enumerate(lines):
        places = {
            after
            for taken in places
            for after in (taken, taken + 1)
            if (after > taken and taken < len(first) and first[taken] == line)
            or (after == taken and index - taken < len(second) and second[index - taken] == line)
        }
    return len(lines) == len(first) + len(second) and len(first) in places


def without_recalls(rig: Rig, peer: Peer) -> list[bytes]:
    """Check each answer to a request for history, and return the other lines that a JSON client received.

    An answer is one piece: some records of the room, in order, then its end.
    """
    recalls = list(peer.recalls)
    others: list[bytes] = []
    for line in peer.lines:
        if not line.startswith(b'{"type":"history_end"'):
            others.append(line)
            continue
        asked = recalls.pop(0)
        end = msgspec.json.decode(line, type=HistoryEnd)
        assert DIALECTS["json"].reply(end) == line
        told = rendered("json", given(asked, rig.records, end))
        size = sum(map(len, told))
        assert end.complete or len(told) == asked.limit or size > rig.max_backlog // 2
        if told:
            assert told == others[-len(told) :]
            del others[-len(told) :]
    if not peer.closed:
        assert [] == recalls
    return others


def check(rig: Rig, peer: Peer) -> None:
    """Compare what a client received, to the last byte, with what it must have received."""
    if peer.closed and peer.recalls:
        return
    expected = rendered(peer.dialect, Oracle(rig.records).of(peer.listener)) if peer.dialect else []
    if peer.dialect == "text" and not peer.closed:
        assert is_interleaving(peer.lines, expected, peer.replies), (peer.lines, expected, peer.replies)
    elif peer.dialect in ("json", "websocket"):
        lines = without_recalls(rig, peer)
        if peer.switched:
            first = next((at for at, line in enumerate(lines) if line.startswith(b"{")), len(lines))
            assert not any(line.startswith(b"{") for line in lines[:first])
            lines = lines[first:]
        if peer.closed:
            # It hung up: what it had by then is a beginning.
            told = [line for line in lines if line.startswith(b'{"seq":') and line.endswith(b"\n")]
            assert expected[: len(told)] == told
            return
        assert expected == [line for line in lines if line.startswith(b'{"seq":')]
        replies = [line for line in lines if not line.startswith(b'{"seq":')]
        assert [_without_seq(line) for line in peer.replies] == [_without_seq(line) for line in replies]
        assert_pings_tell_how_far_it_is(lines)
        if peer.dialect == "websocket":
            assert_frames_are_right(peer)
    if not peer.closed:
        assert peer.at_end == peer.ended


class Play:
    """A random scenario in a rig."""

    def __init__(self, rig: Rig, chance: random.Random) -> None:
        self.rig = rig
        self.chance = chance
        self.conns = 0
        self.said = 0
        self.patience: dict[int, str] = {}
        self.switched: set[int] = set()
        self.leaving: set[int] = set()

    def step(self) -> None:
        """Do a batch of random commands; let everybody read as is their way."""
        batch: list[commands.Command] = []
        for _ in range(self.chance.choice((1, 1, 2, 5))):
            batch += self._ask()
        self.rig.do(*batch)
        for _ in range(self.chance.choice((0, 1, 1, 3))):
            self.rig.turn()
            for peer in self.rig.peers.values():
                self._read(peer)

    def _read(self, peer: Peer) -> None:
        match self.patience[peer.conn]:
            case "quick":
                peer.read()
            case "slow":
                peer.read(self.chance.choice((1, 7, 100, 900)))
            case "moody" if self.chance.random() < 0.05:
                peer.read()

    def _ask(self) -> list[commands.Command]:
        here = [
            peer for peer in self.rig.peers.values() if peer.dialect and not peer.closed and not peer.ended
        ]
        if len(here) < 3 or (len(here) < 14 and self.chance.random() < 0.1):
            return self._connect()
        peer = self.chance.choice(here)
        asks = self._asks_of_text if peer.dialect == "text" else self._asks_of_json
        return asks(peer)

    def _connect(self) -> list[commands.Command]:
        self.conns += 1
        conn = self.conns
        self.patience[conn] = self.chance.choice(("quick", "quick", "slow", "slow", "moody"))
        self.rig.connect(conn, buffer=self.chance.choice((0, 1, 1)))
        if self.chance.random() < 0.4:
            return [commands.Open(conn, "text", "::1", visitor=True)]
        dialect = self.chance.choice(("json", "websocket"))
        return [commands.Open(conn, dialect, "::1"), self._hello(conn)]

    def _hello(self, conn: int) -> commands.Command:
        earlier = [peer for peer in self.rig.peers.values() if peer.session]
        rooms = tuple(self.chance.sample(ROOMS, self.chance.choice((0, 1, 1, 2, 3))))
        if self.chance.random() < 0.4:
            role = self.chance.choice(("member", "moderator"))
            account = f"a{self.chance.randint(1, 3)}"
            return commands.Hello(conn, f"n{conn}", rooms, f"secret-{conn}", account=account, role=role)
        if not earlier or self.chance.random() < 0.5:
            return commands.Hello(conn, f"n{conn}", rooms, f"secret-{conn}")
        session = self.chance.choice(earlier).session
        since = self.chance.choice((-1, 0, self.chance.randint(0, self.rig.chat.state.seq)))
        log = self.chance.choice((LOG, LOG, "OTHER"))
        return commands.Hello(conn, f"n{conn}", rooms, session, log, since)

    def _text(self) -> str:
        self.said += 1
        return f"{self.said} " + "é" * self.chance.choice((0, 3, 40, 400))

    def _asks_of_text(self, peer: Peer) -> list[commands.Command]:
        conn, chance = peer.conn, self.chance
        silent = not any(record.conn == conn and record.type != "join" for record in self.rig.records)
        if silent and conn not in self.switched | self.leaving and chance.random() < 0.2:
            self.switched.add(conn)
            return [commands.Open(conn, "json", "::1"), self._hello(conn)]
        match chance.choice(("say", "say", "say", "say as", "join", "nick", "ask", "leave", "private")):
            case "say":
                return [commands.Say(conn, self._text()) for _ in range(chance.randint(1, 4))]
            case "say as":
                return [commands.SayAs(conn, f"t{conn}", self._text(), f"t{conn}: x")]
            case "join":
                return [commands.Join(conn, chance.choice(ROOMS), alone=True)]
            case "nick":
                return [commands.Rename(conn, f"t{conn}")]
            case "ask":
                return [chance.choice((commands.Who(conn), commands.Help(conn), commands.Rooms(conn)))]
            case "private":
                return [commands.Say(conn, self._text(), to=f"n{chance.randint(1, self.conns)}")]
        return self._end(peer)

    def _asks_of_json(self, peer: Peer) -> list[commands.Command]:
        conn, chance = peer.conn, self.chance
        room = chance.choice(ROOMS)
        match chance.choice(
            (
                "say", "say", "say", "private", "tell", "join", "part", "nick", "ask", "history", "govern",
                "leave",
            )
        ):  # fmt: skip
            case "say":
                many = range(chance.randint(1, 4))
                return [
                    commands.Say(conn, self._text(), room=room, id=chance.choice(("", "1"))) for _ in many
                ]
            case "private":
                to = chance.choice("nnt") + f"{chance.randint(1, self.conns)}"
                return [commands.Say(conn, self._text(), to=to)]
            case "tell":
                return [self._tells(conn, room)]
            case "join":
                return [commands.Join(conn, room, "j")]
            case "part":
                return [commands.Leave(conn, room, "l")]
            case "nick":
                return [commands.Rename(conn, chance.choice((f"n{conn}", f"N{conn}", f"nn{conn}")))]
            case "ask" if peer.dialect == "websocket" and chance.random() < 0.5:
                return [commands.Transmit(conn, b"\x8a\x02%02d" % chance.randint(0, 99)) for _ in range(2)]
            case "ask":
                return [
                    chance.choice(
                        (commands.Ping(conn, "p"), commands.Who(conn), commands.Silent(conn, 60, gone=False))
                    )
                ]
            case "history":
                return [self._asks_for_history(conn, room)]
            case "govern":
                return [self._governs(conn, room)]
        return self._end(peer)

    def _tells(self, conn: int, room: str) -> commands.Command:
        tags = {"+draft/react": self._text()}
        lines = tuple(commands.Line(self._text()) for _ in range(self.chance.randint(2, 4)))
        return self.chance.choice((
            commands.Say(conn, self._text(), room=room, kind="action"),
            commands.Say(conn, self._text(), to=f"n{self.chance.randint(1, self.conns)}", kind="notice"),
            commands.Say(conn, "", room=room, tags=tags),
            commands.Say(conn, "", to=f"t{self.chance.randint(1, self.conns)}", tags=tags),
            commands.Lines(conn, lines, room, id="m"),
            commands.Away(conn, self._text(), "w"),
            commands.Away(conn, "", "w"),
            commands.SetName(conn, self._text()),
            commands.Announce(conn, self._text()),
            commands.Announce(commands.OPERATOR, self._text()),
        ))  # fmt: skip

    def _asks_for_history(self, conn: int, room: str) -> commands.History:
        chance, seq = self.chance, self.rig.chat.state.seq
        asked = commands.History(conn, room, 0, chance.choice((1, 5, 1000)), "h", all=chance.random() < 0.5)
        match chance.choice(("", "before", "after", "at")):
            case "before":
                asked.before = chance.randint(0, seq)
            case "after":
                asked.after = chance.randint(0, seq + 1)
            case "at":
                asked.at = chance.choice(self.rig.records).at
        return asked

    def _governs(self, conn: int, room: str) -> commands.Command:
        chance, nick = self.chance, f"n{self.chance.randint(1, self.conns)}"
        server = chance.choice((room, room, ""))
        return chance.choice((
            commands.Topic(conn, room, self._text(), "t"),
            commands.Set(conn, room, SettingsAsked(secret=True, key="p" * 32)),
            commands.Set(conn, room, SettingsAsked(secret=False, key="")),
            commands.Grant(conn, room, nick, "operator", "r"),
            commands.Invite(conn, room, nick, "i"),
            commands.Mute(conn, server, nick, 1, "m"),
            commands.Kick(conn, nick, server, self._text(), "k"),
            commands.Ban(conn, server, nick, "", 1, id="b"),
            commands.Login(conn, f"a{chance.randint(1, 3)}", "member", "l"),
            commands.AccountChanged(0, f"a{chance.randint(1, 3)}", "moderator"),
        ))  # fmt: skip

    def _end(self, peer: Peer) -> list[commands.Command]:
        conn = peer.conn
        self.leaving.add(conn)
        match self.chance.choice(("bye", "fault", "timeout", "hang up", "kick", "stay", "stay", "stay")):
            case "bye":
                return [commands.Bye(conn)]
            case "fault":
                return [commands.Fault(conn, "line_too_long", {"limit": "9"}, fatal=True)]
            case "timeout":
                return [commands.Silent(conn, 60, gone=True)]
            case "kick":
                return [commands.Kick(0, f"n{self.chance.randint(1, self.conns)}")]
            case "hang up":
                self._read(peer)
                peer.close()
                # Its end is told a little after the fact, as by its worker.
                return [*self._ask(), commands.Close(conn, "closed")]
        return [commands.Fault(conn, "bad_utf8", {})]


def _without_seq(reply: bytes) -> bytes:
    return b"ping" if reply.startswith(b'{"type":"ping"') else reply


def assert_frames_are_right(peer: Peer) -> None:
    """Messages are whole lines and not too long; a goodbye comes at the end, and only there."""
    frames = peer.frames
    messages = [each.data for each in frames if each.kind == "TEXT"]
    assert all(len(each) <= MESSAGE_BYTES or b"\n" not in each for each in messages)
    goodbyes = [at for at, each in enumerate(frames) if each.kind == "CLOSE"]
    assert ([len(frames) - 1] if peer.ended else []) == goodbyes


def assert_pings_tell_how_far_it_is(lines: list[bytes]) -> None:
    """Whoever has received a ping has received all that it will ever hear up to the ping's seq."""
    told = 0
    for line in lines:
        if line.startswith(b"PONG "):
            continue
        said = json.loads(line)
        if said["type"] == "ping":
            told = max(told, said["seq"])
        elif line.startswith(b'{"seq":'):
            assert said["seq"] > told, (told, line)


def talk(rig: Rig, conn: int, times: int, size: int = 200, room: str = "geral") -> None:
    """Say things in a room, each in a batch of its own; the one who says them reads."""
    for number in range(times):
        rig.do(commands.Say(conn, f"{number} " + "x" * size, room=room))
        rig.peers[conn].read()


def said(peer: Peer) -> list[dict[str, object]]:
    """Return what a JSON client has received."""
    return [json.loads(line) for line in peer.lines]


def reset(peer: Peer) -> None:
    """Break a connection off: nothing more can be written to it."""
    peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
