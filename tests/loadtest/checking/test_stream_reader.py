"""Where a reader's bytes differ from the others' is found, whatever differs, and nothing that does not."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loadtest.listeners import (
    FAULTS,
    KINDS,
    LONGEST,
    RANDOMS,
    Room,
    Unit,
    data_of,
    load,
    model,
    sent_of,
    spoil,
    with_strays,
)
from loadtest.served import FOREIGN, STRAYS, unit
from support.effort import examples

from chatsimples.loadtest.wire.texts import text


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=examples(40))
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
@settings(max_examples=examples(40))
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


def test_finishing_twice_counts_once() -> None:
    room = Room("text", 2)
    said = data_of([(b"00", 0, unit(room.kind, text(b"00", 0, 0, 30)))])
    room.readers[0].receive(memoryview(said), 1)
    room.readers[1].finish({b"00": 1})
    assert (1, 0, 0, 0) == room.finish({b"00": 1})
    assert (1, 0, 0, 0) == room.finish({b"00": 1})


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
