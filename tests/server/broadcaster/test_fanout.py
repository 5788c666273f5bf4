"""The fan-out: who receives what, in which order, however slowly anybody reads."""

from __future__ import annotations

import json
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from server.hall import DIALECTS, LOG, Ear, Hall, Hearing, open_hall

from chatsimples.chat import commands
from chatsimples.chat.effects import Error, HistoryEnd
from chatsimples.chat.records import Record, to_line
from chatsimples.dialects.text import TextDialect

ROOMS = ("geral", "x", "Y")
SCENARIOS = 20
STEPS = 120


def rendered(dialect: str, records: Sequence[Record]) -> list[bytes]:
    """Write records the way a dialect does."""
    return [DIALECTS[dialect].render(record, to_line(record)) for record in records]


def is_woven(lines: Sequence[bytes], *strands: Sequence[bytes]) -> bool:
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
        replies = [line for line in lines if not line.startswith(b'{"seq":')]
        assert [_without_seq(line) for line in ear.replies] == [_without_seq(line) for line in replies]
        assert_pings_tell_how_far_it_is(lines)
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
        self.leaving: set[int] = set()

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
        here = [ear for ear in self.hall.ears.values() if ear.dialect and not ear.closed and not ear.ended]
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
        return self._end(ear)

    def _asks_of_json(self, ear: Ear) -> list[commands.Command]:
        conn, chance = ear.conn, self.chance
        room = chance.choice(ROOMS)
        match chance.choice(
            ("say", "say", "say", "private", "join", "part", "nick", "ask", "history", "leave")
        ):
            case "say":
                many = range(chance.randint(1, 4))
                return [
                    commands.Say(conn, self._text(), room=room, id=chance.choice(("", "1"))) for _ in many
                ]
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
                return [
                    chance.choice(
                        (commands.Ping(conn, "p"), commands.Who(conn), commands.Silent(conn, 60, gone=False))
                    )
                ]
            case "history":
                before = chance.choice((0, chance.randint(0, self.hall.chat.state.seq)))
                return [commands.History(conn, room, before, chance.choice((1, 5, 1000)), "h")]
        return self._end(ear)

    def _end(self, ear: Ear) -> list[commands.Command]:
        conn = ear.conn
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
                self._read(ear)
                ear.close()
                # Its end is told a little after the fact, as by its worker.
                return [*self._ask(), commands.Close(conn, "closed")]
        return [commands.Fault(conn, "bad_utf8", {})]


def _without_seq(reply: bytes) -> bytes:
    return b"ping" if reply.startswith(b'{"type":"ping"') else reply


def assert_pings_tell_how_far_it_is(lines: list[bytes]) -> None:
    """Whoever has received a ping has received all that it will ever hear up to the ping's seq."""
    told = 0
    for line in lines:
        said = json.loads(line)
        if said["type"] == "ping":
            told = max(told, said["seq"])
        elif line.startswith(b'{"seq":'):
            assert said["seq"] > told, (told, line)


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
                    where = f"scenario {number}, seed {seed}, connection {ear.conn}"
                    raise AssertionError(f"{where}: {error}") from error


# What a scenario seldom meets, and what must be met exactly.


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with open_hall(tmp_path / "hall") as opened:
        yield opened


@pytest.fixture
def small_hall(tmp_path: Path) -> Iterator[Hall]:
    """A hall in which nobody may lag far before the transcript serves him."""
    with open_hall(tmp_path / "hall", max_backlog=1_000) as opened:
        yield opened


@pytest.fixture
def step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each call of ``catch_up`` do one step for one reader."""
    monkeypatch.setattr("chatsimples.server.broadcaster.fanout._STEP_SECONDS", 0.0)


def talk(hall: Hall, conn: int, times: int, size: int = 200, room: str = "geral") -> None:
    """Say things in a room, each in a batch of its own; the one who says them reads."""
    for number in range(times):
        hall.do(commands.Say(conn, f"{number} " + "x" * size, room=room))
        hall.ears[conn].read()


def said(ear: Ear) -> list[dict[str, object]]:
    """Return what a JSON client has received."""
    return [json.loads(line) for line in ear.lines]


def reset(ear: Ear) -> None:
    """Break a connection off: nothing more can be written to it."""
    ear.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    ear.close()


def test_a_batch_is_rendered_once_for_all_who_hear_the_same(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: Counter[int] = Counter()
    render = TextDialect.render

    def counting(self: TextDialect, record: Record, line: bytes) -> bytes:
        times[record.seq] += 1
        return render(self, record, line)

    for conn in range(1, 20):
        hall.text(conn)
    monkeypatch.setattr(TextDialect, "render", counting)
    records = hall.do(*(commands.Say(conn, "oi") for conn in range(1, 20)))
    assert Counter(record.seq for record in records) == times


def test_one_that_never_reads_holds_a_bounded_memory_and_misses_nothing(tmp_path: Path) -> None:
    with open_hall(tmp_path, max_backlog=50_000) as hall:
        hall.json(1, "ana")
        stalled = hall.json(2, "bia", buffer=1)
        most = 0
        for _ in range(100):
            talk(hall, 1, 10, size=2_000)
            hall.turn()
            most = max(most, hall.fanout.outlets[2].waiting)
        assert 50_000 < most < 50_000 + 3_000
        hall.settle()
        check(hall, stalled)


def test_those_who_catch_up_are_served_in_turn(small_hall: Hall, step_by_step: None) -> None:
    hall = small_hall
    hall.json(1, "ana")
    ears = [hall.json(conn, f"n{conn}", buffer=1) for conn in (2, 3)]
    talk(hall, 1, 2_000, size=1_000)
    while not hall.fanout.busy:
        hall.turn()
        for ear in ears:
            ear.read()
    before = [len(ear.received) for ear in ears]
    for _ in range(6):
        hall.turn()
        for ear in ears:
            ear.read()
    assert all(len(ear.received) > was for ear, was in zip(ears, before, strict=True))
    assert hall.fanout.pending
    hall.settle()
    for ear in ears:
        check(hall, ear)


def test_a_reader_that_lags_is_not_given_its_own_private_message_back_in_plain_text(small_hall: Hall) -> None:
    hall = small_hall
    hall.json(1, "ana")
    rui = hall.text(2, buffer=1)
    talk(hall, 1, 60)
    hall.do(commands.Say(2, "only for ana", to="ana"))
    hall.settle()
    check(hall, rui)
    assert b"only for ana" not in rui.received


def test_a_visitor_that_lags_and_turns_to_json_hears_nothing_from_before_its_welcome(tmp_path: Path) -> None:
    with open_hall(tmp_path, max_backlog=1_000, quiet_room=1) as hall:
        hall.json(1, "ana")
        late = hall.text(2, buffer=1)
        talk(hall, 1, 60)
        hall.do(commands.Open(2, "json", "::1"), commands.Hello(2, "bia", ("geral",), "a-secret-of-bia-0"))
        talk(hall, 1, 3)
        hall.settle()
        check(hall, late)


# Those who go away in the middle of something.


def test_one_who_asks_for_history_and_is_gone_before_it_is_looked_up_disturbs_nobody(hall: Hall) -> None:
    ana = hall.json(1, "ana")
    bia = hall.json(2, "bia")
    bia.close()
    hall.do(commands.History(2, "geral", 0, 5))
    hall.do(commands.Say(1, "oi", room="geral"))
    hall.do(commands.Close(2, "closed"))
    hall.settle()
    check(hall, ana)
    assert [1] == list(hall.fanout.outlets)


def test_one_who_asks_for_history_and_is_gone_while_it_is_looked_up_disturbs_nobody(
    hall: Hall, step_by_step: None
) -> None:
    ana = hall.json(1, "ana")
    bia = hall.json(2, "bia")
    for _ in range(100):
        talk(hall, 1, 4, size=2_000)
        bia.read()
    hall.do(commands.History(2, "nobody_spoke_here", 0, 5))
    hall.turn()
    assert hall.fanout.busy
    bia.close()
    hall.do(commands.Say(1, "oi", room="geral"))
    hall.do(commands.Close(2, "closed"))
    hall.settle()
    check(hall, ana)
    assert [1] == list(hall.fanout.outlets)


def test_one_who_has_ended_and_does_not_take_its_history_is_closed_at_its_deadline(
    hall: Hall, step_by_step: None
) -> None:
    ana = hall.json(1, "ana")
    bia = hall.json(2, "bia", buffer=1)
    for _ in range(100):
        talk(hall, 1, 4, size=2_000)
    hall.do(commands.History(2, "nobody_spoke_here", 0, 5), commands.Bye(2))
    hall.turn()
    hall.fanout.sweep(time.monotonic() + 60)
    assert [1] == list(hall.fanout.outlets)
    hall.settle()
    assert bia.at_end
    check(hall, ana)


def test_a_visitor_that_was_removed_and_then_turns_to_json_disturbs_nobody(hall: Hall) -> None:
    ana = hall.json(1, "ana", "geral", "x")
    late = hall.text(2)
    hall.do(commands.Kick(0, "visitante-1"))
    hall.do(commands.Open(2, "json", "::1"), commands.Hello(2, "bia", ("geral", "x"), "a-secret-of-bia-0"))
    talk(hall, 1, 3)
    hall.settle()
    check(hall, ana)
    assert late.at_end


def test_a_connection_that_is_reset_takes_nobody_with_it(hall: Hall) -> None:
    ears = [hall.json(conn, f"n{conn}", "geral", *("x",) * (conn % 2)) for conn in range(1, 10)]
    for ear in ears[2:5]:
        reset(ear)
    talk(hall, 1, 5)
    hall.do(*(commands.Close(ear.conn, "closed") for ear in ears[2:5]))
    hall.settle()
    for ear in ears:
        check(hall, ear)
    assert [1, 2, 6, 7, 8, 9] == sorted(hall.fanout.outlets)


# How a connection ends.


def test_one_who_ends_gets_all_that_was_on_its_way_and_then_the_end(hall: Hall) -> None:
    hall.json(1, "ana")
    bia = hall.json(2, "bia", buffer=1)
    talk(hall, 1, 60)
    hall.do(commands.Bye(2))
    talk(hall, 1, 3)
    assert not bia.at_end
    hall.settle()
    check(hall, bia)
    assert bia.at_end


def test_one_who_ends_and_reads_a_little_now_and_then_is_waited_for(hall: Hall) -> None:
    hall.json(1, "ana")
    bia = hall.json(2, "bia", buffer=1)
    talk(hall, 1, 200)
    hall.do(commands.Bye(2))
    now = time.monotonic()
    for _ in range(5):
        bia.read()
        hall.turn()
        now += 4.5
        hall.fanout.sweep(now)
    assert 2 in hall.fanout.outlets
    hall.settle()
    check(hall, bia)


def test_one_who_ends_and_reads_nothing_is_closed_after_a_while(hall: Hall) -> None:
    hall.json(1, "ana")
    hall.json(2, "bia", buffer=1)
    talk(hall, 1, 60)
    hall.do(commands.Bye(2))
    now = time.monotonic()
    hall.fanout.sweep(now + 4.0)
    assert 2 in hall.fanout.outlets
    hall.fanout.sweep(now + 60.0)
    hall.fanout.sweep(now + 70.0)
    assert 2 not in hall.fanout.outlets
    assert not hall.fanout.pending


def test_one_who_has_been_told_the_end_is_closed_soon_and_at_once_if_it_closes(hall: Hall) -> None:
    for conn in (1, 2):
        hall.json(conn, f"n{conn}")
        hall.do(commands.Bye(conn))
    assert [1, 2] == sorted(hall.fanout.outlets)
    hall.do(commands.Close(1, "closed"))
    assert [2] == list(hall.fanout.outlets)
    hall.fanout.sweep(time.monotonic() + 2.0)
    assert {} == hall.fanout.outlets


def test_one_that_keeps_asking_and_never_reads_is_cut(hall: Hall) -> None:
    ana = hall.json(1, "ana")
    deaf = hall.json(2, "bia", buffer=1)
    for _ in range(300):
        hall.do(*(commands.Who(2) for _ in range(300)))
        if hall.fanout.outlets[2].broken:
            break
    assert hall.fanout.outlets[2].broken
    hall.do(commands.Close(2, "closed"))
    assert 2 not in hall.fanout.outlets
    while deaf.read():
        pass
    assert deaf.at_end
    hall.settle()
    check(hall, ana)


def test_a_batch_of_many_times_what_may_wait_cuts_nobody(hall: Hall) -> None:
    ana, slow = hall.json(1, "ana"), hall.json(2, "bia", buffer=1)
    hall.do(*(commands.Say(1, "x" * 4_000, "geral") for _ in range(1_500)))
    assert not hall.fanout.outlets[2].broken
    hall.settle()
    for ear in (ana, slow):
        check(hall, ear)


def test_one_that_asks_for_history_over_and_over_is_cut(hall: Hall) -> None:
    hall.json(1, "ana")
    hall.do(*(commands.History(1, "geral", 0, 5) for _ in range(300)))
    assert hall.fanout.outlets[1].broken


def test_at_the_close_everybody_gets_the_end_and_nothing_that_was_on_its_way_is_destroyed(hall: Hall) -> None:
    ana = hall.json(1, "ana")
    ana.sock.send(b"something that nobody will read")
    hall.do(commands.Say(1, "oi", room="geral"))
    hall.fanout.close()
    while ana.read():
        pass
    assert ana.at_end
    assert "oi" == said(ana)[-1]["text"]
    assert {} == hall.fanout.outlets


# The rest of what the broadcaster asks for.


def test_a_reader_that_the_transcript_cannot_serve_is_cut_and_others_are_not(small_hall: Hall) -> None:
    hall = small_hall
    ana = hall.json(1, "ana")
    lagging = hall.json(2, "bia", buffer=1)
    talk(hall, 1, 60)
    for segment in hall.folder.glob("transcript-*.jsonl"):
        segment.rename(segment.with_suffix(".away"))
    hall.settle()
    assert lagging.at_end
    talk(hall, 1, 3)
    hall.settle()
    check(hall, ana)


def test_all_who_are_in_step_in_a_room_are_told(small_hall: Hall) -> None:
    hall = small_hall
    quick, outside, slow = hall.json(1, "ana"), hall.json(2, "bia", "y"), hall.json(3, "rui", buffer=1)
    hall.do(commands.Leave(2, "y"))
    talk(hall, 1, 60)
    hall.fanout.tell_all(Error("storage_full", {}))
    hall.settle()
    told = [[each["type"] for each in said(ear)].count("error") for ear in (quick, outside, slow)]
    assert [1, 0, 0] == told


def test_one_that_lags_has_moved_if_it_took_anything_since_it_was_last_asked(hall: Hall) -> None:
    hall.json(1, "ana")
    bia = hall.json(2, "bia", buffer=1)
    assert not hall.fanout.has_moved(2)
    talk(hall, 1, 60)
    hall.turn()
    hall.fanout.has_moved(2)
    assert not hall.fanout.has_moved(2)
    bia.read(3_000)
    hall.turn()
    assert hall.fanout.has_moved(2)
    assert not hall.fanout.has_moved(99)
