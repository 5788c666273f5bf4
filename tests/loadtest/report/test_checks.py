"""Whether all was delivered is said in words, and what casts doubt on the figures is said too."""

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
    rows,
    words,
)

from chatsimples.loadtest.report.checks import checks_table, verdicts, warnings
from chatsimples.loadtest.results import (
    Checks,
    Report,
)


def said_of(report: Report) -> list[tuple[str, str]]:
    said = part(*verdicts(report, ENGLISH), *warnings(report, ENGLISH))
    return [(each.get("class", ""), words(each)) for each in said.findall("div")]


def test_all_delivered_is_said_in_words() -> None:
    ((kind, said),) = said_of(REPORT)
    assert "word good" == kind
    assert "Everything was delivered, once and in order: 3 000 000 of 3 000 000" in said


@pytest.mark.parametrize(
    ("expected", "fault"),
    [
        ("lost: 1 234", "lost"),
        ("duplicated: 1 234", "duplicated"),
        ("reordered: 1 234", "reordered"),
        ("damaged: 1 234", "damaged"),
        ("connections ended: 1 234", "ended"),
    ],
)
def test_each_fault_is_told_with_its_count(expected: str, fault: str) -> None:
    checks = msgspec.structs.replace(Checks(5000, 3766, first="reader 7 missed 8"), **{fault: 1234})
    ((kind, said),) = said_of(of(changed(RUN, checks=checks)))
    assert "word bad" == kind
    assert "3 766 of 5 000" in said
    assert expected in said
    assert "round 1: reader 7 missed 8" in said
    assert 1 == said.count("1 234")


def test_faults_of_all_rounds_are_added_up() -> None:
    faulty = [changed(RUN, round=number, checks=Checks(100, 93, lost=7)) for number in (1, 2)]
    ((_, said),) = said_of(of(*faulty, changed(RUN, round=3)))
    assert "lost: 14" in said


def test_another_servers_fault_is_not_ours() -> None:
    other = changed(RUN, target="course", checks=Checks(10, 9, lost=1))
    assert ["word good", "word bad"] == [kind for kind, _ in said_of(of(RUN, other))]


def test_a_test_that_checked_nothing_does_not_pass_for_good() -> None:
    assert ["word warn"] == [kind for kind, _ in said_of(of(changed(RUN, checks=Checks())))]


def test_a_bottleneck_is_told_once_for_all_its_rounds() -> None:
    generator = msgspec.structs.replace(PHASE.generator, bottleneck="its CPU was at 99 %")
    phases = [msgspec.structs.replace(PHASE, generator=generator)] * 2
    runs = [RUN, *[changed(RUN, phases=phases, round=number) for number in (2, 3)]]
    warnings = [said for kind, said in said_of(of(*runs)) if kind == "word warn"]
    assert 1 == len(warnings)
    assert "not chatsimples (round 2, 3)" in warnings[0]
    assert "its CPU was at 99 %" in warnings[0]


def test_what_disturbed_the_figures_is_told_beside_a_bottleneck() -> None:
    generator = msgspec.structs.replace(PHASE.generator, bottleneck="too busy", disturbed="others worked")
    run = changed(RUN, round=2, phases=[msgspec.structs.replace(PHASE, generator=generator)])
    limited, disturbed = [said for kind, said in said_of(of(RUN, run)) if kind == "word warn"]
    assert "too busy" in limited
    assert "The figures of chatsimples are not its own alone (round 2)." in disturbed
    assert "others worked" in disturbed
    assert "others worked" not in limited


def test_each_run_is_told_with_its_faults() -> None:
    faulty = changed(RUN, round=2, checks=Checks(5000, 4990, lost=10, slow_behind=1234, reconnected=7))
    first, second = rows(part(checks_table(of(RUN, faulty), ENGLISH)))[1:]
    assert ["chatsimples", "1", "3 000 000", "3 000 000", *"0000000"] == first
    assert ["chatsimples", "2", "5 000", "4 990", "✗ 10", *"0000", "1 234", "7"] == second
