"""A report of a load test, to be varied, and how to read what the page makes of it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import msgspec

from chatsimples.i18n import translator
from chatsimples.loadtest.drawing.markup import joined
from chatsimples.loadtest.report.page import page
from chatsimples.loadtest.results import (
    Checks,
    Connecting,
    Generator,
    Latency,
    Moment,
    Phase,
    ProcessUse,
    Report,
    Run,
    Step,
)

ENGLISH = translator("en")
LATENCY = Latency(
    count=2_000_000,
    mean=1.5,
    p50=1.234,
    p99=4.567,
    p999=8.912,
    max=1543.0,
    curve=[(0, 0.5), (50, 1.234), (99, 4.567), (99.9, 8.912), (100, 1543.0)],
)
MOMENTS = [
    Moment(1.0, 1000, 1e6, 1.1, 4.1, 9.1),
    Moment(2.0, 0, 0, 0, 0, 0),
    Moment(3.0, 990, 9e5, 1.2, 4, 8),
]
SERVER = [ProcessUse("acceptor", 12.0, 21_000_000), ProcessUse("broadcaster", 76.0, 42_000_000)]
PHASE = Phase(
    offered=1000,
    seconds=3.1,
    sent=3000,
    achieved=998.0,
    deliveries=32_200_000.0,
    bytes=3_870_000_000.0,
    writes=17.3,
    connections=10_000,
    latency=LATENCY,
    moments=MOMENTS,
    server=SERVER,
    generator=Generator([ProcessUse("reader 1", 55.0, 33_000_000)], lag_p99=0.321, lag_max=2.22),
)
RUN = Run(
    "chatsimples", "0.1.0", 1, Connecting(10_000, 3.21, 0.45, 67.8), [PHASE], Checks(3_000_000, 3_000_000)
)
REPORT = Report(
    "2026-11-23T15:00:01Z",
    {"processor": "Z80 at 4 MHz", "memory": "64 kB"},
    {"clients": 10_000, "dialect": "text", "churn": False},
    [RUN],
)
STEPS = [
    Step(1000, 999, 1.1, 2.2, True),
    Step(8000, 6100, 70, 88.8, False),
    Step(4000, 3990, 3.3, 9.9, True),
]


def changed(run: Run, **changes: object) -> Run:
    return msgspec.structs.replace(run, **changes)


def of(*runs: Run) -> Report:
    return msgspec.structs.replace(REPORT, runs=list(runs))


def with_deliveries(rate: float, **changes: object) -> Run:
    return changed(RUN, phases=[msgspec.structs.replace(PHASE, deliveries=rate)], **changes)


def part(*pieces: str) -> ET.Element:
    """Parse pieces of a page."""
    return ET.fromstring(f"<body>{joined(pieces)}</body>")


def tree(report: Report) -> ET.Element:
    """Parse the whole page of a report."""
    return ET.fromstring(page(report, translate=ENGLISH).removeprefix("<!DOCTYPE html>"))


def words(element: ET.Element) -> str:
    """Give what a person reads, with ordinary spaces."""
    return " ".join(element.itertext()).replace("\u202f", " ").replace("\u00a0", " ")


def rows(element: ET.Element) -> list[list[str]]:
    """Give the cells of all tables."""
    return [[words(cell) for cell in row] for row in element.iter("tr")]


def plots(element: ET.Element) -> dict[str, ET.Element]:
    """Give the plots by their titles."""
    return {each.get("aria-label", ""): each for each in element.iter("svg")}
