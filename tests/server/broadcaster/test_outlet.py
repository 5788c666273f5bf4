"""An outlet: what it hears, and how its bytes get into a socket that takes them as it pleases."""

import random
import socket

import pytest
from server.hall import DIALECTS

from chatsimples.chat.effects import Recall
from chatsimples.chat.records import Record
from chatsimples.server.broadcaster.outlet import Chunk, Outlet, Span
from chatsimples.transcript.reader import TranscriptReader

AT = "2026-11-22T15:00:00.000000Z"
BACKLOG = 10_000


class Reader:
    """An outlet and the client's end of its socket, whose kernel buffers are as small as they get."""

    def __init__(self, dialect="json", max_backlog=BACKLOG):
        self.ours, self.theirs = socket.socketpair()
        for each in (self.ours, self.theirs):
            each.setblocking(False)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        self.outlet = Outlet(1, self.ours, DIALECTS[dialect], max_backlog)
        self.received = bytearray()
        self.ended = False

    def read(self, most=1 << 20):
        """Receive at most so many bytes of what is there; tell how many they were."""
        try:
            data = self.theirs.recv(most)
        except BlockingIOError:
            return 0
        self.ended = not data
        self.received += data
        return len(data)

    def read_all(self):
        """Receive all that is there, with no help from the outlet."""
        while self.read():
            pass

    def take_the_rest(self):
        """Let the outlet write and the client read until nothing moves any more."""
        moved = True
        while moved:
            self.outlet.flush()
            moved = self.read()

    def fill(self):
        """Push until the socket is full; return what was pushed."""
        pushed = bytearray()
        while not self.outlet.waiting:
            pushed += b"f" * 1_000
            self.outlet.push(Chunk(b"f" * 1_000, 0))
        return bytes(pushed)

    def close(self):
        self.ours.close()
        self.theirs.close()


@pytest.fixture
def make_reader():
    made = []

    def make(*options, **named):
        made.append(Reader(*options, **named))
        return made[-1]

    yield make
    for reader in made:
        reader.close()


@pytest.fixture
def reader(make_reader):
    return make_reader()


# In step, and behind.


def test_in_step_what_is_pushed_is_at_the_client_at_once_and_nothing_waits(reader):
    for number in range(5):
        reader.outlet.push(Chunk(b"line %d\n" % number, number))
        reader.read()
        assert b"line %d\n" % number == reader.received[-7:]
        assert (0, True, False) == (reader.outlet.waiting, reader.outlet.idle, reader.outlet.overfull)


def test_behind_what_the_socket_has_not_taken_is_counted_to_the_byte(reader):
    pushed = reader.fill()
    reader.read_all()
    assert len(pushed) - len(reader.received) == reader.outlet.waiting
    assert not reader.outlet.idle
    reader.outlet.push(Chunk(b"x" * 50, 7))
    assert len(pushed) + 50 - len(reader.received) == reader.outlet.waiting


def test_behind_nothing_overtakes_what_waits(reader):
    pushed = reader.fill()
    reader.read_all()
    # Now the socket would take this at once; but it is not its turn.
    reader.outlet.push(Chunk(b"late", 1))
    assert not reader.read()
    reader.take_the_rest()
    assert pushed + b"late" == reader.received
    assert reader.outlet.idle


def test_the_position_is_how_far_what_waits_reaches(reader):
    reader.outlet.push(Chunk(b"x", 3))
    assert 0 == reader.outlet.position
    reader.fill()
    reader.outlet.push(Chunk(b"x", 8))
    assert 8 == reader.outlet.position


def test_a_chunk_of_which_a_part_has_gone_goes_on_there(reader):
    data = b"0123456789"
    reader.ours.send(data[:4])
    reader.outlet.push(Chunk(data, 1), sent=4)
    assert 6 == reader.outlet.waiting
    reader.take_the_rest()
    assert data == reader.received


def test_who_waits_waits_with_shared_bytes_and_not_with_copies(make_reader):
    chunk = Chunk(b"s" * 1_000_000, 1)
    readers = [make_reader() for _ in range(5)]
    for each in readers:
        each.outlet.push(chunk)
        assert [True] == [held is chunk for held in each.outlet._queue]


def test_a_chunk_of_no_bytes_changes_nothing(reader):
    reader.outlet.push(Chunk(b"", 1))
    assert reader.outlet.idle
    pushed = reader.fill()
    reader.outlet.push(Chunk(b"", 2))
    reader.outlet.push(Chunk(b"z", 3))
    reader.take_the_rest()
    assert pushed + b"z" == reader.received
    assert reader.outlet.idle


# Flushing.


def test_what_waits_in_more_chunks_than_one_write_gathers_arrives_whole(reader):
    pushed = bytearray(reader.fill())
    for number in range(1_000):
        chunk = b"%d," % number
        reader.outlet.push(Chunk(chunk, number))
        pushed += chunk
    reader.take_the_rest()
    assert pushed == reader.received
    assert (0, True) == (reader.outlet.waiting, reader.outlet.idle)


def test_any_sizes_at_any_pace_arrive_byte_for_byte_and_are_always_counted_right(make_reader, chance):
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


def test_flushing_notes_that_the_client_takes_something(reader):
    reader.fill()
    reader.outlet.flush()
    assert not reader.outlet.moved
    reader.read_all()
    reader.outlet.flush()
    assert reader.outlet.moved


def test_flushing_with_nothing_to_write_or_a_full_socket_does_nothing(reader):
    reader.outlet.flush()
    reader.fill()
    waiting = reader.outlet.waiting
    reader.outlet.flush()
    assert waiting == reader.outlet.waiting


# Too much.


def test_it_is_overfull_above_its_bound_and_not_at_it(reader):
    reader.fill()
    reader.outlet.push(Chunk(b"x" * (BACKLOG - reader.outlet.waiting), 1))
    assert (BACKLOG, False) == (reader.outlet.waiting, reader.outlet.overfull)
    reader.outlet.push(Chunk(b"x", 2))
    assert reader.outlet.overfull
    reader.take_the_rest()
    assert not reader.outlet.overfull


def test_it_is_overfull_with_too_many_small_pieces_too(make_reader):
    reader = make_reader(max_backlog=1 << 30)
    reader.fill()
    for seq in range(5_000):
        reader.outlet.push(Chunk(b"x", seq))
    assert reader.outlet.overfull


def test_it_is_deaf_once_a_mebibyte_of_replies_waits_above_the_bound(reader):
    reader.fill()
    reader.outlet.push(Chunk(b"x" * (BACKLOG + (1 << 20) - reader.outlet.waiting), 1))
    assert not reader.outlet.deaf
    reader.outlet.push(Chunk(b"x", 1))
    assert reader.outlet.deaf


def test_one_large_batch_makes_nobody_deaf_and_once_it_is_taken_the_bound_is_as_before(make_reader, tmp_path):
    reader = make_reader(max_backlog=BACKLOG)
    batch = b"x" * (BACKLOG + (4 << 20))
    reader.outlet.push(Chunk(batch, 1))
    assert reader.outlet.overfull
    reader.outlet.catch_up(TranscriptReader(tmp_path).cursor(1))
    reader.outlet.push(Chunk(b"x" * (1 << 19), 1))
    assert not reader.outlet.deaf
    reader.outlet.push(Chunk(b"x" * (1 << 20), 1))
    assert reader.outlet.deaf
    while reader.outlet.waiting:
        reader.read()
        reader.outlet.flush()
    reader.outlet.push(Chunk(b"x" * (BACKLOG + (8 << 20)), 1))
    assert reader.outlet.deaf


def test_it_is_deaf_with_too_many_requests_for_history(reader):
    asked = Recall(1, "geral", 0, 50, "")
    for _ in range(256):
        reader.outlet.ask(asked)
    assert not reader.outlet.deaf
    reader.outlet.ask(asked)
    assert reader.outlet.deaf


# The end.


def test_a_peer_that_is_gone_is_given_up_on_the_next_push_and_nothing_waits_for_it(reader):
    reader.theirs.close()
    reader.outlet.push(Chunk(b"x", 1))
    assert (True, 0, True) == (reader.outlet.broken, reader.outlet.waiting, reader.outlet.idle)
    reader.outlet.push(Chunk(b"x", 2))
    reader.outlet.flush()
    assert 0 == reader.outlet.waiting


def test_a_peer_that_goes_while_something_waits_is_given_up_on_the_next_flush(reader, tmp_path):
    reader.fill()
    reader.outlet.feed(TranscriptReader(tmp_path).cursor(3), ("geral",), ())
    reader.outlet.ask(Recall(1, "geral", 0, 50, ""))
    reader.theirs.close()
    reader.outlet.flush()
    assert (True, 0, True) == (reader.outlet.broken, reader.outlet.waiting, reader.outlet.idle)


def test_a_dropped_one_leaves_its_socket_to_its_worker(reader):
    reader.outlet.drop()
    assert reader.outlet.broken
    reader.theirs.send(b"still read")
    assert b"still read" == reader.ours.recv(100)


def test_a_cut_ends_the_connection_for_whoever_holds_a_duplicate_of_the_socket(reader):
    with reader.ours.dup() as worker:
        reader.fill()
        reader.outlet.cut()
        assert reader.outlet.broken
        assert b"" == worker.recv(100)
        reader.take_the_rest()
        assert reader.ended


def test_a_cut_of_what_is_cut_or_gone_already_is_fine(reader):
    reader.outlet.cut()
    reader.theirs.close()
    reader.outlet.cut()
    assert reader.outlet.broken


def test_one_served_from_the_transcript_is_not_idle(reader, tmp_path):
    reader.outlet.feed(TranscriptReader(tmp_path).cursor(41), ("geral",), (5,))
    assert (41, False) == (reader.outlet.position, reader.outlet.idle)


# What it hears. It is connection 1 in "geral" from seq 10 on, was in "x" from 12 to 20, and was 5 before.


def record(seq, type="message", conn=2, **fields):  # noqa: A002 - the field's name
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
    "its own message under its earlier connection": (record(15, conn=5, room="geral"), True),
    "its own join": (record(10, "join", 1, room="geral"), True),
    "its own leave": (record(20, "leave", 1, room="x", reason="left"), True),
    "another's join": (record(15, "join", room="geral"), True),
    "another's quiet join": (record(15, "join", room="geral", quiet=True), False),
    "its own quiet join": (record(15, "join", 1, room="geral", quiet=True), True),
    "another's nick in its room": (record(15, "nick", room="geral", new="b"), True),
    "its own nick, in no room": (record(15, "nick", 1, new="b"), True),
    "another's nick, in no room": (record(15, "nick", new="b"), False),
    "a private message to it": (record(15, to="ana", to_conn=1), True),
    "a private message from it": (record(15, conn=1, to="bia", to_conn=2), True),
    "a private message to what it was": (record(3, to="ana", to_conn=5), True),
    "a private message from what it was": (record(3, conn=5, to="bia", to_conn=2), True),
    "a private message of others": (record(15, to="eva", to_conn=3), False),
    "the server's start": (Record(15, AT, "start", server="chatsimples"), False),
}

PLAIN = {
    "another's message in its room": True,
    "its own message": False,
    "its own message under its earlier connection": False,
    "its own join": True,
    "its own leave": True,
    "a private message to it": True,
}


def listener(make_reader, tmp_path, dialect):
    outlet = make_reader(dialect).outlet
    outlet.feed(TranscriptReader(tmp_path).cursor(9), ("geral",), (5,))
    outlet.enter("x", 12)
    outlet.leave("x", 20)
    return outlet


@pytest.mark.parametrize(("said", "heard"), HEARD.values(), ids=HEARD.keys())
def test_who_hears_what(make_reader, tmp_path, said, heard):
    assert heard == listener(make_reader, tmp_path, "json").hears(said)


@pytest.mark.parametrize(("case", "heard"), PLAIN.items(), ids=PLAIN.keys())
def test_in_plain_text_ones_own_messages_do_not_come_back(make_reader, tmp_path, case, heard):
    assert heard == listener(make_reader, tmp_path, "text").hears(HEARD[case][0])


def test_coming_back_to_a_room_one_hears_both_times_and_not_what_was_between(make_reader):
    outlet = make_reader().outlet
    outlet.enter("x", 5)
    outlet.leave("x", 10)
    outlet.enter("x", 15)
    heard = [seq for seq in range(1, 20) if outlet.hears(record(seq, room="x"))]
    assert [*range(5, 11), *range(15, 20)] == heard


def test_entering_twice_and_leaving_where_one_is_not_change_nothing(make_reader):
    outlet = make_reader().outlet
    outlet.enter("x", 5)
    outlet.enter("x", 9)
    outlet.leave("y", 7)
    assert outlet.hears(record(5, room="x"))
    assert not outlet.past


def test_a_span_covers_its_ends():
    span = Span(5)
    span.last = 7
    assert [5, 6, 7] == [seq for seq in range(10) if span.covers(seq)]
