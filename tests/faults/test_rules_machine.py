"""The rules keep their invariants whatever is asked of them, in any order; see `rules_machine` for them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from itertools import count

from faults.rules_machine import RulesMachine, walk
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from support.effort import effort

SEQUENCES = 100
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
    until = time.monotonic() + effort(1.0)
    for times in count(1):
        run_state_machine_as_test(seed(chance.randrange(1 << 32))(RulesMachine), settings=how)
        if time.monotonic() > until:
            record_property("sequences", times * SEQUENCES)
            return


def test_they_keep_them_on_random_walks(
    chance: random.Random, record_property: Callable[[str, object], None]
) -> None:
    until = time.monotonic() + effort(2.5)
    walks = 0
    while time.monotonic() < until:
        number = chance.randrange(1 << 32)
        try:
            walk(random.Random(number), 50)
        except Exception as error:
            raise AssertionError(f"on the walk with the seed {number}: {error!r}") from error
        walks += 1
    record_property("walks", walks)
    assert walks
