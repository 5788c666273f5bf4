"""Figures are medians with their range, each with its unit, and compare by ratios to the first server."""

from __future__ import annotations

import msgspec
import pytest
from loadtest.reports import (
    ENGLISH,
    PHASE,
    REPORT,
    RUN,
    changed,
    of,
    part,
    plots,
    rows,
    with_deliveries,
    words,
)

from chatsimples.loadtest.report.figures import amount, comparison, measured, median_run, tiles, written
from chatsimples.loadtest.results import (
    Connecting,
    Latency,
    Run,
)


def rounds(*rates: float) -> list[Run]:
    return [with_deliveries(rate, round=number) for number, rate in enumerate(rates, start=1)]


def test_the_run_in_the_middle_is_the_lower_of_two() -> None:
    assert 3 == median_run(rounds(5e6, 9e6, 7e6)).round
    assert 1 == median_run(rounds(5e6, 9e6)).round


def test_figures_of_several_rounds_have_their_median_and_range() -> None:
    said = words(part(tiles(of(*rounds(5e6, 9e6, 7e6)), ENGLISH)))
    assert "Medians of 3 rounds" in said
    assert "7 M/s 5 M/s \u2013 9 M/s" in said


def test_figures_of_one_round_have_no_range() -> None:
    said = words(part(tiles(REPORT, ENGLISH)))
    assert "deliveries 32.2 M/s messages" in said
    assert "\u2013" not in said
    assert "Medians" not in said


@pytest.mark.parametrize(("expected", "seconds"), [("3.21 s", 3.21), ("36.3 ms", 0.0363)])
def test_how_the_readers_came_is_told(expected: str, seconds: float) -> None:
    run = changed(RUN, connecting=Connecting(10_000, seconds, 0.45, 67.8))
    said = words(part(tiles(of(run), ENGLISH)))
    assert f"until 10 000 readers were in {expected} one took 0.45 ms, at most 67.8 ms" in said


def test_what_was_not_measured_is_not_told() -> None:
    unmeasured = msgspec.structs.replace(PHASE, latency=Latency(), writes=0)
    names = measured(of(changed(RUN, phases=[unmeasured])))
    assert ["deliveries", "achieved", "bytes", "server_rss", "server_cpu"] == names
    assert {"p50", "p99", "p999", "max", "writes"} == set(measured(REPORT)) - set(names)


@pytest.mark.parametrize(
    ("expected", "figure", "value"),
    [
        ("998/s", "achieved", 998),
        ("3.87 GB/s", "bytes", 3.87e9),
        ("1.23 ms", "p50", 1.2345),
        ("63 MB", "server_rss", 63e6),
        ("88 %", "server_cpu", 88.4),
        ("17.3", "writes", 17.3),
    ],
)
def test_each_figure_has_its_unit_on_the_same_line(expected: str, figure: str, value: float) -> None:
    assert expected.replace(" ", "\u00a0") == written(figure, value)


def test_an_amount_stays_on_one_line() -> None:
    assert "5\u00a0ms" == amount(5, "ms")


def test_servers_are_compared_by_ratios_to_the_first() -> None:
    report = of(with_deliveries(8e6), with_deliveries(2e6, target="redis", version="7.0.15"))
    compared = rows(part(*comparison(report, ENGLISH)))
    assert ["figure", "chatsimples", "redis"] == compared[0]
    assert ["deliveries", "8 M/s", "2 M/s (0.25 \N{MULTIPLICATION SIGN})"] == compared[1]


def test_a_comparison_of_several_rounds_has_their_ranges() -> None:
    others = [changed(run, target="redis") for run in rounds(1e6, 2e6, 3e6)]
    compared = rows(part(*comparison(of(*rounds(5e6, 9e6, 7e6), *others), ENGLISH)))
    assert "7 M/s 5 M/s \u2013 9 M/s" == compared[1][1]
    assert "2 M/s (0.286 \N{MULTIPLICATION SIGN}) 1 M/s \u2013 3 M/s" == compared[1][2]


def test_what_a_server_uses_that_is_not_known_is_a_dash() -> None:
    unknown = [changed(run, phases=[msgspec.structs.replace(PHASE, server=[])]) for run in rounds(1e6, 2e6)]
    tiled = {words(tile[0]): words(tile[1]) for tile in part(tiles(of(*unknown), ENGLISH)).iter("div")
             if len(tile) and tile[0].tag == "dt"}  # fmt: skip
    assert ["\u2013", "\u2013"] == [tiled["server's memory (RSS)"], tiled["server's CPU"]]
    others = [changed(run, target="redis") for run in rounds(1e6, 2e6)]
    shown = part(*comparison(of(*unknown, *others), ENGLISH))
    (cpu,) = [row for row in rows(shown) if row[0] == "server's CPU"]
    assert "\u2013" == cpu[1]
    assert cpu[2].startswith("88 % 88 %")
    assert "nan" not in "".join(str(each.attrib) for each in shown.iter())


def test_one_server_is_compared_with_none() -> None:
    assert [] == comparison(REPORT, ENGLISH)


def test_bars_compare_several_servers() -> None:
    five = of(*[changed(RUN, target=name) for name in ("chatsimples", "redis", "nats", "course", "inspircd")])
    shown = plots(part(*comparison(five, ENGLISH)))
    bars = {title: len(list(svg.iter("rect"))) for title, svg in shown.items()}
    assert [5, 5, 5, 15] == list(bars.values())
    assert 15 == bars["Latency"]
