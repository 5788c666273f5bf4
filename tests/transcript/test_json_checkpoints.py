"""The checkpoints of versions before: used only if they are exactly right."""

from __future__ import annotations

from pathlib import Path

import pytest
from transcript.logs import LOG, save_json_checkpoint

from chatsimples.transcript.json_checkpoints import (
    json_checkpoint_name,
    json_checkpoint_seq,
    load_json_checkpoint,
)
from chatsimples.transcript.segments import Header

HEADER = Header(log=LOG, first_seq=500, previous="ab" * 32)
STATE = b'{"seq":499, "nicks":["ana"]}'


def test_a_state_comes_back_to_the_byte(tmp_path: Path) -> None:
    save_json_checkpoint(tmp_path, HEADER, STATE)
    assert STATE == load_json_checkpoint(tmp_path, HEADER)


def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    assert load_json_checkpoint(tmp_path, HEADER) is None


def test_one_of_another_history_is_not_used(tmp_path: Path) -> None:
    save_json_checkpoint(tmp_path, HEADER, STATE)
    assert load_json_checkpoint(tmp_path, Header(log=LOG, first_seq=500, previous="cd" * 32)) is None


def test_a_flipped_bit_anywhere_makes_it_unusable_or_changes_nothing(tmp_path: Path) -> None:
    save_json_checkpoint(tmp_path, HEADER, STATE)
    path = tmp_path / json_checkpoint_name(500)
    good = path.read_bytes()
    for bit in range(len(good) * 8):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bad)
        assert load_json_checkpoint(tmp_path, HEADER) in {None, STATE}


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b"null"])
def test_what_is_none_is_not_used(tmp_path: Path, data: bytes) -> None:
    (tmp_path / json_checkpoint_name(500)).write_bytes(data)
    assert load_json_checkpoint(tmp_path, HEADER) is None


def test_its_name_tells_the_segment() -> None:
    assert 500 == json_checkpoint_seq("checkpoint-000000000500.json")
    assert [None] * 3 == [
        json_checkpoint_seq(name)
        for name in ("checkpoint-500.json", "checkpoint-000000000500.bin", "checkpoint-000000000500.json.tmp")
    ]
