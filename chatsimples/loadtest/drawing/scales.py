"""What lies where along an axis: where it begins and ends, and its round values, linear or logarithmic.

No number is drawn that isn't one, nor one so far out that counting with it would leave floating point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from chatsimples.loadtest.quantities import short

FURTHEST = 1e100
"""A number beyond this, or nearer to zero than its reciprocal, is drawn by no plot."""

EXACT = 1e-9
"""How far from round, as a share, a number is round still."""


class Axis(msgspec.Struct, frozen=True):
    """What is measured along an axis, in which unit; ``ticks`` are values and labels other than the usual."""

    title: str
    unit: str = ""
    log: bool = False
    ticks: Sequence[tuple[float, str]] = ()

    @property
    def words(self) -> str:
        """Its title with its unit."""
        return f"{self.title}, {self.unit}" if self.unit else self.title


class Scale(NamedTuple):
    """Where values lie: those from ``low`` to ``high`` between the pixels ``start`` and ``end``."""

    low: float
    high: float
    log: bool
    start: float
    end: float

    def at(self, value: float) -> float:
        """Give the pixel where a value lies."""
        low, high, here = (math.log10(each) if self.log else each for each in (self.low, self.high, value))
        return self.start + (here - low) / (high - low) * (self.end - self.start)


def drawable(value: float, log: bool = False) -> bool:
    """Whether a value has a place on a plot, on a logarithmic axis if ``log``."""
    near_enough = math.isfinite(value) and (value == 0 or 1 / FURTHEST <= abs(value) <= FURTHEST)
    return near_enough and (value > 0 or not log)


def placeable(value: float | None, axis: Axis) -> bool:
    """Whether a value, if there is one, has a place on an axis."""
    return value is None or drawable(value, axis.log)


def domain(values: Sequence[float], *, log: bool, round_ends: bool = False) -> tuple[float, float]:
    """Give the ends of an axis for values that are drawable, of which there must be one.

    Args:
        values: above zero if ``log``.
        log: whether the axis is logarithmic.
        round_ends: take round values for ends, zero being between them or one of them if the axis is linear.
    """
    low, high = min(values), max(values)
    if log:
        if high <= low * 1.001:
            low, high = low / 1.5, high * 1.5
        if round_ends:
            rounds = _rounds(low, high)
            low = max(each for each in rounds if each <= low * (1 + EXACT))
            high = min(each for each in rounds if each >= high * (1 - EXACT))
        return low, high
    if round_ends:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        # The same value everywhere: it lies in the middle, or a line at zero at the bottom.
        apart = abs(high) / 2 or 1.0
        low, high = (low if round_ends else low - apart), high + apart
    if round_ends:
        step = _step(low, high, 5)
        low, high = math.floor(low / step + EXACT) * step, math.ceil(high / step - EXACT) * step
    return low, high


def ticks_of(axis: Axis, low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Give an axis's ticks with their labels: its own, or the usual, in about ``most`` steps."""
    if axis.ticks:
        return [(at, label) for at, label in axis.ticks if low <= at <= high]
    ticks = (log_ticks if axis.log else linear_ticks)(low, high, most)
    return list(zip(ticks, tick_labels(ticks), strict=True))


def linear_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Give round values from ``low`` to ``high``, 1, 2 or 5 times a power of ten apart, in ``most`` steps."""
    step = _step(low, high, most)
    first, last = math.ceil(low / step - EXACT), math.floor(high / step + EXACT)
    return [number * step for number in range(first, last + 1)]


def _step(low: float, high: float, most: int) -> float:
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    return next((part * power for part in (1, 2, 5) if part * power >= raw * (1 - EXACT)), 10 * power)


def log_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Give 1, 2 and 5 times powers of ten from ``low``, above zero, to ``high``; powers alone if too many."""
    every = _rounds(low, high)
    inside = [each for each in every if low * (1 - EXACT) <= each <= high * (1 + EXACT)]
    powers = [each for each in every[::3] if each in inside]
    if not inside[1:]:
        return [tick for tick in linear_ticks(low, high, most - 1) if tick > 0]
    return inside if len(inside) <= most else powers[:: math.ceil(len(powers) / most)]


def _rounds(low: float, high: float) -> list[float]:
    """Give 1, 2 and 5 times powers of ten from one that is not above ``low`` to one not below ``high``."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [part * 10.0**power for power in powers for part in (1, 2, 5)]


def tick_labels(ticks: Sequence[float]) -> list[str]:
    """Write ticks as shortly as tells them apart."""
    every = [[short(tick, digits) for tick in ticks] for digits in range(3, 16)]
    return next((labels for labels in every if len(set(labels)) == len(ticks)), every[-1])
