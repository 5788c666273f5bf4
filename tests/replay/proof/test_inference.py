"""A transcript of either version, and one that goes from the one to the other."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay.chats import as_version_1, random_records
from replay.proof.inferences import infer, records_of, state_of
from support.effort import examples

from chatsimples.chat.state import State
from chatsimples.replay.proof.inference import Inference


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_each_version_is_known_by_its_first_record(size: int) -> None:
    records = random_records(random.Random(3), 120)
    assert records == records_of(infer(Inference(State()), records, [size]))
    older = as_version_1(records)
    assert older == as_version_1(records_of(infer(Inference(State()), older, [size])))


@settings(max_examples=examples(30))
@given(st.integers(0, 1 << 32), st.integers(1, 40))
def test_a_log_goes_on_in_version_2_with_what_its_records_say(seed: int, size: int) -> None:
    chance = random.Random(seed)
    older = as_version_1(random_records(chance, 60))
    newer = random_records(chance, 60, older)
    assert newer[0].limits is not None
    came = records_of(infer(Inference(State()), [*older, *newer], [size]))
    assert newer == came[-len(newer) :]


def test_a_part_is_taken_from_where_its_state_is_known() -> None:
    records = random_records(random.Random(9), 200)
    cut = next(
        n for n in range(100, 200) if records[n].type == "message" and records[n - 1].type == "message"
    )
    inference = Inference(state_of(records[:cut]))
    assert records[cut:] == records_of(infer(inference, records[cut:]))
    assert records[-1].seq == inference.state.seq


def test_versions_are_parted_also_where_they_meet_in_one_piece() -> None:
    older = as_version_1(random_records(random.Random(4), 30))
    newer = [msgspec.structs.replace(each) for each in random_records(random.Random(5), 30, older)]
    inference = Inference(State())
    infer(inference, [*older, *newer])
    assert (newer[-1].seq, "chatsimples test") == (inference.state.seq, inference.state.server)
