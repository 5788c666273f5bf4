"""A ramp finds the knee of a server that is known, and says so where it does not."""

from __future__ import annotations

from itertools import takewhile

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.loadtest.results import Generator, Latency, Phase
from chatsimples.loadtest.run.ramp import FIRST_RATE, HIGHEST_RATE, climb

BOUND = 20.0


def phase(rate: float, achieved: float, p99: float, count: int = 1_000) -> Phase:
    return Phase(
        offered=rate, seconds=1.0, sent=int(rate), achieved=achieved, deliveries=achieved, bytes=0.0,
        writes=0.0, connections=1, latency=Latency(count=count, p50=p99 / 2, p99=p99), moments=[], server=[],
        generator=Generator([]),
    )  # fmt: skip


class Server:
    """Holds all rates up to what it can do: then its latency, its throughput, or both tell."""

    def __init__(self, capacity: float, *, slows: bool = True, drops: bool = True) -> None:
        self.capacity = capacity
        self.slows = slows
        self.drops = drops
        self.tried: list[float] = []

    def load(self, rate: float) -> Phase:
        self.tried.append(rate)
        over = rate > self.capacity
        achieved = self.capacity * 0.9 if over and self.drops else rate
        return phase(rate, achieved, 500.0 if over and self.slows else 5.0)


@given(
    st.floats(2 * FIRST_RATE, HIGHEST_RATE * 0.95),
    st.sampled_from([(True, True), (True, False), (False, True)]),
)
def test_the_knee_is_found_within_five_percent(capacity: float, signs: tuple[bool, bool]) -> None:
    server = Server(capacity, slows=signs[0], drops=signs[1])
    ramp, phases = climb(server.load, BOUND)
    assert ramp.reached
    assert capacity * 0.95 <= ramp.knee <= capacity
    assert BOUND == ramp.bound
    assert server.tried == [step.offered for step in ramp.steps] == [each.offered for each in phases]
    assert [rate <= capacity for rate in server.tried] == [step.held for step in ramp.steps]
    assert ramp.knee == max(step.offered for step in ramp.steps if step.held)
    assert all((each.achieved, each.latency.p99) == (step.achieved, step.p99)
               for each, step in zip(phases, ramp.steps, strict=True))  # fmt: skip


@given(st.floats(1, HIGHEST_RATE / 3), st.floats(1.0, 1_000.0))
def test_a_ramp_goes_up_until_it_is_not_held_and_then_stays_within_the_gap(
    first: float, times: float
) -> None:
    server = Server(first * times)
    ramp, _ = climb(server.load, BOUND, first)
    rising = [step.offered for step in takewhile(lambda step: step.held, ramp.steps)]
    assert sorted(set(rising)) == rising
    assert first == rising[0]
    after = server.tried[len(rising) :]
    assert all(ramp.knee <= each <= after[0] or each < ramp.knee for each in after)
    assert len(after) <= 5
    assert len(set(server.tried)) == len(server.tried), "no rate is tried twice"


def test_a_server_that_holds_nothing_has_no_knee() -> None:
    server = Server(1.0)
    ramp, phases = climb(server.load, BOUND)
    assert (0.0, True, 1, 1) == (ramp.knee, ramp.reached, len(ramp.steps), len(phases))


def test_a_server_that_holds_all_is_asked_for_the_highest_and_no_knee_is_claimed() -> None:
    server = Server(float("inf"))
    ramp, _ = climb(server.load, BOUND)
    assert (HIGHEST_RATE, False) == (ramp.knee, ramp.reached)
    assert sorted(server.tried) == server.tried
    assert HIGHEST_RATE == server.tried[-1]


@pytest.mark.parametrize("first", [HIGHEST_RATE, HIGHEST_RATE * 3])
def test_who_begins_at_the_top_tries_the_top(first: float) -> None:
    ramp, phases = climb(Server(float("inf")).load, BOUND, first)
    assert [HIGHEST_RATE] == [each.offered for each in phases]
    assert (HIGHEST_RATE, False) == (ramp.knee, ramp.reached)


@pytest.mark.parametrize(
    ("achieved", "p99", "count", "held"),
    [(97.0, BOUND, 9, True), (96.9, 1.0, 9, False), (100.0, BOUND + 0.1, 9, False), (100.0, 0.0, 0, False)],
)
def test_what_held_means(achieved: float, p99: float, count: int, held: bool) -> None:
    ramp, _ = climb(lambda rate: phase(rate, achieved * rate / 100, p99, count), BOUND)
    assert held == ramp.steps[0].held


class Limited(Server):
    """A server before a generator that is at its limit from a rate on, and then does not hold it."""

    def __init__(self, capacity: float, limit: float) -> None:
        super().__init__(capacity)
        self.limit = limit

    def load(self, rate: float) -> Phase:
        measured = super().load(rate)
        if rate < self.limit:
            return measured
        generator = Generator([], bottleneck="its process senders used 99 % of a core")
        return msgspec.structs.replace(measured, achieved=rate / 2, generator=generator)


def test_a_generator_at_its_limit_ends_the_climb_and_is_not_the_servers_knee() -> None:
    server = Limited(float("inf"), 300.0)
    ramp, phases = climb(server.load, BOUND, 100.0)
    assert [100.0, 200.0, 400.0] == server.tried == [each.offered for each in phases]
    assert [False, False, True] == [step.generator for step in ramp.steps]
    assert (True, False, 200.0, 400.0) == (ramp.generator, ramp.reached, ramp.knee, ramp.generator_limit)


def test_a_generator_at_its_limit_between_two_rates_ends_the_halving() -> None:
    tried: list[float] = []

    def load(rate: float) -> Phase:
        tried.append(rate)
        return (Limited(350.0, 250.0) if len(tried) == 4 else Server(350.0)).load(rate)

    ramp, _ = climb(load, BOUND, 100.0)
    assert [100.0, 200.0, 400.0, 283.0] == tried
    assert (True, True, 200.0, 283.0) == (ramp.generator, ramp.reached, ramp.knee, ramp.generator_limit)


def test_a_rate_that_was_held_is_held_however_busy_the_generator() -> None:
    generator = Generator([], bottleneck="its process senders used 99 % of a core")
    ramp, _ = climb(
        lambda rate: msgspec.structs.replace(phase(rate, rate, 1.0), generator=generator), BOUND, HIGHEST_RATE
    )
    assert [(True, False)] == [(step.held, step.generator) for step in ramp.steps]
    assert not ramp.generator


def test_a_server_that_gives_way_first_is_told_as_such() -> None:
    ramp, _ = climb(Server(350.0).load, BOUND, 100.0)
    assert (False, 0.0) == (ramp.generator, ramp.generator_limit)
