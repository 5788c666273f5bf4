"""The plots show each server's round in the middle."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import msgspec
from loadtest.reports import (
    ENGLISH,
    MOMENTS,
    PHASE,
    REPORT,
    RUN,
    STEPS,
    changed,
    of,
    part,
    plots,
    with_deliveries,
    words,
)

from chatsimples.loadtest.report.plots import plots_of
from chatsimples.loadtest.results import (
    Latency,
    Ramp,
    Report,
)


def shown_of(report: Report) -> ET.Element:
    return part(*plots_of(report, ENGLISH))


def test_the_plots_are_of_the_round_in_the_middle() -> None:
    runs = [with_deliveries(rate, round=number) for number, rate in enumerate((5e6, 9e6, 7e6), start=1)]
    note = "The plots show the round in the middle by deliveries: chatsimples, round 3."
    assert note in words(shown_of(of(*runs)))
    assert "round in the middle" not in words(shown_of(REPORT))


def test_latency_and_throughput_are_plotted() -> None:
    shown = plots(shown_of(REPORT))
    assert [
        "Latency over percentiles",
        "Latency over time, chatsimples",
        "Deliveries over time",
        "Messages over time",
    ] == list(shown)
    sent = shown["Messages over time"]
    assert "offered: 1 k/s" in [each.text for each in sent.iter("text")]
    mark, line = (
        next(each.attrib["d"] for each in sent.iter("path") if each.get("class") == kind)
        for kind in ("mark", "line")
    )
    assert line.split("L")[0].split(" ")[1] == mark.split("H")[0].split(" ")[1]


def test_the_rate_that_was_offered_is_a_mark_among_the_messages_alone() -> None:
    marked = [title for title, svg in plots(shown_of(REPORT)).items() if "offered:" in words(svg)]
    assert ["Messages over time"] == marked


def test_several_servers_are_lines_of_the_same_plots() -> None:
    shown = plots(shown_of(of(RUN, changed(RUN, target="redis"))))
    assert "Latency over time, p99" in shown
    for title in ("Latency over percentiles", "Latency over time, p99", "Deliveries over time"):
        assert {"chatsimples", "redis"} <= {each.text for each in shown[title].iter("text")}


def test_a_ramp_is_plotted_with_its_bound_and_knee() -> None:
    phases = [msgspec.structs.replace(PHASE, offered=step.offered) for step in STEPS]
    report = of(changed(RUN, phases=phases, ramp=Ramp(20.0, STEPS, 4000, reached=True)))
    shown = shown_of(report)
    assert "Of a ramp they show the highest rate that was held." in words(shown)
    ramp = plots(shown)["Ramp: latency over the rate (hollow: not held)"]
    assert {"bound: 20 ms", "chatsimples holds 4 k/s"} <= {each.text for each in ramp.iter("text")}
    assert 1 == sum(each.get("class") == "sign hollow" for each in ramp.iter("path"))


def test_a_ramp_that_held_nothing_has_no_knee_in_its_plot() -> None:
    report = of(changed(RUN, ramp=Ramp(20.0, STEPS[1:2], 0, reached=True)))
    assert "holds" not in words(shown_of(report))


def test_a_single_moment_is_drawn() -> None:
    one = changed(RUN, phases=[msgspec.structs.replace(PHASE, moments=MOMENTS[:1])])
    signs = [
        each
        for each in plots(shown_of(of(one)))["Latency over time, chatsimples"].iter("path")
        if each.get("class") == "sign"
    ]
    assert 3 == len(signs)


def test_a_plot_of_nothing_says_so() -> None:
    nothing = msgspec.structs.replace(PHASE, latency=Latency(), moments=[])
    shown = plots(shown_of(of(changed(RUN, phases=[nothing]))))
    assert [True] * 4 == ["nothing was measured" in words(svg) for svg in shown.values()]
