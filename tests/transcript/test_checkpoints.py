"""Checkpoints: a cache that is used only if it is exactly right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from transcript.logs import LOG, file_size_limit, save_json_checkpoint

from chatsimples.transcript.anchors import Anchor
from chatsimples.transcript.checkpoints import (
    Base,
    CheckpointFile,
    base_of,
    checkpoint_name,
    find_checkpoints,
    is_at_beginning,
    load_checkpoint,
    read_anchor,
    read_state,
    remove_file,
    remove_unfinished,
    save_checkpoint,
    size_of,
)
from chatsimples.transcript.segments import Header, segment_name

ANCHOR = Anchor(LOG, first_seq=500, offset=12_345, seq=599, head="ab" * 32)
ANCHOR_2 = Anchor(LOG, first_seq=500, offset=23_456, seq=699, head="cd" * 32)
HEADER = Header(log=LOG, first_seq=500, previous="cd" * 32)
STATE = b"\x00nicks: ana\n bia"


def test_a_state_comes_back_to_the_byte_with_its_anchor(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, ANCHOR, STATE)
    assert (tmp_path / "checkpoint-000000000600.bin", ANCHOR) == (path, read_anchor(path))
    assert STATE == read_state(path)


def test_the_first_line_tells_the_place(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, ANCHOR, STATE)
    anchor = {"log": LOG, "first_seq": 500, "offset": 12_345, "seq": 599, "head": "ab" * 32}
    expected = {"type": "checkpoint", "version": 3, "anchor": anchor}
    assert expected == json.loads(path.read_bytes().partition(b"\n")[0])


@pytest.mark.parametrize("pieces", [[], [b"a"], [b"a", b"\n" * 5, b"c" * 100_000]])
def test_a_state_may_be_written_in_pieces_and_is_there_only_when_it_is_whole(
    tmp_path: Path, pieces: list[bytes]
) -> None:
    file = CheckpointFile(tmp_path, ANCHOR)
    for piece in pieces:
        file.add(piece)
        assert [] == find_checkpoints(tmp_path)
    file.finish()
    assert b"".join(pieces) == read_state(file.path)
    assert file.size == size_of(file.path)
    assert [file.path] == list(tmp_path.iterdir())


def test_one_that_is_given_up_or_never_finished_leaves_nothing(tmp_path: Path) -> None:
    given_up, left = CheckpointFile(tmp_path, ANCHOR), CheckpointFile(tmp_path / ".", ANCHOR)
    left.add(STATE)
    given_up.abandon()
    CheckpointFile(tmp_path, ANCHOR).add(STATE)
    remove_unfinished(tmp_path)
    assert [] == list(tmp_path.iterdir())
    remove_unfinished(tmp_path / "none")


def test_the_files_of_others_are_not_removed(tmp_path: Path) -> None:
    names = [
        "checkpoint-000000000001.bin.tmp.old",
        "checkpoint-1.bin.tmp",
        "transcript-000000000001.jsonl.tmp",
    ]
    for name in names:
        (tmp_path / name).touch()
    remove_unfinished(tmp_path)
    assert names == sorted(path.name for path in tmp_path.iterdir())


def test_what_is_not_there_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / checkpoint_name(600)
    assert (None, None, 0) == (read_anchor(path), read_state(path), size_of(path))
    assert load_checkpoint(tmp_path, HEADER) is None
    remove_file(path)


def test_a_flipped_bit_anywhere_makes_it_unusable(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, ANCHOR, STATE)
    good = path.read_bytes()
    for bit in range(len(good) * 8):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bad)
        assert read_state(path) is None
        assert read_anchor(path) in {None, ANCHOR} or bit // 8 <= good.index(b"\n")


def test_a_cut_checkpoint_is_not_used(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, ANCHOR, STATE)
    good = path.read_bytes()
    for size in range(len(good)):
        path.write_bytes(good[:size])
        assert read_state(path) is None


def test_a_checkpoint_under_another_name_is_none(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, ANCHOR, STATE).rename(tmp_path / checkpoint_name(601))
    assert read_anchor(path) is None


def test_they_are_found_the_newest_first(tmp_path: Path) -> None:
    paths = [
        save_checkpoint(tmp_path, Anchor(LOG, 500, 12_345, seq, "ab" * 32), STATE) for seq in (599, 9_999)
    ]
    save_json_checkpoint(tmp_path, HEADER, b"{}")
    save_json_checkpoint(tmp_path, Header(log=LOG, first_seq=600, previous="cd" * 32), b"{}")
    (tmp_path / "checkpoint-1.bin").touch()
    json_paths = [tmp_path / f"checkpoint-000000000{seq}.json" for seq in (600, 500)]
    assert [*reversed(paths), *json_paths] == find_checkpoints(tmp_path)


def test_the_one_at_the_beginning_of_a_segment_is_found_by_its_header(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, Anchor.beginning(HEADER), STATE)
    assert not is_at_beginning(path)
    (tmp_path / segment_name(500)).touch()
    assert is_at_beginning(path)
    assert STATE == load_checkpoint(tmp_path, HEADER)
    assert load_checkpoint(tmp_path, Header(log=LOG, first_seq=500, previous="ef" * 32)) is None
    path.write_bytes(path.read_bytes()[:-1])
    assert load_checkpoint(tmp_path, HEADER) is None


def test_one_in_json_is_still_read_unless_there_is_a_newer_one(tmp_path: Path) -> None:
    save_json_checkpoint(tmp_path, HEADER, b'{"old":1}')
    assert b'{"old":1}' == load_checkpoint(tmp_path, HEADER)
    save_checkpoint(tmp_path, Anchor.beginning(HEADER), STATE)
    assert STATE == load_checkpoint(tmp_path, HEADER)


def with_a_base(folder: Path, anchor: Anchor, base: Base) -> CheckpointFile:
    file = CheckpointFile(folder, anchor, base)
    file.add(b"changes of ")
    return file


@pytest.fixture
def based(tmp_path: Path) -> tuple[Path, Path]:
    """Write a checkpoint and one that is based on it; return where they are."""
    whole = CheckpointFile(tmp_path, ANCHOR)
    whole.add(STATE)
    file = with_a_base(tmp_path, ANCHOR_2, whole.finish())
    file.finish()
    return whole.path, file.path


def test_one_with_a_base_tells_what_it_holds_and_then_what_its_base_holds(based: tuple[Path, Path]) -> None:
    whole, path = based
    assert (b"changes of " + STATE, ANCHOR_2) == (read_state(path), read_anchor(path))
    assert (whole, None) == (base_of(path), base_of(whole))
    head = json.loads(path.read_bytes().partition(b"\n")[0])
    assert (4, 599) == (head["version"], head["base"]["seq"])


@pytest.mark.parametrize(
    "harm",
    [
        Path.unlink,
        lambda whole: whole.write_bytes(whole.read_bytes()[:-1]),
        lambda whole: save_checkpoint(whole.parent, ANCHOR, STATE + b"x"),
    ],
    ids=["gone", "cut", "another"],
)
def test_without_its_very_base_it_is_none(based: tuple[Path, Path], harm: Callable[[Path], object]) -> None:
    whole, path = based
    harm(whole)
    assert read_state(path) is None
    assert ANCHOR_2 == read_anchor(path)


def test_one_with_a_base_is_nobodys_base(tmp_path: Path, based: tuple[Path, Path]) -> None:
    _, path = based
    base = Base(ANCHOR_2.seq, path.read_bytes()[-32:].hex())
    file = with_a_base(tmp_path, msgspec.structs.replace(ANCHOR, seq=800), base)
    file.finish()
    assert read_state(file.path) is None


@pytest.mark.parametrize("room", [20, 250])
def test_where_there_is_no_room_nothing_of_a_checkpoint_stays(tmp_path: Path, room: int) -> None:
    with file_size_limit(room), pytest.raises(OSError, match="large"):
        save_checkpoint(tmp_path, ANCHOR, STATE * 10)
    assert [] == list(tmp_path.iterdir())


def test_where_there_is_no_room_for_the_hash_nothing_stays(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path, ANCHOR)
    file.add(STATE)
    with file_size_limit(file.size + 5), pytest.raises(OSError, match="large"):
        file.finish()
    assert [] == list(tmp_path.iterdir())


def test_one_that_cannot_get_its_name_does_not_stay(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path, ANCHOR)
    file.path.mkdir()
    (file.path / "in the way").touch()
    with pytest.raises(OSError, match="directory"):
        file.finish()
    assert [file.path] == list(tmp_path.iterdir())
