"""A batch on its way out: rendered once per room and dialect, the same bytes for all who hear the same."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest
from dialects.wire import DEFAULT_LIMITS
from hypothesis import given
from hypothesis import strategies as st
from server.rig import DIALECTS
from support.websocket import received

from chatsimples.chat.records import Record, to_line
from chatsimples.dialects.base import Dialect
from chatsimples.dialects.text import TextDialect
from chatsimples.server.broadcaster.outgoing import Outgoing
from chatsimples.server.broadcaster.outlet import Outlet

AT = "2026-11-22T15:00:00.000000Z"
TEXT, JSON, WEBSOCKET = DIALECTS["text"], DIALECTS["json"], DIALECTS["websocket"]

OneOrSeveral = tuple[str, ...]
MakeOutlet = Callable[[int, Dialect], Outlet]


class Counted(TextDialect):
    """Plain text that counts what it is made to render."""

    def __init__(self) -> None:
        super().__init__(DEFAULT_LIMITS, str)
        self.rendered: list[int] = []

    def render(self, record: Record, line: bytes) -> bytes:
        self.rendered.append(record.seq)
        return super().render(record, line)


def message(seq: int, room: str) -> Record:
    return Record(seq, AT, "message", 1, "ana", room=room, text=f"frase {seq}")


@pytest.fixture
def outgoing() -> Outgoing:
    """Give a batch of six messages, 11 to 16, in the rooms x, y, x, y, x and z."""
    outgoing = Outgoing(16)
    for index, room in enumerate("xyxyxz"):
        record = message(11 + index, room)
        outgoing.add_to_room(record, to_line(record), room)
    return outgoing


@pytest.fixture
def make_outlet() -> Iterator[MakeOutlet]:
    near, far = socket.socketpair()

    def make(conn: int, dialect: Dialect) -> Outlet:
        return Outlet(conn, near, dialect, 1 << 20)

    yield make
    near.close()
    far.close()


def written(dialect: Dialect, outgoing: Outgoing, *indices: int) -> bytes:
    return b"".join(dialect.render(*outgoing.entries[index]) for index in indices)


@pytest.mark.parametrize("dialect", [TEXT, JSON], ids=["text", "json"])
def test_a_room_is_its_own_records_in_their_order(outgoing: Outgoing, dialect: Dialect) -> None:
    assert (written(dialect, outgoing, 0, 2, 4), 16) == outgoing.shared(dialect, ("x",))
    assert (written(dialect, outgoing, 5), 16) == outgoing.shared(dialect, ("z",))


@pytest.mark.parametrize("dialect", [TEXT, JSON], ids=["text", "json"])
@pytest.mark.parametrize("keys", [("x", "y"), ("y", "x")], ids=" ".join)
def test_several_rooms_are_in_the_order_in_which_it_was_said(
    outgoing: Outgoing, dialect: Dialect, keys: OneOrSeveral
) -> None:
    assert (written(dialect, outgoing, 0, 1, 2, 3, 4), 16) == outgoing.shared(dialect, keys)


def test_for_json_a_record_is_the_very_line_of_the_transcript(outgoing: Outgoing) -> None:
    lines = outgoing.lines(JSON)
    assert [True] * 6 == [lines[index] is line for index, (_, line) in enumerate(outgoing.entries)]


def test_all_who_hear_the_same_share_the_bytes(outgoing: Outgoing) -> None:
    for dialect in (TEXT, JSON):
        for keys in (("x",), ("x", "y")):
            assert outgoing.shared(dialect, keys) is outgoing.shared(dialect, keys)


def test_dialects_and_rooms_do_not_share(outgoing: Outgoing) -> None:
    chunks = [outgoing.shared(dialect, keys).data for dialect in (TEXT, JSON) for keys in (("x",), ("y",))]
    assert 4 == len({*chunks})


def test_each_record_is_rendered_once_however_often_it_is_asked_for(outgoing: Outgoing) -> None:
    counted = Counted()
    several: list[OneOrSeveral] = [("x",), ("x", "y"), ("x", "y", "z"), ("y",), ("x",)]
    for keys in several:
        outgoing.shared(counted, keys)
    outgoing.lines(counted)
    assert [11, 12, 13, 14, 15, 16] == sorted(counted.rendered)


def test_a_dialect_that_nobody_speaks_is_not_rendered(outgoing: Outgoing) -> None:
    counted = Counted()
    outgoing.shared(JSON, ("z",))
    assert [] == counted.rendered
    outgoing.shared(counted, ("z",))
    assert [11, 12, 13, 14, 15, 16] == sorted(counted.rendered)


def test_what_is_ones_own_stands_in_the_order_in_which_it_came(
    outgoing: Outgoing, make_outlet: MakeOutlet
) -> None:
    record = Record(17, AT, "message", 1, "ana", to="bia", to_conn=7, text="oi")
    line = to_line(record)
    outgoing.add_reply(7, b"reply")
    outgoing.add_to_some(record, line, [make_outlet(7, JSON), make_outlet(9, TEXT)])
    outgoing.add_reply(9, b"")
    outgoing.serve_alone(8)
    expected = {
        7: [(6, False, b"reply"), (6, True, line)],
        9: [(6, True, TEXT.render(record, line))],
        8: [],
    }
    assert expected == outgoing.own
    assert b"reply" == outgoing.replies(7)


def test_a_record_for_some_is_in_no_room(outgoing: Outgoing, make_outlet: MakeOutlet) -> None:
    record = Record(17, AT, "join", 7, "bia", room="x", quiet=True)
    outgoing.add_to_some(record, to_line(record), [make_outlet(7, JSON)])
    assert to_line(record) not in outgoing.shared(JSON, ("x",)).data


@given(
    st.lists(st.sampled_from("xyz"), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=6),
    st.sets(st.sampled_from("xyz"), max_size=3),
)
def test_interleaving_gives_what_looking_at_each_record_gives(
    said: list[str], own: list[tuple[int, bool]], heard: set[str]
) -> None:
    outgoing = Outgoing(len(said))
    outgoing.serve_alone(7)
    expected = []
    for index in range(len(said) + 1):
        for number, (place, withheld) in enumerate(own):
            if place == index and not (withheld and index < len(said)):
                outgoing.add_reply(7, f"<{number}>".encode())
                expected.append(f"<{number}>".encode())
        if index == len(said):
            break
        room = said[index]
        record = message(index + 1, room)
        withheld = room in heard and (index, True) in own
        outgoing.add_to_room(record, to_line(record), room, but_not=7 if withheld else 0)
        if room in heard and not withheld:
            expected.append(TEXT.render(record, b""))
    keys = tuple(key for key in outgoing.rooms if key in heard)
    assert b"".join(expected) == outgoing.interleaved(TEXT, keys, 7)


def test_interleaving_renders_nothing_again(outgoing: Outgoing) -> None:
    dialect = Counted()
    for conn in range(100):
        outgoing.add_reply(conn, b"* resposta\n")
        outgoing.interleaved(dialect, ("x", "y"), conn)
    assert [11, 12, 13, 14, 15, 16] == sorted(dialect.rendered)


def test_one_who_enters_a_room_gets_what_it_hears_of_it(outgoing: Outgoing, make_outlet: MakeOutlet) -> None:
    outlet = make_outlet(7, JSON)
    outlet.subscribe("x", 13)
    outgoing.note_mover(7)
    outgoing.add_reply(7, b"reply\n")
    assert {7} == outgoing.movers
    assert (written(JSON, outgoing, 2, 4) + b"reply\n", 2) == outgoing.filtered(outlet)


class Watched(list[tuple[Record, bytes]]):
    """Records of a batch that count how often one is looked at."""

    looks = 0

    def __getitem__(self, index):  # type: ignore[no-untyped-def] # as a list's
        self.looks += 1
        return super().__getitem__(index)


def test_for_one_who_moves_nothing_is_looked_at_that_it_does_not_hear(make_outlet: MakeOutlet) -> None:
    outgoing = Outgoing(10_000)
    for seq in range(1, 10_001):
        record = message(seq, f"room{seq % 100}")
        outgoing.add_to_room(record, to_line(record), record.room)
    outlet = make_outlet(7, TEXT)
    outlet.subscribe("room7", 5_000)
    outgoing.note_mover(7)
    outgoing.lines(TEXT)
    outgoing.entries = watched = Watched(outgoing.entries)
    heard = outgoing.filtered(outlet)[0].splitlines()
    assert [b"ana: frase %d" % seq for seq in range(5_007, 10_000, 100)] == heard
    assert watched.looks < 20


def test_one_who_leaves_a_room_and_enters_it_again_hears_both_parts(make_outlet: MakeOutlet) -> None:
    outgoing = Outgoing(30)
    for seq in range(1, 31):
        record = message(seq, "x")
        outgoing.add_to_room(record, to_line(record), "x", but_not=7 if seq == 22 else 0)
    outlet = make_outlet(7, TEXT)
    outlet.subscribe("x", 3)
    outlet.unsubscribe("x", 5)
    outlet.subscribe("x", 20)
    outgoing.note_mover(7)
    data, count = outgoing.filtered(outlet)
    heard = data.splitlines()
    assert len(heard) == count
    assert [b"ana: frase %d" % seq for seq in (3, 4, 5, 20, 21, *range(23, 31))] == heard


# A dialect that frames.


def told(data: bytes) -> list[tuple[str, bytes]]:
    return [(kind, payload) for kind, payload in received(data)]


def test_a_batch_is_one_message_that_all_who_hear_it_share(outgoing: Outgoing) -> None:
    chunk = outgoing.shared(WEBSOCKET, ("x", "y"))
    assert [("TEXT", written(JSON, outgoing, 0, 1, 2, 3, 4)[:-1])] == told(chunk.data)
    assert chunk is outgoing.shared(WEBSOCKET, ("x", "y"))


def test_what_is_ones_own_stands_between_the_messages_as_it_is(outgoing: Outgoing) -> None:
    expected = [("TEXT", written(JSON, outgoing, 0, 2, 4)[:-1]), ("PONG", b"1"), ("PONG", b"2")]
    outgoing.add_reply(7, b"\x8a\x011")
    outgoing.add_reply(7, b"\x8a\x012")
    assert expected == told(outgoing.interleaved(WEBSOCKET, ("x",), 7))


def test_what_is_withheld_or_comes_between_cuts_a_message_in_two(make_outlet: MakeOutlet) -> None:
    outgoing = Outgoing(5)
    for seq in range(1, 6):
        record = message(seq, "x")
        outgoing.add_to_room(record, to_line(record), "x", but_not=7 if seq == 2 else 0)
        if seq == 4:
            outgoing.add_reply(7, b"\x8a\x00")
    expected = [
        ("TEXT", written(JSON, outgoing, 0)[:-1]), ("TEXT", written(JSON, outgoing, 2, 3)[:-1]),
        ("PONG", b""), ("TEXT", written(JSON, outgoing, 4)[:-1]),
    ]  # fmt: skip
    assert expected == told(outgoing.interleaved(WEBSOCKET, ("x",), 7))


def test_what_a_mover_hears_between_two_answers_is_one_message(
    outgoing: Outgoing, make_outlet: MakeOutlet
) -> None:
    outlet = make_outlet(7, WEBSOCKET)
    outlet.subscribe("x", 13)
    outgoing.note_mover(7)
    outgoing.add_reply(7, b"\x8a\x00")
    outgoing.add_reply(7, bytes(WEBSOCKET.frame(b"reply\n")))
    expected = [("TEXT", written(JSON, outgoing, 2, 4)[:-1]), ("PONG", b""), ("TEXT", b"reply")]
    assert expected == told(outgoing.filtered(outlet)[0])


def test_a_record_of_ones_own_is_a_message(outgoing: Outgoing, make_outlet: MakeOutlet) -> None:
    record = Record(17, AT, "hello", 7, "bia")
    line = to_line(record)
    outgoing.add_to_some(record, line, [make_outlet(7, WEBSOCKET)])
    outgoing.add_reply(7, b"\x8a\x00")
    assert [("TEXT", line[:-1]), ("PONG", b"")] == told(outgoing.interleaved(WEBSOCKET, (), 7))
    assert [("PONG", b"")] == told(outgoing.replies(7))


def test_what_is_withdrawn_is_the_record_and_no_answer_that_stands_at_its_place() -> None:
    outgoing = Outgoing(12)
    first, second, third = message(11, "x"), message(12, "y"), message(13, "z")
    outgoing.add_to_room(first, to_line(first), "x")
    outgoing.withdraw(1)
    outgoing.add_reply(1, b"the answer with the first\n", 1)
    outgoing.add_to_room(second, to_line(second), "y")
    outgoing.withdraw(1)
    outgoing.add_reply(1, b"and with the second\n", 1)
    outgoing.add_to_room(third, to_line(third), "z")
    expected = b"the answer with the first\nand with the second\n" + to_line(third)
    assert expected == outgoing.interleaved(JSON, ("x", "y", "z"), 1)


def test_of_a_record_for_single_connections_the_one_alone_is_withdrawn(make_outlet: MakeOutlet) -> None:
    outgoing = Outgoing(11)
    record = message(11, "x")
    outgoing.add_to_some(record, to_line(record), [make_outlet(1, JSON), make_outlet(2, JSON)])
    outgoing.withdraw(1)
    assert (b"", to_line(record)) == (outgoing.interleaved(JSON, (), 1), outgoing.interleaved(JSON, (), 2))
