"""Lines are printed once; the progress line below them leaves nothing behind."""

from __future__ import annotations

import io
import os

import pyte
import pytest
from replay.playing import START, chat, said

from chatsimples.replay.narration.line_renderer import LineRenderer
from chatsimples.replay.play.player import PlaybackState
from chatsimples.replay.play.terminal_view import TerminalView
from chatsimples.screen.escape_sequences import EscapeSequences

HERE = PlaybackState(paused=False, at=START, seq=1, first=1, last=10, speed=1.0)


class FakeTerminal(io.StringIO):
    """A terminal that keeps what is written to it, in pieces."""

    def __init__(self, columns: int = 40, rows: int = 10) -> None:
        super().__init__()
        self.size = (columns, rows)
        self.emulator = pyte.HistoryScreen(columns, rows, history=1000)
        # As the terminal's driver does.
        self.emulator.set_mode(pyte.modes.LNM)
        self._stream = pyte.Stream(self.emulator)
        self.pieces: list[str] = []

    def fileno(self) -> int:
        return 99

    def write(self, text: str) -> int:
        if text:
            self.pieces.append(text)
            self._stream.feed(text)
        return len(text)

    @property
    def cursor(self) -> tuple[bool, int, int]:
        """Whether the cursor is hidden, its column and its row."""
        cursor = self.emulator.cursor
        return cursor.hidden, cursor.x, cursor.y

    @property
    def rows(self) -> list[str]:
        return [row.rstrip() for row in self.emulator.display if row.strip()]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> FakeTerminal:
    made = FakeTerminal()
    monkeypatch.setattr(os, "get_terminal_size", lambda fd: os.terminal_size(made.size))
    return made


def view_on(terminal: FakeTerminal, *, has_escapes: bool = True) -> TerminalView:
    renderer = LineRenderer(str, EscapeSequences(), "off")
    return TerminalView(terminal, renderer, str, has_escapes=has_escapes)


def test_lines_stand_above_the_progress_line(terminal: FakeTerminal) -> None:
    view = view_on(terminal)
    view.draw(HERE)
    view.show_records(chat(range(20)))
    view.draw(HERE)
    assert [f"ana: n {number}" for number in range(12, 21)] == terminal.rows[:-1]
    assert terminal.rows[-1].startswith("▶ ")
    assert (True, 0) == terminal.cursor[:2]
    view.leave()
    assert [f"ana: n {number}" for number in range(12, 21)] == terminal.rows
    assert (False, 0, 9) == terminal.cursor


def test_each_drawing_is_one_write_and_without_a_change_there_is_none(terminal: FakeTerminal) -> None:
    view = view_on(terminal)
    view.show_records(chat(range(5)))
    view.draw(HERE)
    view.draw(HERE)
    assert 1 == len(terminal.pieces)


def test_the_terminal_breaks_a_line_longer_than_a_row(terminal: FakeTerminal) -> None:
    view = view_on(terminal)
    view.show_records([said(1, 0, "x" * 100), said(2, 0, "漢" * 30)])
    view.draw(HERE)
    assert "".join(terminal.rows[:-1]).replace(" ", "") == f"ana:{'x' * 100}ana:{'漢' * 30}"
    assert terminal.rows[-1].startswith("▶ ")


def test_a_jump_has_a_rule(terminal: FakeTerminal) -> None:
    terminal.size = (80, 10)
    view = view_on(terminal)
    view.show_jump_back(START)
    view.show_jump_on(START, 12)
    view.show_jump_on(START, 0)
    view.show_restart()
    view.leave()
    kinds = ["back to ", "on to ", "on to ", "again from the beginning"]
    rows = "".join(terminal.pieces).splitlines()
    assert 4 == len(rows)
    for row, kind in zip(rows, kinds, strict=True):
        assert row.startswith(f"── {kind}")
    assert "records skipped: 12" in rows[1]
    assert "skipped" not in rows[2]


def test_a_terminal_without_escape_sequences_gets_lines_only(terminal: FakeTerminal) -> None:
    view = view_on(terminal, has_escapes=False)
    view.show_records(chat([0]))
    view.draw(HERE)
    view.show_keys()
    view.leave()
    written = "".join(terminal.pieces)
    assert written.startswith("ana: n 1\n  Space")
    assert written.replace("\n", "").isprintable()


@pytest.mark.parametrize(("size", "rows"), [((80, 24), 20), ((80, 1), 3), ((80, 1000), 60), ((0, 0), 20)])
def test_a_screenful_leaves_room_for_the_rows_around_it(
    terminal: FakeTerminal, size: tuple[int, int], rows: int
) -> None:
    terminal.size = size
    assert rows == view_on(terminal).rows


def test_a_terminal_without_a_size_has_80_columns(
    terminal: FakeTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(fd: int) -> None:
        raise OSError

    monkeypatch.setattr(os, "get_terminal_size", none)
    view = view_on(terminal)
    view.draw(HERE)
    assert "keys" in terminal.pieces[0]


def test_the_keys_are_shown_in_columns(terminal: FakeTerminal) -> None:
    view = view_on(terminal)
    view.show_keys()
    view.leave()
    shown = "".join(terminal.pieces).splitlines()
    assert any(line.startswith("  Space ") for line in shown)
    assert 1 == len({len(line) - len(line[2:].split("  ", 1)[1].lstrip()) for line in shown})
