"""The checkpoints of versions before: JSON, at the beginning of a segment. They are only read."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import msgspec

from chatsimples.transcript.segments import Header

_NAME = re.compile(r"checkpoint-([0-9]{12,})\.json")


class JsonCheckpoint(msgspec.Struct, frozen=True):
    """``seq`` and ``previous`` are the segment's; ``sha256`` covers all the rest."""

    seq: int
    previous: str
    sha256: str
    state: msgspec.Raw


def json_checkpoint_name(first_seq: int) -> str:
    """Name the checkpoint of the segment whose first record is ``first_seq``."""
    return f"checkpoint-{first_seq:012d}.json"


def json_checkpoint_seq(name: str) -> int | None:
    """Return the first seq that a checkpoint's file name tells, None if the name is no checkpoint's."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else None


def load_json_checkpoint(folder: Path, header: Header) -> bytes | None:
    """Return the state at the beginning of the segment with ``header``; None if no file tells it."""
    try:
        data = (folder / json_checkpoint_name(header.first_seq)).read_bytes()
        checkpoint = msgspec.json.decode(data, type=JsonCheckpoint)
    except (OSError, ValueError, RecursionError):
        return None
    state = bytes(checkpoint.state)
    fits = (checkpoint.seq, checkpoint.previous) == (header.first_seq, header.previous)
    return state if fits and checkpoint.sha256 == json_digest(header, state) else None


def json_digest(header: Header, state: bytes) -> str:
    """Return the hash that stands in a checkpoint."""
    return hashlib.sha256(b"%d %b " % (header.first_seq, header.previous.encode()) + state).hexdigest()
