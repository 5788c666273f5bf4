"""The segments of a folder: always those that are there, listed anew only when that has changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from transcript.logs import make_log

from chatsimples.transcript.segment_list import SegmentList
from chatsimples.transcript.segments import segment_name, segments

LONG_AGO = 1_000_000_000


def settle(folder: Path) -> None:
    """Let the last change to a folder be long ago."""
    os.utime(folder, ns=(LONG_AGO, LONG_AGO))


def test_what_is_there_is_listed(tmp_path: Path) -> None:
    listed = SegmentList(tmp_path)
    assert [] == listed.paths()
    make_log(tmp_path, 2, 3)
    assert segments(tmp_path) == listed.paths()
    (tmp_path / segment_name(1)).unlink()
    assert [tmp_path / segment_name(3)] == listed.paths()


def test_a_folder_that_has_not_changed_is_not_listed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_log(tmp_path, 2, 3)
    expected = segments(tmp_path)
    settle(tmp_path)
    listed = SegmentList(tmp_path)
    assert expected == listed.paths()
    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", None)
        assert expected == listed.paths()
    (tmp_path / segment_name(1)).unlink()
    assert expected[1:] == listed.paths()


def test_changes_at_the_same_time_are_seen(tmp_path: Path) -> None:
    listed = SegmentList(tmp_path)
    for number in range(1, 20):
        # So quickly that the folder's time may not tell.
        (tmp_path / segment_name(number)).touch()
        assert number == len(listed.paths())


def test_a_single_segment_is_the_one(tmp_path: Path) -> None:
    make_log(tmp_path, 2)
    [segment] = segments(tmp_path)
    assert [segment] == SegmentList(segment).paths()


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SegmentList(tmp_path / "none").paths()
