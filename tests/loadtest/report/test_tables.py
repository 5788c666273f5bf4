"""What was tried, used and given is told row by row."""

from __future__ import annotations

import msgspec
import pytest
from loadtest.reports import (
    ENGLISH,
    PHASE,
    REPORT,
    RUN,
    STEPS,
    changed,
    of,
    part,
    rows,
    words,
)

from chatsimples.loadtest.report.tables import named, process_tables, ramp_tables
from chatsimples.loadtest.results import Ramp, Turns


def test_a_ramp_is_told_step_by_step() -> None:
    report = of(changed(RUN, ramp=Ramp(20.0, STEPS, 4000, reached=True), phases=[PHASE] * 3))
    told = part(*ramp_tables(report, ENGLISH))
    assert "chatsimples: 4 k/s is the highest rate held with p99 within 20 ms." in words(told)
    assert [
        ["offered", "achieved", "p50", "p99", "held"],
        ["1 k/s", "999/s", "1.1 ms", "2.2 ms", "yes"],
        ["8 k/s", "6.1 k/s", "70 ms", "88.8 ms", "no"],
        ["4 k/s", "3.99 k/s", "3.3 ms", "9.9 ms", "yes"],
    ] == rows(told)


def test_what_was_no_ramp_has_no_table_of_it() -> None:
    assert [] == ramp_tables(REPORT, ENGLISH)


@pytest.mark.parametrize(
    ("expected", "ramp"),
    [
        ("no rate was held with p99 within 20 ms", Ramp(20.0, STEPS[1:2], 0, reached=True)),
        ("1 k/s was held with p99 within 20 ms; no higher", Ramp(20.0, STEPS[:1], 1000, reached=False)),
    ],
)
def test_a_ramp_without_a_knee_says_so(expected: str, ramp: Ramp) -> None:
    assert expected in words(part(*ramp_tables(of(changed(RUN, ramp=ramp)), ENGLISH)))


def test_a_ramp_that_the_generator_ended_has_no_knee() -> None:
    steps = [STEPS[0], msgspec.structs.replace(STEPS[1], generator=True)]
    ramp = Ramp(20.0, steps, 1000, reached=False, generator=True)
    told = words(part(*ramp_tables(of(changed(RUN, ramp=ramp, phases=[PHASE] * 2)), ENGLISH)))
    assert "no knee was found: the load test's own processes were at their limit at 8 k/s." in told
    assert "highest rate" not in told


def test_each_process_is_told_with_what_it_used() -> None:
    told = part(process_tables(REPORT, ENGLISH))
    assert ["chatsimples, round 1", "load generator for chatsimples, round 1"] == [
        each.text for each in told.iter("caption")
    ]
    used = rows(told)
    assert ["acceptor", "12 %", "21 MB"] in used
    assert ["broadcaster", "76 %", "42 MB"] in used
    assert ["reader 1", "55 %", "33 MB"] in used


def test_the_turns_of_the_servers_loop_are_told_if_they_are_known() -> None:
    told = words(part(process_tables(of(changed(RUN, turns=Turns(9_000, 0.5, 1.5, 25.5, 1_234))), ENGLISH)))
    assert "loop took 0.5 ms (p50), 1.5 ms (p99), 25.5 ms at most a turn; 1,234 over 20 ms." in told
    assert "loop" not in words(part(process_tables(REPORT, ENGLISH)))


def test_lateness_is_told_of_an_open_loop_only() -> None:
    late = "later than due by 0.321 ms (p99), by 2.22 ms at most"
    closed = changed(RUN, phases=[msgspec.structs.replace(PHASE, offered=0)])
    assert late in words(part(process_tables(REPORT, ENGLISH)))
    assert "later" not in words(part(process_tables(of(closed), ENGLISH)))


def test_the_settings_are_told_as_they_were_given() -> None:
    told = rows(part(named(REPORT.settings, ENGLISH)))
    assert [["name", "value"], ["clients", "10000"], ["dialect", "text"], ["churn", "no"]] == told


def test_what_is_on_is_told_in_words() -> None:
    assert ["ramp", "yes"] in rows(part(named({"ramp": True}, ENGLISH)))


def test_a_setting_that_looks_like_a_cell_is_a_text() -> None:
    assert ["workload", "<td>odd"] in rows(part(named({"workload": "<td>odd"}, ENGLISH)))
