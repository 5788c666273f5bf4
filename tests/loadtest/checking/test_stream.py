"""The readers of a room are compared with each other, and what all have is let go of."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadtest.listeners import (
    KINDS,
    LONGEST,
    RANDOMS,
    Room,
    data_of,
    load,
    sent_of,
    with_strays,
)
from loadtest.served import noise, protocol, unit

from chatsimples.loadtest.checking.stream_reader import StreamReader
from chatsimples.loadtest.wire.texts import text


@pytest.mark.parametrize("kind", KINDS)
@given(random=RANDOMS, readers=st.integers(1, 5), longest=LONGEST)
def test_what_all_receive_alike_is_passed_by_all_and_right(
    kind: str, random: Random, readers: int, longest: int
) -> None:
    units = load(kind, random)
    texts = sum(1 for sender, _, _ in units if sender)
    room = Room(kind, readers)
    streams, strays = zip(*(with_strays(kind, units, random) for _ in room.readers), strict=True)
    room.feed(streams, random, longest)
    assert list(strays) == [place.strays for place in room.readers]
    assert [b""] * readers == [place.held for place in room.readers]
    assert [None] * readers == [place.own for place in room.readers]
    assert (texts, 0) == (room.stream.texts, len(room.stream.pieces))
    assert texts * readers == room.deliveries
    assert {readers} >= {len(piece.arrivals) for piece in room.passed}
    assert data_of(units) == room.stream.slice(0, room.stream.end)
    assert (0, 0, 0, 0) == room.finish(sent_of(units))


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_arrives_when_its_last_byte_does(kind: str) -> None:
    room = Room(kind, 2)
    said = unit(room.kind, text(b"00", 0, 5, 50))
    one, two = room.readers
    one.receive(memoryview(said), 100)
    two.receive(memoryview(said[:-1]), 200)
    assert [] == room.passed
    two.receive(memoryview(said[-1:]), 300)
    assert [([(5, 1)], [100, 300])] == [(piece.dues, piece.arrivals) for piece in room.passed]


@pytest.mark.parametrize("kind", KINDS)
@given(random=RANDOMS, longest=LONGEST, readers=st.integers(2, 4))
def test_who_leaves_holds_up_nobody(kind: str, random: Random, longest: int, readers: int) -> None:
    units = load(kind, random)
    data, sent = data_of(units), sent_of(units)
    gone_at = random.randint(0, len(data))
    room = Room(kind, readers)
    before = [data[: random.randint(0, len(data))] for _ in range(readers - 1)]
    room.feed([data[:gone_at], *before], random, longest)
    leaver = room.readers[0]
    leaver.leave()
    room.feed([b"", *(data[len(part) :] for part in before)], random, longest)
    texts = sum(sent.values())
    assert (texts, 0) == (room.stream.texts, len(room.stream.pieces))
    assert data == room.stream.slice(0, room.stream.end)
    has = sum(
        1 for number, each in enumerate(units) if each[0] and len(data_of(units[: number + 1])) <= gone_at
    )
    assert (texts - has, 0, 0, 0) == room.finish(sent)
    assert leaver.own is not None
    assert texts - has == leaver.own.lost


@pytest.mark.parametrize("kind", [kind for kind in KINDS if noise(protocol(kind))])
def test_a_reader_may_come_when_others_have_heard_noise_already(kind: str) -> None:
    room = Room(kind, 1)
    heard = noise(room.kind, 1) + noise(room.kind, 2)
    room.readers[0].receive(memoryview(heard), 1)
    room.readers.append(StreamReader(room.stream))
    said = unit(room.kind, text(b"00", 0, 7, 30), 3)
    room.readers[1].receive(memoryview(heard), 2)
    for place in room.readers:
        place.receive(memoryview(said), 3)
    assert (2, 0) == (room.deliveries, len(room.stream.pieces))
    assert (0, 0, 0, 0) == room.finish({b"00": 1})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("faulty", [False, True])
def test_memory_is_let_go_of_when_all_advance(kind: str, faulty: bool) -> None:
    room = Room(kind, 3)
    size = min(300, room.kind.longest_text or 300)
    units = [
        (b"00", number, unit(room.kind, text(b"00", number, 0, size), number)) for number in range(15_000)
    ]
    received = units[:40] + units[41:9_000] + units[9_001:] if faulty else units
    data = data_of(received)
    random = Random(7)
    for at in range(0, len(data), 50_000):
        room.feed([data[at : at + 50_000]] * 3, random, 20_000)
    assert room.most_kept < 1 << 21
    # Who differs after all that still knows what it has lost before.
    more = [
        (b"00", 15_000 + number, unit(room.kind, text(b"00", 15_000 + number, 0, size)))
        for number in range(9)
    ]
    room.feed([data_of(more), data_of(more), data_of(more[:3] + more[4:])], random, 500)
    gone = 2 * faulty
    assert (3 * gone + 1, 0, 0, 0) == room.finish({b"00": 15_009})


def test_a_stream_without_an_end_is_not_held_for_ever() -> None:
    room = Room("redis", 1)
    for _ in range(300):
        room.readers[0].receive(memoryview(b"y\r\n" * 2_000), 1)
    assert len(room.readers[0].held) <= 1 << 21
    assert any(room.finish({}))


def test_readers_that_leave_together_share_what_they_know() -> None:
    room = Room("text", 3)
    said = memoryview(unit(room.kind, text(b"00", 0, 0, 30)))
    for place in room.readers:
        place.receive(said, 1)
    owns = {id(place.finish({b"00": 1})) for place in room.readers}
    assert 1 == len(owns)


def test_the_same_object_is_compared_once_and_only_where_it_was() -> None:
    room = Room("websocket", 3)
    one, two, three = (unit(room.kind, text(b"00", number, 5, 50)) for number in range(3))
    said = one + two
    first, second, third = room.readers
    for reader in (first, second):
        reader.receive(memoryview(said), 100)
    third.receive(memoryview(one), 100)
    # The same object at another place is other bytes.
    third.receive(memoryview(said), 200)
    assert [None, None] == [first.own, second.own]
    assert third.own is not None
    # What is a part of an object is compared by its bytes.
    first.receive(memoryview(three), 300)
    second.receive(memoryview(three + one)[: len(three)], 300)
    assert (None, 3) == (second.own, room.stream.texts)
