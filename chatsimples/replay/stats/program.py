"""``chatsimples replay stats``: who said how much, where and when."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from itertools import accumulate
from typing import TextIO

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chatsimples.config.replay import StatsSettings
from chatsimples.i18n import Translate
from chatsimples.replay.narration.times import local_time
from chatsimples.replay.recording.selection import selection
from chatsimples.replay.recording.source import lines, opened
from chatsimples.replay.stats.counts import Counts, count
from chatsimples.screen.sanitize import sanitize_name

_BAR = 24
_EIGHTHS = " ▏▎▍▌▋▊▉"
_WIDE_ENOUGH = 1_000
_NARROW = 72
_NAME = 14
_NO_TIME = "\N{EN DASH}"
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))

Row = tuple[str, list[int]]
"""A name and its numbers; the first of them has a bar."""


def stats(path: str, settings: StatsSettings, translate: Translate) -> int:
    """Count the selected records, print the counts, and return the exit code.

    Raises:
        ChatSimplesError: there is none, it can't be read, or a setting can't be.
    """
    chosen = selection(settings.begin, settings.end, settings.room, settings.nick, translate)
    with opened(path, translate) as found:
        counts = count(record for record, _line in chosen.select(lines(found, chosen.after)))
    output = sys.stdout
    if settings.json:
        output.buffer.write(msgspec.json.encode(counts) + b"\n")
    else:
        if isinstance(output, TextIOWrapper):
            # A terminal of another encoding shows a character that it does not have as an escape.
            output.reconfigure(errors="backslashreplace")
        show(counts, settings.top, output, translate)
    output.flush()
    return 0


def show(counts: Counts, top: int, output: TextIO, translate: Translate) -> None:
    """Print tables: with bars on a terminal, else plainly and as wide as they are.

    Args:
        counts: what was counted.
        top: rows of each table; 0: all.
        output: where to.
        translate: the language.
    """
    _ = translate
    plain = not output.isatty() or os.environ.get("TERM", "") in ("", "dumb")
    console = _Console(
        file=output,
        width=_WIDE_ENOUGH if plain else None,
        no_color=True if plain else None,
        color_system=None if plain else "auto",
        highlight=False,
        markup=False,
        emoji=False,
    )
    report = _Report(console, top, translate, plain=plain)
    report.totals(counts)
    if not counts.messages:
        return
    heads = [_("messages"), _("private"), _("words"), _("bytes")]
    rows = [
        (sanitize_name(each.nick), [each.messages, each.private, each.words, each.bytes])
        for each in counts.nicks
    ]
    report.table(_("nick"), heads, rows)
    heads = [_("messages"), _("nicks"), _("joins"), _("words"), _("bytes")]
    rows = [
        (f"#{sanitize_name(each.room)}", [each.messages, each.nicks, each.joins, each.words, each.bytes])
        for each in counts.rooms
    ]
    report.table(_("room"), heads, rows)
    used = [each.hour for each in counts.hours if each.messages]
    if used:
        hours = counts.hours[used[0] : used[-1] + 1]
        report.table(_("hour"), [_("messages")], [(f"{each.hour:02}", [each.messages]) for each in hours], 0)
    if len(counts.days) > 1:
        busiest = sorted(counts.days, key=lambda each: (-each.messages, each.day))[: top or None]
        busiest.sort(key=lambda each: each.day)
        report.table(_("day"), [_("messages")], [(each.day, [each.messages]) for each in busiest], 0)


class _Console(Console):
    """Leaves it to its caller what a reader who has gone means: the usual one ends the program with 1."""

    def on_broken_pipe(self) -> None:
        """Let the error be."""
        raise  # noqa: PLE0704 - it is called while the error is handled


class _Report:
    """Prints totals and tables on a console."""

    def __init__(self, console: Console, top: int, translate: Translate, *, plain: bool) -> None:
        self._console = console
        self._top = top
        self._translate = translate
        self._plain = plain

    def totals(self, counts: Counts) -> None:
        """Print the totals."""
        _ = self._translate
        begins, ends = local_time(counts.first), local_time(counts.last)
        grid = Table.grid(padding=(0, 2))
        rows = [
            (_("records"), self._number(counts.records)),
            (_("from"), f"{begins:%Y-%m-%d %H:%M:%S}" if begins else _NO_TIME),
            (_("to"), f"{ends:%Y-%m-%d %H:%M:%S}" if ends else _NO_TIME),
            (_("duration"), _duration(counts.seconds)),
            (_("messages"), self._number(counts.messages)),
            (_("private"), self._number(counts.private)),
            (_("words"), self._number(counts.words)),
            (_("bytes"), self._number(counts.bytes)),
            (_("nicks"), self._number(len(counts.nicks))),
            (_("rooms"), self._number(len(counts.rooms))),
            (_("joins"), self._number(counts.joins)),
            (_("leaves"), self._number(counts.leaves)),
            (_("changes of nick"), self._number(counts.renames)),
            (_("done to govern rooms"), self._number(counts.governed)),
            (_("starts of the server"), self._number(counts.starts)),
        ]
        for name, value in rows:
            grid.add_row(Text(name), Text(value))
        self._print(grid)

    def table(self, name: str, heads: list[str], rows: list[Row], top: int | None = None) -> None:
        """Print a table with at most ``top`` rows; 0: all; None: as many as the setting says."""
        kept = rows[: (self._top if top is None else top) or None]
        bars = not self._plain and self._console.width >= _NARROW
        table = Table(
            box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="" if self._plain else "bold"
        )
        heads = self._fitting(heads)
        table.add_column(Text(name), overflow="fold")
        if bars:
            table.add_column("", no_wrap=True)
        for head in heads:
            table.add_column(Text(head), justify="right", no_wrap=True)
        most = max((numbers[0] for _name, numbers in kept), default=0)
        for row, numbers in kept:
            bar = [Text(_bar(numbers[0], most), "cyan")] if bars else []
            table.add_row(Text(row), *bar, *(Text(self._number(number)) for number in numbers[: len(heads)]))
        self._print(Text(""))
        self._print(table)
        if len(kept) < len(rows):
            text = self._translate("and {number} more")
            self._print(Text(text.format(number=self._number(len(rows) - len(kept)))))

    def _fitting(self, heads: list[str]) -> list[str]:
        """Return the columns for which there is room beside a name; the first one always."""
        room = self._console.width - _NAME
        ends = accumulate(len(head) + 2 for head in heads)
        return [
            head
            for place, (head, end) in enumerate(zip(heads, ends, strict=True))
            if not place or end <= room
        ]

    def _print(self, what: Table | Text) -> None:
        with self._console.capture() as captured:
            self._console.print(what)
        # A table fills its cells with spaces, also the last.
        for line in captured.get().splitlines():
            self._console.file.write(f"{line.rstrip(' ')}\n")

    def _number(self, number: int) -> str:
        # For a person, grouped in a way that means the same in every language; for a program, as it is.
        return str(number) if self._plain else f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def _bar(number: int, most: int) -> str:
    """Return a bar; the longest for the most, and a visible one for any number above 0."""
    eighths = max(1, round(8 * _BAR * number / most)) if number else 0
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


def _duration(seconds: float) -> str:
    """Return seconds in the two greatest units: ``2 h 15 min``."""
    left = round(seconds)
    parts: list[str] = []
    for size, unit in _UNITS:
        number, left = divmod(left, size)
        if number or (unit == "s" and not parts):
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2])
