"""Numbers as people read them: three significant digits and a unit, or a dash for what is no number."""

from __future__ import annotations

import math

THOUSAND = 1000
PREFIXES = ("", "k", "M", "G", "T", "P")
NO_NUMBER = "\N{EN DASH}"


def quantity(value: float, unit: str = "") -> str:
    """Write a number with a prefix and its unit: ``32.2 M``, ``950``, ``850/s``, ``32.2 M/s``, ``63 MB``.

    Seconds take no prefix, and milliseconds from 1,000 on are seconds: ``1.23 ms``, ``1.54 s``, ``5400 s``.
    """
    if not math.isfinite(value):
        return NO_NUMBER
    if unit == "ms" and abs(_rounded(value)) >= THOUSAND:
        return _plain(value / THOUSAND, "s")
    if unit in {"s", "ms"}:
        return _plain(value, unit)
    number, prefix = _scaled(value)
    last = f"{prefix}{unit}"
    return f"{number}{last}" if last.startswith("/") else f"{number} {last}".rstrip()


def milliseconds(value: float) -> str:
    """Write milliseconds, as seconds from 1,000 on: ``0.3 ms``, ``12.5 ms``, ``1.5 s``."""
    return quantity(value, "ms")


def megabytes(value: float) -> str:
    """Write bytes as MB of 1,000,000, however many, so that those in a column compare."""
    return _plain(value / THOUSAND**2, "MB")


def times(value: float) -> str:
    """Write a ratio, with the sign for times."""
    return _plain(value, "\N{MULTIPLICATION SIGN}")


def percent(value: float) -> str:
    """Write percent without a fraction: ``88 %``."""
    return f"{round(value)} %" if math.isfinite(value) else NO_NUMBER


def count(number: int) -> str:
    """Write a whole number with narrow no-break spaces between its thousands."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def short(value: float, digits: int = 3) -> str:
    """Write a number as an axis does: ``10k``; with so many significant ``digits``, three at least."""
    return "".join(_scaled(value, digits)) if math.isfinite(value) else NO_NUMBER


def unbroken(text: str) -> str:
    """Keep a number and its unit on one line: the spaces become no-break ones."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _rounded(value: float, digits: int = 3) -> float:
    # Adding zero makes a zero of minus zero.
    return float(f"{value:.{digits}g}") + 0.0


def _scaled(value: float, digits: int = 3) -> tuple[str, str]:
    """Give a number and its prefix; what would be rounded up to the next prefix is written with it."""
    rounded = _rounded(value, digits)
    small, power = rounded, 0
    while abs(small) >= THOUSAND and power < len(PREFIXES):
        small, power = small / THOUSAND, power + 1
    if power == len(PREFIXES):
        return f"{rounded:.{digits}g}", ""
    return f"{small:.{digits}g}", PREFIXES[power]


def _plain(value: float, unit: str) -> str:
    """Write a number with its unit and no prefix."""
    if not math.isfinite(value):
        return NO_NUMBER
    rounded = _rounded(value)
    return f"{rounded:.0f} {unit}" if abs(rounded) >= THOUSAND else f"{rounded:.3g} {unit}"
