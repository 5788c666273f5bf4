"""Progress: a line that goes again on a terminal, lines now and then elsewhere, nothing for what is quick."""

from __future__ import annotations

import io
import sys

import pytest

from chatsimples.replay import progress as module
from chatsimples.replay.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def hurry(monkeypatch):
    """Let it tell each time."""
    monkeypatch.setattr(module, "_TERMINAL_SECONDS", 0.0)
    monkeypatch.setattr(module, "_PLAIN_SECONDS", 0.0)


def told(monkeypatch, stderr):
    monkeypatch.setattr(sys, "stderr", stderr)
    with Progress("{count} at {rate}") as progress:
        progress.add(1_000)
        progress.add(500)
    assert 1_500 == progress.count
    assert progress.rate > 0
    return stderr.getvalue()


def test_on_a_terminal_its_line_goes_again(monkeypatch, hurry):
    text = told(monkeypatch, Terminal())
    assert "1,500 at" in text
    assert text.endswith("\r\x1b[K")
    assert "\n" not in text


def test_elsewhere_there_are_plain_lines(monkeypatch, hurry):
    text = told(monkeypatch, io.StringIO())
    assert ["1,000", "1,500"] == [line.split()[0] for line in text.splitlines()]
    assert "\x1b" not in text


def test_what_is_quick_tells_nothing(monkeypatch):
    assert "" == told(monkeypatch, Terminal())
