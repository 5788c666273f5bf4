"""How far a long piece of work is, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType

TERMINAL_SECONDS = 0.5
PLAIN_SECONDS = 10.0


class Progress:
    """Tells how many there were and how fast: on a terminal in a line that goes again, else now and then.

    Args:
        text: what is told, with ``{count}`` and ``{rate}``.
        clock: gives the time in seconds.
    """

    def __init__(self, text: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.count = 0
        self._text = text
        self._clock = clock
        self._terminal = sys.stderr.isatty()
        self._every = TERMINAL_SECONDS if self._terminal else PLAIN_SECONDS
        self._started = clock()
        self._told = self._started
        self._shown = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    @property
    def rate(self) -> float:
        """How many a second there were."""
        return self.count / max(self._clock() - self._started, 0.001)

    def add(self, count: int) -> None:
        """Count more of them."""
        self.count += count
        now = self._clock()
        if now - self._told < self._every:
            return
        self._told = now
        text = self._text.format(count=f"{self.count:,}", rate=f"{self.rate:,.0f}")
        self._shown = self._terminal
        sys.stderr.write(f"\r{text}\x1b[K" if self._terminal else f"{text}\n")
        sys.stderr.flush()
