"""Finding and reading whole lines by position."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.effort import examples
from transcript.logs import make_log, message

from chatsimples.chat.records import to_line
from chatsimples.transcript.lines import (
    WINDOW,
    count_lines,
    end_of,
    has_line,
    lines_before,
    lines_from,
    lines_within,
    near,
    offset_of,
    records_in,
)

HEADER = b'{"type":"transcript","and":"so on"}\n'
SEAL = b'{"type":"seal","seq":1,"sha256":"ab"}\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_lines_from_gives_whole_lines_only(path: Path) -> None:
    path.write_bytes(b"one\ntwo\nthree\nfo")
    assert b"one\ntwo\n" == lines_from(path, 0, 10)
    assert b"three\n" == lines_from(path, 8, 100)
    assert b"" == lines_from(path, 14, 100)
    assert b"" == lines_from(path, 16, 100)


def test_lines_from_gives_a_line_longer_than_asked_for(path: Path) -> None:
    path.write_bytes(b"x" * 1000 + b"\ntwo\n")
    assert lines_from(path, 0, 1).startswith(b"x" * 1000 + b"\n")


def test_lines_before_gives_whole_lines_up_to_an_end(path: Path) -> None:
    path.write_bytes(b"one\ntwo\nthree\nfour\n")
    assert (4, b"two\nthree\n") == lines_before(path, 14, 12)
    assert (0, b"one\n") == lines_before(path, 4, 100)


def test_lines_before_gives_a_line_longer_than_asked_for(path: Path) -> None:
    path.write_bytes(b"one\n" + b"x" * 1000 + b"\n")
    start, block = lines_before(path, 1005, 1)
    assert path.read_bytes()[start:] == block
    assert b"x" * 1000 + b"\n" == block[-1001:]
    assert start in {0, 4}


def test_lines_within_are_those_that_begin_there(path: Path) -> None:
    path.write_bytes(b"one\ntwo\nthree\nfo")
    assert (0, b"one\ntwo\n", True) == lines_within(path, 0, 5)
    assert (4, b"two\n", True) == lines_within(path, 1, 8)
    assert (4, b"two\nthree\n", True) == lines_within(path, 4, 9)
    assert (9, b"", True) == lines_within(path, 9, 14)
    # What is not complete may be so later.
    assert (14, b"", False) == lines_within(path, 12, 20)
    assert (8, b"three\n", False) == lines_within(path, 8, 20)
    assert (20, b"", False) == lines_within(path, 20, 30)


@settings(max_examples=100, deadline=None)
@given(
    lengths=st.lists(st.one_of(st.integers(0, 20), st.integers(4_000, 9_000)), max_size=12),
    torn=st.integers(0, 5_000),
    size=st.one_of(st.integers(1, 30), st.integers(1_000, 10_000)),
)
def test_parts_of_a_file_have_each_complete_line_once(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], torn: int, size: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "file"
    lines = [b"x" * length + b"\n" for length in lengths]
    data = b"".join(lines)
    path.write_bytes(data + b"x" * torn)
    size = max(size, len(data) // 300)
    got = b""
    for start in range(0, len(data) + torn + size, size):
        offset, block, whole = lines_within(path, start, start + size)
        got += block
        if block:
            assert start <= offset < start + size
            assert data[offset : offset + len(block)] == block
        assert not whole or start + size <= len(data) + torn
    assert data == got


def test_the_end_of_a_file_is_its_last_complete_line(path: Path) -> None:
    for data, end, line in (
        (b"", 0, b""),
        (b"on", 0, b""),
        (b"one\n", 4, b"one\n"),
        (b"one\ntwo\nthr", 8, b"two\n"),
        (b"one\n" + b"x" * 5_000 + b"\n", 5_005, b"x" * 5_000 + b"\n"),
        (b"one\n" + b"x" * 5_000 + b"\n" + b"y" * 5_000, 5_005, b"x" * 5_000 + b"\n"),
        (b"x" * 300 + b"\n", 301, b"x" * 300 + b"\n"),
    ):
        path.write_bytes(data)
        assert (end, line) == end_of(path)


def test_seals_and_headers_are_no_records() -> None:
    one, two = to_line(message(1)), to_line(message(2, '{"type":"seal"'))
    assert [one, two] == records_in(HEADER + one + SEAL + two + SEAL)
    assert [one, two] == records_in(one + two)
    assert [] == records_in(SEAL)


def test_has_line_asks_for_a_complete_one(path: Path) -> None:
    assert not has_line(path)
    path.write_bytes(b"")
    assert not has_line(path)
    path.write_bytes(b"half")
    assert not has_line(path)
    path.write_bytes(b"whole\n")
    assert has_line(path)


def test_count_lines_counts_those_before_an_offset(path: Path) -> None:
    line = b"x" * 99 + b"\n"
    path.write_bytes(line * 2000)
    assert 0 == count_lines(path, 0)
    assert 1234 == count_lines(path, 123_400)
    assert 1234 == count_lines(path, 123_450)


@settings(max_examples=examples(40))
@given(
    sizes=st.lists(
        st.one_of(st.integers(1, 200), st.integers(1, 3 * WINDOW), st.just(-1)), min_size=1, max_size=20
    ),
    first=st.integers(1, 10**6),
    torn=st.booleans(),
)
def test_every_record_is_found_whatever_the_lengths_of_lines(
    tmp_path_factory: pytest.TempPathFactory, sizes: Sequence[int], first: int, torn: bool
) -> None:
    path = tmp_path_factory.mktemp("lines") / "file"
    data, offsets, seq = HEADER, {}, first
    for size in sizes:
        if size < 0:
            data += SEAL
            continue
        offsets[seq] = len(data)
        data += to_line(message(seq, "x" * size))
        seq += 1
    complete = len(data)
    if torn:
        offsets[seq] = complete
        data += to_line(message(seq))[:-1]
    path.write_bytes(data)
    for wanted in range(first - 1, seq + 2):
        start = near(path, wanted)
        if start:
            assert data.startswith(b'\n{"seq":', start - 1)
            assert start <= offsets[min(wanted, max(offsets))]
        expected = offsets.get(max(wanted, first), complete)
        if offsets:
            assert expected == offset_of(path, wanted)
        else:
            assert (0, complete) == (start, offset_of(path, wanted))


def test_the_search_ends_near_the_record(tmp_path: Path) -> None:
    lines = make_log(tmp_path, 5000)
    path = tmp_path / "transcript-000000000001.jsonl"
    data = path.read_bytes()
    for seq in (1, 999, 1000, 1001, 2500, 5000):
        start = near(path, seq)
        assert 0 <= data.index(lines[seq - 1]) - start <= WINDOW
