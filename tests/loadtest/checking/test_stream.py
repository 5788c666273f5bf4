"""The readers of a room are compared with each other: what differs is found, and nothing that does not."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loadtest.served import FOREIGN, STRAYS, noise, protocol, unit

from chatsimples.loadtest.checking.stream import Piece, RoomStream, StreamReader
from chatsimples.loadtest.wire.protocols import PROTOCOLS
from chatsimples.loadtest.wire.texts import text

KINDS = sorted(PROTOCOLS)
RANDOMS = st.builds(Random, st.integers(0, 1 << 32))
NAMES = (b"00", b"01", b"02")

Unit = tuple[bytes, int, bytes]
"""Its sender, its number, and the bytes that a reader gets; no sender: noise."""


class Room:
    """A room's stream and its readers, and what was told of its pieces."""

    def __init__(self, kind: str, readers: int) -> None:
        self.kind = protocol(kind)
        self.passed: list[Piece] = []
        self.stream = RoomStream(0, self.kind, lambda _, piece: self.passed.append(piece))
        self.readers = [StreamReader(self.stream) for _ in range(readers)]
        self.now = 0
        self.most_kept = 0

    def feed(self, streams: Sequence[bytes], random: Random, longest: int) -> None:
        """Give each reader its bytes, cut anywhere, in any order among the readers."""
        at = [0] * len(streams)
        while left := [number for number, data in enumerate(streams) if at[number] < len(data)]:
            number = random.choice(left)
            size = random.randint(1, longest)
            self.now += 1
            self.readers[number].receive(
                memoryview(streams[number])[at[number] : at[number] + size], self.now
            )
            at[number] += size
            self.most_kept = max(self.most_kept, self.stream.held)

    @property
    def deliveries(self) -> int:
        return sum(texts * len(piece.arrivals) for piece in self.passed for _, texts in piece.dues)

    def finish(self, sent: dict[bytes, int]) -> tuple[int, int, int, int]:
        """Add everything up as a reader process does: lost, duplicated, reordered, damaged."""
        lost = duplicated = reordered = 0
        damaged = self.stream.damaged
        for place in self.readers:
            own = place.finish(sent)
            damaged += place.damaged
            lost, duplicated, reordered = (
                lost + own.lost,
                duplicated + own.duplicated,
                reordered + own.reordered,
            )
        self.stream.ledger.miss(sent)
        ledger, readers = self.stream.ledger, self.stream.readers
        return (
            lost + ledger.lost * readers,
            duplicated + ledger.duplicated * readers,
            reordered + ledger.reordered * readers,
            damaged,
        )


def load(kind: str, random: Random, most: int = 25) -> list[Unit]:
    """Make what is said in a room by some senders, with the noise that belongs to it."""
    spoken = protocol(kind)
    following = dict.fromkeys(NAMES[: random.randint(1, 3)], 0)
    units: list[Unit] = []
    seq = 0
    while seq < random.randint(0, most):
        sender = random.choice(list(following))
        size = random.choice([16, 17, 60, 300])
        for _ in range(random.randint(1, 4)):
            seq += 1
            said = text(sender, following[sender], seq // 3, size)
            units.append((sender, following[sender], unit(spoken, said, seq)))
            following[sender] += 1
        if random.random() < 0.3 and noise(spoken):
            seq += 1
            units.append((b"", 0, noise(spoken, seq)))
    return units


def sent_of(units: Sequence[Unit]) -> dict[bytes, int]:
    return {name: sum(each[0] == name for each in units) for name in {each[0] for each in units} - {b""}}


def data_of(units: Sequence[Unit]) -> bytes:
    return b"".join(data for _, _, data in units)


def with_strays(kind: str, units: Sequence[Unit], random: Random) -> tuple[bytes, int]:
    """Put what one connection alone gets between its units, also before the first; tell how often."""
    count, parts = 0, []
    for each in [*units, (b"", 0, b"")]:
        while kind in STRAYS and random.random() < 0.2:
            parts.append(random.choice(STRAYS[kind]))
            count += 1
        parts.append(each[2])
    return b"".join(parts), count


def model(units: Sequence[Unit], sent: dict[bytes, int]) -> tuple[int, int, int]:
    """Count slowly what a reader of these units lost, got again, and got late."""
    expected = dict.fromkeys(NAMES, 0)
    missing: set[tuple[bytes, int]] = set()
    duplicated = reordered = 0
    for sender, number, _ in units:
        if not sender:
            continue
        if number >= expected[sender]:
            missing |= {(sender, each) for each in range(expected[sender], number)}
            expected[sender] = number + 1
        elif (sender, number) in missing:
            missing.remove((sender, number))
            reordered += 1
        else:
            duplicated += 1
    missing |= {(name, each) for name in sent for each in range(expected[name], sent[name])}
    return len(missing), duplicated, reordered


LONGEST = st.sampled_from([1, 3, 40, 1_000, 100_000])


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)
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


FAULTS = ("lose", "lose some", "double", "again", "swap", "move", "cut")


def spoil(units: list[Unit], random: Random, fault: str) -> list[Unit]:
    """Do one thing wrong to what a reader receives; units keep what they are."""
    spoilt = list(units)
    if not spoilt:
        return spoilt
    at = random.randrange(len(spoilt))
    if fault in {"lose", "lose some"}:
        del spoilt[at : at + (random.randint(2, 6) if fault == "lose some" else 1)]
    elif fault in {"double", "again"}:
        spoilt.insert(at if fault == "double" else len(spoilt), spoilt[at])
    elif fault == "swap" and at + 1 < len(spoilt):
        spoilt[at], spoilt[at + 1] = spoilt[at + 1], spoilt[at]
    elif fault == "move":
        spoilt.insert(random.randrange(len(spoilt)), spoilt.pop(at))
    elif fault == "cut":
        torn = spoilt.pop()[2]
        spoilt.append((b"", 0, torn[: random.randrange(len(torn))]))
    return spoilt


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=200)
@given(
    random=RANDOMS,
    longest=LONGEST,
    common=st.lists(st.sampled_from(FAULTS[:-1]), max_size=2),
    faults=st.lists(st.lists(st.sampled_from(FAULTS), max_size=2, unique=True), min_size=1, max_size=4),
)
def test_each_fault_is_counted_for_whom_it_befell(
    kind: str, random: Random, longest: int, common: list[str], faults: list[list[str]]
) -> None:
    units = [each for each in load(kind, random) if each[0]]
    sent = sent_of(units)
    shared = units
    for fault in common:
        shared = spoil(shared, random, fault)
    received: list[list[Unit]] = []
    for own in faults:
        spoilt = shared
        for fault in sorted(own, key="cut".__eq__):
            spoilt = spoil(spoilt, random, fault)
        received.append(spoilt)
    room = Room(kind, len(faults))
    # A stray behind a torn line would be its end.
    streams = [
        data_of(each) if "cut" in own else with_strays(kind, each, random)[0]
        for own, each in zip(faults, received, strict=True)
    ]
    room.feed(streams, random, longest)
    expected = [model(each, sent) for each in received]
    lost, duplicated, reordered, damaged = room.finish(sent)
    assert tuple(map(sum, zip(*expected, strict=True))) == (lost, duplicated, reordered)
    assert 0 == len(room.stream.pieces)
    # What was torn may as well still have been on its way.
    whole = {data_of([each for each in units if each[0]]) for units in received}
    assert len(whole) == 1 or lost + duplicated + reordered + damaged
    if all(each == units for each in received):
        assert 0 == damaged


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)
@given(
    random=RANDOMS, longest=LONGEST, readers=st.integers(2, 4), fault=st.sampled_from([*FAULTS[:4], "cut"])
)
def test_others_are_not_blamed(kind: str, random: Random, longest: int, readers: int, fault: str) -> None:
    units = [each for each in load(kind, random) if each[0]]
    sent = sent_of(units)
    spoilt = spoil(units, random, fault)
    room = Room(kind, readers)
    room.feed([data_of(spoilt), *[data_of(units)] * (readers - 1)], random, longest)
    expected = model(spoilt, sent)
    assert (*expected, 0) == room.finish(sent)
    for place in room.readers[1:]:
        assert place.own is not None
        assert (0, 0, "") == (place.own.faults, place.damaged, place.own.first_fault)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=200)
@given(random=RANDOMS, longest=LONGEST, readers=st.integers(2, 4))
def test_a_flipped_byte_is_seen_wherever_it_is(kind: str, random: Random, longest: int, readers: int) -> None:
    units = [each for each in load(kind, random) if each[0]]
    data = bytearray(data_of(units))
    if not data:
        return
    at = random.randrange(len(data))
    data[at] ^= random.randint(1, 255)
    room = Room(kind, readers)
    room.feed([bytes(data), *[data_of(units)] * (readers - 1)], random, longest)
    assert any(room.finish(sent_of(units)))


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)
@given(random=RANDOMS, longest=LONGEST, readers=st.integers(1, 3), everybody=st.booleans())
def test_a_flipped_byte_in_a_text_damages_and_loses_it(
    kind: str, random: Random, longest: int, readers: int, everybody: bool
) -> None:
    units = load(kind, random)
    spoilt = list(units)
    filled = [at for at, each in enumerate(units) if each[2].count(b"xx")]
    if not filled:
        return
    at = random.choice(filled)
    sender, number, data = units[at]
    spoilt[at] = sender, number, data.replace(b"xx", b"xy", 1)
    sent = sent_of(units)
    room = Room(kind, readers)
    good = [data_of(units)] * (0 if everybody else readers - 1)
    bad = [data_of(spoilt)] * (readers - len(good))
    room.feed([*bad, *good], random, longest)
    lost, duplicated, reordered, damaged = room.finish(sent)
    # At the very end, some protocols can't tell it from a text that is still coming.
    assert len(bad) <= lost
    assert damaged or at == len(units) - 1
    assert (0, 0) == (duplicated, reordered)
    for place in room.readers[len(bad) :]:
        assert 0 == place.damaged


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)
@given(random=RANDOMS, longest=LONGEST, readers=st.integers(1, 4), everybody=st.booleans())
def test_a_foreign_line_is_damage_and_no_loss(
    kind: str, random: Random, longest: int, readers: int, everybody: bool
) -> None:
    units = load(kind, random)
    spoilt = list(units)
    spoilt.insert(random.randint(0, len(units)), (b"", 0, FOREIGN))
    room = Room(kind, readers)
    spoilt_for = readers if everybody else 1
    room.feed(
        [data_of(spoilt if number < spoilt_for else units) for number in range(readers)], random, longest
    )
    *faults, damaged = room.finish(sent_of(units))
    assert [0, 0, 0] == faults
    assert damaged
    assert FOREIGN.decode()[:10] in room.stream.first_damage + "".join(
        place.own.first_fault for place in room.readers if place.own
    )
    assert [0] * (readers - spoilt_for) == [place.damaged for place in room.readers[spoilt_for:]]


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)
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


def test_finishing_twice_counts_once() -> None:
    room = Room("text", 2)
    said = data_of([(b"00", 0, unit(room.kind, text(b"00", 0, 0, 30)))])
    room.readers[0].receive(memoryview(said), 1)
    room.readers[1].finish({b"00": 1})
    assert (1, 0, 0, 0) == room.finish({b"00": 1})
    assert (1, 0, 0, 0) == room.finish({b"00": 1})


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


@pytest.mark.parametrize("kind", sorted(STRAYS))
def test_a_reader_that_goes_its_own_way_is_still_asked_for_answers(kind: str) -> None:
    room = Room(kind, 2)
    units = [unit(room.kind, text(b"00", number, 0, 30)) for number in range(4)]
    room.readers[0].receive(memoryview(b"".join(units)), 1)
    alone = room.readers[1]
    alone.receive(memoryview(units[0] + units[2]), 2)
    assert alone.own is not None
    for stray in STRAYS[kind]:
        alone.receive(memoryview(stray + units[3] + stray), 3)
    assert 2 * len(STRAYS[kind]) == alone.strays
    assert 0 == alone.damaged


@pytest.mark.parametrize("kind", sorted(STRAYS))
def test_many_strays_at_once_are_all_answered(kind: str) -> None:
    room = Room(kind, 2)
    said = unit(room.kind, text(b"00", 0, 0, 30))
    for place in room.readers:
        place.receive(memoryview(STRAYS[kind][0] * 5_000 + said), 1)
    assert [5_000, 5_000] == [place.strays for place in room.readers]
    assert (0, 0, 0, 0) == room.finish({b"00": 1})


@pytest.mark.parametrize("kind", ["nats"])
def test_a_stray_behind_a_text_is_answered_at_once(kind: str) -> None:
    room = Room(kind, 1)
    said = unit(room.kind, text(b"00", 0, 0, 30))
    room.readers[0].receive(memoryview(said + STRAYS[kind][0]), 1)
    assert (1, b"") == (room.readers[0].strays, room.readers[0].held)


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
