"""A capture tells what was when it began, whatever happens while it is told."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from chat.chats import ChatUnderTest

from chatsimples.chat import commands
from chatsimples.chat.capture import Capture
from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record
from chatsimples.chat.rooms import Connection, Room
from chatsimples.chat.sessions import Bounds
from chatsimples.chat.state import State

AT = "2026-11-22T15:00:00.000000Z"
SMALL = Bounds(
    ids_per_session=6,
    ids_connected=20,
    ids_sure=2,
    silent=2,
    spoken=3,
    spoken_size=400,
    older=2,
    older_size=60,
)


def pieces_of(capture: Capture[Connection, Room], rows: int) -> list[bytes]:
    return [*iter(lambda: capture.piece(rows), b"")]


def told(capture: Capture[Connection, Room]) -> bytes:
    return b"".join(pieces_of(capture, 1))


class Told:
    """A capture that is told piece by piece, and what it has to tell; with a base, by what is new alone."""

    def __init__(self, state: State, records: int, base: Told | None = None) -> None:
        self.expected = state.snapshot()
        self.records = records
        self.data = b""
        self.base = base
        self._capture = state.capture(whole=base is None)
        assert state.seq == self._capture.seq

    def go_on(self, rows: int) -> bool:
        piece = self._capture.piece(rows)
        self.data += piece
        return piece != b""

    @property
    def state(self) -> State:
        """The state that it tells, with what it is based on."""
        state = State(SMALL)
        state.restore(self.data + (self.base.data if self.base is not None else b""))
        return state


def anything(chance: random.Random) -> commands.Command:
    """Return one of the commands that change something, of one of a few people."""
    conn = chance.randrange(1, 13)
    match chance.randrange(12):
        case 0 | 1 | 2 | 3 | 4 | 5:
            return commands.Say(conn, "oi", "", "", chance.choice(["", *map(str, range(40))]))
        case 6 | 7:
            secret = f"a-secret-of-session-{chance.randrange(14)}"
            rooms = chance.choice([(), ("geral",), ("Geral", "x")])
            return commands.Hello(conn, f"n{chance.randrange(20)}", rooms, secret)
        case 8:
            return commands.Join(conn, chance.choice(["x", "Y", "y"]))
        case 9:
            return commands.Leave(conn, "")
        case 10:
            return commands.Rename(conn, f"n{chance.randrange(20)}")
        case _:
            return commands.Bye(conn) if chance.random() < 0.5 else commands.Close(conn, "closed")


def test_captures_tell_what_was_and_the_records_after_them_give_the_rest(chance: random.Random) -> None:
    for _ in range(20):
        seed = chance.randrange(1 << 32)
        try:
            capture_again_and_again(random.Random(seed))
        except Exception as error:
            raise AssertionError(f"in the chat with the seed {seed}: {error!r}") from error


def capture_again_and_again(chance: random.Random) -> None:
    chat = ChatUnderTest(State(SMALL))
    capture = base = Told(chat.state, len(chat.records))
    complete: list[Told] = []
    for _ in range(400):
        chat.do(anything(chance))
        if chance.random() < 0.4 and not capture.go_on(chance.randrange(1, 4)):
            assert capture.expected == capture.state.snapshot()
            complete.append(capture)
            if capture.base is None:
                base = capture
            capture = Told(chat.state, len(chat.records), base if chance.random() < 0.7 else None)
    live = chat.state.snapshot()
    for each in complete:
        if each.base is None:
            assert each.expected == each.data
        state = each.state
        for record in chat.records[each.records :]:
            state.evolve(record)
        assert live == state.snapshot()
    assert len(complete) > 3


def a_state() -> State:
    """Return a state with ten sessions that are connected, with ids, in two rooms."""
    state = State()
    for number in range(1, 11):
        seq = 4 * number
        nick = f"n{number}"
        for record in (
            Record(seq, AT, "hello", number, nick, dialect="json", identity=nick),
            Record(seq + 1, AT, "join", number, nick, room="Sala"),
            Record(seq + 2, AT, "join", number, nick, room="x"),
            Record(seq + 3, AT, "message", number, nick, room="x", text="oi", id="1"),
        ):
            state.evolve(record)
    return state


@pytest.mark.parametrize(
    "records",
    [
        [Record(50, AT, "message", 9, "n9", room="x", text="oi", id="2")],
        [Record(50, AT, "join", 9, "n9", room="y")],
        [Record(50, AT, "leave", 9, "n9", room="x", reason="left")],
        [Record(50, AT, "nick", 9, "n9", new="other", room="x")],
        [Record(50, AT, "bye", 9, "n9", reason="closed")],
        # None of these does a server record, or none of this version.
        [Record(50, AT, "nick", 8, "n8", new="n9", room="x")],
        [Record(50, AT, "hello", 9, "again", dialect="json", identity="new")],
        [Record(50, AT, "hello", 11, "again", dialect="json", identity="n9")],
        [Record(50, AT, "message", 9, "n9", room="x", text="oi", dialect="json", identity="n9")],
        [
            Record(50, AT, "hello", 11, "again", dialect="json", identity="n9"),
            Record(51, AT, "message", 9, "n9", room="x", text="oi", id="2"),
        ],
    ],
    ids=lambda records: "-".join(each.type for each in records),
)
def test_whatever_changes_it_tells_what_was(records: list[Record]) -> None:
    state = a_state()
    before = state.snapshot()
    capture = state.capture()
    data = capture.piece(3)
    for record in records:
        state.evolve(record)
    assert before == data + told(capture)
    assert before != state.snapshot()
    restored = State()
    restored.restore(before)
    for record in records:
        restored.evolve(record)
    assert state.snapshot() == restored.snapshot()


def test_the_start_of_version_2_is_none_of_what_was_before() -> None:
    state = State()
    for conn in (1, 2):
        state.evolve(
            Record(conn, AT, "join", conn, f"n{conn}", room="x", dialect="json", identity=f"n{conn}")
        )
    before = state.snapshot()
    capture = state.capture()
    data = capture.piece(1)
    state.evolve(Record(3, AT, "start", server="chatsimples 0.2.0", limits=Limits(0, 0, 0.0)))
    assert before == data + told(capture)
    assert before != state.snapshot()


def test_a_piece_holds_about_as_many_rows_as_it_is_asked_for() -> None:
    state = a_state()
    pieces = pieces_of(state.capture(), 4)
    assert 10 // 4 <= len(pieces) <= 10
    assert state.snapshot() == b"".join(pieces)
    assert all(piece.count(b"Sala") <= 4 for piece in pieces)


def test_many_ids_count_as_rows() -> None:
    state = a_state()
    for seq in range(100, 1_100):
        state.evolve(Record(seq, AT, "message", 1, "n1", room="x", text="oi", id=f"{seq}"))
    pieces = pieces_of(state.capture(), 10)
    assert b"n2" not in pieces[0]


def test_when_all_is_told_there_is_nothing_more_and_changes_cost_nothing() -> None:
    state = a_state()
    capture = state.capture()
    assert state.snapshot() == told(capture)
    assert not capture.needs_rows
    state.evolve(Record(50, AT, "bye", 9, "n9", reason="closed"))
    assert b"" == capture.piece()


@pytest.mark.parametrize(
    "begin_anew", [State.capture, lambda state: state.restore(State().snapshot())], ids=["capture", "restore"]
)
def test_one_that_is_abandoned_tells_nothing_more(begin_anew: Callable[[State], object]) -> None:
    state = a_state()
    capture = state.capture()
    capture.piece(1)
    begin_anew(state)
    with pytest.raises(RuntimeError):
        capture.piece()


def test_a_snapshot_in_between_abandons_nothing() -> None:
    state = a_state()
    before = state.snapshot()
    capture = state.capture()
    data = capture.piece(3)
    state.evolve(Record(50, AT, "nick", 9, "n9", new="other", room="x"))
    assert before != state.snapshot()
    assert before == data + told(capture)


def test_without_a_whole_one_before_it_there_is_none_of_what_has_changed() -> None:
    state = a_state()
    capture = state.capture()
    again = State()
    again.restore(state.snapshot())
    with pytest.raises(ValueError, match="not known"):
        again.capture(whole=False)
    state.capture(whole=False)
    with pytest.raises(RuntimeError):
        capture.piece()


def test_one_of_what_has_changed_costs_what_has_changed() -> None:
    state = State()
    for conn in range(1, 2_001):
        seq = 3 * conn
        state.evolve(Record(seq, AT, "hello", conn, f"n{conn}", dialect="json", identity=f"n{conn}"))
        state.evolve(Record(seq + 1, AT, "message", conn, f"n{conn}", room="x", text="oi", id="1"))
        state.evolve(Record(seq + 2, AT, "bye", conn, f"n{conn}", reason="closed"))
    whole = state.capture()
    base = told(whole)
    state.evolve(Record(6_003, AT, "hello", 3_000, "n7", dialect="json", identity="n7"))
    state.evolve(Record(6_004, AT, "bye", 3_000, "n7", reason="closed"))
    capture = state.capture(whole=False)
    data = told(capture)
    assert 0.9 * len(base) < whole.kept_size
    assert capture.kept_size < len(data) < 500
    restored = State()
    restored.restore(data + base)
    assert state.snapshot() == restored.snapshot()
