r"""What a terminal shows of a playback: printed lines, which scroll away, and below them a progress line.

Between two writes the cursor, hidden, stands at the beginning of the progress line, so that this can be
erased whatever the terminal has made of it: where a narrower terminal breaks rows anew, the rest of it is
below.
"""

from __future__ import annotations

import os
from typing import TextIO

from chatsimples.chat.records import Record
from chatsimples.i18n import N_, Translate
from chatsimples.replay.narration.line_renderer import LineRenderer
from chatsimples.replay.narration.times import local_moment
from chatsimples.replay.play.player import PlaybackState
from chatsimples.replay.play.progress_line import progress_line

_ERASE = "\r\x1b[J"
_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"
_FEWEST_ROWS, _MOST_ROWS = 3, 60
_ASIDE = 4

_KEYS_HELP = (
    (N_("Space"), N_("pause, go on")),
    (".", N_("pause, then one record at a time")),
    ("+ -", N_("twice as fast, half as fast")),
    ("← →", N_("10 seconds back, forward; at least a record")),
    ("↑ ↓", N_("a minute back, forward; at least a record")),
    ("Home End", N_("to the beginning, to the end")),
    ("?", N_("these keys")),
    ("q", N_("end")),
)


class TerminalView:
    """A `PlayerView` that prints; ``draw`` writes all of it at once.

    Args:
        terminal: where to.
        renderer: makes the lines.
        translate: the language.
        dated: the recording lasts for more than a day: its times are written with the date.
        has_escapes: the terminal knows escape sequences. On one that does not there is no progress line.
    """

    def __init__(
        self,
        terminal: TextIO,
        renderer: LineRenderer,
        translate: Translate,
        *,
        dated: bool = False,
        has_escapes: bool = True,
    ) -> None:
        self._terminal = terminal
        self._renderer = renderer
        self._translate = translate
        self._dated = dated
        self._has_escapes = has_escapes
        self._unwritten: list[str] = []
        self._drawn: str | None = None

    @property
    def rows(self) -> int:
        """How many records can be seen at once, below a rule."""
        return min(_MOST_ROWS, max(_FEWEST_ROWS, self._size().lines - _ASIDE))

    def show_records(self, records: list[Record]) -> None:
        """Print records."""
        for record in records:
            self._unwritten += self._renderer.record(record)

    def show_jump_back(self, at: int) -> None:
        """Print a rule for a jump back."""
        self._rule(self._translate("back to {time}").format(time=self._time(at)))

    def show_jump_on(self, at: int, skipped: int) -> None:
        """Print a rule for a jump forward."""
        _ = self._translate
        text = _("on to {time}; records skipped: {number}") if skipped else _("on to {time}")
        self._rule(text.format(time=self._time(at), number=skipped))

    def show_restart(self) -> None:
        """Print a rule for another round."""
        self._rule(self._translate("again from the beginning"))

    def show_keys(self) -> None:
        """Print the keys' meanings."""
        self._unwritten += self._key_lines()

    def draw(self, state: PlaybackState) -> None:
        """Write all that is to be printed, and the progress line."""
        line = self._progress_line(state)
        if not self._unwritten and line == self._drawn:
            return
        printed = "".join([f"{each}\n" for each in self._unwritten])
        self._unwritten.clear()
        start = (_ERASE if self._drawn is not None else _HIDE) if self._has_escapes else ""
        self._drawn = line
        self._write(f"{start}{printed}{line}\r" if self._has_escapes else printed)

    def leave(self) -> None:
        """Write all that is to be printed, and leave the terminal to others."""
        printed = "".join([f"{each}\n" for each in self._unwritten])
        self._unwritten.clear()
        around = (_ERASE, _SHOW) if self._has_escapes and self._drawn is not None else ("", "")
        self._drawn = None
        self._write(f"{around[0]}{printed}{around[1]}")

    def _progress_line(self, state: PlaybackState) -> str:
        if not self._has_escapes:
            return ""
        return progress_line(state, self._size().columns, self._dated, self._translate)

    def _key_lines(self) -> list[str]:
        rows = [(self._translate(keys), self._translate(meaning)) for keys, meaning in _KEYS_HELP]
        widest = max(len(keys) for keys, _meaning in rows)
        return [
            self._renderer.line([("class:notice", f"  {keys:{widest}}  {meaning}")]) for keys, meaning in rows
        ]

    def _rule(self, text: str) -> None:
        self._unwritten.append(self._renderer.rule(text))

    def _time(self, at: int) -> str:
        return f"{local_moment(at):{'%Y-%m-%d ' if self._dated else ''}%H:%M:%S}"

    def _size(self) -> os.terminal_size:
        try:
            found = os.get_terminal_size(self._terminal.fileno())
        except OSError:
            found = os.terminal_size((0, 0))
        return os.terminal_size((found.columns or 80, found.lines or 24))

    def _write(self, text: str) -> None:
        self._terminal.write(text)
        self._terminal.flush()
