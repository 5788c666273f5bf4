"""The tables at the end of a load test, and the sentences below them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import msgspec
import pytest
from rich.console import Console

from chatsimples.loadtest import table
from chatsimples.loadtest.results import (
    Checks,
    Connecting,
    Generator,
    Latency,
    Phase,
    ProcessUse,
    Ramp,
    Report,
    Run,
    Step,
    Turns,
)

PHASE = Phase(
    offered=1_000.0, seconds=1.0, sent=1_000, achieved=1_000.0, deliveries=32_200.0, bytes=4.1e6,
    writes=2.5, connections=100, latency=Latency(1, 1.5, 1.25, 12.5, 20.0, 30.0), moments=[],
    server=[ProcessUse("acceptor", 45.0, 63_000_000)],
    generator=Generator([ProcessUse("readers", 30.0, 40_000_000)]),
)  # fmt: skip
GOOD = Checks(expected=32_200, exact=32_200)


def run_of(target: str = "chatsimples", round: int = 1, checks: Checks = GOOD, **phase: object) -> Run:  # noqa: A002 - as in Run
    connecting = Connecting(100, 0.25, 1.0, 2.0)
    return Run(target, "1.0", round, connecting, [msgspec.structs.replace(PHASE, **phase)], checks)


def lines(*runs: Run, width: int = 160, **settings: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    table.show(Report("2026-01-01T00:00:00Z", {}, dict(settings), list(runs)), console, str)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def shown(*runs: Run, **settings: int) -> str:
    """Show a report; return it with single spaces."""
    return " ".join(" ".join(lines(*runs, **settings)).split())


def has(text: str, parts: Sequence[str]) -> None:
    assert [] == [part for part in parts if part not in text], text


def test_a_server_alone_is_shown_with_all_its_figures() -> None:
    has(
        shown(run_of()),
        ["chatsimples", "32.2 k", "4.1 MB", "1.25 ms", "12.5 ms", "20 ms", "30 ms", "acceptor", "45 %",
         "63 MB", "readers", "30 %", "100 in 250 ms", "all 32,200 deliveries came once and in order"],
    )  # fmt: skip


def test_servers_side_by_side_are_compared_by_their_medians() -> None:
    runs = [run_of("chatsimples", n, deliveries=d) for n, d in ((1, 10e3), (2, 40e3), (3, 20e3))]
    others = [run_of("redis", n, deliveries=10e3) for n in (1, 2, 3)]
    has(shown(*runs, *others), ["chatsimples", "redis", "20 k", "10 k", "2 \N{MULTIPLICATION SIGN}"])


def test_what_was_wrong_is_said_in_numbers_with_the_first_fault() -> None:
    bad = Checks(
        expected=32_200, exact=32_000, lost=1, duplicated=22, reordered=333, damaged=4, ended=5,
        first="[red]sender 00: 40 came where 39 was due",
    )  # fmt: skip
    has(
        shown(run_of(checks=bad)),
        ["of 32,200 deliveries 1 were lost, 22 came twice, 333 out of order; 4 pieces that nobody sent, "
         "5 connections ended. [red]sender 00: 40 came where 39 was due"],
    )  # fmt: skip


def test_a_fault_of_any_round_of_any_server_is_shown() -> None:
    bad = msgspec.structs.replace(GOOD, lost=7)
    told = shown(run_of(), run_of("redis"), run_of("chatsimples", 2), run_of("redis", 2, bad))
    has(told, ["redis, 2: of 32,200 deliveries 7 were lost", "chatsimples, 2: all 32,200"])


@pytest.mark.parametrize(
    ("reached", "told"),
    [(True, "the knee: 1 k messages/s are held with p99 within 50 ms"), (False, "no knee was found: 1 k")],
)
def test_a_ramp_is_shown_in_the_order_of_its_rates_with_its_knee(reached: bool, told: str) -> None:
    steps = [Step(1_000.0, 1_000.0, 1.0, 2.0, held=True), Step(2_000.0, 1_100.0, 90.0, 95.0, held=False)]
    run = msgspec.structs.replace(run_of(), ramp=Ramp(50.0, steps, 1_000.0, reached), phases=[PHASE, PHASE])
    has(shown(run), ["chatsimples: the ramp", "yes", "no", "95 ms", told])


def test_slow_readers_and_those_that_came_and_went_are_told_of() -> None:
    checks = msgspec.structs.replace(GOOD, slow_behind=5_000, reconnected=12)
    has(
        shown(run_of(checks=checks)),
        ["slow readers had 5,000 messages still to read", "12 readers came and left meanwhile"],
    )


def test_a_limit_is_named_where_a_server_did_not_keep_up_and_only_there() -> None:
    assert "--message-rate" in shown(run_of(achieved=500.0))
    assert "--message-rate" not in shown(run_of(achieved=950.0))
    assert "--message-rate" not in shown(run_of(offered=0.0, achieved=1.0))


def test_a_generator_that_was_the_bottleneck_is_admitted() -> None:
    generator = Generator([], bottleneck="its process readers used 99 % of a core")
    has(shown(run_of(generator=generator)), ["the generator was the bottleneck", "used 99 % of a core"])


def test_what_was_not_measured_is_not_shown_and_nothing_at_all_does_no_harm() -> None:
    told = shown(run_of(writes=0.0, server=[], latency=Latency(), deliveries=0.0, achieved=0.0, bytes=0.0))
    assert "socket writes" not in told
    assert "acceptor" not in told
    assert "nan" not in told


def test_the_turns_of_the_servers_loop_are_shown_if_they_are_known() -> None:
    run = msgspec.structs.replace(run_of(), turns=Turns(9_000, 0.5, 1.5, 25.5, 1_234))
    has(shown(run), ["turns of its loop", "1.5 ms (p99), 25.5 ms at most, 1,234 over 20 ms"])
    assert "loop" not in shown(run_of())


def test_several_rounds_of_one_server_have_medians_and_name_the_last_round() -> None:
    told = shown(*[run_of(round=n, deliveries=d) for n, d in ((1, 10e3), (2, 40e3), (3, 20e3), (4, 30e3))])
    has(told, ["medians of 4 rounds", "25 k", "chatsimples 1.0, round 4 of 4", "30 k"])
    assert "how many times the other" not in told
    assert "round" not in shown(run_of())


def test_what_a_server_uses_that_is_not_known_is_a_dash_and_never_nothing() -> None:
    dash = "\N{EN DASH}"
    (row,) = [line for line in lines(run_of(server=[])) if "server: CPU, memory" in line]
    assert dash == row.split("│")[2].strip()
    rows = [
        [cell.strip() for cell in line.split("│")[1:-1]]
        for line in lines(run_of(server=[]), run_of("redis"))
        if line.startswith("│")
    ]
    assert ["chatsimples", dash, dash] == [rows[0][0], *rows[0][4:6]]
    assert ["redis", "45 %", "63 MB"] == [rows[1][0], *rows[1][4:6]]
    assert ["redis", dash, dash] == [rows[2][0], *rows[2][4:6]]


def test_a_limit_is_named_also_in_a_closed_loop_at_a_server_that_ran_already() -> None:
    slow = run_of(offered=0.0, achieved=59.0)
    assert "only 59 messages/s were taken" in shown(slow, port=5000, senders=3, rooms=1)
    assert "--message-rate" in shown(slow, port=5000, senders=1, rooms=3)
    assert "--message-rate" not in shown(slow, port=5000, senders=2, rooms=1)
    assert "--message-rate" not in shown(slow, port=0, senders=3, rooms=1)
    other = run_of("redis", offered=0.0, achieved=59.0)
    assert "--message-rate" not in shown(run_of(), other, port=5000, senders=3, rooms=1)


def test_what_disturbed_the_figures_is_told_also_beside_a_bottleneck() -> None:
    generator = Generator([], bottleneck="too busy", disturbed="other programs used 40 % of a core meanwhile")
    has(
        shown(run_of(generator=generator)),
        ["the generator was the bottleneck, not the server: too busy",
         "chatsimples: the figures are not the server's alone: other programs used 40 % of a core meanwhile"],
    )  # fmt: skip
    assert "alone" not in shown(run_of())


def test_lateness_is_shown_of_an_open_loop_only() -> None:
    generator = Generator([], lag_p99=0.75, lag_max=3.5)
    assert "0.75 ms (p99), 3.5 ms at most" in shown(run_of(generator=generator))
    assert "later than due" not in shown(run_of(generator=generator, offered=0.0))


def test_a_ramp_that_the_generator_ended_has_no_knee() -> None:
    steps = [Step(1e3, 1e3, 1.0, 2.0, held=True), Step(2e3, 1.1e3, 9.0, 95.0, held=False, generator=True)]
    ramp = Ramp(50.0, steps, 1e3, reached=False, generator=True)
    told = shown(msgspec.structs.replace(run_of(), ramp=ramp, phases=[PHASE, PHASE]))
    has(told, ["no knee was found: the load test's own processes were at their limit at 2 k/s"])
    assert "the knee" not in told
    assert "still held" not in told


def test_a_comparison_fits_into_80_columns_with_nothing_cut_off() -> None:
    latency = Latency(9, 1.0, 123.0, 12.3e3, 2e4, 3e4)
    runs = [
        run_of(name, number, deliveries=123.4e6, latency=latency, writes=0.125)
        for number in (1, 2)
        for name in ("chatsimples", "inspircd")
    ]
    told = lines(*runs, width=80)
    assert "…" not in "".join(told)
    assert max(map(len, told)) <= 80
