"""An outlet: what it hears, and how its bytes get into a socket that takes them as it pleases."""

from __future__ import annotations

import random
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from server.rig import DIALECTS

from chatsimples.chat.effects import Recall
from chatsimples.chat.records import Record
from chatsimples.server.broadcaster.conditions import (
    DELIVERIES,
    Delivery,
    DeliveryEvent,
    Lifecycle,
    LifecycleEvent,
    after,
)
from chatsimples.server.broadcaster.outlet import Chunk, Interval, Outlet
from chatsimples.transcript.index.keys import MODERATORS
from chatsimples.transcript.reader import Cursor, TranscriptReader

AT = "2026-11-22T15:00:00.000000Z"
BACKLOG = 10_000


class Reader:
    """An outlet and the client's end of its socket, whose kernel buffers are as small as they get."""

    def __init__(self, dialect: str = "json", max_backlog: int = BACKLOG) -> None:
        self.ours, self.theirs = socket.socketpair()
        for each in (self.ours, self.theirs):
            each.setblocking(False)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        self.outlet = Outlet(1, self.ours, DIALECTS[dialect], max_backlog)
        self.received = bytearray()
        self.ended = False

    def read(self, most: int = 1 << 20) -> int:
        """Receive at most so many bytes of what is there; tell how many they were."""
        try:
            data = self.theirs.recv(most)
        except BlockingIOError:
            return 0
        self.ended = not data
        self.received += data
        return len(data)

    def read_all(self) -> None:
        """Receive all that is there, with no help from the outlet."""
        while self.read():
            pass

    def take_the_rest(self) -> None:
        """Let the outlet write and the client read until nothing moves any more."""
        moved = 1
        while moved:
            self.outlet.flush()
            moved = self.read()

    def fill(self) -> bytes:
        """Push until the socket is full; return what was pushed."""
        pushed = bytearray()
        while not self.outlet.waiting:
            pushed += b"f" * 1_000
            self.outlet.push(Chunk(b"f" * 1_000, 0))
        return bytes(pushed)

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


MakeReader = Callable[..., Reader]


@pytest.fixture
def make_reader() -> Iterator[MakeReader]:
    made: list[Reader] = []

    def make(dialect: str = "json", max_backlog: int = BACKLOG) -> Reader:
        made.append(Reader(dialect, max_backlog))
        return made[-1]

    yield make
    for reader in made:
        reader.close()


@pytest.fixture
def reader(make_reader: MakeReader) -> Reader:
    return make_reader()


# In step, and behind.


def test_in_step_what_is_pushed_is_at_the_client_at_once_and_nothing_waits(reader: Reader) -> None:
    for number in range(5):
        reader.outlet.push(Chunk(b"line %d\n" % number, number))
        reader.read()
        assert b"line %d\n" % number == reader.received[-7:]
        assert (0, True, False) == (reader.outlet.waiting, reader.outlet.idle, reader.outlet.backlog_full)


def test_behind_what_the_socket_has_not_taken_is_counted_to_the_byte(reader: Reader) -> None:
    pushed = reader.fill()
    reader.read_all()
    assert len(pushed) - len(reader.received) == reader.outlet.waiting
    assert not reader.outlet.idle
    reader.outlet.push(Chunk(b"x" * 50, 7))
    assert len(pushed) + 50 - len(reader.received) == reader.outlet.waiting


def test_behind_nothing_overtakes_what_waits(reader: Reader) -> None:
    pushed = reader.fill()
    reader.read_all()
    # Now the socket would take this at once; but it is not its turn.
    reader.outlet.push(Chunk(b"late", 1))
    assert not reader.read()
    reader.take_the_rest()
    assert pushed + b"late" == reader.received
    assert reader.outlet.idle


def test_the_position_is_how_far_what_waits_reaches(reader: Reader) -> None:
    reader.outlet.push(Chunk(b"x", 3))
    assert 0 == reader.outlet.position
    reader.fill()
    reader.outlet.push(Chunk(b"x", 8))
    assert 8 == reader.outlet.position


def test_a_chunk_of_which_a_part_has_gone_goes_on_there(reader: Reader) -> None:
    data = b"0123456789"
    reader.ours.send(data[:4])
    reader.outlet.hold(Chunk(data, 1), sent=4)
    assert 6 == reader.outlet.waiting
    reader.take_the_rest()
    assert data == reader.received


def test_who_waits_waits_with_shared_bytes_and_not_with_copies(make_reader: MakeReader) -> None:
    chunk = Chunk(b"s" * 1_000_000, 1)
    readers = [make_reader() for _ in range(5)]
    tracemalloc.start()
    try:
        for each in readers:
            each.outlet.push(chunk)
            each.outlet.flush()
        assert tracemalloc.get_traced_memory()[1] < len(chunk.data)
    finally:
        tracemalloc.stop()
    assert all(each.outlet.waiting for each in readers)


def test_a_chunk_of_no_bytes_changes_nothing(reader: Reader) -> None:
    reader.outlet.push(Chunk(b"", 1))
    assert reader.outlet.idle
    pushed = reader.fill()
    reader.outlet.push(Chunk(b"", 2))
    reader.outlet.push(Chunk(b"z", 3))
    reader.take_the_rest()
    assert pushed + b"z" == reader.received
    assert reader.outlet.idle


# Flushing.


def test_what_waits_in_more_chunks_than_one_write_gathers_arrives_whole(reader: Reader) -> None:
    pushed = bytearray(reader.fill())
    for number in range(1_000):
        chunk = b"%d," % number
        reader.outlet.push(Chunk(chunk, number))
        pushed += chunk
    reader.take_the_rest()
    assert pushed == reader.received
    assert (0, True) == (reader.outlet.waiting, reader.outlet.idle)


def test_any_sizes_at_any_pace_arrive_byte_for_byte_and_are_counted_right(
    make_reader: MakeReader, chance: random.Random
) -> None:
    for _ in range(20):
        reader = make_reader()
        pushed = bytearray()
        for seq in range(150):
            size = chance.choice((0, 1, 2, 3, 50, 700, 5_000))
            data = random.Random(seq).randbytes(size)
            pushed += data
            reader.outlet.push(Chunk(data, seq))
            for _ in range(chance.choice((0, 0, 1, 2))):
                reader.read(chance.choice((1, 10, 999, 100_000)))
            if chance.random() < 0.4:
                reader.outlet.flush()
            if chance.random() < 0.2:
                reader.read_all()
                assert len(pushed) - len(reader.received) == reader.outlet.waiting
        reader.take_the_rest()
        assert pushed == reader.received
        assert reader.outlet.idle


def test_a_client_reads_if_it_took_anything_that_waited_since_the_last_ping(reader: Reader) -> None:
    reader.fill()
    reader.outlet.flush()
    reads = [reader.outlet.reads]
    reader.read_all()
    reader.outlet.flush()
    reads += [reader.outlet.reads, reader.outlet.reads]
    reader.outlet.note_ping()
    reads.append(reader.outlet.reads)
    assert [False, True, True, False] == reads


def test_flushing_with_nothing_to_write_or_a_full_socket_does_nothing(reader: Reader) -> None:
    reader.outlet.flush()
    reader.fill()
    waiting = reader.outlet.waiting
    reader.outlet.flush()
    assert waiting == reader.outlet.waiting


# Too much.


def test_its_backlog_is_full_above_the_bound_and_not_at_it(reader: Reader) -> None:
    reader.fill()
    reader.outlet.push(Chunk(b"x" * (BACKLOG - reader.outlet.waiting), 1))
    assert (BACKLOG, False) == (reader.outlet.waiting, reader.outlet.backlog_full)
    reader.outlet.push(Chunk(b"x", 2))
    assert reader.outlet.backlog_full
    reader.take_the_rest()
    assert not reader.outlet.backlog_full


def test_its_backlog_is_full_with_too_many_small_pieces_too(make_reader: MakeReader) -> None:
    reader = make_reader(max_backlog=1 << 30)
    reader.fill()
    for seq in range(5_000):
        reader.outlet.push(Chunk(b"x", seq))
    assert reader.outlet.backlog_full


def test_it_oversteps_once_a_mebibyte_of_replies_waits_above_the_bound(reader: Reader) -> None:
    reader.fill()
    reader.outlet.push(Chunk(b"x" * (BACKLOG + (1 << 20) - reader.outlet.waiting), 1))
    assert not reader.outlet.oversteps
    reader.outlet.push(Chunk(b"x", 1))
    assert reader.outlet.oversteps


def test_one_large_batch_raises_the_bound_until_it_is_taken(make_reader: MakeReader, tmp_path: Path) -> None:
    reader = make_reader(max_backlog=BACKLOG)
    batch = b"x" * (BACKLOG + (4 << 20))
    reader.outlet.push(Chunk(batch, 1))
    assert reader.outlet.backlog_full
    reader.outlet.fall_back(TranscriptReader(tmp_path).cursor(1))
    oversteps = []
    for size in (1 << 19, 1 << 20):
        reader.outlet.push(Chunk(b"x" * size, 1))
        oversteps.append(reader.outlet.oversteps)
    assert [False, True] == oversteps
    while reader.outlet.waiting:
        reader.read()
        reader.outlet.flush()
    reader.outlet.push(Chunk(b"x" * (BACKLOG + (8 << 20)), 1))
    assert reader.outlet.oversteps


def test_it_oversteps_with_too_many_requests_for_history(reader: Reader) -> None:
    asked = Recall(1, "geral", 0, 50, "")
    for _ in range(256):
        reader.outlet.ask(asked)
    assert not reader.outlet.oversteps
    reader.outlet.ask(asked)
    assert reader.outlet.oversteps


# The end.


def test_a_peer_that_is_gone_is_given_up_on_the_next_push(reader: Reader) -> None:
    reader.theirs.close()
    reader.outlet.push(Chunk(b"x", 1))
    assert (Delivery.BROKEN, 0, True) == (reader.outlet.delivery, reader.outlet.waiting, reader.outlet.idle)
    reader.outlet.push(Chunk(b"x", 2))
    reader.outlet.flush()
    assert 0 == reader.outlet.waiting


def test_a_peer_that_goes_while_something_waits_is_given_up_on_the_next_flush(
    reader: Reader, tmp_path: Path
) -> None:
    reader.fill()
    reader.outlet.resume(TranscriptReader(tmp_path).cursor(3), ("geral",), ())
    reader.outlet.ask(Recall(1, "geral", 0, 50, ""))
    reader.theirs.close()
    reader.outlet.flush()
    assert (Delivery.BROKEN, 0, True) == (reader.outlet.delivery, reader.outlet.waiting, reader.outlet.idle)


def test_one_whose_socket_failed_leaves_it_to_its_worker(reader: Reader) -> None:
    reader.outlet.fail()
    assert reader.outlet.delivery is Delivery.BROKEN
    reader.theirs.send(b"still read")
    assert b"still read" == reader.ours.recv(100)


def test_a_cut_ends_the_connection_for_whoever_holds_a_duplicate_of_the_socket(reader: Reader) -> None:
    with reader.ours.dup() as worker:
        reader.fill()
        reader.outlet.cut()
        assert reader.outlet.delivery is Delivery.BROKEN
        assert b"" == worker.recv(100)
        reader.take_the_rest()
        assert reader.ended


def test_a_cut_of_what_is_cut_or_gone_already_is_fine(reader: Reader) -> None:
    reader.outlet.cut()
    reader.theirs.close()
    reader.outlet.cut()
    assert reader.outlet.delivery is Delivery.BROKEN


def test_one_served_from_the_transcript_is_not_idle(reader: Reader, tmp_path: Path) -> None:
    reader.outlet.resume(TranscriptReader(tmp_path).cursor(41), ("geral",), (5,))
    assert (41, False) == (reader.outlet.position, reader.outlet.idle)
    assert reader.outlet.delivery is Delivery.CATCHING_UP


# What it hears. It is connection 1 of the session "s1", has resumed after seq 9 in "geral", said hello with
# seq 11, was in "x" from 12 to 20, and was connection 5 in version 1 of the transcript. It left with seq 90.


def record(seq: int, type: str = "message", conn: int = 2, **fields: Any) -> Record:  # noqa: A002 - the field's name
    return Record(seq, AT, type, conn, "bia", **fields)


HEARD = {
    "another's message in its room": (record(10, room="geral"), True),
    "the same room, written otherwise": (record(10, room="GERAL"), True),
    "before it came": (record(9, room="geral"), False),
    "much later": (record(10**9, room="geral"), True),
    "a room that it never was in": (record(15, room="y"), False),
    "a room that it has left, while it was there": (record(12, room="x"), True),
    "its last in a room that it has left": (record(20, room="x"), True),
    "a room that it has left, afterwards": (record(21, room="x"), False),
    "a room that it has left, before": (record(11, room="x"), False),
    "its own message": (record(15, conn=1, room="geral"), True),
    "its own message under an earlier connection": (record(10, conn=5, room="geral"), True),
    "its own hello": (record(11, "hello", 1, dialect="json", identity="s1"), True),
    "another's hello": (record(11, "hello", dialect="json", identity="s2"), False),
    "the hello of an earlier connection of its session": (record(10, "hello", 4, identity="s1"), False),
    "its own bye": (record(90, "bye", 1, reason="quit"), True),
    "another's bye": (record(15, "bye", reason="quit"), False),
    "the bye of an earlier connection": (record(10, "bye", 5, reason="closed"), False),
    "its own join": (record(12, "join", 1, room="x"), True),
    "its own leave": (record(20, "leave", 1, room="x", reason="left"), True),
    "another's join": (record(15, "join", room="geral"), True),
    "another's quiet join": (record(15, "join", room="geral", quiet=True), False),
    "its own quiet join": (record(15, "join", 1, room="geral", quiet=True), True),
    "the quiet leave of an earlier connection": (record(10, "leave", 5, room="geral", quiet=True), False),
    "another's nick in its room": (record(15, "nick", room="geral", new="b"), True),
    "its own nick, in no room": (record(15, "nick", 1, new="b"), True),
    "another's nick, in no room": (record(15, "nick", new="b"), False),
    "a private message to it": (record(15, to="ana", to_conn=1), True),
    "a private message from it": (record(15, conn=1, to="bia", to_conn=2), True),
    "a private message to its session": (record(10, to="ana", to_conn=4, to_identity="s1"), True),
    "a private message from its session": (
        record(10, conn=4, to="bia", to_conn=2, identity="s1", to_identity="s2"),
        True,
    ),
    "a private message to its session before its position": (
        record(9, to="ana", to_conn=4, to_identity="s1"),
        False,
    ),
    "a private message to its session after its bye": (
        record(91, to="ana", to_conn=9, to_identity="s1"),
        False,
    ),
    "a private message to its session, which is another's since": (
        record(15, to="ana", to_conn=9, to_identity="s1"),
        False,
    ),
    "a private message of others": (record(15, to="eva", to_conn=3, identity="s2", to_identity="s3"), False),
    "a private message of visitors": (record(15, to="rui", to_conn=3), False),
    "version 1: a private message to what it was": (record(10, to="ana", to_conn=5), True),
    "version 1: a private message from what it was": (record(10, conn=5, to="bia", to_conn=2), True),
    "the server's start": (Record(15, AT, "start", server="chatsimples"), False),
}

PLAIN = {
    "another's message in its room": True,
    "its own message": False,
    "its own join": True,
    "its own leave": True,
    "a private message to it": True,
    "a private message from it": False,
}


def listener(make_reader: MakeReader, tmp_path: Path, dialect: str) -> Outlet:
    outlet = make_reader(dialect).outlet
    outlet.resume(TranscriptReader(tmp_path).cursor(9), ("geral",), (5,), "s1")
    outlet.arrive("s1", 11)
    outlet.subscribe("x", 12)
    outlet.unsubscribe("x", 20)
    outlet.depart(90)
    return outlet


@pytest.mark.parametrize(("said", "heard"), HEARD.values(), ids=HEARD.keys())
def test_who_hears_what(make_reader: MakeReader, tmp_path: Path, said: Record, heard: bool) -> None:
    assert heard == listener(make_reader, tmp_path, "json").hears(said)


@pytest.mark.parametrize(("case", "heard"), PLAIN.items(), ids=PLAIN.keys())
def test_in_plain_text_ones_own_messages_do_not_come_back(
    make_reader: MakeReader, tmp_path: Path, case: str, heard: bool
) -> None:
    assert heard == listener(make_reader, tmp_path, "text").hears(HEARD[case][0])


def test_one_that_has_not_resumed_hears_what_is_for_it_alone_from_its_hello_on(reader: Reader) -> None:
    private = [record(seq, to="ana", to_conn=1, to_identity="s1") for seq in range(1, 9)]
    assert [] == [each.seq for each in private if reader.outlet.hears(each)]
    reader.outlet.arrive("s1", 5)
    assert [5, 6, 7, 8] == [each.seq for each in private if reader.outlet.hears(each)]


def test_a_moderator_hears_what_is_done_on_the_server_while_it_is_one(reader: Reader) -> None:
    outlet = reader.outlet
    acts = [record(seq, "ban", conn=9, by="ana", by_conn=5) for seq in range(10, 20)]
    outlet.arrive("s1", 10)
    assert [] == [each.seq for each in acts if outlet.hears(each)]
    assert MODERATORS not in outlet.owners
    outlet.govern(12, moderates=True)
    outlet.govern(13, moderates=True)
    outlet.govern(14, moderates=False)
    outlet.govern(15, moderates=False)
    outlet.govern(17, moderates=True)
    outlet.depart(18)
    assert [12, 13, 14, 17, 18] == [each.seq for each in acts if outlet.hears(each)]
    assert MODERATORS in outlet.owners
    assert not outlet.hears(record(13, "bye", conn=9))
    outlet.begin_anew(DIALECTS["json"])
    assert [] == [each.seq for each in acts if outlet.hears(each)]


def test_one_without_a_session_hears_nothing_for_other_visitors(reader: Reader) -> None:
    reader.outlet.arrive("", 5)
    assert not reader.outlet.hears(record(6, to="rui", to_conn=3))


def test_one_that_begins_anew_is_nobody_until_it_says_hello(reader: Reader) -> None:
    reader.outlet.arrive("", 5)
    reader.outlet.depart(8)
    reader.outlet.begin_anew(DIALECTS["json"])
    byes = [record(seq, "bye", 1, reason="switched") for seq in (8, 20)]
    assert [] == [each.seq for each in byes if reader.outlet.hears(each)]
    reader.outlet.arrive("s1", 15)
    assert [20] == [each.seq for each in byes if reader.outlet.hears(each)]


def test_coming_back_to_a_room_one_hears_both_times_and_not_what_was_between(make_reader: MakeReader) -> None:
    outlet = make_reader().outlet
    outlet.subscribe("x", 5)
    outlet.unsubscribe("x", 10)
    outlet.subscribe("x", 15)
    heard = [seq for seq in range(1, 20) if outlet.hears(record(seq, room="x"))]
    assert [*range(5, 11), *range(15, 20)] == heard


def test_subscribing_twice_and_unsubscribing_from_another_room_change_nothing(
    make_reader: MakeReader,
) -> None:
    outlet = make_reader().outlet
    outlet.subscribe("x", 5)
    outlet.subscribe("x", 9)
    outlet.unsubscribe("y", 7)
    assert outlet.hears(record(5, room="x"))
    assert not outlet.former


def test_an_interval_covers_its_ends() -> None:
    interval = Interval(5)
    interval.last = 7
    assert [5, 6, 7] == [seq for seq in range(10) if interval.covers(seq)]


# Its delivery takes each event of the table by what is done with it.


def block(reader: Reader, cursor: Cursor) -> None:
    reader.outlet.hold(Chunk(b"x", 5), sent=0)


def drain(reader: Reader, cursor: Cursor) -> None:
    reader.take_the_rest()


def rewind(reader: Reader, cursor: Cursor) -> None:
    reader.outlet.fall_back(cursor)


def go_live(reader: Reader, cursor: Cursor) -> None:
    reader.outlet.go_live()


def fail(reader: Reader, cursor: Cursor) -> None:
    reader.outlet.fail()


DOING = {
    DeliveryEvent.BLOCKED: block,
    DeliveryEvent.DRAINED: drain,
    DeliveryEvent.REWOUND: rewind,
    DeliveryEvent.LIVE: go_live,
    DeliveryEvent.FAILED: fail,
}
# What brings an outlet into a condition, with something waiting if it can.
REACHING = {
    Delivery.IN_STEP: (),
    Delivery.BEHIND: (block,),
    Delivery.CATCHING_UP: (block, rewind),
    Delivery.BROKEN: (fail,),
}


@pytest.mark.parametrize(
    ("before", "event"), [(before, event) for before, row in DELIVERIES.items() for event in row]
)
def test_its_delivery_follows_the_table(
    reader: Reader, tmp_path: Path, before: Delivery, event: DeliveryEvent
) -> None:
    cursor = TranscriptReader(tmp_path).cursor(3)
    for step in REACHING[before]:
        step(reader, cursor)
    assert before is reader.outlet.delivery
    DOING[event](reader, cursor)
    assert after(DELIVERIES, before, event) is reader.outlet.delivery
    assert (reader.outlet.delivery is Delivery.CATCHING_UP) == (reader.outlet.cursor is not None)


def test_one_that_goes_live_with_nothing_waiting_is_in_step(reader: Reader, tmp_path: Path) -> None:
    reader.outlet.fall_back(TranscriptReader(tmp_path).cursor(3))
    reader.outlet.go_live()
    assert reader.outlet.delivery is Delivery.IN_STEP


def test_one_whose_socket_failed_waits_for_its_end_alone(reader: Reader) -> None:
    reader.outlet.fail()
    assert reader.outlet.lifecycle is Lifecycle.HUNG_UP
    reader.outlet.ask(Recall(1, "geral", 0, 50, ""))
    assert reader.outlet.idle


# The last that is written.


def test_a_goodbye_is_said_once_and_when_all_else_has_been(reader: Reader) -> None:
    filled = reader.fill()
    reader.outlet.goodbye = b"tchau"
    reader.outlet.say_goodbye()
    reader.outlet.happens(LifecycleEvent.ENDED)
    reader.outlet.say_goodbye()
    assert b"tchau" == reader.outlet.goodbye
    reader.take_the_rest()
    for _ in range(2):
        reader.outlet.say_goodbye()
        reader.take_the_rest()
    assert filled + b"tchau" == reader.received


def test_one_whose_socket_failed_is_said_no_goodbye_to(reader: Reader) -> None:
    reader.outlet.goodbye = b"tchau"
    reader.outlet.fail()
    reader.outlet.happens(LifecycleEvent.ENDED)
    reader.outlet.say_goodbye()
    assert 0 == reader.outlet.waiting
