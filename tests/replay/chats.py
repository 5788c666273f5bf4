"""Chats at random: every command, crashes at every place, clock jumps; and their records as a transcript."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from chatsimples.chat import commands
from chatsimples.chat.commands import OPERATOR
from chatsimples.chat.deciding import Decided
from chatsimples.chat.limits import GuestRooms, Limits
from chatsimples.chat.records import Record, to_lines
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.chat.rooms import Connection
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import State
from chatsimples.transcript.seals import Chain
from chatsimples.transcript.segments import GENESIS, Header, segment_name

LOG = "01KAQ3J5X5W9K3T0V2N8R7C4M6"
START = 1_795_100_400_000_000
NICKS = ["ana", "Ana", "bia", "joão", "日本", "visitante-1", "visitante-2", "O'Neil"]
ROOMS = ["geral", "Turma", "turma", "été", "x"]
TEXTS = ["oi", "<script>alert(1)</script>", 'olá, "mundo" \\ ', "👩‍👩‍👧 ❤", "= 1 + 1", "/sair"]

WORDS = (
    "olá",
    "alguém",
    "viu",
    "o",
    "exercício",
    "três",
    "da",
    "lista",
    "de",
    "cálculo",
    "acho",
    "que",
    "falta",
)


class RandomChat:
    """A chat in which everything happens, one random thing after the other.

    Args:
        chance: where the things come from.
        quiet: members above which rooms are quiet; None for another number in each run of the server.
        before: records that are there already.
    """

    def __init__(
        self,
        chance: random.Random,
        quiet: int | None = None,
        before: Sequence[Record] = (),
        guest_rooms: GuestRooms = "plain",
    ) -> None:
        self.records: list[Record] = [*before]
        self._chance = chance
        self._quiet = quiet
        self._guest_rooms = guest_rooms
        self._now = START
        self._opened = max((each.conn for each in before), default=0)
        self._spoken: set[int] = set()
        self._start()

    def go_on(self) -> None:
        """Let one thing happen."""
        chance = self._chance
        self._now += chance.choice([0, 0, 7, 1_000, 1_000_000, -500_000])
        fate = chance.random()
        if fate < 0.01:
            # What was written last may be there in part.
            for _ in range(chance.randrange(4)):
                if self.records[-1].type not in {"start", "stop"}:
                    self.records.pop()
            self._start()
        elif fate < 0.015:
            self.stop()
            self._start()
        else:
            for command in self._commands():
                self.records += only_records(self._chat.apply(command, self._now))

    def stop(self) -> None:
        """Stop the server."""
        self.records += only_records(self._chat.apply(commands.Stop(OPERATOR), self._now))

    def _start(self) -> None:
        state = State()
        for record in self.records:
            state.evolve(record)
        quiet = self._chance.choice([0, 2, 3]) if self._quiet is None else self._quiet
        hold = self._chance.choice([1.0, 600.0])
        self._chat = Chat(LOG, state)
        limits = Limits(3, quiet, hold, self._guest_rooms)
        start = commands.Start(OPERATOR, "chatsimples test", limits)
        self.records += only_records(self._chat.apply(start, self._now))

    def _commands(self) -> list[commands.Command]:
        chance = self._chance
        there = list(self._chat.state.connections.values())
        if len(there) < 7 and chance.random() < 0.3:
            self._opened += 1
            dialect = chance.choice(["text", "json", "json"])
            made: list[commands.Command] = [
                commands.Open(self._opened, dialect, "", visitor=dialect == "text")
            ]
            if dialect == "json":
                rooms = tuple(chance.sample(ROOMS, chance.choice([0, 0, 1, 1, 2])))
                secret = f"secret-{chance.randrange(5)}"
                made.append(commands.Hello(self._opened, chance.choice(NICKS), rooms, secret))
            return made
        if not there:
            return []
        connection = chance.choice(there)
        if connection.dialect == "text" and connection.conn not in self._spoken and chance.random() < 0.3:
            # A visitor that was silent turns out to speak JSON.
            return [commands.Open(connection.conn, "json", "")]
        self._spoken.add(connection.conn)
        if self._guest_rooms == "owned" and connection.rooms and chance.random() < 0.2:
            return [self._govern(connection)]
        return [random_command(chance, connection.conn, connection.dialect)]

    def _govern(self, connection: Connection) -> commands.Command:
        chance = self._chance
        room, nick = chance.choice([*connection.rooms]), chance.choice(NICKS)
        if chance.random() < 0.2:
            secret = chance.choice([True, False])
            return commands.Set(connection.conn, room, SettingsAsked(secret=secret, moderated=not secret))
        role: commands.RoomRole = chance.choice(["operator", "voice", "none"])
        return commands.Grant(connection.conn, room, nick, role)


def random_records(
    chance: random.Random, steps: int, before: Sequence[Record] = (), guest_rooms: GuestRooms = "plain"
) -> list[Record]:
    """Make the records of a chat in which everything happens, behind those of ``before``."""
    chat = RandomChat(chance, before=before, guest_rooms=guest_rooms)
    for _ in range(steps):
        chat.go_on()
    return chat.records[len(before) :]


def long_room(count: int, days: int = 30) -> list[Record]:
    """Make the records of a room in which eight people said so many numbered messages in the last days."""
    chance = random.Random(1)
    step = days * 86_400_000_000 // count
    now = time.time_ns() // 1000 - count * step
    chat = Chat(LOG, State())
    records: list[Record] = []

    def carry_out(command: commands.Command) -> None:
        records.extend(only_records(chat.apply(command, now)))

    carry_out(commands.Start(OPERATOR, "chatsimples test", Limits(3, 50, 600.0)))
    for conn in range(1, 9):
        carry_out(commands.Open(conn, "json", ""))
        carry_out(commands.Hello(conn, f"pessoa-{conn}", ("geral",), f"secret-of-number-{conn}"))
    for number in range(1, count + 1):
        now += step
        text = " ".join(chance.choices(WORDS, k=1 + int(chance.expovariate(1 / 8))))
        carry_out(commands.Say(chance.randint(1, 8), f"{number}: {text}", "geral", "", ""))
    carry_out(commands.Stop(OPERATOR))
    return records


def as_version_1(records: Iterable[Record]) -> list[Record]:
    """Tell records as version 1 of the transcript does."""
    hellos: dict[int, Record] = {}
    told: list[Record] = []
    for record in records:
        if record.type == "hello":
            hellos[record.conn] = record
        elif record.type == "bye":
            hellos.pop(record.conn, None)
        else:
            hello = hellos.pop(record.conn, Record(0, "", ""))
            first = {"dialect": hello.dialect, "identity": hello.identity}
            kept = {"seq": len(told) + 1, "to_identity": "", "limits": None}
            told.append(msgspec.structs.replace(record, **first, **kept))
    return told


def random_command(chance: random.Random, conn: int, dialect: str) -> commands.Command:
    """Make a command of a connection, one that its dialect has."""
    nick, room, text = chance.choice(NICKS), chance.choice(ROOMS), chance.choice(TEXTS)
    mark = chance.choice(["", f"id{chance.randrange(100)}"]) if dialect == "json" else ""
    both: list[commands.Command] = [
        # In plain text, the spaces at the end of what is said in private are not said.
        commands.Say(conn, text.strip() if dialect == "text" else text, "", nick, mark),
        commands.Rename(conn, nick, mark),
        commands.Bye(conn),
        commands.Close(conn, chance.choice(["closed", "timeout"])),
        commands.Fault(conn, "bad_utf8", {}, fatal=chance.random() < 0.3),
        commands.Silent(conn, 60, gone=True),
        commands.Kick(OPERATOR, nick),
    ]
    text_only: list[commands.Command] = [
        commands.Say(conn, text, "", "", mark),
        commands.Say(conn, text, "", "", mark),
        commands.SayAs(conn, nick, text, f"{nick}: {text}"),
        commands.Join(conn, room, alone=True),
    ]
    json_only: list[commands.Command] = [
        commands.Say(conn, text, room, "", mark),
        commands.Say(conn, text, room, "", mark),
        commands.Join(conn, room, mark),
        commands.Leave(conn, room, mark),
        commands.Hello(conn, nick, (room,), f"secret-{chance.randrange(5)}"),
    ]
    return chance.choice(both + (text_only if dialect == "text" else json_only))


def only_records(out: Decided) -> list[Record]:
    """Leave out the effects."""
    return [each for each in out if isinstance(each, Record)]


def write(folder: Path, records: list[Record], per_segment: int = 1_000_000, seal_after: int = 50) -> str:
    """Write records as a transcript of the version that they are of; return its head."""
    folder.mkdir(parents=True, exist_ok=True)
    return _write_segments(folder, records, GENESIS, per_segment, seal_after)


def write_on(folder: Path, records: list[Record], seal_after: int = 50) -> str:
    """Write records as one more segment of a transcript; return its head."""
    last = sorted(folder.glob("transcript-*.jsonl"))[-1].read_bytes().splitlines()[-1]
    return _write_segments(folder, records, msgspec.json.decode(last)["sha256"], len(records), seal_after)


def _write_segments(
    folder: Path, records: list[Record], previous: str, per_segment: int, seal_after: int
) -> str:
    version = 2 if any(each.limits for each in records) else 1
    for first in range(0, max(len(records), 1), per_segment):
        part = records[first : first + per_segment]
        first_seq = part[0].seq if part else 1
        header = Header(version=version, log=LOG, first_seq=first_seq, previous=previous).encode()
        chain = Chain(previous)
        with (folder / segment_name(first_seq)).open("wb") as file:
            file.write(header)
            chain.update(header)
            for start in range(0, len(part), seal_after):
                lines = to_lines(part[start : start + seal_after])
                chain.update(lines)
                file.write(lines + chain.seal(part[min(start + seal_after, len(part)) - 1].seq))
        previous = chain.head
    return previous
