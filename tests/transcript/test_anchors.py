"""Anchors: where reading can begin, and how a segment shows that it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from transcript.logs import LOG, OTHER_LOG, add, open_log

from chatsimples.transcript.anchors import LONGEST_SEAL, Anchor, last_seal
from chatsimples.transcript.seals import Chain
from chatsimples.transcript.segments import GENESIS, Header, segments


@pytest.fixture
def anchors(tmp_path: Path) -> list[Anchor]:
    """Give those of a log: at its beginning, behind two seals, and at the beginning of its next segment."""
    writer = open_log(tmp_path).writer
    found = [writer.anchor()]
    for count in (2, 3):
        add(writer, count)
        found.append(writer.anchor())
    writer.roll()
    found.append(writer.anchor())
    add(writer)
    writer.close()
    return found


def test_a_writer_tells_where_it_stands(anchors: list[Anchor], tmp_path: Path) -> None:
    first, second = segments(tmp_path)
    header = Header.read(first)
    assert Anchor(LOG, 1, 0, 0, GENESIS) == anchors[0] == Anchor.beginning(header)
    assert Anchor.beginning(Header.read(second)) == anchors[3]
    assert [(1, 2), (1, 5), (6, 5)] == [(each.first_seq, each.seq) for each in anchors[1:]]
    assert first.stat().st_size == anchors[2].offset
    assert [True, False, False, True] == [each.is_beginning for each in anchors]


def test_a_segment_holds_its_own_anchors_and_no_others(anchors: list[Anchor], tmp_path: Path) -> None:
    first, second = segments(tmp_path)
    assert [True, True, True, False] == [each.holds(first) for each in anchors]
    assert [False, False, False, True] == [each.holds(second) for each in anchors]


def test_a_place_that_differs_in_anything_is_not_held(anchors: list[Anchor], tmp_path: Path) -> None:
    first, _ = segments(tmp_path)
    for anchor in anchors[1:3]:
        changes: tuple[dict[str, Any], ...] = (
            {"log": OTHER_LOG}, {"first_seq": 2}, {"seq": anchor.seq + 1}, {"head": "ab" * 32},
            *({"offset": offset} for offset in (3, anchor.offset - 1, anchor.offset + 1, 1 << 40)),
        )  # fmt: skip
        for change in changes:
            assert not msgspec.structs.replace(anchor, **change).holds(first)


def test_a_segment_that_was_cut_before_it_or_has_no_header_does_not_hold_it(
    anchors: list[Anchor], tmp_path: Path
) -> None:
    first, _ = segments(tmp_path)
    whole = first.read_bytes()
    first.write_bytes(whole[: anchors[1].offset - 1])
    assert [True, False, False] == [each.holds(first) for each in anchors[:3]]
    first.write_bytes(b"nonsense\n")
    assert not any(each.holds(first) for each in anchors)
    first.unlink()
    with pytest.raises(FileNotFoundError):
        anchors[0].holds(first)


def test_the_last_seal_is_found_only_if_it_is_the_end() -> None:
    seal = Chain(GENESIS).seal(12)
    head = Chain.line(12, "ab" * 32)
    assert (12, "ab" * 32) == last_seal(b"x\n" + head) == last_seal(head)
    assert last_seal(seal + seal) is not None
    for data in (b"", b"\n", seal[:-1], seal + b"x", seal + b"{}\n", b"x" + seal, seal[5:]):
        assert last_seal(data) is None


def test_no_seal_is_longer_than_what_is_read_of_a_segments_end() -> None:
    assert LONGEST_SEAL > len(Chain.line((1 << 64) - 1, "ab" * 32))
