r"""A terminal on which something is played: lines go into its own scrollback, and one line below them lives.

While nothing is printed the cursor, hidden, stands at the beginning of the line that lives. So it can be
erased with what the terminal has made of it: where a narrower terminal breaks rows anew, the rest of it is
below.
"""

from __future__ import annotations

import os
from typing import TextIO

from chatsimples.chat.records import Record
from chatsimples.i18n import Translate
from chatsimples.replay.narration.lines import Lines
from chatsimples.replay.narration.visible import local_moment
from chatsimples.replay.play.player import Progress
from chatsimples.replay.play.progress_line import progress_line

_ERASE = "\r\x1b[J"
_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"
_FEWEST_ROWS, _MOST_ROWS = 3, 60
_ASIDE = 4


class Screen:
    """Prints what is played, a `Stage`; ``draw`` then writes all of it at once.

    Args:
        target: the terminal.
        lines: makes the lines.
        translate: the words' language.
        dated: it lasts for more than a day: times of its own are told with the date.
        obeys: the terminal obeys escape sequences. One that does not has no progress line.
    """

    def __init__(
        self, target: TextIO, lines: Lines, translate: Translate, *, dated: bool = False, obeys: bool = True
    ) -> None:
        self._target = target
        self._lines = lines
        self._translate = translate
        self._dated = dated
        self._obeys = obeys
        self._waiting: list[str] = []
        self._drawn: str | None = None

    @property
    def rows(self) -> int:
        """How many records can be seen at once, below a rule."""
        return min(_MOST_ROWS, max(_FEWEST_ROWS, self._size().lines - _ASIDE))

    def records(self, records: list[Record]) -> None:
        """Print records."""
        for record in records:
            self._waiting += self._lines.record(record)

    def went_back(self, at: int) -> None:
        """Print that what follows was before."""
        self._rule(self._translate("back to {time}").format(time=self._time(at)))

    def went_on(self, at: int, skipped: int) -> None:
        """Print that records are left out."""
        _ = self._translate
        text = _("on to {time}; records skipped: {number}") if skipped else _("on to {time}")
        self._rule(text.format(time=self._time(at), number=skipped))

    def again(self) -> None:
        """Print that it begins again."""
        self._rule(self._translate("again from the beginning"))

    def keys(self) -> None:
        """Print what the keys do."""
        self._waiting += self._lines.keys()

    def draw(self, progress: Progress) -> None:
        """Write what waits, and how far it has come."""
        line = self._progress(progress)
        if not self._waiting and line == self._drawn:
            return
        printed = "".join([f"{each}\n" for each in self._waiting])
        self._waiting.clear()
        start = (_ERASE if self._drawn is not None else _HIDE) if self._obeys else ""
        self._drawn = line
        self._write(f"{start}{printed}{line}\r" if self._obeys else printed)

    def leave(self) -> None:
        """Write what waits, and leave the terminal to others."""
        printed = "".join([f"{each}\n" for each in self._waiting])
        self._waiting.clear()
        around = (_ERASE, _SHOW) if self._obeys and self._drawn is not None else ("", "")
        self._drawn = None
        self._write(f"{around[0]}{printed}{around[1]}")

    def _progress(self, progress: Progress) -> str:
        if not self._obeys:
            return ""
        return progress_line(progress, self._size().columns, self._dated, self._translate)

    def _rule(self, text: str) -> None:
        self._waiting.append(self._lines.rule(text))

    def _time(self, at: int) -> str:
        return f"{local_moment(at):{'%Y-%m-%d ' if self._dated else ''}%H:%M:%S}"

    def _size(self) -> os.terminal_size:
        try:
            found = os.get_terminal_size(self._target.fileno())
        except OSError:
            found = os.terminal_size((0, 0))
        return os.terminal_size((found.columns or 80, found.lines or 24))

    def _write(self, text: str) -> None:
        self._target.write(text)
        self._target.flush()
