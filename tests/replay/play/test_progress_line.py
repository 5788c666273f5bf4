"""The progress line: always narrower than the terminal, and the more the wider that is."""

from __future__ import annotations

import pytest
from replay.playing import START
from wcwidth import wcswidth

from chatsimples.replay.play.player import Progress
from chatsimples.replay.play.progress_line import progress_line


def progress(**changed):
    return Progress(
        **{"paused": False, "at": START, "seq": 25, "first": 1, "last": 100, "speed": 1.0, **changed}
    )


@pytest.mark.parametrize("dated", [False, True])
@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize("seq", [0, 1, 50, 100])
def test_it_fits_every_terminal(dated, paused, seq):
    widths = [
        wcswidth(progress_line(progress(paused=paused, seq=seq), columns, dated, str))
        for columns in range(1, 200)
    ]
    assert all(width < columns for columns, width in enumerate(widths, 1))
    assert 60 < max(widths) < 110


def test_a_long_name_of_it_in_another_script_fits_too():
    for columns in range(1, 120):
        assert wcswidth(progress_line(progress(), columns, False, lambda text: f"{text}再生中")) < columns


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        ({}, ["▶ ", "25 of 100", "25 %", "\N{MULTIPLICATION SIGN}1"]),
        ({"paused": True, "speed": 0.25}, ["⏸ ", "\N{MULTIPLICATION SIGN}0.25"]),
        ({"first": 11, "last": 20, "seq": 15}, ["15 of 20", "50 %"]),
        ({"seq": 0}, ["0 of 100", "░ 0 %"]),
        ({"seq": 100}, ["█ 100 %"]),
        ({"seq": 99}, ["░ 99 %"]),
    ],
)
def test_it_tells_the_state_the_place_and_the_speed(changed, parts):
    line = progress_line(progress(**changed), 80, False, str)
    for part in parts:
        assert part in line


def test_the_date_is_there_if_it_lasts_for_days():
    assert "2026-11-19 " in progress_line(progress(), 80, True, str)
    assert "2026-11-19 " not in progress_line(progress(), 80, False, str)


def test_what_matters_least_is_left_out_first():
    lines = [progress_line(progress(), columns, True, str) for columns in range(5, 100)]
    least_columns = [
        next(columns for columns, line in enumerate(lines, 5) if part in line)
        for part in ("▶", ":", "%", "2026", " of ", "\N{MULTIPLICATION SIGN}", "░", "keys")
    ]
    assert sorted(least_columns) == least_columns
