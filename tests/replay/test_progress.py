"""Progress: a line that goes again on a terminal, lines now and then elsewhere, nothing for what is quick."""

from __future__ import annotations

import io
import sys

import pytest

from chatsimples.replay.progress import PLAIN_SECONDS, TERMINAL_SECONDS, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, seconds: float) -> str:
    """Return what is written of two steps that take so many seconds each."""
    now = 100.0
    monkeypatch.setattr(sys, "stderr", stderr)
    with Progress("{count} at {rate}", lambda: now) as progress:
        now += seconds
        progress.add(1_000)
        now += seconds
        progress.add(500)
        rate = progress.rate
    assert (1_500, 1_500 / (2 * seconds)) == (progress.count, rate)
    return stderr.getvalue()


def test_on_a_terminal_its_line_goes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(monkeypatch, Terminal(), TERMINAL_SECONDS)
    assert "\r1,000 at 2,000\x1b[K\r1,500 at 1,500\x1b[K\r\x1b[K" == text


def test_elsewhere_there_are_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "1,000 at 100\n1,500 at 75\n" == told(monkeypatch, io.StringIO(), PLAIN_SECONDS)


@pytest.mark.parametrize(
    ("stderr", "seconds"), [(Terminal(), TERMINAL_SECONDS / 4), (io.StringIO(), PLAIN_SECONDS / 4)]
)
def test_what_is_quick_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, seconds: float
) -> None:
    assert "" == told(monkeypatch, stderr, seconds)
