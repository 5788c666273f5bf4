"""Finding a server's knee: the rate is doubled until it is not held, then the gap is halved a few times."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from chatsimples.loadtest.results import Phase, Ramp, Step

FIRST_RATE = 100.0
HIGHEST_RATE = 2_000_000.0

_GROWTH = 2.0
_HALVINGS = 4
_HELD = 0.97


def climb(
    load: Callable[[float], Phase], bound: float, first: float = FIRST_RATE
) -> tuple[Ramp, list[Phase]]:
    """Try rates until the knee is known to within a few percent.

    A rate is held if 97 % of it was delivered in its time and the 99th percentile is within the bound.

    Args:
        load: carries out a step at a rate.
        bound: milliseconds.
        first: messages a second to begin with; `HIGHEST_RATE` if it is above that.
    """
    steps: list[Step] = []
    phases: list[Phase] = []

    def held(rate: float) -> bool:
        phase = load(rate)
        latency = phase.latency
        good = latency.count > 0 and latency.p99 <= bound and phase.achieved >= _HELD * rate
        steps.append(Step(rate, phase.achieved, latency.p50, latency.p99, good))
        phases.append(phase)
        return good

    low, high = 0.0, min(first, HIGHEST_RATE)
    while held(high):
        low = high
        if high >= HIGHEST_RATE:
            break
        high = min(high * _GROWTH, HIGHEST_RATE)
    reached = not steps[-1].held
    for _ in range(_HALVINGS if low and reached else 0):
        middle = round(sqrt(low * high))
        if not low < middle < high:
            # Between rates of a few messages a second there is none.
            break
        if held(middle):
            low = middle
        else:
            high = middle
    return Ramp(bound, steps, low, reached), phases
