"""Checkpoints: a cache that is used only if it is exactly right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from transcript.logs import LOG, file_size_limit

from chatsimples.transcript.checkpoints import (
    checkpoint_name,
    load_checkpoint,
    remove_checkpoint,
    remove_old_checkpoints,
    save_checkpoint,
)
from chatsimples.transcript.segments import Header

HEADER = Header(log=LOG, first_seq=500, previous="ab" * 32)
STATE = b'{"seq":499, "nicks":["ana"]}'


def test_a_state_comes_back_to_the_byte(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, HEADER, STATE)
    assert STATE == load_checkpoint(tmp_path, HEADER)


def test_the_file_of_a_checkpoint_tells_its_place(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, HEADER, STATE)
    told = json.loads((tmp_path / "checkpoint-000000000500.json").read_bytes())
    assert (500, "ab" * 32, json.loads(STATE)) == (told["seq"], told["previous"], told["state"])


def test_without_a_file_there_is_no_checkpoint(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path, HEADER) is None


def test_a_checkpoint_of_another_history_is_not_used(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, HEADER, STATE)
    assert load_checkpoint(tmp_path, Header(log=LOG, first_seq=500, previous="cd" * 32)) is None


def test_a_flipped_bit_anywhere_makes_it_unusable_or_changes_nothing(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, HEADER, STATE)
    path = tmp_path / checkpoint_name(500)
    good = path.read_bytes()
    for bit in range(len(good) * 8):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bad)
        assert load_checkpoint(tmp_path, HEADER) in {None, STATE}


def test_a_cut_checkpoint_is_not_used(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, HEADER, STATE)
    path = tmp_path / checkpoint_name(500)
    good = path.read_bytes()
    for size in range(len(good) - 1):
        path.write_bytes(good[:size])
        assert load_checkpoint(tmp_path, HEADER) is None


def test_the_newest_two_are_kept(tmp_path: Path) -> None:
    for seq in (100, 200, 300, 400):
        save_checkpoint(tmp_path, Header(log=LOG, first_seq=seq, previous="ab" * 32), STATE)
    remove_old_checkpoints(tmp_path)
    assert [checkpoint_name(300), checkpoint_name(400)] == sorted(path.name for path in tmp_path.iterdir())


def test_a_checkpoint_can_be_removed_even_if_it_is_not_there(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, HEADER, STATE)
    remove_checkpoint(tmp_path, HEADER)
    assert load_checkpoint(tmp_path, HEADER) is None
    remove_checkpoint(tmp_path, HEADER)
    remove_old_checkpoints(tmp_path / "none")


def test_where_there_is_no_room_nothing_of_a_checkpoint_stays(tmp_path: Path) -> None:
    with file_size_limit(20), pytest.raises(OSError, match="large"):
        save_checkpoint(tmp_path, HEADER, STATE)
    assert [] == list(tmp_path.iterdir())
