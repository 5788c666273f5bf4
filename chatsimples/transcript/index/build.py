"""Making the index of a complete segment from the segment alone."""

from __future__ import annotations

from pathlib import Path

from chatsimples.transcript.index.closed import has_index, write_index
from chatsimples.transcript.index.growing import GrowingIndex
from chatsimples.transcript.lines import BLOCK_BYTES


def build_index(segment: Path, block_bytes: int = BLOCK_BYTES) -> bool:
    """Write the index of a complete segment unless it has one; tell whether it has one now.

    Args:
        segment: the segment; it ends with a seal, and nothing is added to it any more.
        block_bytes: of its blocks.

    Raises:
        OSError: the segment can't be read, or the index not be written.
    """
    if has_index(segment, block_bytes):
        return True
    index = GrowingIndex(segment, segment.stat().st_size, block_bytes)
    for _ in index.learn():
        pass
    blocks = index.all_keys()
    known = [keys for keys in blocks if keys is not None]
    if len(known) < len(blocks):
        return False
    try:
        for _ in write_index(segment, known, block_bytes):
            pass
    except ValueError:
        return False
    return True
