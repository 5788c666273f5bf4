"""Servers compared by one figure of their runs."""

from __future__ import annotations

from math import isfinite, nan
from statistics import median

import msgspec

from chatsimples.loadtest.results import Phase, Report


class Figure(msgspec.Struct, frozen=True):
    """A figure of a server, as the median of its runs, with the range: no numbers (NaN) if it is not known.

    Attributes:
        ratio: this server's own median over the first server's; 0 where it says nothing.
    """

    target: str
    median: float
    low: float
    high: float
    ratio: float = 0.0


def compare(report: Report, figure: str) -> list[Figure]:
    """Compare the servers by one figure of their phases.

    Args:
        report: of at least one run.
        figure: achieved, deliveries, bytes, writes, server_cpu, server_rss, or one of the latency's: p50,
            p99, p999, max, mean.
    """
    figures: list[Figure] = []
    for target in report.targets:
        values = [_value(run.phase, figure) for run in report.of(target) if _known(run.phase, figure)]
        values = values or [nan]
        middle = median(values)
        ratio = middle / first if (first := figures[0].median if figures else middle) else 0.0
        figures.append(Figure(target, middle, min(values), max(values), ratio if isfinite(ratio) else 0.0))
    return figures


def _known(phase: Phase, figure: str) -> bool:
    """Tell whether a figure was measured: of a server elsewhere nobody knows what it uses."""
    return bool(phase.server) or figure not in {"server_cpu", "server_rss"}


def _value(phase: Phase, figure: str) -> float:
    source = phase.latency if figure in {"p50", "p99", "p999", "max", "mean"} else phase
    return float(getattr(source, figure))
