"""Blocks that are known by number: the first from one on, the last up to one."""

from __future__ import annotations

import pytest

from chatsimples.transcript.index.blocks import ListedBlocks


@pytest.mark.parametrize(
    ("number", "first", "last"),
    [(0, 2, None), (2, 2, 2), (3, 5, 2), (5, 5, 5), (6, 9, 5), (9, 9, 9), (10, None, 9)],
)
def test_the_next_block_is_found_both_ways(number: int, first: int | None, last: int | None) -> None:
    blocks = ListedBlocks([2, 5, 9])
    assert (first, last) == (blocks.first_from(number), blocks.last_up_to(number))


def test_no_blocks_are_none() -> None:
    assert (None, None) == (ListedBlocks([]).first_from(0), ListedBlocks([]).last_up_to(1 << 60))
