"""Verifying a transcript: every line, every seal, in one pass."""

from __future__ import annotations

from pathlib import Path

import msgspec

from chatsimples.errors import ChatSimplesError
from chatsimples.transcript.scanner import Scanner
from chatsimples.transcript.segments import segments


class Verified(msgspec.Struct, frozen=True):
    """What a transcript holds in which no damage was found.

    Attributes:
        log: the log's id.
        segments, records, seals: how many there are.
        first_seq, last_seq: of the first and the last record; ``last_seq`` is one less if there is none.
        head: the ``sha256`` of the last seal, which stands for every byte before it.
        unsealed: records after the last seal: well formed, but nothing proves them.
        torn: bytes of an incomplete line at the very end, which a server would cut off.
    """

    log: str
    segments: int
    records: int
    seals: int
    first_seq: int
    last_seq: int
    head: str
    unsealed: int
    torn: int

    @property
    def ok(self) -> bool:
        """Whether it is whole: nothing is torn."""
        return not self.torn


def verify(path: Path) -> Verified:
    """Check a transcript, or one segment of it. A part is checked against what its first header says.

    Args:
        path: a folder, or a segment.

    Raises:
        TranscriptDamagedError: with the place of the first damage.
        ChatSimplesError: there is no transcript, or it can't be read.
    """
    try:
        paths = segments(path)
        if not paths:
            raise ChatSimplesError(f"there is no transcript in {path}")
        return _verify(path, paths)
    except OSError as error:
        raise ChatSimplesError(f"{error.filename or path} can't be read: {error.strerror}") from error


def _verify(path: Path, paths: list[Path]) -> Verified:
    scanner = Scanner()
    for _ in scanner.scan_each(paths, _check_only):
        pass
    if not scanner.segments:
        raise ChatSimplesError(f"{path} holds no transcript: it ends before its first record")
    return Verified(
        log=scanner.log,
        segments=scanner.segments,
        records=scanner.records,
        seals=scanner.seals,
        first_seq=scanner.last_seq - scanner.records + 1,
        last_seq=scanner.last_seq,
        head=scanner.chain.head,
        unsealed=scanner.unsealed,
        torn=scanner.torn,
    )


def _check_only(_: object) -> None:
    """Take records only so that they are checked."""
