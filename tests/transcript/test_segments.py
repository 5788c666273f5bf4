"""Names and headers of segments."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcript.logs import LOG

from chatsimples.transcript.segments import (
    GENESIS,
    HEADER_START,
    Header,
    first_seq_of,
    segment_name,
    segments,
)


def test_a_name_tells_the_first_seq_in_at_least_twelve_digits() -> None:
    assert "transcript-000000000001.jsonl" == segment_name(1)
    assert "transcript-1234567890123.jsonl" == segment_name(1234567890123)


@given(st.integers(1, 10**15))
def test_the_first_seq_comes_back_out_of_the_name(seq: int) -> None:
    assert seq == first_seq_of(segment_name(seq))


@pytest.mark.parametrize(
    "name",
    [
        "transcript-1.jsonl",
        "transcript-000000000001.jsonl.12.broken",
        "transcript-000000000001.json",
        "transcript-00000000000x.jsonl",
        "transcript-00000000000\N{ARABIC-INDIC DIGIT ONE}.jsonl",
        "old-transcript-000000000001.jsonl",
        "checkpoint-000000000001.json",
    ],
)
def test_other_names_are_no_segments(name: str) -> None:
    assert first_seq_of(name) is None


def test_segments_are_listed_by_number_and_other_files_left_out(tmp_path: Path) -> None:
    names = [segment_name(seq) for seq in (9, 1, 10**12, 30, 10**12 - 1)]
    for name in [*names, "server.jsonl", "transcript.lock", segment_name(1) + ".5.broken"]:
        (tmp_path / name).touch()
    expected = [1, 9, 30, 10**12 - 1, 10**12]
    assert expected == [first_seq_of(path.name) for path in segments(tmp_path)]


def test_a_header_is_written_as_documented() -> None:
    expected = f'{{"type":"transcript","version":2,"log":"{LOG}","first_seq":4,"previous":"{GENESIS}"}}\n'
    line = Header(log=LOG, first_seq=4, previous=GENESIS).encode()
    assert expected.encode() == line
    assert line.startswith(HEADER_START)
    assert Header(log=LOG, first_seq=4, previous=GENESIS) == Header.decode(line)


GOOD = Header(log=LOG, first_seq=4, previous=GENESIS).encode()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}\n",
        b"[" * 100_000,
        b'{"x":' + b"[" * 100_000,
        GOOD[:-1],
        GOOD.replace(b":4", b": 4"),
        GOOD.replace(b":4", b":0"),
        GOOD.replace(b'"version":2', b'"version":3'),
        GOOD.replace(b'"version":2', b'"version":0'),
        GOOD.replace(b'"type":"transcript",', b""),
        GOOD.replace(b'"first_seq"', b'"more":1,"first_seq"'),
        GOOD.replace(LOG.encode(), LOG.lower().encode()),
        GOOD.replace(LOG.encode(), b"8" + LOG[1:].encode()),
        GOOD.replace(b"000", b"00", 1),
        GOOD.replace(b"000", b"00A", 1),
        GOOD.replace(b'0"}', b'0\\n"}'),
    ],
)
def test_what_is_no_header_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Header.decode(line)


def test_the_header_of_a_segment_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / segment_name(4)
    path.write_bytes(GOOD + b"whatever follows\n")
    assert Header.decode(GOOD) == Header.read(path)
    path.write_bytes(b"x" * 1_000_000)
    with pytest.raises(ValueError):
        Header.read(path)
    with pytest.raises(OSError):
        Header.read(tmp_path / "missing")


def test_a_file_is_the_one_segment_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    path.write_bytes(GOOD)
    assert [path] == segments(path)
    assert [] == segments(tmp_path)


def test_a_header_of_version_1_is_read_as_it_is() -> None:
    line = GOOD.replace(b'"version":2', b'"version":1')
    assert 1 == Header.decode(line).version
    assert line == Header.decode(line).encode()
