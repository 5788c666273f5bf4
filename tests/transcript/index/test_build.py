"""An index is made from a complete segment alone, and is then as good as one made while it was written."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from transcript.index.logs_with_rooms import write_log
from transcript.logs import make_log

from chatsimples.transcript.index.build import build_index
from chatsimples.transcript.index.closed import has_index, index_path
from chatsimples.transcript.index.log_index import LogIndex
from chatsimples.transcript.segments import segments

SIZE = 700


def test_it_is_the_same_as_the_one_that_the_writer_made(tmp_path: Path) -> None:
    index = LogIndex(SIZE)
    write_log(tmp_path, random.Random(3), index, segments=3)
    while index.step():
        pass
    for segment in segments(tmp_path)[:-1]:
        made = index_path(segment).read_bytes()
        index_path(segment).unlink()
        assert build_index(segment, SIZE)
        assert made == index_path(segment).read_bytes()


def test_one_that_is_there_is_left(tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    [segment] = segments(tmp_path)
    assert build_index(segment)
    written = index_path(segment).stat().st_mtime_ns
    assert build_index(segment)
    assert written == index_path(segment).stat().st_mtime_ns


def test_a_segment_with_damage_or_without_an_end_gets_none(tmp_path: Path) -> None:
    make_log(tmp_path, 30, unsealed=2)
    [segment] = segments(tmp_path)
    assert not build_index(segment, SIZE)
    data = segment.read_bytes()
    segment.write_bytes(data[: data.index(b'{"seq":31')])
    assert build_index(segment, SIZE)
    index_path(segment).unlink()
    segment.write_bytes(segment.read_bytes().replace(b'"ana"', b'\x00ana"', 1))
    assert not build_index(segment, SIZE)
    assert not has_index(segment, SIZE)


def test_a_segment_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        build_index(tmp_path / "transcript-000000000001.jsonl")
