"""The fan-out: who receives what, in which order, however slowly anybody reads."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from server.hall import DIALECTS, LOG, Ear, Hall, Hearing, open_hall

from chatsimples.chat import commands
from chatsimples.chat.effects import HistoryEnd
from chatsimples.chat.records import Record, to_line

ROOMS = ("geral", "x", "Y")
SCENARIOS = 60
STEPS = 120


def rendered(dialect: str, records: Sequence[Record]) -> list[bytes]:
    """Write records the way a dialect does."""
    return [DIALECTS[dialect].render(record, to_line(record)) for record in records]


def is_woven(lines: Sequence[bytes], *strands: Sequence[bytes]) -> bool:
    """Tell whether lines are two strands put together, each whole and in its order."""
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


def without_recalls(hall: Hall, ear: Ear) -> list[bytes]:
    """Check each answer to a request for history, and return the other lines that a JSON client received.

    An answer is one piece: the last messages of the room before the asked seq, in order, then its end.
    """
    recalls = list(ear.recalls)
    others: list[bytes] = []
    for line in ear.lines:
        if not line.startswith(b'{"type":"history_end"'):
            others.append(line)
            continue
        asked = recalls.pop(0)
        said = [
            record
            for record in hall.records
            if record.type == "message"
            and record.room.lower() == asked.room.lower()
            and record.seq < asked.before
        ]
        end = json.loads(line)
        begin = end.get("before", 0)
        given = [record for record in said if record.seq >= begin]
        assert DIALECTS["json"].reply(HistoryEnd(asked.room, end["complete"], begin, asked.id)) == line
        assert len(given) <= asked.limit
        assert end["complete"] == (given == said)
        size = sum(map(len, rendered("json", given)))
        assert given == said or len(given) == asked.limit or size > hall.max_backlog // 2
        if given:
            assert rendered("json", given) == others[-len(given) :]
            del others[-len(given) :]
    if not ear.closed:
        assert [] == recalls
    return others


def check(hall: Hall, ear: Ear) -> None:
    """Compare what a client received, to the last byte, with what it must have received."""
    if ear.closed and ear.recalls:
        return
    expected = rendered(ear.dialect, Hearing(hall.records).of(ear)) if ear.dialect else []
    if ear.dialect == "text" and not ear.closed:
        assert is_woven(ear.lines, expected, ear.replies), (ear.lines, expected, ear.replies)
    elif ear.dialect == "json":
        lines = without_recalls(hall, ear)
        if ear.switched:
            first = next((at for at, line in enumerate(lines) if line.startswith(b"{")), len(lines))
            assert not any(line.startswith(b"{") for line in lines[:first])
            lines = lines[first:]
        if ear.closed:
            # It hung up: what it had by then is a beginning.
            told = [line for line in lines if line.startswith(b'{"seq":') and line.endswith(b"\n")]
            assert expected[: len(told)] == told
            return
        assert expected == [line for line in lines if line.startswith(b'{"seq":')]
        assert ear.replies == [line for line in lines if not line.startswith(b'{"seq":')]
    if not ear.closed:
        assert ear.at_end == ear.ended


class Play:
    """A random scenario in a hall."""

    def __init__(self, hall: Hall, chance: random.Random) -> None:
        self.hall = hall
        self.chance = chance
        self.conns = 0
        self.said = 0
        self.patience: dict[int, str] = {}
        self.switched: set[int] = set()

    def step(self) -> None:
        """Do a batch of random commands; let everybody read as is their way."""
        batch: list[commands.Command] = []
        for _ in range(self.chance.choice((1, 1, 2, 5))):
            batch += self._ask()
        self.hall.do(*batch)
        for _ in range(self.chance.choice((0, 1, 1, 3))):
            self.hall.turn()
            for ear in self.hall.ears.values():
                self._read(ear)

    def _read(self, ear: Ear) -> None:
        match self.patience[ear.conn]:
            case "quick":
                ear.read()
            case "slow":
                ear.read(self.chance.choice((1, 7, 100, 900)))
            case "moody" if self.chance.random() < 0.05:
                ear.read()

    def _ask(self) -> list[commands.Command]:
        here = [ear for ear in self.hall.ears.values() if not ear.closed and not ear.ended]
        if len(here) < 3 or (len(here) < 14 and self.chance.random() < 0.1):
            return self._connect()
        ear = self.chance.choice(here)
        asks = self._asks_of_json if ear.dialect == "json" else self._asks_of_text
        return asks(ear)

    def _connect(self) -> list[commands.Command]:
        self.conns += 1
        conn = self.conns
        self.patience[conn] = self.chance.choice(("quick", "quick", "slow", "slow", "moody"))
        self.hall.connect(conn, buffer=self.chance.choice((0, 1, 1)))
        if self.chance.random() < 0.4:
            return [commands.Open(conn, "text", "::1")]
        return [commands.Open(conn, "json", "::1"), self._hello(conn)]

    def _hello(self, conn: int) -> commands.Command:
        earlier = [ear for ear in self.hall.ears.values() if ear.session]
        rooms = tuple(self.chance.sample(ROOMS, self.chance.choice((0, 1, 1, 2, 3))))
        if not earlier or self.chance.random() < 0.5:
            return commands.Hello(conn, f"n{conn}", rooms, f"secret-{conn}")
        session = self.chance.choice(earlier).session
        since = self.chance.choice((-1, 0, self.chance.randint(0, self.hall.chat.state.seq)))
        log = self.chance.choice((LOG, LOG, "OTHER"))
        return commands.Hello(conn, f"n{conn}", rooms, session, log, since)

    def _text(self) -> str:
        self.said += 1
        return f"{self.said} " + "é" * self.chance.choice((0, 3, 40, 400))

    def _asks_of_text(self, ear: Ear) -> list[commands.Command]:
        conn, chance = ear.conn, self.chance
        silent = not any(record.conn == conn and record.type != "join" for record in self.hall.records)
        if silent and conn not in self.switched and chance.random() < 0.2:
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
        return self._end(ear)

    def _asks_of_json(self, ear: Ear) -> list[commands.Command]:
        conn, chance = ear.conn, self.chance
        room = chance.choice(ROOMS)
        match chance.choice(("say", "say", "say", "private", "join", "part", "nick", "ask", "history", "leave")):
            case "say":
                many = range(chance.randint(1, 4))
                return [commands.Say(conn, self._text(), room=room, id=chance.choice(("", "1"))) for _ in many]
            case "private":
                to = chance.choice("nnt") + f"{chance.randint(1, self.conns)}"
                return [commands.Say(conn, self._text(), to=to)]
            case "join":
                return [commands.Join(conn, room, "j")]
            case "part":
                return [commands.Leave(conn, room, "l")]
            case "nick":
                return [commands.Rename(conn, chance.choice((f"n{conn}", f"N{conn}", f"nn{conn}")))]
            case "ask":
                return [chance.choice((commands.Ping(conn, "p"), commands.Who(conn), commands.Silent(conn, 60, gone=False)))]
            case "history":
                before = chance.choice((0, chance.randint(0, self.hall.chat.state.seq)))
                return [commands.History(conn, room, before, chance.choice((1, 5, 1000)), "h")]
        return self._end(ear)

    def _end(self, ear: Ear) -> list[commands.Command]:
        conn = ear.conn
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
                self._read(ear)
                ear.close()
                # Its end is told a little after the fact, as by its worker.
                return [*self._ask(), commands.Close(conn, "closed")]
        return [commands.Fault(conn, "bad_utf8", {})]


@pytest.mark.parametrize("max_backlog", [0, 300, 3_000, 1 << 20])
def test_each_connection_receives_what_it_hears_in_order_once_and_nothing_else(
    tmp_path: Path, chance: random.Random, max_backlog: int
) -> None:
    for number in range(SCENARIOS):
        seed = chance.randrange(1 << 32)
        scenario = random.Random(seed)
        with open_hall(
            tmp_path / f"{number}",
            max_backlog=max_backlog,
            segment_size=scenario.choice((2_000, 30_000)),
            quiet_room=scenario.choice((0, 2, 5)),
        ) as hall:
            play = Play(hall, scenario)
            for _ in range(STEPS):
                play.step()
            hall.settle()
            for ear in hall.ears.values():
                try:
                    check(hall, ear)
                except AssertionError as error:
                    raise AssertionError(f"scenario {number}, seed {seed}, connection {ear.conn}: {error}") from error
