"""Verifying what a start has not read: everything before the place, and nothing behind it."""

from __future__ import annotations

from pathlib import Path

import pytest
from transcript.logs import add, make_log, open_log

from chatsimples.errors import TranscriptDamagedError
from chatsimples.transcript.segments import segments
from chatsimples.transcript.unread import Checked, Unread


@pytest.fixture
def offset(tmp_path: Path) -> int:
    """Make a log of three segments; return a place in the last one, behind a seal."""
    make_log(tmp_path, 20, 30)
    writer = open_log(tmp_path).writer
    writer.roll()
    add(writer, 40)
    offset = writer.anchor().offset
    add(writer, 10)
    writer.close()
    return offset


def ignore(count: int) -> None:
    """Do not pause."""


def checked(folder: Path, offset: int) -> list[Checked]:
    return list(Unread(folder, 51, offset).verify(ignore))


def test_everything_before_the_place_is_read_and_nothing_else(tmp_path: Path, offset: int) -> None:
    sizes = [path.stat().st_size for path in segments(tmp_path)]
    read: list[int] = []
    unread = Unread(tmp_path, 51, offset)
    found = list(unread.verify(read.append))
    assert [(path, size, True, None) for path, size in zip(segments(tmp_path)[:2], sizes, strict=False)] == (
        found[:2]
    )
    assert [(segments(tmp_path)[2], offset, False, None)] == found[2:]
    assert offset + sum(sizes[:2]) == unread.size == sum(read)


@pytest.mark.parametrize("first_seq", [1, 21, 51])
def test_before_the_beginning_of_a_segment_only_the_others_are_read(
    tmp_path: Path, offset: int, first_seq: int
) -> None:
    unread = Unread(tmp_path, first_seq, 0)
    paths = [path for path in segments(tmp_path) if path.name < f"transcript-{first_seq:012d}"]
    assert paths == unread.paths == [each.path for each in unread.verify(ignore)]
    assert sum(path.stat().st_size for path in paths) == unread.size


@pytest.mark.parametrize("number", [0, 1, 2])
def test_any_changed_byte_is_found_with_its_segment(tmp_path: Path, offset: int, number: int) -> None:
    path = segments(tmp_path)[number]
    good = path.read_bytes()
    for place in range(0, offset if number == 2 else len(good), 97):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        damages = [each.damage for each in checked(tmp_path, offset)]
        assert [number] == [index for index, damage in enumerate(damages) if damage is not None]
        damage = damages[number]
        assert damage is not None
        assert path == damage.path
        path.write_bytes(good)


def test_damage_behind_the_place_is_not_looked_for(tmp_path: Path, offset: int) -> None:
    path = segments(tmp_path)[-1]
    path.write_bytes(path.read_bytes()[:offset] + b"nonsense\n")
    assert [None] * 3 == [each.damage for each in checked(tmp_path, offset)]


def test_more_than_one_damage_is_told(tmp_path: Path, offset: int) -> None:
    for path in segments(tmp_path)[:2]:
        path.write_bytes(path.read_bytes().replace(b'"ana"', b'"eva"', 1))
    assert [True, True, False] == [each.damage is not None for each in checked(tmp_path, offset)]


@pytest.mark.parametrize("size", [0, 100, -20])
def test_what_is_shorter_than_it_was_is_damaged(tmp_path: Path, offset: int, size: int) -> None:
    path = segments(tmp_path)[-1]
    path.write_bytes(path.read_bytes()[: size if size >= 0 else offset + size])
    damage = checked(tmp_path, offset)[-1].damage
    assert isinstance(damage, TranscriptDamagedError)
    assert path == damage.path


def test_a_segment_that_goes_meanwhile_cannot_be_read(tmp_path: Path, offset: int) -> None:
    unread = Unread(tmp_path, 51, offset)
    unread.paths[1].unlink()
    with pytest.raises(FileNotFoundError):
        list(unread.verify(ignore))
