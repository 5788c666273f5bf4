"""Checkpoints: what the rules knew at an anchor of the transcript. A cache, which can be deleted at any time.

A file holds a line that tells the anchor, then the state, then the SHA-256 of both. It is written piece by
piece beside its name and gets its name last, and it is never synced: one that a loss of power spoils is known
by its hash, and not used. Its name is that of the segment that could begin at its anchor.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path
from typing import Literal

import msgspec

from chatsimples.transcript.anchors import Anchor
from chatsimples.transcript.disk import write_all
from chatsimples.transcript.json_checkpoints import json_checkpoint_seq, load_json_checkpoint
from chatsimples.transcript.segments import Header, segment_name

_NAME = re.compile(r"checkpoint-([0-9]{12,})\.bin")
_UNFINISHED = re.compile(r"checkpoint-[0-9]{12,}\.(?:bin|json)\.tmp")
_LONGEST_LINE = 1_024
_HASH_BYTES = 32


class _Head(msgspec.Struct, frozen=True):
    """The first line: the ``anchor``, and which kind of file this is."""

    type: Literal["checkpoint"]
    version: Literal[3]
    anchor: Anchor


class CheckpointFile:
    """A checkpoint that is being written.

    Args:
        folder: the transcript's.
        anchor: the place at which the state was so.

    Attributes:
        path: where it will be.
        size: bytes that are written.

    Raises:
        OSError: it can't be written; then nothing of it stays. Each method raises so.
    """

    def __init__(self, folder: Path, anchor: Anchor) -> None:
        self.path = folder / checkpoint_name(anchor.seq + 1)
        self.size = 0
        self._hash = hashlib.sha256()
        self._unfinished = self.path.with_name(f"{self.path.name}.tmp")
        self._fd = os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self.add(msgspec.json.encode(_Head("checkpoint", 3, anchor)) + b"\n")

    def add(self, piece: bytes) -> None:
        """Add the next piece of the state."""
        try:
            write_all(self._fd, piece)
        except OSError:
            self.abandon()
            raise
        self._hash.update(piece)
        self.size += len(piece)

    def finish(self) -> None:
        """Let it be a checkpoint: all pieces are there."""
        self.add(self._hash.digest())
        try:
            self._unfinished.replace(self.path)
        except OSError:
            self.abandon()
            raise
        os.close(self._fd)

    def abandon(self) -> None:
        """Remove what is there of it."""
        os.close(self._fd)
        remove_file(self._unfinished)


def checkpoint_name(next_seq: int) -> str:
    """Name the checkpoint before the record ``next_seq``."""
    return f"checkpoint-{next_seq:012d}.bin"


def save_checkpoint(folder: Path, anchor: Anchor, state: bytes) -> Path:
    """Write a checkpoint in one go; return its path.

    Args:
        folder: the transcript's.
        anchor: the place at which the state was so.
        state: what the rules knew there.

    Raises:
        OSError: it can't be written; then nothing of it stays.
    """
    file = CheckpointFile(folder, anchor)
    file.add(state)
    file.finish()
    return file.path


def find_checkpoints(folder: Path) -> list[Path]:
    """List the checkpoints in a folder, also those in JSON, the newest first.

    Raises:
        OSError: the folder can't be read.
    """
    found = []
    for path in folder.iterdir():
        match = _NAME.fullmatch(path.name)
        seq = int(match[1]) if match else json_checkpoint_seq(path.name)
        if seq is not None:
            found.append((seq, match is not None, path))
    return [path for _, _, path in sorted(found, reverse=True)]


def read_anchor(path: Path) -> Anchor | None:
    """Return the anchor that a checkpoint tells, None if it is none. The state is not looked at."""
    try:
        with path.open("rb") as file:
            head = msgspec.json.decode(file.readline(_LONGEST_LINE), type=_Head)
    except (OSError, ValueError, RecursionError):
        return None
    return head.anchor if path.name == checkpoint_name(head.anchor.seq + 1) else None


def read_state(path: Path) -> bytes | None:
    """Return the state that a checkpoint tells, None if it is not whole."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    whole = memoryview(data)[:-_HASH_BYTES]
    if hashlib.sha256(whole).digest() != data[-_HASH_BYTES:]:
        return None
    return bytes(whole[data.find(b"\n") + 1 :])


def load_checkpoint(folder: Path, header: Header) -> bytes | None:
    """Return the state at the beginning of the segment with ``header``; None if no checkpoint tells it."""
    path = folder / checkpoint_name(header.first_seq)
    if read_anchor(path) == Anchor.beginning(header):
        state = read_state(path)
        if state is not None:
            return state
    return load_json_checkpoint(folder, header)


def is_at_beginning(path: Path) -> bool:
    """Tell whether a segment begins where a checkpoint stands."""
    match = _NAME.fullmatch(path.name)
    return match is None or path.with_name(segment_name(int(match[1]))).exists()


def size_of(path: Path) -> int:
    """Return the bytes of a checkpoint; 0 if it is gone."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def remove_unfinished(folder: Path) -> None:
    """Remove the checkpoints in whose writing a server ended."""
    # Those that can't be removed do no harm.
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if _UNFINISHED.fullmatch(path.name):
                remove_file(path)


def remove_file(path: Path) -> None:
    """Remove a checkpoint, or what is there of one."""
    # One that stays does no harm: it fits no anchor, or is not needed.
    with contextlib.suppress(OSError):
        path.unlink()
