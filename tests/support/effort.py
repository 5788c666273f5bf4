"""How long a random test goes on: so many rounds in the suite, so many seconds in the long form."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from itertools import count
from typing import TypeVar

LONG_VARIABLE = "CHATSIMPLES_TEST_LONG"
EXAMPLES_VARIABLE = "CHATSIMPLES_TEST_EXAMPLES"

SECONDS = float(os.environ.get(LONG_VARIABLE) or 0)
"""Seconds that each random test goes on in the long form; 0 in the suite."""

LONG = SECONDS > 0
"""Whether this is the long form, in which exhaustive tests are exhaustive."""

Case = TypeVar("Case")

_EXAMPLES = 50
_IN_THE_SUITE = 15


def rounds(least: int) -> Iterator[int]:
    """Yield 0, 1, 2 and so on: ``least`` times in the suite, and in the long form until its seconds are over.

    In the suite the number is fixed, so that what is tried does not depend on how quick the machine is.
    """
    until = time.monotonic() + SECONDS
    for number in count():
        if number >= least and time.monotonic() >= until:
            return
        yield number


def examples(usual: int = _EXAMPLES) -> int:
    """Return how many examples a property test tries: as CHATSIMPLES_TEST_EXAMPLES says, in proportion."""
    asked = int(os.environ.get(EXAMPLES_VARIABLE) or _IN_THE_SUITE)
    return max(1, usual * asked // _EXAMPLES)


def few(cases: Sequence[Case], number: int = 1) -> Sequence[Case]:
    """Return so many of some cases in the suite, those that come first; all in the long form."""
    return cases if LONG else cases[:number]


def step(wide: int) -> int:
    """Return the step from one place to the next: ``wide`` in the suite; 1, to each, in the long form."""
    return 1 if LONG else wide
