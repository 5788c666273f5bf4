"""A program on a terminal of its own, seen as a person sees it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence

import pexpect
import pyte
from support.server import clean_environment
from support.waiting import DEADLINE, eventually


class TerminalProgram:
    """A running program, and what its terminal shows.

    Args:
        command: its command line.
        columns, rows: the terminal's size.
        environ: more of its environment.
    """

    def __init__(self, command: Sequence[str], columns: int, rows: int, environ: dict[str, str]) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=100_000)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.process: pexpect.spawn[bytes] = pexpect.spawn(
            command[0],
            list(command[1:]),
            env=clean_environment(**environ),
            dimensions=(rows, columns),
            timeout=DEADLINE,
        )
        # Keys are sent at once, not after the 50 ms that pexpect waits for slow prompts.
        self.process.delaybeforesend = None

    @property
    def rows(self) -> list[str]:
        """The screen's rows that are not empty."""
        return [row.rstrip() for row in self.screen.display if row.strip()]

    @property
    def everything(self) -> list[str]:
        """The rows that have left the screen, and those on it."""
        columns = self.screen.columns
        past = ["".join(row[x].data for x in range(columns)).rstrip() for row in self.screen.history.top]
        return [row for row in past if row] + self.rows

    @property
    def last_row(self) -> str:
        """The screen's last row that is not empty."""
        return self.rows[-1] if self.rows else ""

    def take_in(self, within: float = 0.02) -> bool:
        """Take in what was drawn; tell whether anything was."""
        try:
            data = self.process.read_nonblocking(1 << 16, within)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    def sees(self, condition: Callable[[], object] | str, what: str = "", within: float = DEADLINE) -> None:
        """Take in what is drawn until a condition holds, or a text is on the screen."""

        def met() -> object:
            self.take_in()
            if isinstance(condition, str):
                return any(condition in row for row in self.rows)
            return condition()

        until = time.monotonic() + within
        while not met():
            shown = "\n".join(self.screen.display)
            assert time.monotonic() < until, f"not seen: {what or condition}\n{shown}"

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self.take_in()
        self.screen.resize(rows, columns)
        self.process.setwinsize(rows, columns)

    def wait(self) -> int:
        """Take in everything to the end, and give the exit code."""
        until = time.monotonic() + DEADLINE
        while self.process.isalive():
            self.take_in()
            assert time.monotonic() < until, "it has not ended:\n" + "\n".join(self.screen.display)
        while self.take_in():
            pass
        self.process.close()
        assert self.process.signalstatus is None
        assert self.process.exitstatus is not None
        return self.process.exitstatus

    def close(self) -> None:
        """Leave nothing of it behind."""
        if self.process.isalive():
            self.process.kill(signal.SIGKILL)
            eventually(lambda: not self.process.isalive(), "it is gone")
        self.process.close(force=True)
