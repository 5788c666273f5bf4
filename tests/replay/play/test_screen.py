"""The screen: lines go into the scrollback, once; one line lives below them and leaves nothing behind."""

from __future__ import annotations

import io
import os

import pyte
import pytest
from replay.playing import START, chat, said

from chatsimples.replay.narration.lines import Lines
from chatsimples.replay.narration.looks import Looks
from chatsimples.replay.play import screen as play_screen
from chatsimples.replay.play.player import Progress
from chatsimples.replay.play.screen import Screen

HERE = Progress(paused=False, at=START, seq=1, first=1, last=10, speed=1.0)


class Target(io.StringIO):
    """A terminal that keeps what is written to it, in pieces."""

    def __init__(self, columns=40, rows=10):
        super().__init__()
        self.size = (columns, rows)
        self.emulator = pyte.HistoryScreen(columns, rows, history=1000)
        # As the terminal's driver does.
        self.emulator.set_mode(pyte.modes.LNM)
        self._stream = pyte.Stream(self.emulator)
        self.pieces = []

    def fileno(self):
        return 99

    def write(self, text):
        if text:
            self.pieces.append(text)
            self._stream.feed(text)
        return len(text)

    @property
    def rows(self):
        return [row.rstrip() for row in self.emulator.display if row.strip()]


@pytest.fixture
def target(monkeypatch):
    made = Target()
    monkeypatch.setattr(os, "get_terminal_size", lambda fd: os.terminal_size(made.size))
    return made


def screen_on(target, **options):
    return Screen(target, Lines(str, Looks(), "off"), str, **options)


def test_lines_stand_above_the_line_that_lives(target):
    screen = screen_on(target)
    screen.draw(HERE)
    screen.records(chat(range(20)))
    screen.draw(HERE)
    assert [f"ana: n {number}" for number in range(12, 21)] == target.rows[:-1]
    assert target.rows[-1].startswith("▶ ")
    assert target.emulator.cursor.hidden
    assert 0 == target.emulator.cursor.x
    screen.leave()
    assert [f"ana: n {number}" for number in range(12, 21)] == target.rows
    assert not target.emulator.cursor.hidden
    assert (0, 9) == (target.emulator.cursor.x, target.emulator.cursor.y)


def test_each_drawing_is_one_piece_and_what_has_not_changed_is_not_drawn(target):
    screen = screen_on(target)
    screen.records(chat(range(5)))
    screen.draw(HERE)
    screen.draw(HERE)
    assert 1 == len(target.pieces)


def test_what_is_longer_than_a_row_is_broken_by_the_terminal(target):
    screen = screen_on(target)
    screen.records([said(1, 0, "x" * 100), said(2, 0, "漢" * 30)])
    screen.draw(HERE)
    assert "".join(target.rows[:-1]).replace(" ", "") == f"ana:{'x' * 100}ana:{'漢' * 30}"
    assert target.rows[-1].startswith("▶ ")


def test_rules_tell_of_jumps(target):
    target.size = (80, 10)
    screen = screen_on(target)
    screen.went_back(START)
    screen.went_on(START, 12)
    screen.went_on(START, 0)
    screen.again()
    screen.leave()
    kinds = ["back to ", "on to ", "on to ", "again from the beginning"]
    rows = "".join(target.pieces).splitlines()
    assert 4 == len(rows)
    for row, kind in zip(rows, kinds, strict=True):
        assert row.startswith(f"── {kind}")
    assert "records skipped: 12" in rows[1]
    assert "skipped" not in rows[2]


def test_a_terminal_that_obeys_nothing_gets_lines_only(target):
    screen = screen_on(target, obeys=False)
    screen.records(chat([0]))
    screen.draw(HERE)
    screen.keys()
    screen.leave()
    written = "".join(target.pieces)
    assert written.startswith("ana: n 1\n  Space")
    assert written.replace("\n", "").isprintable()


@pytest.mark.parametrize(("size", "rows"), [((80, 24), 20), ((80, 1), 3), ((80, 1000), 60), ((0, 0), 20)])
def test_a_screenful_leaves_room_for_what_is_around_it(target, size, rows):
    target.size = size
    assert rows == screen_on(target).rows


def test_where_there_is_no_size_it_is_taken_for_80_columns(target, monkeypatch):
    def none(fd):
        raise OSError

    monkeypatch.setattr(play_screen.os, "get_terminal_size", none)
    screen = screen_on(target)
    screen.draw(HERE)
    assert "keys" in target.pieces[0]
