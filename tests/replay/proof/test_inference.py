"""A transcript of either version, and one that goes from the one to the other."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay.chats import as_version_1, random_records

from chatsimples.chat.records import Record
from chatsimples.chat.state import State
from chatsimples.replay.proof.inference import Inference


def through(records: list[Record], size: int) -> list[Record]:
    """Return all that comes out of records that go in so many at a time."""
    inference = Inference(State())
    came: list[Record] = []
    for first in range(0, len(records), size):
        for taken in inference.feed(records[first : first + size]):
            came += taken.records
    for taken in inference.finish():
        came += taken.records
    return came


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_each_version_is_known_by_its_first_record(size: int) -> None:
    records = random_records(random.Random(3), 120)
    assert records == through(records, size)
    older = as_version_1(records)
    assert older == as_version_1(through(older, size))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1 << 32), st.integers(1, 40))
def test_a_log_goes_on_in_version_2_with_what_its_records_say(seed: int, size: int) -> None:
    chance = random.Random(seed)
    older = as_version_1(random_records(chance, 60))
    state = State()
    for record in older:
        state.evolve(record)
    newer = random_records(chance, 60, older)
    assert newer[0].limits is not None
    came = through([*older, *newer], size)
    assert newer == came[-len(newer) :]


def test_a_part_is_taken_from_where_its_state_is_known() -> None:
    records = random_records(random.Random(9), 200)
    cut = next(
        n for n in range(100, 200) if records[n].type == "message" and records[n - 1].type == "message"
    )
    state = State()
    for record in records[:cut]:
        state.evolve(record)
    inference = Inference(state)
    taken = [*inference.feed(records[cut:]), *inference.finish()]
    assert records[cut:] == [record for each in taken for record in each.records]
    assert records[-1].seq == inference.state.seq


def test_versions_are_parted_also_where_they_meet_in_one_piece() -> None:
    older = as_version_1(random_records(random.Random(4), 30))
    newer = [msgspec.structs.replace(each) for each in random_records(random.Random(5), 30, older)]
    inference = Inference(State())
    list(inference.feed([*older, *newer]))
    list(inference.finish())
    assert (newer[-1].seq, "chatsimples test") == (inference.state.seq, inference.state.server)
