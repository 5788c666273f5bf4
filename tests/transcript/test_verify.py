"""Verifying a transcript or a part of one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.effort import examples, step
from support.transcript import Transcript
from transcript.logs import LOG, make_log

from chatsimples.errors import ChatSimplesError, TranscriptDamagedError
from chatsimples.transcript.segments import segment_name, segments
from chatsimples.transcript.verify import Verified, verify


def last_seal(path: Path) -> str:
    return path.read_bytes().splitlines()[-1].decode().split('"')[-2]


def test_a_whole_transcript_is_told(tmp_path: Path) -> None:
    make_log(tmp_path, 3, 4)
    verified = verify(tmp_path)
    expected = Verified(
        log=LOG, segments=2, records=7, seals=2, first_seq=1, last_seq=7,
        head=last_seal(segments(tmp_path)[-1]), unsealed=0, torn=0,
    )  # fmt: skip
    assert expected == verified
    assert verified.ok


def test_records_after_the_last_seal_are_counted(tmp_path: Path) -> None:
    make_log(tmp_path, 3, unsealed=2)
    verified = verify(tmp_path)
    assert (5, 1, 2, True) == (verified.last_seq, verified.seals, verified.unsealed, verified.ok)


def test_a_torn_tail_is_counted_and_not_ok(tmp_path: Path) -> None:
    make_log(tmp_path, 3)
    with segments(tmp_path)[0].open("ab") as file:
        file.write(b'{"seq":4,"at"')
    verified = verify(tmp_path)
    assert (3, 13, False) == (verified.last_seq, verified.torn, verified.ok)


@pytest.mark.parametrize("data", [b"", b'{"type":"transcr'])
def test_a_last_segment_without_a_header_is_torn_unless_it_is_empty(tmp_path: Path, data: bytes) -> None:
    make_log(tmp_path, 3)
    (tmp_path / segment_name(4)).write_bytes(data)
    verified = verify(tmp_path)
    assert (3, 1, len(data), not data) == (verified.last_seq, verified.segments, verified.torn, verified.ok)


def test_one_segment_is_verified_against_its_own_header(tmp_path: Path) -> None:
    make_log(tmp_path, 3, 4, 2)
    verified = verify(tmp_path / segment_name(4))
    assert (1, 4, 4, 7) == (verified.segments, verified.records, verified.first_seq, verified.last_seq)


def test_a_copy_under_another_name_is_verified_too(tmp_path: Path) -> None:
    make_log(tmp_path, 3, 4)
    shutil.copy(tmp_path / segment_name(4), tmp_path / "class-of-tuesday.jsonl")
    assert 7 == verify(tmp_path / "class-of-tuesday.jsonl").last_seq


def test_where_there_is_nothing_a_clear_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(ChatSimplesError, match="there is no transcript in"):
        verify(tmp_path)
    with pytest.raises(ChatSimplesError, match="can't be read: No such file"):
        verify(tmp_path / "none")
    (tmp_path / segment_name(1)).touch()
    for path in (tmp_path, tmp_path / segment_name(1)):
        with pytest.raises(ChatSimplesError, match="before its first record"):
            verify(path)
    (tmp_path / segment_name(1)).write_bytes(bytes(1000))
    with pytest.raises(TranscriptDamagedError):
        verify(tmp_path)


def test_a_transcript_without_records_is_whole(tmp_path: Path) -> None:
    make_log(tmp_path)
    verified = verify(tmp_path)
    assert (1, 0, 1, 0, True) == (
        verified.segments, verified.records, verified.first_seq, verified.last_seq, verified.ok,
    )  # fmt: skip


def test_a_flipped_bit_is_found_wherever_it_is(tmp_path: Path) -> None:
    make_log(tmp_path, 2, 2)
    for path in segments(tmp_path):
        good = path.read_bytes()
        with path.open("r+b", buffering=0) as file:
            # One or two bits of each byte; in the long form all.
            for bit in range(0, len(good) * 8, step(7)):
                offset, flipped = bit // 8, good[bit // 8] ^ (1 << bit % 8)
                file.seek(offset)
                file.write(bytes([flipped]))
                assert not sound(tmp_path), f"bit {bit} of {path.name}"
                file.seek(offset)
                file.write(good[offset : offset + 1])
    assert sound(tmp_path)


def sound(path: Path) -> bool:
    try:
        return verify(path).ok
    except TranscriptDamagedError as error:
        data = error.path.read_bytes()
        assert error.offset == len(b"".join(data.splitlines(keepends=True)[: error.line - 1]))
        return False


@settings(max_examples=examples(25))
@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=4),
    unsealed=st.integers(0, 5),
    text=st.text('aç☃👩\u200d🚀"\\', min_size=1, max_size=300),
)
def test_verify_agrees_with_a_judge_written_from_the_documentation_alone(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int], unsealed: int, text: str
) -> None:
    folder = tmp_path_factory.mktemp("log")
    make_log(folder, *counts, text=text, unsealed=unsealed)
    judged, verified = Transcript.read(folder), verify(folder)
    assert (judged.log, judged.last_seq, judged.sealed_to) == (
        verified.log, verified.last_seq, verified.last_seq - verified.unsealed,
    )  # fmt: skip
