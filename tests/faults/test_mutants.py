"""The rules' machine and the simulation can fail: each fault that is planted is found, and soon.

And what is found is the fault: without it, the same walk and the same world are sound. The walks and worlds
are the same in each run, as some faults are found in one of a hundred only: whether this passes must not be
luck. New ones are tried by `test_rules_machine`, `test_simulation` and the soak.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable

import pytest
from faults.mutants import (
    OF_THE_BOUNDS,
    OF_THE_GOVERNING,
    OF_THE_RULES,
    OF_THE_SAYING,
    Change,
    Mutant,
    planted,
)
from faults.mutants_of_the_path import OF_THE_PATH
from faults.rules_machine import crowded_walk, governed_walk, saying_walk, walk
from faults.simulated_judge import judge_world
from support.effort import LONG

# In the suite a fifth of them shows that faults can be found; in the long form each is.
STEP = 1 if LONG else 5
WALKS = 20_000
WORLDS = 2_000

RARE = {
    "a ban holds also those above whoever imposed it": 932528469,
    "a ban never ends": 43,
    "a claim is to the first nick that a session had": 3465772688,
    "a full list of mutes takes one more": 2065756171,
    "a hello enters whatever it names": 768384034,
    "a nick is banned letter by letter": 2047638927,
    "a nick is held after a goodbye": 2833431764,
    "a nick is held although nothing holds it": 619076981,
    "a nick is held for ever": 390473810,
    "a private message does not say whose it is": 2006905521,
    "a refused move leaves all the same": 1116696000,
    "a secret room is listed": 1169915461,
    "a secret room is told of by who": 872083693,
    "a visitor's number is not given again": 3861523958,
    "a_checkpoint_is_older_than_its_segment": 1015759983,
    "another connection of a banned account stays": 3362719341,
    "any key opens a room": 3500182556,
    "commands_of_an_ended_connection_are_carried_out": 1542139213,
    "equals remove each other": 1228172155,
    "history is told of a room that one may not enter": 1455243691,
    "history_goes_one_too_far": 178584591,
    "history_onwards_begins_with_the_record_that_is_known": 3269582147,
    "nobody's ban is replaced where the list is full": 2888159034,
    "nothing_is_synced": 3236948058,
    "quiet_records_are_told_to_those_who_catch_up": 974105688,
    "recovery_cuts_a_line_too_much": 1473329791,
    "the muted can't come back": 561465773,
    "the muted say a word as they go": 3917108675,
    "the muted speak under another nick": 3033294827,
    "the muted whisper": 3652030551,
    "the proof of a key is told to the room": 4123890615,
    "what was said in a secret room is told": 223108203,
    "what has ended makes no room": 2465389204,
    "when a session was cut is not noted": 3017682109,
    "who is in a closed room is told": 2753841465,
    "whoever spoke and quits is forgotten": 3074528692,
    "whoever_resumes_misses_what_was_said_to_it_before": 4258976783,
    "why a secret room is closed is told": 3082776066,
}
"""What found a fault that is rarely found: it is tried first, so that nobody waits for the search again."""


def name(mutant: Mutant) -> str:
    return getattr(mutant, "__name__", "")


def first_failure(run: Callable[[int], object], seeds: list[int]) -> int:
    """Return the first seed with which something is found."""
    for seed in seeds:
        try:
            run(seed)
        except Exception:
            return seed
    raise AssertionError(f"{len(seeds)} runs have found nothing")


def seeds(mutant: Mutant, count: int) -> list[int]:
    chance = random.Random(name(mutant))
    known = [RARE[name(mutant)]] if name(mutant) in RARE else []
    return [*known, *(chance.randrange(1 << 32) for _ in range(count))]


def walk_with(seed: int) -> None:
    walk(random.Random(seed), 50)


def test_each_change_finds_what_it_changes() -> None:
    # Of all, not of a fifth: whoever changes the rules sees at once which can't be planted any more.
    planned = (*OF_THE_RULES, *OF_THE_GOVERNING, *OF_THE_BOUNDS, *OF_THE_SAYING)
    changes = [each for each in planned if isinstance(each, Change)]
    assert changes
    sources = {each.module: inspect.getsource(each.module) for each in changes}
    assert [] == [each.__name__ for each in changes if 1 != sources[each.module].count(each.before)]


@pytest.mark.timeout(0)
@pytest.mark.parametrize("mutant", OF_THE_RULES[::STEP], ids=name)
def test_the_machine_finds_a_fault_in_the_rules(mutant: Mutant) -> None:
    with planted(mutant):
        seed = first_failure(walk_with, seeds(mutant, WALKS))
    walk_with(seed)


def governed_walk_with(seed: int) -> None:
    governed_walk(random.Random(seed), 50)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("mutant", OF_THE_GOVERNING[::STEP], ids=name)
def test_the_machine_finds_a_fault_in_who_may_do_what(mutant: Mutant) -> None:
    with planted(mutant):
        seed = first_failure(governed_walk_with, seeds(mutant, WALKS))
    governed_walk_with(seed)


def crowded_walk_with(seed: int) -> None:
    crowded_walk(random.Random(seed), 50)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("mutant", OF_THE_BOUNDS[::STEP], ids=name)
def test_the_machine_finds_a_fault_in_the_bounds(mutant: Mutant) -> None:
    with planted(mutant):
        seed = first_failure(crowded_walk_with, seeds(mutant, WALKS))
    crowded_walk_with(seed)


def saying_walk_with(seed: int) -> None:
    saying_walk(random.Random(seed), 50)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("mutant", OF_THE_SAYING[::STEP], ids=name)
def test_the_machine_finds_a_fault_in_what_is_said(mutant: Mutant) -> None:
    with planted(mutant):
        seed = first_failure(saying_walk_with, seeds(mutant, WALKS))
    saying_walk_with(seed)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("mutant", OF_THE_PATH[::STEP], ids=name)
def test_the_simulation_finds_a_fault_on_the_path(mutant: Mutant) -> None:
    with planted(mutant):
        seed = first_failure(judge_world, seeds(mutant, WORLDS))
    judge_world(seed)
