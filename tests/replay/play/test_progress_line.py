"""The progress line: always narrower than the terminal, and the more the wider that is."""

from __future__ import annotations

from typing import Any

import pytest
from replay.playing import START
from wcwidth import wcswidth

from chatsimples.replay.play.player import PlaybackState
from chatsimples.replay.play.progress_line import progress_line


def state(**changed: Any) -> PlaybackState:
    return PlaybackState(
        **{"paused": False, "at": START, "seq": 25, "first": 1, "last": 100, "speed": 1.0, **changed}
    )


@pytest.mark.parametrize("dated", [False, True])
@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize("seq", [0, 1, 50, 100])
def test_it_fits_every_terminal(dated: bool, paused: bool, seq: int) -> None:
    widths = [
        wcswidth(progress_line(state(paused=paused, seq=seq), columns, dated, str))
        for columns in range(1, 200)
    ]
    assert all(width < columns for columns, width in enumerate(widths, 1))
    assert 60 < max(widths) < 110


def test_wide_words_fit_too() -> None:
    for columns in range(1, 120):
        assert wcswidth(progress_line(state(), columns, False, lambda text: f"{text}再生中")) < columns


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
def test_it_shows_the_state_the_seq_and_the_speed(changed: dict[str, Any], parts: list[str]) -> None:
    line = progress_line(state(**changed), 80, False, str)
    for part in parts:
        assert part in line


def test_the_date_is_shown_on_request() -> None:
    assert "2026-11-19 " in progress_line(state(), 80, True, str)
    assert "2026-11-19 " not in progress_line(state(), 80, False, str)


def test_the_least_important_parts_are_left_out_first() -> None:
    lines = [progress_line(state(), columns, True, str) for columns in range(5, 100)]
    least_columns = [
        next(columns for columns, line in enumerate(lines, 5) if part in line)
        for part in ("▶", ":", "%", "2026", " of ", "\N{MULTIPLICATION SIGN}", "░", "keys")
    ]
    assert sorted(least_columns) == least_columns
