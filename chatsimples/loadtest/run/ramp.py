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

    A rate is held if 97 % of it was delivered in its time and the 99th percentile is within the bound. One
    that was not held because of the generator tells nothing of the server: there the climb ends.

    Args:
        load: carries out a step at a rate.
        bound: milliseconds.
        first: messages a second to begin with; `HIGHEST_RATE` if it is above that.
    """
    steps: list[Step] = []
    phases: list[Phase] = []

    def held(rate: float) -> bool:
        phase = load(rate)
        steps.append(_step(rate, phase, bound))
        phases.append(phase)
        return steps[-1].held

    low, high = 0.0, min(first, HIGHEST_RATE)
    while held(high):
        low = high
        if high >= HIGHEST_RATE:
            break
        high = min(high * _GROWTH, HIGHEST_RATE)
    for _ in range(0 if steps[-1].held else _HALVINGS):
        middle = round(sqrt(low * high))
        if steps[-1].generator or not low < middle < high:
            # Between rates of a few messages a second there is none, nor below the first.
            break
        if held(middle):
            low = middle
        else:
            high = middle
    reached = any(not step.held and not step.generator for step in steps)
    return Ramp(bound, steps, low, reached, generator=steps[-1].generator), phases


def _step(rate: float, phase: Phase, bound: float) -> Step:
    latency = phase.latency
    held = latency.count > 0 and latency.p99 <= bound and phase.achieved >= _HELD * rate
    limited = not held and bool(phase.generator.bottleneck)
    return Step(rate, phase.achieved, latency.p50, latency.p99, held, generator=limited)
