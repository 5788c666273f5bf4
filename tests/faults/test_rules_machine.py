"""The rules keep their invariants whatever is asked of them, in any order; see `rules_machine` for them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest
from faults.rules_machine import RulesMachine, crowded_walk, governed_walk, saying_walk, walk
from faults.rules_records import RecordChecks, Stay
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from replay.chats import RandomChat, as_version_1, random_records
from support.effort import rounds

from chatsimples.chat.records import Record, microseconds
from chatsimples.chat.state import State

SEQUENCES = 15
"""In one go: a go is what a seed gives again, and what is shrunk if it fails."""


def test_the_rules_keep_their_invariants_whatever_is_asked(
    chance: random.Random, record_property: Callable[[str, object], None]
) -> None:
    how = settings(
        max_examples=SEQUENCES,
        stateful_step_count=50,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    sequences = 0
    for _ in rounds(1):
        run_state_machine_as_test(seed(chance.randrange(1 << 32))(RulesMachine), settings=how)
        sequences += SEQUENCES
    record_property("sequences", sequences)


@pytest.mark.parametrize("go", [walk, governed_walk, crowded_walk, saying_walk])
def test_they_keep_them_on_random_walks(
    chance: random.Random,
    record_property: Callable[[str, object], None],
    go: Callable[[random.Random, int], object],
) -> None:
    walks = 0
    for _ in rounds(35):
        number = chance.randrange(1 << 32)
        try:
            go(random.Random(number), 50)
        except Exception as error:
            raise AssertionError(f"on the walk with the seed {number}: {error!r}") from error
        walks += 1
    record_property("walks", walks)


@pytest.mark.parametrize("number", [3130556711, 3532189951, 23303965])
def test_walks_on_which_rules_and_model_once_disagreed(number: int) -> None:
    # About the earlier connections of a session that resumes, one of which had made no record of version 1.
    walk(random.Random(number), 50)


def test_a_chat_of_version_1_goes_on_in_version_2(chance: random.Random) -> None:
    for _ in rounds(4):
        seed = chance.randrange(1 << 32)
        try:
            go_on_from_version_1(random.Random(seed))
        except Exception as error:
            raise AssertionError(f"in the chat with the seed {seed}: {error!r}") from error


def go_on_from_version_1(chance: random.Random) -> None:
    """Let a chat of version 1 end anywhere, and hold what comes after it to its records.

    Who is in no room had neither a hello nor an end: nothing tells of it any more.
    """
    before = as_version_1(random_records(chance, 150))
    del before[chance.randrange(1, len(before)) :]
    older = state_of(before)
    there = {
        each.conn: Stay(each.nick, each.dialect, each.identity, {*each.rooms})
        for each in older.connections.values()
        if each.rooms
    }
    chat = RandomChat(chance, before=before)
    for _ in range(150):
        chat.go_on()
    checks = RecordChecks(len(before), there)
    for record in chat.records[len(before) :]:
        checks.told([record], microseconds(record.at))
    state = state_of(chat.records)
    assert {conn: each.nick for conn, each in checks.there.items()} == {
        conn: each.nick for conn, each in state.connections.items()
    }
    split = chance.randrange(len(chat.records))
    again = State()
    again.restore(state_of(chat.records[:split]).snapshot())
    for record in chat.records[split:]:
        again.evolve(record)
    assert state.snapshot() == again.snapshot()


def state_of(records: Sequence[Record]) -> State:
    state = State()
    for record in records:
        state.evolve(record)
    return state
