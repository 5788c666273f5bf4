"""A segment into which a write goes whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from transcript.logs import LOG, file_size_limit

from chatsimples.errors import StorageError
from chatsimples.transcript.segment_file import SegmentFile
from chatsimples.transcript.segments import GENESIS, Header, segment_name

HEADER = Header(log=LOG, first_seq=1, previous=GENESIS)
OLD_HEADER = Header(version=1, log=LOG, first_seq=1, previous=GENESIS)


def fail(*_: Any, **__: Any) -> None:
    raise OSError(5, "Input/output error")


def test_a_new_segment_holds_its_header(tmp_path: Path) -> None:
    segment = SegmentFile.create(tmp_path, HEADER)
    segment.close()
    assert tmp_path / segment_name(1) == segment.path
    assert HEADER.encode() == segment.path.read_bytes()
    assert len(HEADER.encode()) == segment.size


def test_a_segment_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / segment_name(1)).write_bytes(b"precious")
    with pytest.raises(StorageError, match="already"):
        SegmentFile.create(tmp_path, HEADER)
    assert b"precious" == (tmp_path / segment_name(1)).read_bytes()


def test_a_header_for_which_there_is_no_room_leaves_no_file(tmp_path: Path) -> None:
    for room in range(len(HEADER.encode())):
        with file_size_limit(room), pytest.raises(OSError, match="large"):
            SegmentFile.create(tmp_path, HEADER)
        assert [] == list(tmp_path.iterdir())


def test_what_does_not_fit_whole_leaves_the_file_as_it_was_and_can_be_added_later(tmp_path: Path) -> None:
    segment = SegmentFile.create(tmp_path, HEADER)
    before = segment.path.read_bytes()
    data = b"0123456789\n" * 5
    for room in range(len(data)):
        with file_size_limit(len(before) + room), pytest.raises(OSError, match="large"):
            segment.add(data)
        assert before == segment.path.read_bytes()
    segment.add(data)
    segment.sync()
    segment.close()
    assert before + data == segment.path.read_bytes()
    assert len(before + data) == segment.size


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Give a segment that holds a header, of version 1."""
    path = tmp_path / segment_name(1)
    path.write_bytes(OLD_HEADER.encode())
    return path


def test_a_segment_that_replaces_another_holds_its_own_header_and_goes_on(old: Path) -> None:
    segment = SegmentFile.replace(old, HEADER)
    assert (old, 1, len(HEADER.encode())) == (segment.path, segment.first_seq, segment.size)
    assert HEADER.encode() == old.read_bytes()
    segment.add(b"0123456789\n")
    segment.close()
    assert HEADER.encode() + b"0123456789\n" == old.read_bytes()
    assert [old] == list(old.parent.iterdir())


def test_a_replacement_for_which_there_is_no_room_leaves_the_old_one(old: Path) -> None:
    for room in range(len(HEADER.encode())):
        with file_size_limit(room), pytest.raises(OSError, match="large"):
            SegmentFile.replace(old, HEADER)
        assert [old] == list(old.parent.iterdir())
        assert OLD_HEADER.encode() == old.read_bytes()


def test_a_replacement_that_cannot_take_its_place_leaves_the_old_one(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="Input/output error"):
        SegmentFile.replace(old, HEADER)
    assert [old] == list(old.parent.iterdir())
    assert OLD_HEADER.encode() == old.read_bytes()


def test_what_a_crash_left_of_a_replacement_is_written_over(old: Path) -> None:
    (old.parent / f"{old.name}.tmp").write_bytes(HEADER.encode() + b"more than the header\n")
    SegmentFile.replace(old, HEADER).close()
    assert [old] == list(old.parent.iterdir())
    assert HEADER.encode() == old.read_bytes()


def test_a_segment_that_is_there_goes_on_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / segment_name(1)
    path.write_bytes(b"abc\n")
    segment = SegmentFile.open(path, 1, 4)
    segment.add(b"def\n")
    segment.close()
    assert b"abc\ndef\n" == path.read_bytes()


def test_a_torn_part_that_cannot_be_cut_is_fatal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segment = SegmentFile.create(tmp_path, HEADER)
    monkeypatch.setattr(os, "ftruncate", fail)
    with file_size_limit(segment.size + 2), pytest.raises(StorageError, match="can't be cut"):
        segment.add(b"0123456789\n")
    segment.close()


def test_a_torn_header_that_cannot_be_removed_is_fatal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "unlink", fail)
    with file_size_limit(2), pytest.raises(StorageError, match="can't be removed"):
        SegmentFile.create(tmp_path, HEADER)
    monkeypatch.undo()
