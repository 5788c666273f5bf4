"""Checkpoints: what the rules knew at a segment's beginning. A cache, which can be deleted at any time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path

import msgspec

from chatsimples.transcript.disk import write_all
from chatsimples.transcript.segments import Header

CHECKPOINTS_KEPT = 2

_NAME = re.compile(r"checkpoint-([0-9]{12,})\.json")


class _Checkpoint(msgspec.Struct, frozen=True):
    """``seq`` and ``previous`` are the segment's; ``sha256`` covers all the rest."""

    seq: int
    previous: str
    sha256: str
    state: msgspec.Raw


def checkpoint_name(first_seq: int) -> str:
    """Name the checkpoint of the segment whose first record is ``first_seq``."""
    return f"checkpoint-{first_seq:012d}.json"


def save_checkpoint(folder: Path, header: Header, state: bytes) -> None:
    """Write the checkpoint of the segment that begins with ``header``.

    It is never synced: one that a loss of power spoils is known by its hash, and not used.

    Args:
        folder: the transcript's.
        header: of the segment.
        state: what the rules know at its beginning, as JSON.

    Raises:
        OSError: it can't be written; then nothing of it stays.
    """
    digest = _digest(header, state)
    checkpoint = _Checkpoint(header.first_seq, header.previous, digest, msgspec.Raw(state))
    path = folder / checkpoint_name(header.first_seq)
    unfinished = path.with_suffix(".json.tmp")
    try:
        fd = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
        try:
            write_all(fd, msgspec.json.encode(checkpoint) + b"\n")
        finally:
            os.close(fd)
        unfinished.replace(path)
    except OSError:
        _remove(unfinished)
        raise


def load_checkpoint(folder: Path, header: Header) -> bytes | None:
    """Return the state at the beginning of the segment with ``header``; None if no checkpoint tells it."""
    try:
        data = (folder / checkpoint_name(header.first_seq)).read_bytes()
        checkpoint = msgspec.json.decode(data, type=_Checkpoint)
    except (OSError, ValueError, RecursionError):
        return None
    state = bytes(checkpoint.state)
    fits = (checkpoint.seq, checkpoint.previous) == (header.first_seq, header.previous)
    return state if fits and checkpoint.sha256 == _digest(header, state) else None


def remove_checkpoint(folder: Path, header: Header) -> None:
    """Remove the checkpoint of a segment that could not be made."""
    _remove(folder / checkpoint_name(header.first_seq))


def remove_old_checkpoints(folder: Path) -> None:
    """Remove all but the newest `CHECKPOINTS_KEPT`."""
    # Those that can't be removed do no harm.
    with contextlib.suppress(OSError):
        found = [(int(match[1]), path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
        for _, path in sorted(found)[:-CHECKPOINTS_KEPT]:
            _remove(path)


def _digest(header: Header, state: bytes) -> str:
    return hashlib.sha256(b"%d %b " % (header.first_seq, header.previous.encode()) + state).hexdigest()


def _remove(path: Path) -> None:
    # One that stays does no harm: it fits no segment, or is not needed.
    with contextlib.suppress(OSError):
        path.unlink()
