"""Checkpoints: what the rules knew at an anchor of the transcript. A cache, which can be deleted at any time.

A file holds a line that tells the anchor, then the state, then the SHA-256 of both. It is written piece by
piece beside its name and gets its name last, and it is never synced: one that a loss of power spoils is known
by its hash, and not used. Its name is that of the segment that could begin at its anchor.

One may have a *base*, another checkpoint that was written before: it holds what has changed since, and its
state is what it holds and, behind that, the state that its base holds. Without that very base it is none.
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


class Base(msgspec.Struct, frozen=True):
    """The checkpoint on which another one is based: the ``seq`` of its anchor, and its hash in hex."""

    seq: int
    sha256: str


class _Head(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first line: the ``anchor``, and which kind of file this is. Version 4 has a ``base``."""

    type: Literal["checkpoint"]
    version: Literal[3, 4]
    anchor: Anchor
    base: Base | None = None


class CheckpointFile:
    """A checkpoint that is being written.

    Args:
        folder: the transcript's.
        anchor: the place at which the state was so.
        base: the one that tells the rest, if it does not tell all.

    Attributes:
        path: where it will be.
        size: bytes that are written.

    Raises:
        OSError: it can't be written; then nothing of it stays. Each method raises so.
    """

    def __init__(self, folder: Path, anchor: Anchor, base: Base | None = None) -> None:
        self.path = folder / checkpoint_name(anchor.seq + 1)
        self.size = 0
        self._seq = anchor.seq
        self._hash = hashlib.sha256()
        self._unfinished = self.path.with_name(f"{self.path.name}.tmp")
        self._fd = os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        version: Literal[3, 4] = 3 if base is None else 4
        self.add(msgspec.json.encode(_Head("checkpoint", version, anchor, base)) + b"\n")

    def add(self, piece: bytes) -> None:
        """Add the next piece of the state."""
        try:
            write_all(self._fd, piece)
        except OSError:
            self.abandon()
            raise
        self._hash.update(piece)
        self.size += len(piece)

    def finish(self) -> Base:
        """Let it be a checkpoint: all pieces are there. Return what tells others that it is their base."""
        digest = self._hash.digest()
        self.add(digest)
        try:
            self._unfinished.replace(self.path)
        except OSError:
            self.abandon()
            raise
        os.close(self._fd)
        return Base(self._seq, digest.hex())

    def abandon(self) -> None:
        """Remove what is there of it."""
        os.close(self._fd)
        remove_file(self._unfinished)


def checkpoint_name(next_seq: int) -> str:
    """Name the checkpoint before the record ``next_seq``."""
    return f"checkpoint-{next_seq:012d}.bin"


def save_checkpoint(folder: Path, anchor: Anchor, state: bytes) -> Path:
    """Write a checkpoint without a base in one go; return its path.

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
    head = _read_head(path)
    return head.anchor if head is not None else None


def base_of(path: Path) -> Path | None:
    """Return where the base of a checkpoint is, None if it has none."""
    head = _read_head(path)
    return _path_of(head.base, path.parent) if head is not None and head.base is not None else None


def read_state(path: Path) -> bytes | None:
    """Return the state that a checkpoint tells, with its base; None if they are not whole."""
    read = _read_whole(path)
    if read is None:
        return None
    head, state, _ = read
    if head.base is None:
        return state
    base = _read_whole(_path_of(head.base, path.parent))
    # One that has a base itself is nobody's.
    if base is None or base[0].base is not None or base[2] != head.base.sha256:
        return None
    return state + base[1]


def _path_of(base: Base, folder: Path) -> Path:
    return folder / checkpoint_name(base.seq + 1)


def _read_head(path: Path) -> _Head | None:
    try:
        with path.open("rb") as file:
            return _decode_head(path, file.readline(_LONGEST_LINE))
    except OSError:
        return None


def _decode_head(path: Path, line: bytes) -> _Head | None:
    try:
        head = msgspec.json.decode(line, type=_Head)
    except (ValueError, RecursionError):
        return None
    return head if path.name == checkpoint_name(head.anchor.seq + 1) else None


def _read_whole(path: Path) -> tuple[_Head, bytes, str] | None:
    """Return a checkpoint's first line, what it holds, and its hash, if that is right."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    whole = memoryview(data)[:-_HASH_BYTES]
    digest = hashlib.sha256(whole)
    end = data.find(b"\n") + 1
    head = _decode_head(path, data[:end])
    if head is None or digest.digest() != data[-_HASH_BYTES:]:
        return None
    return head, bytes(whole[end:]), digest.hexdigest()


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
