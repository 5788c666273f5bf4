"""Verifying a transcript: every line, every seal, in one pass."""

from __future__ import annotations

from pathlib import Path

import msgspec

from chatsimples.errors import ChatSimplesError
from chatsimples.transcript.scanner import Scanner, without_torn_header
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
        paths = segments(path) if path.is_dir() else [path]
        if not paths:
            raise ChatSimplesError(f"there is no transcript in {path}")
        return _verify(path, paths)
    except OSError as error:
        raise ChatSimplesError(f"{error.filename or path} can't be read: {error.strerror}") from error


def _verify(path: Path, paths: list[Path]) -> Verified:
    present, headless = without_torn_header(paths)
    if not present:
        raise ChatSimplesError(f"{path} holds no transcript: it ends before its first record")
    scanner = Scanner()
    for each in present:
        scanner.scan(each, last=each is present[-1], take=_check_only)
    torn = scanner.torn + (headless.stat().st_size if headless else 0)
    return Verified(
        log=scanner.log,
        segments=scanner.segments,
        records=scanner.records,
        seals=scanner.seals,
        first_seq=scanner.last_seq - scanner.records + 1,
        last_seq=scanner.last_seq,
        head=scanner.chain.head,
        unsealed=scanner.unsealed,
        torn=torn,
    )


def _check_only(_: object) -> None:
    """Take records only so that they are checked."""
